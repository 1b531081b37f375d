"""Cuts one of three nodes of a broker off under load: it acknowledges nothing, and nothing acknowledged is lost.

The machines are network namespaces of this one, which root alone can make; others skip this.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import psycopg
import pytest

from bench.strikes.device import Device, Nodes
from cityops.clock import utc_now
from cityops.local.processes import wait_until
from cityops.local.rabbitmq import Cluster, Programs, RabbitNode
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.rabbitmq.management import VHOST
from cityops.mqtt.rabbitmq.queues import QUEUE
from cityops.store.upkeep.verify import verify
from fixtures.ingest import worker_process
from fixtures.machines import Machines
from fixtures.rabbitmq import PASSWORD, SENDER, Rabbit, declared
from fixtures.senders import PER_MESSAGE, messages
from fixtures.servers import temporary_instance

pytestmark = pytest.mark.cluster

MOVING, PER_SECOND = 30_000, 200
STAYING, SELDOM = 400, 5
PATIENCE_S = 10.0
"""Of a sender with a node that says nothing."""
HELD_S = 45.0
"""How long a cut lasts: by then the node has noticed it, and stopped."""
UNDER_WAY_S = 2.0
"""Until what was acknowledged before the cut has been read by a sender on a busy machine."""
LED_S = 15.0
"""Until the others have another leader and take messages again, as the documents say, and a sender's own patience."""
LONG = 240.0


@pytest.fixture
def brokers(rabbit_programs: Programs, machines: Machines) -> Iterator[Rabbit]:
    """Give three nodes of a broker, each on a machine of its own."""
    with temporary_instance() as folder:
        cluster = Cluster(rabbit_programs, folder, 3, machines.all)
        try:
            cluster.start()
            yield declared(cluster)
        finally:
            cluster.stop()


def parted(brokers: Rabbit, role: str) -> tuple[RabbitNode, list[RabbitNode]]:
    """Return the node that is, or is not, the leader of our queue, and the two others."""
    with brokers.management() as broker:
        name = broker.get("queues", VHOST, QUEUE)["leader"]
    nodes = sorted(brokers.cluster.nodes, key=lambda node: (node.name == name) != (role == "leader"))
    return nodes[0], nodes[1:]


def are_one(brokers: Rabbit) -> bool:
    """Tell whether all nodes are one cluster, and each has what the queue holds."""
    try:
        with brokers.management() as broker:
            nodes, queue = broker.get("nodes"), broker.get("queues", VHOST, QUEUE)
    except BrokerControlError:
        return False
    is_whole = all(node["running"] and not node.get("partitions") for node in nodes)
    return is_whole and len((queue or {}).get("online", [])) == len(brokers.cluster.nodes)


def stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT count(*) FROM reading").fetchone()
    assert row is not None
    return int(row[0])


def sending(nodes: Sequence[RabbitNode], began: timedelta, count: int, rate: int) -> Device:
    """Return a device that tries these nodes in turn, with readings from so long ago on."""
    places = [(node.machine.address, node.ports.mqtt) for node in nodes]
    return Device(Nodes(places, SENDER, PASSWORD), messages(utc_now() - began, count), rate, patience_s=PATIENCE_S)


@pytest.mark.parametrize("role", ["leader", "follower"])
def test_a_node_that_is_cut_off_acknowledges_nothing(
    role: str, brokers: Rabbit, machines: Machines, database_url: str, database: psycopg.Connection
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": brokers.url}
    verb = ["ingest", "mqtt", "--worker"]
    alone, others = parted(brokers, role)
    with (
        worker_process([*verb, "one"], environment),
        worker_process([*verb, "two"], environment),
        sending([alone, *others], timedelta(hours=12), MOVING, PER_SECOND) as moving,
        sending([alone], timedelta(hours=18), STAYING, SELDOM) as staying,
    ):
        assert wait_until(
            lambda: min(len(moving.acknowledged), len(staying.acknowledged), stored(database)) > 0, seconds=LONG
        )
        machines.cut(alone.machine)
        cut, before = time.monotonic(), stored(database)
        assert wait_until(lambda: moving.acknowledged[-1] > cut + HELD_S, seconds=LONG)
        assert moving.longest_silence(cut, cut + HELD_S) < PATIENCE_S + LED_S
        assert staying.acknowledged[-1] < cut + UNDER_WAY_S
        assert stored(database) > before
        machines.heal()
        assert wait_until(lambda: are_one(brokers), seconds=LONG)
        assert wait_until(lambda: moving.owed + staying.owed == 0, seconds=LONG)
        assert wait_until(lambda: stored(database) == (MOVING + STAYING) * PER_MESSAGE, seconds=LONG), stored(
            database
        )
        assert wait_until(lambda: brokers.told(QUEUE)[0] == 0, seconds=LONG)
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []
