"""What RabbitMQ does at its bounds, seen by the sender and by the worker: nothing acknowledged is lost at any."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.cli.doctor.endpoints import weaknesses
from cityops.local.processes import wait_until
from cityops.local.rabbitmq import RabbitNode
from cityops.mqtt.rabbitmq import topology
from cityops.mqtt.rabbitmq.queues import ORDERED_QUEUE, Queue
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops.settings import Settings
from cityops.store.rejects.records import PAYLOAD_LIMIT
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome, settle_all
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.sources.amqp.ordered import OrderedAmqpSource
from cityops_ingest.sources.amqp.source import AmqpSource
from fixtures.rabbitmq import ADAPTERS, PASSWORD, SENDER, Rabbit

EDGE = Queue("cityops.edge", ["edge/#", "cityops/v1/readings/edge/#"])
TOPIC = "edge/E-1"
"""What no other queue takes, which would refuse it for all."""
LARGEST = 270_336
"""Bytes of a packet, as ingest/rabbitmq.conf bounds it."""
TAKEN, REFUSED = "Success", "Implementation specific error"
"""PUBACK 0x00 and 0x83."""


class Sender:
    """A client that notes what it is answered, and does not come back once it is hung up on."""

    def __init__(self, rabbit: Rabbit) -> None:
        self.answers: dict[int, ReasonCode] = {}
        self.largest = 0
        self.hung_up = threading.Event()
        self.why: ReasonCode | None = None
        self._connected = threading.Event()
        self.client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
        client.username_pw_set(SENDER, PASSWORD)
        client.max_inflight_messages_set(1000)
        client.on_connect, client.on_publish, client.on_disconnect = self._on_connect, self._on_publish, self._on_end
        client.connect("127.0.0.1", rabbit.port)
        client.loop_start()
        assert self._connected.wait(20)

    def publish(self, payload: bytes, topic: str = TOPIC, *, retain: bool = False) -> int:
        """Begin to send at QoS 1; return by what number it will be answered."""
        return self.client.publish(topic, payload, qos=1, retain=retain).mid

    def answered(self, *numbers: int) -> list[str]:
        """Wait for the answers, and return them in words."""
        assert wait_until(lambda: set(numbers) <= self.answers.keys(), seconds=30)
        return [str(self.answers[number]) for number in numbers]

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, _reason: ReasonCode, told: Properties | None
    ) -> None:
        self.largest = getattr(told, "MaximumPacketSize", 0)
        self._connected.set()

    def _on_publish(self, _client: Client, _data: object, mid: int, reason: ReasonCode, _more: Properties) -> None:
        self.answers[mid] = reason

    def _on_end(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        self.why = reason
        self.hung_up.set()


@contextmanager
def sending(rabbit: Rabbit) -> Iterator[Sender]:
    sender = Sender(rabbit)
    try:
        yield sender
    finally:
        sender.client.disconnect()
        sender.client.loop_stop()


@pytest.fixture
def edge(rabbit: Rabbit) -> Iterator[Rabbit]:
    """Give the run's broker with an empty queue for these tests; in the end bounds and queues are as they were."""
    rabbit.forget(EDGE.name)
    rabbit.declare([EDGE])
    rabbit.let_in()
    yield rabbit
    rabbit.forget(EDGE.name)
    rabbit.restore()


@contextmanager
def reading(rabbit: Rabbit) -> Iterator[AmqpSource]:
    """Give a source that has begun to take from the queue."""
    source = AmqpSource(rabbit.url, EDGE.name, Backlog(), names=TopicNames())
    source.start()
    try:
        assert source.subscribed.wait(20)
        yield source
    finally:
        source.stop()
        source.backlog.close()


def take(source: AmqpSource, count: int) -> list[Envelope]:
    """Take so many messages, and have them acknowledged as stored."""
    held: list[Envelope] = []
    while len(held) < count:
        batch = source.backlog.take()
        settle_all(batch, [Outcome(stored=1)] * len(batch))
        held += batch
    return held


def test_a_full_queue_refuses_and_holds_all_that_it_has_acknowledged(
    edge: Rabbit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "BOUND_BYTES", 20_000)
    assert edge.declare([EDGE]) == ["policy cityops"]
    edge.let_in()
    sent: dict[bytes, str] = {}
    with sending(edge) as sender:

        def is_full() -> bool:
            """Send some more; a policy takes a moment until it is the queue's."""
            some = [b"%05d" % number for number in range(len(sent), len(sent) + 100)]
            answers = sender.answered(*[sender.publish(one + b"x" * 995) for one in some])
            sent.update(zip(some, answers, strict=True))
            return REFUSED in sent.values()

        assert wait_until(is_full, seconds=30)
        assert set(sent.values()) == {TAKEN, REFUSED}
        refused, acknowledged = ({one for one, words in sent.items() if words == told} for told in (REFUSED, TAKEN))
        with reading(edge) as source:
            held = {one.payload[:5] for one in take(source, len(acknowledged))}
            assert (acknowledged - held, held & refused) == (set(), set())
            assert wait_until(lambda: edge.waiting(EDGE.name) == 0, seconds=20)
            last = b"when there is room again"
            assert wait_until(lambda: sender.answered(sender.publish(last)) == [TAKEN], seconds=30)
            assert [one.payload for one in take(source, 1)] == [last]
        assert not sender.hung_up.is_set()


