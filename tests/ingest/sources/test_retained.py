"""Retained messages through a real broker: old ones are not asked for, and clearing one is nothing."""

import json
import subprocess
from pathlib import Path

import psycopg

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.sources.sparkplug import SparkplugSource
from cityops_ingest.worker import writing_worker
from fixtures.ingest import worker_process

ROUTES = Path(__file__).parents[3] / "ingest" / "adapters.example.toml"


def test_what_is_retained_is_read_by_its_flag(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    def publish(topic: str, payload: bytes, *options: str) -> None:
        command = [
            str(binaries.mosquitto("mosquitto_pub")),
            "-p",
            str(own_broker.port),
            "-V",
            "5",
            "-q",
            "1",
            *options,
        ]
        subprocess.run([*command, "-t", topic, "-s" if payload else "-n"], input=payload, check=True)

    def rejects() -> list[tuple[str, str]]:
        return database.execute("SELECT topic, reason FROM reject ORDER BY topic").fetchall()

    def stored() -> list[tuple[float]]:
        return database.execute("SELECT value FROM reading ORDER BY value").fetchall()

    own = json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": 7}).encode()
    ours = "cityops/v1/readings/water-logging/WL-1"
    publish("zigbee2mqtt/AIR-1", b'{"temperature": 20}', "-r")
    verb = ["ingest", "mqtt", "--worker", "retained", "--adapters", str(ROUTES)]
    with worker_process(verb, {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}):

        def is_subscribed() -> bool:
            publish(ours, own, "-r")
            return bool(stored())

        assert wait_until(is_subscribed, seconds=20)
        assert stored() == [(7.0,)]  # what was published before came by the guard, if at all, and is none of now
        publish(ours, b"", "-r")
        publish("zigbee2mqtt/AIR-1", b"", "-r")
        publish("zigbee2mqtt/AIR-1", b'{"temperature": 21}', "-r")
        publish(ours, b"")
        wanted = [(ours, "empty_payload"), *[("zigbee2mqtt/AIR-1", "retained")] * 2]
        assert wait_until(lambda: rejects() == wanted, seconds=20), rejects()
    assert stored() == [(7.0,)]
    assert database.execute("SELECT sum(rejected) FROM ingest_ledger").fetchone() == (3,)


def test_a_worker_with_an_ordinary_subscription_is_not_sent_what_the_broker_keeps(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    client = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-q", "1", "-t"]
    subprocess.run([*client, "spBv1.0/pumps/NDATA/old", "-r", "-m", "no protobuf"], check=True)
    routes = read_routes(ROUTES).ordered
    with writing_worker(database_url, "sparkplug", routes) as backlog:
        source = SparkplugSource(own_broker.url, "sparkplug", backlog, routes)
        source.start()
        try:
            assert source.subscribed.wait(20)
            subprocess.run([*client, "spBv1.0/pumps/NDATA/new", "-m", "no protobuf"], check=True)
            topics = "SELECT topic FROM reject"
            assert wait_until(lambda: database.execute(topics).fetchall() != [], seconds=20)
            assert database.execute(topics).fetchall() == [("spBv1.0/pumps/NDATA/new",)]
        finally:
            source.stop()
