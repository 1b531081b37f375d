"""Kills nodes of a cluster of RabbitMQ with SIGKILL under load: what was acknowledged is stored, once."""

import json
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from bench.strikes.device import Device, Nodes
from bench.workload import Payload
from cityops.clock import utc_now
from cityops.local.processes import wait_until
from cityops.local.rabbitmq import Cluster, Programs, RabbitNode
from cityops.mqtt.rabbitmq.management import VHOST
from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.store.upkeep.verify import verify
from fixtures.ingest import worker_process
from fixtures.rabbitmq import PASSWORD, SENDER, Rabbit, declared
from fixtures.servers import temporary_instance

pytestmark = pytest.mark.cluster

SOURCE = "cityops/v1/readings/water-logging"
MESSAGES = 20_000
PER_MESSAGE = 3


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


def messages() -> list[Payload]:
    begin = utc_now() - timedelta(hours=12)
    payloads = (
        json.dumps(
            [
                {
                    "device": f"WL-{device}",
                    "ts": (begin + timedelta(seconds=number)).isoformat(),
                    "metric": "water_depth",
                    "value": number % 200,
                }
                for device in range(1, PER_MESSAGE + 1)
            ]
        ).encode()
        for number in range(MESSAGES)
    )
    return [(SOURCE, payload) for payload in payloads]


def leader(three: Rabbit) -> RabbitNode:
    with three.management() as broker:
        name = broker.get("queues", VHOST, QUEUE)["leader"]
    return next(node for node in three.cluster.nodes if node.name == name)


def stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("dying", ["leader", "all"])
def test_kill_9_of_nodes_loses_nothing_and_doubles_nothing(
    dying: str, three: Rabbit, database_url: str, database: psycopg.Connection
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": three.url}
    nodes = Nodes([node.ports.mqtt for node in three.cluster.nodes], SENDER, PASSWORD)
    verb = ["ingest", "mqtt", "--worker"]
    with (
        worker_process([*verb, "one"], environment),
        worker_process([*verb, "two"], environment) as (_, kill_worker),
        Device(nodes, messages()) as device,
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
