"""Kills nodes of a cluster of RabbitMQ with SIGKILL under load, or fills a disk: what was taken is stored, once."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest

from bench.strikes.device import Device
from bench.strikes.disk import SmallDisk
from cityops.clock import utc_now
from cityops.errors import CityopsError
from cityops.local.places import own_by_server
from cityops.local.processes import wait_until
from cityops.local.rabbitmq import Cluster, Programs, RabbitNode
from cityops.mqtt.rabbitmq.management import VHOST
from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.mqtt.rabbitmq.topology import faults
from cityops.store.upkeep.verify import verify
from fixtures.ingest import worker_process
from fixtures.rabbitmq import Rabbit, declared
from fixtures.senders import PER_MESSAGE, messages, nodes_of
from fixtures.servers import temporary_instance

pytestmark = pytest.mark.cluster

MESSAGES = 20_000
PER_SECOND = 100
SILENT_S = 5.0
SPACIOUS, BELOW_THE_LIMIT = 3_000_000_000, 1_500_000_000
"""Of a disk in memory, of which little is used: more and less than ingest/rabbitmq.conf wants free."""


@pytest.fixture
def three(rabbit_programs: Programs) -> Iterator[Rabbit]:
    """Give three nodes that are one cluster."""
    with temporary_instance() as folder:
        cluster = Cluster(rabbit_programs, folder, 3)
        try:
            cluster.start()
            yield declared(cluster)
        finally:
            cluster.stop()


def leader(three: Rabbit) -> RabbitNode:
    with three.management() as broker:
        name = broker.get("queues", VHOST, QUEUE)["leader"]
    return next(node for node in three.cluster.nodes if node.name == name)


def stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def small_disk(rabbit_programs: Programs) -> Iterator[tuple[Rabbit, SmallDisk]]:
    """Give three nodes, of which the second has its data on a disk of its own; only root may mount one."""
    with temporary_instance() as folder:
        cluster = Cluster(rabbit_programs, folder, 3)
        try:
            disk = SmallDisk(cluster.nodes[1].folder / "data", SPACIOUS)
        except CityopsError as error:
            pytest.skip(str(error))
        own_by_server(disk.folder)
        try:
            cluster.start()
            yield declared(cluster), disk
        finally:
            cluster.stop()
            disk.close()


def waits(device: Device) -> bool:
    """Tell whether a device that has more to send was not answered for some seconds."""
    return device.owed > 0 and time.monotonic() - device.acknowledged[-1] > SILENT_S


def test_a_full_disk_on_one_node_has_all_senders_wait_and_loses_nothing(
    small_disk: tuple[Rabbit, SmallDisk], database_url: str, database: psycopg.Connection
) -> None:
    three, disk = small_disk
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": three.url}
    node = three.cluster.nodes[1].name
    told = f"the node {node} has the disk_free_alarm and has senders wait"
    share, begin = MESSAGES // 3, utc_now() - timedelta(hours=18)
    shares = [messages(begin + timedelta(seconds=share * first), share) for first in range(3)]
    devices = [Device(nodes_of(three), one, rate=PER_SECOND, first=first) for first, one in enumerate(shares)]
    with worker_process(["ingest", "mqtt", "--worker", "one"], environment), ExitStack() as sending:
        for device in devices:
            sending.enter_context(device)
        assert wait_until(lambda: stored(database) > 0, seconds=120)
        disk.fill(BELOW_THE_LIMIT)
        assert wait_until(lambda: told in faults(three.cluster.admin_url), seconds=120)
        assert wait_until(
            lambda: all(time.monotonic() - one.acknowledged[-1] > SILENT_S for one in devices), seconds=60
        )
        assert all(one.owed for one in devices)  # each had come in at another node
        disk.free()
        for device in devices:
            device.hurry()
        assert wait_until(lambda: not any(one.owed for one in devices), seconds=180)
        assert wait_until(lambda: stored(database) == 3 * share * PER_MESSAGE, seconds=120), stored(database)
        assert wait_until(lambda: told not in faults(three.cluster.admin_url), seconds=120)
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (3 * share * PER_MESSAGE,)
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


@pytest.mark.parametrize("dying", ["leader", "all"])
def test_kill_9_of_nodes_loses_nothing_and_doubles_nothing(
    dying: str, three: Rabbit, database_url: str, database: psycopg.Connection
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": three.url}
    verb = ["ingest", "mqtt", "--worker"]
    with (
        worker_process([*verb, "one"], environment),
        worker_process([*verb, "two"], environment) as (_, kill_worker),
        Device(nodes_of(three), messages(utc_now() - timedelta(hours=12), MESSAGES)) as device,
    ):
        assert wait_until(lambda: stored(database) > MESSAGES * PER_MESSAGE // 5, seconds=120)
        killed = three.cluster.nodes if dying == "all" else [leader(three)]
        for node in killed:
            node.kill()
        kill_worker()
        for node in killed:
            node.launch()
        for node in killed:
            node.wait()
        assert wait_until(lambda: device.owed == 0, seconds=180)
        assert wait_until(lambda: stored(database) == MESSAGES * PER_MESSAGE, seconds=120), stored(database)
        assert wait_until(lambda: three.told(QUEUE) == (0, 1), seconds=120)
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (MESSAGES * PER_MESSAGE,)
    assert three.waiting(QUEUE) == 0
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []
