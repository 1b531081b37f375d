"""Messages of other formats through a real broker and a worker as a process, sent by a client that is not ours."""

import json
import re
import subprocess
from pathlib import Path

import httpx
import psycopg
import pytest

from cityops.clock import utc_now
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.processes import wait_until
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.worker import writing_worker
from fixtures.api import sender
from fixtures.ingest import worker_process
from fixtures.rabbitmq import PASSWORD, SENDER, Rabbit
from fixtures.web import serving

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


def test_an_observation_of_sensorthings_is_posted_to_its_own_address(
    database_url: str, migrated_database: str, database: psycopg.Connection, door: TokenDoor
) -> None:
    routes = read_routes(ROUTES)
    observation = {"phenomenonTime": utc_now().isoformat(), "result": 38.2}
    app = create_app(lambda: writing_worker(database_url, "http", routes), door, routes)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        nobody = client.post("/v1.1/Datastreams(42)/Observations", json=observation)
        client.headers = httpx.Headers(sender(migrated_database, "eco-air"))
        first = client.post("/v1.1/Datastreams(42)/Observations", json=observation)
        again = client.post("/v1.1/Datastreams(42)/Observations", json=observation)
        by_body = client.post("/v1.1/Observations", json=observation | {"Datastream": {"@iot.id": 42}})
        other = client.post("/v1.1/Datastreams(43)/Observations", json=observation)
        unknown = client.post("/v1.1/Datastreams(77)/Observations", json=observation)
        elsewhere = client.post("/v1.1/Things(42)/Locations", json=observation)
    assert nobody.status_code == 401
    assert (first.status_code, first.json()["accepted"]) == (201, 1)
    assert (again.status_code, again.json()["duplicate"]) == (201, 1)
    created = [one.headers.get("location", "") for one in (first, again, by_body, other)]
    assert re.fullmatch(r"/v1\.1/Observations\(\d{1,16}\)", created[0])  # what its clients take the id from
    assert (created[0] == created[1], len(set(created))) == (True, 3)
    assert "location" not in unknown.headers
    assert (unknown.status_code, "unknown_metric" in unknown.json()["detail"]) == (422, True)
    assert (by_body.status_code, by_body.json()["duplicate"]) == (201, 1)
    assert (elsewhere.status_code, "is not served" in elsewhere.json()["detail"]) == (404, True)
    assert [one for one in routes.filters() if f"/{one}" not in elsewhere.json()["detail"]] == []
    assert database.execute(STORED).fetchall() == [("AIR-1", 38.2), ("AIR-1", 38.2)]


def test_a_sensor_of_sensor_community_is_named_by_its_header_or_its_body(
    database_url: str, migrated_database: str, database: psycopg.Connection, door: TokenDoor
) -> None:
    routes = read_routes(ROUTES)
    push = {"software_version": "NRZ-2020-133", "sensordatavalues": [{"value_type": "SDS_P2", "value": "53.32"}]}
    app = create_app(lambda: writing_worker(database_url, "http", routes), door, routes)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        client.headers = httpx.Headers(sender(migrated_database, "eco-air"))
        by_header = client.post("/sensor-community/push", json=push, headers={"X-Sensor": "esp8266-12345678"})
        nameless = client.post("/sensor-community/push", json=push)
        other = {"X-Sensor": "esp8266-999"}
        by_body = client.post("/sensor-community/push", json=push | {"esp8266id": "12345678"}, headers=other)
        webhook = client.post("/v3/app@city/devices/d/up", json={"join_accept": {}})
    assert (by_header.status_code, by_header.json()["accepted"]) == (201, 1)
    assert (by_body.status_code, by_body.json()["accepted"]) == (201, 1)
    assert (nameless.status_code, "X-Sensor" in nameless.json()["detail"]) == (422, True)
    assert webhook.status_code == 403  # the address is there, and is another source's
    assert database.execute(STORED).fetchall() == [("AIR-1", 53.32), ("AIR-1", 53.32)]


@pytest.fixture(params=["mqtt", "amqp"])
def wire(request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    """Give the workers' address of a broker of each flavour, and how clients come to it."""
    if request.param == "mqtt":
        broker: Broker = request.getfixturevalue("own_broker")
        return broker.url, ["-p", str(broker.port)]
    rabbit: Rabbit = request.getfixturevalue("rabbit")
    return rabbit.ordered_url, ["-p", str(rabbit.port), "-u", SENDER, "-P", PASSWORD]


def test_the_sparkplug_worker_asks_for_births_and_reads_data_by_them(
    database_url: str, database: psycopg.Connection, wire: tuple[str, list[str]], binaries: Binaries, tmp_path: Path
) -> None:
    url, who = wire
    file = tmp_path / "adapters.toml"
    file.write_text(ROUTES.read_text(encoding="utf-8").replace("rebirth = false", "rebirth = true"), encoding="utf-8")
    client = [str(binaries.mosquitto("mosquitto_pub")), *who, "-s", "-t"]
    listen = [str(binaries.mosquitto("mosquitto_sub")), *who, "-C", "1", "-W", "60", "-N"]
    now_ms = round(utc_now().timestamp() * 1000)

    def publish(kind: str, seq: int, **metric: object) -> None:
        message = Payload(timestamp=now_ms, seq=seq)
        message.metrics.add(alias=1, **metric)
        topic = f"spBv1.0/pumps/{kind}/station-3" + ("/gauge" if kind.startswith("D") else "")
        subprocess.run([*client, topic], input=message.SerializeToString(), check=True)

    verb = ["ingest", "sparkplug", "--adapters", str(file)]
    with worker_process(verb, {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": url}):
        with subprocess.Popen([*listen, "-t", "spBv1.0/pumps/NCMD/station-3"], stdout=subprocess.PIPE) as listener:

            def is_asked() -> bool:
                publish("DDATA", 9, float_value=0.5)
                return listener.poll() is not None

            assert wait_until(is_asked, seconds=30)
            asked, _ = listener.communicate()
        assert [(one.name, one.boolean_value) for one in Payload.FromString(asked).metrics] == [
            (b"Node Control/Rebirth", True)
        ]
        publish("NBIRTH", 0, name=b"Serial", datatype=12, string_value=b"3")
        publish("DBIRTH", 1, name=b"Inputs/Depth", datatype=9, is_null=True)
        publish("DDATA", 2, float_value=0.5)
        assert wait_until(lambda: database.execute(STORED).fetchall() == [("WL-1", 50.0)], seconds=20)
