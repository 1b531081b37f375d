"""Kills the ingest worker with SIGKILL in mid-stream, again and again: nothing is lost and nothing is doubled."""

import json
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.clock import utc_now
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.store.upkeep.verify import verify
from fixtures.ingest import worker_process

MESSAGES = 4_000
KILLS = 5
SOURCE = "cityops/v1/readings/water-logging"


@pytest.fixture
def publisher(own_broker: Broker) -> Iterator[Client]:
    """Give a client connected to a broker of this test's own."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    assert own_broker.port
    client.connect("127.0.0.1", own_broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def stored(database: psycopg.Connection) -> int:
    row = database.execute("SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger").fetchone()
    assert row is not None
    return int(row[0])


def test_kill_9_in_mid_stream_loses_nothing_and_doubles_nothing(
    database_url: str, database: psycopg.Connection, own_broker: Broker, publisher: Client
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    verb = ["ingest", "mqtt", "--worker", "killed"]
    base = utc_now() - timedelta(hours=6)
    with worker_process(verb, environment):  # makes the session, so that the broker keeps what comes
        wait_for_session(own_broker, database, publisher)
    sent = []
    for number in range(MESSAGES):
        items = [
            {
                "device": device,
                "ts": (base + timedelta(seconds=number)).isoformat(),
                "metric": "water_depth",
                "value": number % 200,
            }
            for device in ("WL-1", "WL-2", "WL-3")
        ]
        wrong = [{"ts": 5}] if number % 50 == 0 else []
        sent.append(publisher.publish(SOURCE, json.dumps(items + wrong), qos=1))
    for kill_number in range(1, KILLS + 1):
        with worker_process(verb, environment) as (_, kill):
            goal = 1 + MESSAGES * 3 * kill_number // (KILLS + 2)
            assert wait_until(lambda goal=goal: stored(database) >= goal, seconds=30)  # type: ignore[misc]  # bound now
            kill()
    for one in sent:
        one.wait_for_publish(30)
    with worker_process(verb, environment):
        assert wait_until(lambda: stored(database) == 1 + MESSAGES * 3, seconds=60)
    assert count(database, "reading") == 1 + MESSAGES * 3
    assert count(database, "reject") == MESSAGES // 50
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def wait_for_session(broker: Broker, database: psycopg.Connection, publisher: Client) -> None:
    """Publish one reading until it arrives: then the worker's subscription stands."""
    ts = utc_now().isoformat()
    payload = json.dumps({"device": "WL-1", "ts": ts, "metric": "water_depth", "value": 1})

    def arrived() -> bool:
        publisher.publish(SOURCE, payload, qos=1).wait_for_publish(10)
        return stored(database) == 1

    assert wait_until(arrived, seconds=30)


def count(database: psycopg.Connection, table: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])
