"""Formats that are taken over HTTP, sent to the real door by the clients of a package registry that people use."""

import json
import re
import socket
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import frost_sta_client as frost
import istsos4_client as istsos
import psycopg
import pytest
import requests
from senml import SenmlPack, SenmlRecord

from cityops.clock import utc_now
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.worker import writing_worker
from fixtures.api import sender
from fixtures.web import serving

ROUTES = read_routes(Path(__file__).parents[3] / "ingest" / "adapters.example.toml")
STORED = """
    SELECT device.code, metric.code, value FROM reading JOIN series ON series.id = series_id
    JOIN device ON device.id = device_id JOIN metric ON metric.id = metric_id ORDER BY 1, 2, ts
"""


@pytest.fixture
def door_url(database_url: str, door: TokenDoor) -> Iterator[str]:
    """Give the address of a door that takes what the example's routes name."""
    app = create_app(lambda: writing_worker(database_url, "http", ROUTES), door, ROUTES)
    with serving(app) as address:
        yield address


def key_of(database_url: str, source: str) -> str:
    return sender(database_url, source)["Authorization"].removeprefix("Bearer ")


def test_frost_sta_client_creates_observations_and_takes_their_ids(
    door_url: str, migrated_database: str, database: psycopg.Connection
) -> None:
    who = frost.AuthHandler("any name", key_of(migrated_database, "eco-air"))
    service = frost.SensorThingsService(f"{door_url}/v1.1/", auth_handler=who)
    now = utc_now()
    milligrams = frost.UnitOfMeasurement(name="milligram per cubic metre", symbol="mg/m3", definition="ucum:mg/m3")
    whole = frost.Datastream(id=43, name="PM10", unit_of_measurement=milligrams, properties={"room": "roof"})

    def created(result: float, datastream: frost.Datastream, when: object = now) -> object:
        one = frost.Observation(phenomenon_time=when, result=result, datastream=datastream)
        service.create(one)
        return one.id

    first = created(38.2, frost.Datastream(id=42))
    again = created(38.2, frost.Datastream(id=42))
    lasted = f"{(now - timedelta(hours=2)).isoformat()}/{(now - timedelta(hours=1)).isoformat()}"
    hourly = created(0.05, whole, lasted)
    with pytest.raises(requests.HTTPError, match="422") as refused:
        created(38.2, frost.Datastream(id=77))
    assert isinstance(first, int)
    assert (first == again, first == hourly) == (True, False)
    assert refused.value.response is not None
    assert "unknown_metric" in refused.value.response.text
    assert database.execute(STORED).fetchall() == [("AIR-1", "pm10", 50.0), ("AIR-1", "pm25", pytest.approx(38.2))]


def test_istsos4_client_posts_an_observation_and_takes_its_id(
    door_url: str, migrated_database: str, database: psycopg.Connection
) -> None:
    """It can sign in at /Login only; the key goes into the address, from where its HTTP library takes it."""
    address = door_url.replace("//", f"//any:{key_of(migrated_database, 'eco-air')}@")
    with istsos.Client(f"{address}/v1.1", max_retries=0) as client:
        made = {"phenomenon_time": utc_now(), "result": 38.2, "datastream": 42}
        one = client.post(istsos.Observation.model_validate(made))
    assert one.iot_id is not None
    assert 0 < one.iot_id < 2**53
    assert database.execute(STORED).fetchall() == [("AIR-1", "pm25", pytest.approx(38.2))]


