"""All sources are held to the same promises: nothing is confirmed before the commit, and nothing is ever dropped."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.processes import wait_until
from cityops.mqtt.rabbitmq.queues import Queue
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest import worker
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Outcome, settle_all
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.http.source import HttpSource, RequestRefusedError
from cityops_ingest.sources.mqtt.source import MqttSource
from cityops_ingest.sources.source import Source
from cityops_ingest.worker import taking, writing_worker
from fixtures.rabbitmq import PASSWORD, SENDER, Rabbit

TOPIC = "cityops/v1/readings/water-logging/WL-1"
STORED = Outcome(stored=1)
PROMISES = "cityops.promises"


class Wire(Protocol):
    """A source of one kind, and those who send to it."""

    def source_of(self, backlog: Backlog) -> Source[Any]:
        """Return a source that fills the backlog."""

    def ready(self) -> bool:
        """Wait until what is sent reaches the source."""

    def send(self, payload: bytes) -> None:
        """Begin to send a message; it need not be confirmed when this returns."""

    def owed(self) -> list[bytes]:
        """Return, after the source has stopped, what is held by whoever sent it, since it was not confirmed."""


class MqttWire:
    """A session at a real broker, which delivers again what was not acknowledged."""

    def __init__(self, url: str, publish: list[str]) -> None:
        self._url, self._publish = url, publish

    def source_of(self, backlog: Backlog) -> MqttSource:
        self._source = MqttSource(self._url, "promises", backlog, subscriptions=[TOPIC])
        return self._source

    def ready(self) -> bool:
        return self._source.subscribed.wait(20)

    def send(self, payload: bytes) -> None:
        subprocess.run([*self._publish, "-t", TOPIC, "-s"], input=payload, check=True)

    def owed(self) -> list[bytes]:
        held: list[bytes] = []
        backlog = Backlog()
        source = self.source_of(backlog)
        source.start()
        try:
            self.send(b"after all others")
            while b"after all others" not in held:
                held += [one.payload for one in backlog.take()]
        finally:
            backlog.close()
            source.give_up_session()
        return held[:-1]


class AmqpWire:
    """A queue at a real RabbitMQ, to which senders speak MQTT; it gives to others what was not acknowledged."""

    def __init__(self, rabbit: Rabbit, publish: list[str]) -> None:
        self._rabbit, self._publish = rabbit, publish
        rabbit.forget(PROMISES)  # with what the test before has left
        rabbit.declare([Queue(PROMISES, [TOPIC])])
        rabbit.let_in()

    def source_of(self, backlog: Backlog) -> AmqpSource:
        self._source = AmqpSource(self._rabbit.url, PROMISES, backlog, names=TopicNames())
        return self._source

    def ready(self) -> bool:
        return self._source.subscribed.wait(20)

    def send(self, payload: bytes) -> None:
        subprocess.run([*self._publish, "-t", TOPIC, "-s"], input=payload, check=True)

    def owed(self) -> list[bytes]:
        held: list[bytes] = []
        backlog = Backlog()
        with taking(self.source_of, unread(backlog)):
            self.send(b"after all others")
            while b"after all others" not in held:
                held += [one.payload for one in backlog.take()]
        return held[:-1]


class HttpWire:
    """Requests in a loop of their own, each of which holds its message until it is answered."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sent: list[tuple[bytes, Future[Outcome]]] = []

    def source_of(self, backlog: Backlog) -> HttpSource:
        self._source = HttpSource(backlog)
        return self._source

    def ready(self) -> bool:
        return True

    def send(self, payload: bytes) -> None:
        request = self._source.commit(TOPIC, payload, line_delimited=False)
        self._sent.append((payload, asyncio.run_coroutine_threadsafe(request, self._loop)))

    def owed(self) -> list[bytes]:
        failed = [(payload, answer.exception(20)) for payload, answer in self._sent]
        assert all(error is None or isinstance(error, RequestRefusedError) for _, error in failed)
        return [payload for payload, error in failed if error]


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(params=["mqtt", "amqp", "http"])
def wire(request: pytest.FixtureRequest, mqtt_url: str, binaries: Binaries) -> Iterator[Wire]:
    """Give a source of each kind with its senders."""
    publish = [str(binaries.mosquitto("mosquitto_pub")), "-V", "5", "-q", "1", "-p"]
    if request.param == "mqtt":
        yield MqttWire(mqtt_url, [*publish, mqtt_url.rsplit(":", 1)[-1]])
    elif request.param == "amqp":
        rabbit: Rabbit = request.getfixturevalue("rabbit")
        yield AmqpWire(rabbit, [*publish, str(rabbit.port), "-u", SENDER, "-P", PASSWORD])
    else:
        with running_loop() as loop:
            yield HttpWire(loop)


