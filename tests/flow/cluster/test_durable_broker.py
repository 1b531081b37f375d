"""Kills a durable Mosquitto with SIGKILL under load, a worker stopped half way: what it wrote down is stored."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.clock import utc_now
from cityops.local.binaries import Binaries, prepare_durable_broker
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.mqtt.mosquitto import senders
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures.ingest import worker_process
from fixtures.samples import FILTERS, SENT, publish
from fixtures.senders import PER_MESSAGE, SOURCE, messages

pytestmark = pytest.mark.cluster

KEY, TOKEN = "0123456789abcdef", "wa-ter"
MESSAGES = 20_000
ONE_PASS = 4096
"""Bytes that the broker takes from a connection before it commits (packet_buffer_size): what `kill -9` may cost."""


@pytest.fixture(scope="session")
def programs() -> Binaries:
    """Give a Mosquitto that has the plugin; the first call of a machine fetches it."""
    return prepare_durable_broker()


@pytest.fixture
def durable(programs: Binaries, instance: Path) -> Iterator[Broker]:
    """Give a started broker that writes each message down and asks for names."""
    with running(Broker(programs, instance, guarded=True, durable=True)) as broker:
        yield broker


@contextmanager
def running(broker: Broker) -> Iterator[Broker]:
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


class Device:
    """A sender that keeps what is not acknowledged and sends it again when the broker is back, as paho does."""

    def __init__(self, port: int) -> None:
        self.acknowledged = 0
        self.client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.username_pw_set(KEY, TOKEN)
        client.max_inflight_messages_set(200)
        client.reconnect_delay_set(1, 1)
        client.on_publish = lambda *_: self._count()
        client.connect("127.0.0.1", port)

    def __enter__(self) -> "Device":
        self.client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def send(self, payloads: Iterable[bytes]) -> None:
        """Hand over messages, which go out as others are acknowledged."""
        for payload in payloads:
            self.client.publish(SOURCE, payload, qos=1)

    def _count(self) -> None:
        self.acknowledged += 1


def stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


def both_have_stored(database: psycopg.Connection) -> bool:
    row = database.execute("SELECT count(DISTINCT worker) FROM ingest_ledger WHERE stored > 0").fetchone()
    return row == (2,)


def test_kill_9_under_load_costs_no_more_than_one_pass_and_doubles_nothing(
    durable: Broker, database_url: str, database: psycopg.Connection
) -> None:
    senders.grant(durable.admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": durable.url}
    verb = ["ingest", "mqtt", "--worker"]
    sent = [payload for _, payload in messages(utc_now() - timedelta(hours=12), MESSAGES)]
    rest = iter(sent)
    assert durable.port is not None
    with worker_process([*verb, "one"], environment), Device(durable.port) as device:
        with worker_process([*verb, "two"], environment) as (_, kill_worker):

            def both_take_their_share() -> bool:
                device.send([next(rest)])
                return both_have_stored(database)

            assert wait_until(both_take_their_share, seconds=60)
            kill_worker()  # half of the messages wait from now on
        sending = threading.Thread(target=device.send, args=(rest,))
        sending.start()
        assert wait_until(lambda: device.acknowledged > MESSAGES // 3, seconds=60)
        durable.kill()
        assert device.acknowledged < MESSAGES
        durable.start()
        assert wait_until(lambda: device.acknowledged == MESSAGES, seconds=180), device.acknowledged
        sending.join()
        with worker_process([*verb, "two"], environment):
            most = MESSAGES * PER_MESSAGE
            least = most - PER_MESSAGE * (ONE_PASS // len(sent[0]) + 2)
            assert wait_until(lambda: stored(database) >= least, seconds=120), stored(database)
    assert least <= stored(database) <= most
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (stored(database),)
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def test_what_waits_and_who_is_subscribed_survive_kill_9(programs: Binaries, instance: Path) -> None:
    with running(Broker(programs, instance, durable=True)) as broker:
        away = MqttSource(broker.url, "away", Backlog(), subscriptions=["$share/ingest/cityops/#"])
        away.start()
        assert away.subscribed.wait(20)
        away.stop()
        port = broker.port
        assert port is not None
        _publish(port, "before", 1_000)
        _publish(port, "in the last pass", 1)  # which may be lost; what came before it is committed
        broker.kill()
        broker.start()
        _publish(port, "after", 10)  # nobody has subscribed since
        _publish(port, "end", 1)
        back = MqttSource(broker.url, "away", backlog := Backlog(), subscriptions=["$share/ingest/cityops/#"])
        back.start()
        try:
            held = [backlog.take()]
            while held[-1][-1].payload != b"end":
                held.append(backlog.take())
        finally:
            back.give_up_session()
        payloads = [one.payload for some in held for one in some if one.payload != b"in the last pass"]
        assert payloads == [b"before"] * 1_000 + [b"after"] * 10 + [b"end"]


def test_all_samples_arrive_as_from_the_shipped_broker(programs: Binaries, instance: Path) -> None:
    with running(Broker(programs, instance, durable=True)) as broker:
        source = MqttSource(broker.url, "samples", backlog := Backlog(), subscriptions=FILTERS)
        source.start()
        assert source.subscribed.wait(20)
        assert broker.port is not None
        publish(broker.port)
        try:
            wanted = [(topic.encode(), payload) for topic, payload, _ in SENT]
            assert [(one.topic, one.payload) for one in taken(backlog, len(SENT))] == wanted
        finally:
            source.give_up_session()


def test_senders_are_let_in_and_out_while_it_runs_and_over_kill_9(durable: Broker) -> None:
    assert durable.port is not None
    senders.grant(durable.admin_url, KEY, {"water-logging": "readings"}, TOKEN)
    with Device(durable.port) as device:
        device.send([b"{}"])
        assert wait_until(lambda: device.acknowledged == 1, seconds=20)
        durable.kill()
        durable.start()
        assert senders.admitted(durable.admin_url) == [KEY]
        is_out = threading.Event()
        device.client.on_disconnect = lambda *_: is_out.set()
        assert wait_until(device.client.is_connected, seconds=20)
        senders.revoke(durable.admin_url, [KEY])
        assert is_out.wait(20)
    assert senders.admitted(durable.admin_url) == []


def _publish(port: int, payload: str, count: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for one in [client.publish(f"{SOURCE}/WL-1", payload, qos=1) for _ in range(count)]:
        one.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def taken(backlog: Backlog, count: int) -> list[Envelope]:
    held: list[Envelope] = []
    while len(held) < count:
        held += backlog.take()
    return held[:count]
