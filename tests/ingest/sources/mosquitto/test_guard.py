"""What a sender publishes after a start of the broker, before any worker is there, is kept and stored."""

import json
import subprocess
from datetime import timedelta

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.mqtt.sessions import session_id
from cityops.wire.topics import GUARD, GUARDED
from cityops_ingest.sources.mosquitto.flavour import Mosquitto
from fixtures.ingest import guard_stands, worker_process

TOPIC = "cityops/v1/readings/water-logging/WL-1"


def test_nothing_is_lost_between_restarts_and_the_workers_subscription(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    verb = ["ingest", "mqtt", "--worker", "away"]

    def publish(topic: str, seconds_ago: int) -> None:
        ts = (utc_now() - timedelta(seconds=seconds_ago)).isoformat()
        payload = json.dumps({"ts": ts, "metric": "water_depth", "value": seconds_ago})
        client = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-V", "5", "-q", "1"]
        subprocess.run([*client, "-t", topic, "-s"], input=payload.encode(), check=True)

    def values() -> set[float]:
        return {row[0] for row in database.execute("SELECT value FROM reading")}

    def arrives() -> bool:
        publish(TOPIC, 1)
        return bool(values())

    with worker_process(verb, environment):
        assert wait_until(arrives, seconds=30)
    own_broker.stop()
    own_broker.start()
    publish(TOPIC, 2)
    publish("foreign/topic", 3)  # the guard holds it too; it is none of ours
    own_broker.stop()
    own_broker.start()  # posts the guard again, which has not been relieved
    publish(TOPIC, 4)
    with worker_process(verb, environment):
        assert wait_until(lambda: values() == {1, 2, 4}, seconds=30)
        assert wait_until(lambda: not guard_stands(own_broker, binaries), seconds=30)
        publish(TOPIC, 5)
        assert wait_until(lambda: values() == {1, 2, 4, 5}, seconds=30)
    assert database.execute("SELECT count(*) FROM reject").fetchone() == (0,)


def test_nothing_is_lost_before_a_worker_has_ever_subscribed(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    lines = []
    for second in range(500):
        ts = (utc_now() - timedelta(seconds=second)).isoformat()
        lines.append(json.dumps({"ts": ts, "metric": "water_depth", "value": 1}) + "\n")
    client = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-V", "5", "-q", "1"]
    told = subprocess.run(
        [*client, "-t", TOPIC, "-l"], input="".join(lines), text=True, capture_output=True, check=True
    )
    assert "No matching subscribers" not in told.stderr
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    with worker_process(["ingest", "mqtt", "--worker", "first"], environment):
        rows = "SELECT count(*) FROM reading"
        assert wait_until(lambda: database.execute(rows).fetchone() == (500,), seconds=30)
        assert wait_until(lambda: not guard_stands(own_broker, binaries), seconds=30)


def test_the_guard_is_looked_for_under_the_password_of_now_and_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, before = "mqtt://ingest:new@broker", "mqtt://ingest:old@broker"
    monkeypatch.setenv("CITYOPS_MQTT_FORMER_PASSWORD", "old")
    posted = Mosquitto().posted(now)
    assert [one.client_id for one in posted[:2]] == [session_id(now, GUARD), session_id(before, GUARD)]
    assert all(one.subscriptions == [GUARDED] for one in posted)
