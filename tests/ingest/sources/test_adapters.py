"""Messages of other formats through a real broker and a worker as a process, sent by a client that is not ours."""

import json
import subprocess
from pathlib import Path

import psycopg

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from fixtures.ingest import worker_process

INGEST = Path(__file__).parents[3] / "ingest"
ROUTES = INGEST / "adapters.example.toml"
UPLINK = INGEST / "samples" / "adapter-chirpstack"
STORED = """
    SELECT code, value FROM reading JOIN series ON series.id = series_id JOIN device ON device.id = device_id
    ORDER BY code
"""


def test_an_uplink_of_chirpstack_is_stored_beside_our_own_messages(
    database_url: str, database: psycopg.Connection, own_broker: Broker, binaries: Binaries
) -> None:
    def publish(topic: str, payload: bytes) -> None:
        command = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(own_broker.port), "-q", "1", "-s", "-t", topic]
        subprocess.run(command, input=payload, check=True)

    def stored() -> list[tuple[str, float]]:
        return database.execute(STORED).fetchall()

    def is_subscribed() -> bool:
        publish(
            "cityops/v1/readings/water-logging/WL-2", own
        )  # the same reading until it is there: it is stored once
        return bool(stored())

    own = json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": 7}).encode()
    uplink = json.loads((UPLINK / "input.json").read_text(encoding="utf-8")) | {"time": utc_now().isoformat()}
    topic = (UPLINK / "topic.txt").read_text(encoding="utf-8").strip()
    verb = ["ingest", "mqtt", "--worker", "adapters", "--adapters", str(ROUTES)]
    urls = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    with worker_process(verb, urls):
        assert wait_until(is_subscribed, seconds=20)
        publish(topic, json.dumps(uplink).encode())
        publish(topic.replace("24e124713c140021", "24e1ffffffffffff"), b"{}")
        assert wait_until(lambda: stored() == [("WL-1", 12.0), ("WL-2", 7.0)], seconds=20)
