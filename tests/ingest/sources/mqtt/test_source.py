"""MQTT ingest with a client that is not ours (`mosquitto_pub`): acknowledged after commit, alive after anything."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest import worker
from cityops_ingest.sources.mqtt import source as mqtt
from cityops_ingest.sources.mqtt.source import MqttSource
from cityops_ingest.sources.mqtt.workers import retire_mqtt
from cityops_ingest.worker import writing_worker

TOPIC = "cityops/v1/readings/water-logging/WL-1"


@contextmanager
def running_worker(database_url: str, mqtt_url: str, name: str) -> Iterator[None]:
    """Run a worker in threads of this process; it is subscribed when the block begins."""
    with writing_worker(database_url, name) as backlog:
        source = MqttSource(mqtt_url, name, backlog)
        source.start()
        try:
            assert source.subscribed.wait(20)
            yield
        finally:
            source.stop()


Publish = Callable[[str, bytes], None]


@pytest.fixture
def publish(binaries: Binaries, own_broker: Broker) -> Publish:
    """Give a function that publishes one message at QoS 1 with Mosquitto's own client.

    The broker is this test's own: a stopped worker's session would keep its share of every other test's messages.
    """
    command = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-V", "5", "-q", "1"]

    def send(topic: str, payload: bytes) -> None:
        content = ["-s"] if payload else ["-n"]
        subprocess.run([*command, "-t", topic, *content], input=payload, check=True)

    return send


def reading(value: float) -> bytes:
    return json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": value}).encode()


def values(database: psycopg.Connection) -> list[float]:
    return [row[0] for row in database.execute("SELECT value FROM reading ORDER BY value")]


def test_every_malformed_message_is_named_and_the_worker_lives_on(
    database_url: str, database: psycopg.Connection, own_broker: Broker, publish: Publish
) -> None:
    malformed = {
        "empty_payload": b"",
        "bad_json": b"{broken",
        "not_finite": reading(1).replace(b"1.0", b"NaN").replace(b": 1}", b": NaN}"),
        "out_of_range": reading(5000),
        "time_in_future": b'{"ts": "2099-01-01T00:00:00Z", "metric": "water_depth", "value": 1}',
        "time_too_old": b'{"ts": "1999-01-01T00:00:00Z", "metric": "water_depth", "value": 1}',
        "wrong_type": b'{"ts": 1, "metric": "water_depth", "value": "deep"}',
        "unknown_metric": reading(1).replace(b"water_depth", b"mood"),
        "payload_too_large": b"x" * 265_000,
    }
    with running_worker(database_url, own_broker.url, "malformed"):
        publish(TOPIC, reading(1))
        for payload in malformed.values():
            publish(TOPIC, payload)
        publish(TOPIC.replace("WL-1", "nobody"), reading(1))
        publish("cityops/odd", b"{}")
        publish("cityops/v1/events/water-logging", b"{}")
        publish(TOPIC.replace("WL-1", "x" * 60_000), reading(1))
        publish(TOPIC, reading(2))
        assert wait_until(lambda: values(database) == [1, 2], seconds=20)
    reasons = [row[0] for row in database.execute("SELECT reason FROM reject ORDER BY reason")]
    assert reasons == sorted([*malformed, "unknown_device", "bad_topic", "bad_topic", "not_carried"])
    assert database.execute("SELECT max(length(topic)) < 1100 FROM reject").fetchone() == (True,)


def test_what_was_sent_while_the_worker_was_away_is_taken_when_it_returns(
    database_url: str, database: psycopg.Connection, own_broker: Broker, publish: Publish
) -> None:
    with running_worker(database_url, own_broker.url, "away"):
        publish(TOPIC, reading(1))
        assert wait_until(lambda: values(database) == [1], seconds=20)
    publish(TOPIC, reading(2))
    assert values(database) == [1]
    with running_worker(database_url, own_broker.url, "away"):
        assert wait_until(lambda: values(database) == [1, 2], seconds=20)


def test_a_retired_worker_leaves_nothing_behind_and_gets_nothing_more(
    database_url: str, database: psycopg.Connection, own_broker: Broker, publish: Publish
) -> None:
    with running_worker(database_url, own_broker.url, "stays"):
        with running_worker(database_url, own_broker.url, "goes"):
            pass
        for value in range(10):  # the broker keeps half of them for the worker that is away
            publish(TOPIC, reading(value))
        assert wait_until(lambda: len(values(database)) >= 1, seconds=20)
        assert retire_mqtt(database_url, own_broker.url, "goes", threading.Event())
        assert wait_until(lambda: values(database) == list(range(10)), seconds=20)
        for value in range(10, 20):
            publish(TOPIC, reading(value))
        assert wait_until(lambda: values(database) == list(range(20)), seconds=20)


def test_a_session_is_not_given_up_while_its_messages_are_not_stored(
    database_url: str,
    database: psycopg.Connection,
    own_broker: Broker,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a database nothing comes after a while, because nothing is acknowledged: that is no reason to go."""
    monkeypatch.setattr(mqtt, "QUIET_S", 0.3)
    monkeypatch.setattr(worker, "DRAIN_S", 0.1)
    with running_worker(database_url, own_broker.url, "goes"):
        pass
    publish(TOPIC, reading(1))
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        retired = pool.submit(retire_mqtt, "postgresql://127.0.0.1:1/none", own_broker.url, "goes", stop)
        assert not wait_until(retired.done, seconds=3)
        stop.set()
        assert retired.result(20) is False
    assert retire_mqtt(database_url, own_broker.url, "goes", threading.Event())
    assert values(database) == [1]