def test_a_gateways_pack_of_micropython_senml_is_posted(
    door_url: str, migrated_database: str, database: psycopg.Connection
) -> None:
    """A pack of packs: each has its base name, the first a base time that the others' records count from."""
    now = utc_now().timestamp()
    gateway = SenmlPack("urn:dev:mac:0024befffe804ff1:")
    gateway.base_time = now
    gateway.add(SenmlRecord("depth", value=0.125, unit="m"))
    gateway.add(SenmlRecord("voltage", value=3.5, unit="V", time=now - 60, update_time=now + 60))
    other = SenmlPack("WL-3/")
    other.add(SenmlRecord("depth", value=0.25, unit="m"))
    gateway.add(other)
    headers = {"Authorization": f"Bearer {key_of(migrated_database, 'water-logging')}"}
    taken = {"Content-Type": "application/senml+json; charset=utf-8"}
    answer = requests.post(f"{door_url}/senml/x", gateway.to_json(), headers=headers | taken, timeout=30)
    binary = requests.post(f"{door_url}/senml/x", gateway.to_cbor(), headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["rejected"]) == (201, 0)
    assert (binary.status_code, "bad_json" in binary.json()["detail"]) == (422, True)
    voltage = ("WL-2", "battery_voltage", 3.5)
    assert database.execute(STORED).fetchall() == [
        voltage,
        ("WL-2", "water_depth", 12.5),
        ("WL-3", "water_depth", 25),
    ]


@pytest.mark.parametrize("chip", ["esp8266", "esp32"])
def test_an_airrohr_pushes_to_its_own_api(
    door_url: str, migrated_database: str, database: psycopg.Connection, chip: str
) -> None:
    """The request as the firmware's HTTP client writes it; its field for a password holds 64 characters."""
    key = key_of(migrated_database, "eco-air")
    values = [{"value_type": "SDS_P2", "value": "53.32"}, {"value_type": "signal", "value": "-71"}]
    push = {f"{chip}id": "12345678", "software_version": "NRZ-2020-133", "sensordatavalues": values}
    body = json.dumps(push).encode()
    lines = (
        "POST /sensor-community/push HTTP/1.1",
        "Host: cityops.example:8001",
        "User-Agent: NRZ-2020-133/12345678/1a2b3c4d5e6f",
        "Connection: close",
        "Accept-Encoding: identity;q=1,chunked;q=0.1,*;q=0",
        f"Authorization: Basic {b64encode(f'airrohr:{key}'.encode()).decode()}",
        "Content-Type: application/json",
        f"X-Sensor: {chip}-12345678",
        f"X-MAC-ID: {chip}-1a2b3c4d5e6f",
        f"Content-Length: {len(body)}",
        "",
        "",
    )
    answer = exchange(door_url, "\r\n".join(lines).encode(), body)
    assert len(key) <= 64
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert database.execute(STORED).fetchall() == [("AIR-1", "pm25", pytest.approx(53.32))]


def exchange(address: str, head: bytes, body: bytes, told: bytes = b"") -> bytes:
    """Send a request on a connection of its own, its body after what the server tells first; return the answer."""
    at = urlsplit(address)
    with socket.create_connection((at.hostname, at.port), timeout=30) as connection:
        connection.sendall(head)
        if told:
            assert connection.recv(4096) == told
        connection.sendall(body)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_body_may_come_in_chunks_or_after_a_question(
    door_url: str, migrated_database: str, database: psycopg.Connection
) -> None:
    """As `requests` sends what it reads piece by piece, and `curl` what has more than 1 MiB."""
    key = key_of(migrated_database, "water-logging")
    one = json.dumps({"device": "WL-1", "ts": utc_now().isoformat(), "metric": "water_depth", "value": 12}).encode()
    address = f"{door_url}/v1/readings/water-logging"
    chunks = requests.post(address, iter([one[:9], one[9:]]), headers={"Authorization": f"Bearer {key}"}, timeout=30)
    head = (
        f"POST /v1/readings/water-logging HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n"
        f"Content-Length: {len(one)}\r\nExpect: 100-continue\r\n\r\n"
    )
    after = exchange(door_url, head.encode(), one, b"HTTP/1.1 100 Continue\r\n\r\n")
    assert chunks.json()["accepted"] == 1
    assert re.match(rb'HTTP/1.1 200 .*"duplicate":1,', after, re.DOTALL)
    assert database.execute(STORED).fetchall() == [("WL-1", "water_depth", 12)]
