"""Kills nodes of a cluster of RabbitMQ with SIGKILL under load: what was acknowledged is stored, once."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

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
INFLIGHT = 500


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


class Device:
    """A sender as it should be: keeps what is not acknowledged, and sends it again, to another node if it must."""

    def __init__(self, ports: Sequence[int], payloads: Sequence[bytes]) -> None:
        self._ports = list(ports)
        self._owed = dict(enumerate(payloads))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.connections = 0

    @property
    def owed(self) -> int:
        """How many messages no broker has acknowledged yet."""
        return len(self._owed)

    def __enter__(self) -> "Device":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while self._owed and not self._stop.wait(0.1):
            port = self._ports[self.connections % len(self._ports)]
            self.connections += 1
            self._send(port)

    def _send(self, port: int) -> None:
        """Send all that is owed by one connection, until that is over."""
        over = threading.Event()
        answers: SimpleQueue[tuple[int, bool]] = SimpleQueue()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
        client.username_pw_set(SENDER, PASSWORD)
        client.max_inflight_messages_set(INFLIGHT)
        client.on_disconnect = lambda *_: over.set()
        client.on_publish = lambda _client, _data, mid, reason, _more: answers.put((mid, reason.is_failure))
        try:
            client.connect("127.0.0.1", port)
        except OSError:
            return
        client.loop_start()
        under_way: dict[int, int] = {}
        for number, payload in list(self._owed.items()):
            under_way[client.publish(SOURCE, payload, qos=1).mid] = number
            while not answers.empty() or (len(under_way) >= INFLIGHT and not over.is_set()):
                self._note(answers, under_way)
            if over.is_set() or self._stop.is_set():
                break
        while under_way and not (over.is_set() or self._stop.is_set()):
            self._note(answers, under_way)
        client.disconnect()
        client.loop_stop()

    def _note(self, answers: "SimpleQueue[tuple[int, bool]]", under_way: dict[int, int]) -> None:
        """Wait a moment for an answer; a queue without a leader refuses (0x83), and the sender keeps the message."""
        try:
            mid, is_refused = answers.get(timeout=0.2)
        except Empty:
            return
        number = under_way.pop(mid)
        if not is_refused:
            self._owed.pop(number, None)


def payloads() -> list[bytes]:
    begin = utc_now() - timedelta(hours=12)
    return [
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
    ]


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
    ports = [node.ports.mqtt for node in three.cluster.nodes]
    verb = ["ingest", "mqtt", "--worker"]
    with (
        worker_process([*verb, "one"], environment),
        worker_process([*verb, "two"], environment) as (_, kill_worker),
        Device(ports, payloads()) as device,
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