def test_a_message_that_is_too_large_ends_the_connection_with_its_reason(edge: Rabbit) -> None:
    with sending(edge) as sender:
        assert sender.largest == LARGEST  # told before anything is sent
        largest = sender.publish(b"x" * (LARGEST - 100))
        assert sender.answered(largest) == [TAKEN]
        sender.publish(b"x" * LARGEST)
        assert sender.hung_up.wait(20)
        assert (str(sender.why), len(sender.answers)) == ("Packet too large", 1)
    with reading(edge) as source:
        [one] = take(source, 1)
        assert (one.payload_bytes, len(one.payload)) == (
            LARGEST - 100,
            PAYLOAD_LIMIT,
        )  # the worker refuses it by name


def test_a_level_with_a_dot_comes_back_as_it_was_sent(edge: Rabbit) -> None:
    topics = ["cityops/v1/readings/edge/E.1", "cityops/v1/readings/edge/E.1/and more", "cityops/v1/readings/edge"]
    with sending(edge) as sender, reading(edge) as source:
        assert sender.answered(*(sender.publish(b"1", one) for one in topics)) == [TAKEN] * 3
        assert [one.topic.decode() for one in take(source, 3)] == [
            topics[0],
            "cityops/v1/readings/edge/E.1.and more",
            topics[2],
        ]


def test_what_is_retained_is_a_message_like_others_and_none_that_is_old_comes(edge: Rabbit) -> None:
    with sending(edge) as sender:
        kept = sender.publish(b"kept", retain=True)
        assert sender.answered(kept) == [TAKEN]
        with reading(edge) as source:
            assert [(one.payload, one.retained) for one in take(source, 1)] == [(b"kept", False)]
        with reading(edge) as source:
            cleared = sender.publish(b"", retain=True)
            assert sender.answered(cleared) == [TAKEN]
            assert [(one.payload, one.retained) for one in take(source, 1)] == [(b"", False)]


def test_while_a_disk_is_full_senders_wait_and_workers_go_on(edge: Rabbit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the worker of Sparkplug that asks a device for its births, and so publishes."""
    monkeypatch.setenv("CITYOPS_MQTT_URL", edge.url)
    monkeypatch.setenv("CITYOPS_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CITYOPS_MQTT_ADMIN_URL", edge.cluster.admin_url)
    edge.forget(ORDERED_QUEUE)
    edge.restore()
    [node] = edge.cluster.nodes
    with sending(edge) as sender:
        before = [sender.publish(b"before", one) for one in (TOPIC, "spBv1.0/pumps/NDATA/station-1")]
        assert sender.answered(*before) == [TAKEN] * 2
        with edge.full_disk(node):
            assert wait_until(lambda: doctor_tells_of(node), seconds=60)
            waiting = sender.publish(b"meanwhile")
            with reading(edge) as source, asking(edge) as asker:
                asker.publish("spBv1.0/elsewhere/NCMD/station-1", b"")
                assert [one.payload for one in (*take(source, 1), *take(asker, 1))] == [b"before"] * 2
                both = (EDGE.name, ORDERED_QUEUE)
                assert wait_until(lambda: [edge.told(one) for one in both] == [(0, 1)] * 2, seconds=20)
            assert [edge.told(one) for one in both] == [(0, 0)] * 2  # nothing was given back when they left
            assert waiting not in sender.answers
        assert sender.answered(waiting) == [TAKEN]
        with reading(edge) as source:
            assert [one.payload for one in take(source, 1)] == [b"meanwhile"]
    assert wait_until(lambda: not doctor_tells_of(node), seconds=60)


def doctor_tells_of(node: RabbitNode) -> bool:
    told = f"the node {node.name} has the disk_free_alarm and has senders wait"
    return any(told in str(one) for one in weaknesses(Settings()))


@contextmanager
def asking(rabbit: Rabbit) -> Iterator[OrderedAmqpSource]:
    """Give the source of a worker of Sparkplug routes."""
    source = OrderedAmqpSource(rabbit.ordered_url, Backlog(), read_routes(ADAPTERS).ordered)
    source.start()
    try:
        assert source.subscribed.wait(20)
        yield source
    finally:
        source.stop()
        source.backlog.close()
