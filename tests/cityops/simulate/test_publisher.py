"""The simulator against a real broker: what it says it sent is what a subscriber receives."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cityops.errors import CityopsError
from cityops.local.broker import Broker
from cityops.simulate.faults import Faults
from cityops.simulate.messages import Message
from cityops.simulate.publisher import Publisher
from cityops.simulate.run import Progress, SimulationOptions, present_ms, run_simulation

PATIENCE_S = 30


class Received:
    """Messages that a subscriber has got so far."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._changed = threading.Condition()

    def add(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        with self._changed:
            self.messages.append((message.topic, bytes(message.payload)))
            self._changed.notify_all()

    def wait_for(self, enough: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(enough, PATIENCE_S), f"{len(self.messages)} messages came"


@contextmanager
def subscriber(url: str, topic: str, name: str) -> Iterator[Received]:
    received, subscribed = Received(), threading.Event()
    parts = urlsplit(url)
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
    client.reconnect_delay_set(1, 1)
    client.on_message = received.add
    client.on_connect = lambda connected, *_: connected.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: subscribed.set()
    lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's own
    lasting.SessionExpiryInterval = 600
    client.connect_async(parts.hostname or "", parts.port or 0, clean_start=False, properties=lasting)
    client.loop_start()
    assert subscribed.wait(PATIENCE_S)
    try:
        yield received
    finally:
        client.disconnect()
        client.loop_stop()


def readings(messages: list[tuple[str, bytes]]) -> dict[tuple[str, str, int], float]:
    """Decode messages of a run without faults, as a plain reader would."""
    found: dict[tuple[str, str, int], float] = {}
    for topic, payload in messages:
        levels = topic.split("/")
        if levels[2] == "readings":
            parsed = json.loads(payload)
            for item in parsed if isinstance(parsed, list) else [parsed]:
                device = item.get("device") or levels[4]
                found |= {(device, metric, item["ts"]): value for metric, value in item["values"].items()}
    return found


def steps(messages: list[tuple[str, bytes]]) -> dict[tuple[str, str, int], str]:
    found: dict[tuple[str, str, int], str] = {}
    for topic, payload in messages:
        levels = topic.split("/")
        if levels[2] == "events":
            parsed = json.loads(payload)
            for item in parsed if isinstance(parsed, list) else [parsed]:
                found[levels[3], item["external_id"], item["sequence"]] = item["status"]
    return found


def test_a_subscriber_receives_exactly_what_the_journal_says(own_broker: Broker) -> None:
    options = SimulationOptions(devices=200, history_h=0.25, interval_s=2, faults=None, keep_journal=True)
    progress: list[Progress] = []
    stop = threading.Event()

    def note(one: Progress) -> None:
        progress.append(one)
        if [two.backfilled for two in progress[-2:]] == [1, 1]:  # the past is sent, and some of the present
            stop.set()

    with subscriber(own_broker.url, "cityops/#", "reader") as received:
        journal = run_simulation(own_broker.url, options, stop, note)
        received.wait_for(lambda: len(received.messages) >= journal.messages)
    assert (journal.unacknowledged, journal.undelivered) == (0, 0)
    assert readings(received.messages) == journal.readings
    assert steps(received.messages) == journal.steps
    assert max(ts for _, _, ts in journal.readings) <= present_ms()
    assert progress[-1].backfilled == 1


def test_faulty_messages_are_counted_as_they_arrive(own_broker: Broker) -> None:
    faults = Faults(duplicate=0.2, late=0, shuffled=0, malformed=0.2)
    options = SimulationOptions(devices=200, history_h=0, interval_s=0.5, faults=faults, for_s=2.5, keep_journal=True)
    with subscriber(own_broker.url, "cityops/#", "reader") as received:
        journal = run_simulation(own_broker.url, options, threading.Event())
        received.wait_for(lambda: len(received.messages) >= journal.messages)
    assert len(received.messages) == journal.messages
    assert journal.repeated_readings > 0
    assert len(journal.rejects) > 5


def test_a_fast_run_catches_up_with_the_clock_and_never_passes_it(own_broker: Broker) -> None:
    options = SimulationOptions(
        devices=100, history_h=0.25, speed=900, faults=None, cases=False, for_s=4, keep_journal=True
    )
    began_ms = present_ms()
    with subscriber(own_broker.url, "cityops/#", "reader"):
        journal = run_simulation(own_broker.url, options, threading.Event())
    instants = [ts for _, _, ts in journal.readings]
    assert min(instants) < began_ms - 10 * 60_000
    assert began_ms < max(instants) <= present_ms()


def test_what_was_not_acknowledged_is_sent_again_after_the_broker_returns(own_broker: Broker) -> None:
    total = 4000
    sent = [Message(0, "cityops/v1/readings/eco-air", b"%d" % number) for number in range(total)]
    publisher = Publisher(own_broker.url, "sender")
    stop = threading.Event()
    with subscriber(own_broker.url, "cityops/#", "reader") as received:
        publisher.start()
        work = threading.Thread(target=lambda: [publisher.publish(message, stop) for message in sent])
        work.start()
        received.wait_for(lambda: len(received.messages) > total // 10)
        own_broker.stop()
        own_broker.start()
        work.join(PATIENCE_S)
        assert publisher.flush(PATIENCE_S) == 0
        publisher.stop()
        received.wait_for(lambda: len({payload for _, payload in received.messages}) == total)
    assert publisher.refused == 0


def test_what_the_broker_gives_to_nobody_is_not_counted_as_delivered(own_broker: Broker) -> None:
    publisher, stop = Publisher(own_broker.url, "sender"), threading.Event()
    publisher.start()
    try:
        # the guard takes all but what begins with a dollar sign
        for topic in ("cityops/v1/readings/eco-air", "$nobody/subscribes"):
            assert publisher.publish(Message(0, topic, b"{}"), stop)
        assert publisher.flush(PATIENCE_S) == 0
    finally:
        publisher.stop()
    assert (publisher.delivered, publisher.refused) == (1, 1)


def test_a_stop_ends_a_run_whose_broker_is_gone(own_broker: Broker) -> None:
    stop, live = threading.Event(), threading.Event()
    options = SimulationOptions(devices=100, history_h=0, interval_s=0.5)
    work = threading.Thread(target=run_simulation, args=(own_broker.url, options, stop, lambda _: live.set()))
    work.start()
    assert live.wait(PATIENCE_S)
    own_broker.stop()
    stop.set()
    work.join(PATIENCE_S + 10)
    assert not work.is_alive()


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(CityopsError, match=r"127\.0\.0\.1:9"):
        Publisher("mqtt://127.0.0.1:9", "nobody").start(patience_s=0.5)


def test_the_journal_file_holds_readings_steps_and_counts(own_broker: Broker, tmp_path: Path) -> None:
    options = SimulationOptions(devices=100, history_h=0.2, for_s=1, keep_journal=True)
    with subscriber(own_broker.url, "cityops/#", "reader"):
        journal = run_simulation(own_broker.url, options, threading.Event())
    journal.write(tmp_path / "journal.json")
    written = json.loads((tmp_path / "journal.json").read_text())
    assert len(written["readings"]) == written["unique_readings"] == len(journal.readings)
    assert len(written["steps"]) == written["unique_steps"]