def reading(value: float) -> bytes:
    return f'{{"ts": "{utc_now().isoformat()}", "metric": "water_depth", "value": {value}}}'.encode()


@contextmanager
def unread(backlog: Backlog) -> Iterator[Backlog]:
    """Give a backlog that is closed in the end, and not drained."""
    try:
        yield backlog
    finally:
        backlog.close()


@contextmanager
def drained(backlog: Backlog) -> Iterator[Backlog]:
    """Give a backlog that is drained when it is closed, as a worker's is."""
    with unread(backlog):
        yield backlog
    while batch := backlog.take():
        settle_all(batch, [STORED] * len(batch))


@contextmanager
def running(wire: Wire, opened: AbstractContextManager[Backlog]) -> Iterator[None]:
    """Run the source of a wire while the block lasts; what is sent reaches it when the block begins."""
    with taking(wire.source_of, opened):
        assert wire.ready()
        yield


def put(wire: Wire, backlog: Backlog, payload: bytes) -> None:
    """Send a message, and wait until it is in the backlog."""
    before = len(backlog)
    wire.send(payload)
    assert wait_until(lambda: len(backlog) > before, seconds=20)


def test_only_what_is_settled_is_confirmed(wire: Wire) -> None:
    backlog = Backlog()
    with running(wire, unread(backlog)):
        for payload in (b"1", b"2", b"3"):
            put(wire, backlog, payload)
        first, second, third = backlog.take()
        assert [one.payload for one in (first, second, third)] == [b"1", b"2", b"3"]
        assert len({one.flush for one in (first, second, third)}) == 1  # all of a source are confirmed at once
        settle_all([first, third], [STORED, STORED])
    assert wire.owed() == [b"2"]


def test_what_is_drained_at_the_end_is_still_confirmed(wire: Wire) -> None:
    backlog = Backlog()
    with running(wire, drained(backlog)):
        put(wire, backlog, b"1")
        put(wire, backlog, b"2")
    assert wire.owed() == []


def test_what_nobody_stores_is_owed(wire: Wire) -> None:
    backlog = Backlog()
    with running(wire, unread(backlog)):
        put(wire, backlog, b"1")
        put(wire, backlog, b"2")
    assert wire.owed() == [b"1", b"2"]


def test_what_a_closed_backlog_does_not_take_is_owed(wire: Wire) -> None:
    backlog = Backlog()
    with running(wire, unread(backlog)):
        backlog.close()
        wire.send(b"1")
        assert backlog.take() == []
    assert wire.owed() == [b"1"]


def test_what_is_settled_too_late_is_owed_and_harms_nobody(wire: Wire) -> None:
    backlog = Backlog()
    with running(wire, unread(backlog)):
        put(wire, backlog, b"1")
        late = backlog.take()
    settle_all(late, [STORED])
    assert wire.owed() == [b"1"]


def test_what_the_database_has_is_confirmed(wire: Wire, database_url: str, database: psycopg.Connection) -> None:
    with running(wire, writing_worker(database_url, "promises")):
        wire.send(reading(7))
        kept = "SELECT array_agg(value) FROM reading"
        assert wait_until(lambda: database.execute(kept).fetchone() == ([7.0],), seconds=20)
    assert wire.owed() == []


def test_what_no_database_takes_is_owed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "DRAIN_S", 0.1)
    sent = reading(7)
    with running(wire, writing_worker("postgresql://127.0.0.1:1/none", "promises")):
        wire.send(sent)
    assert wire.owed() == [sent]
