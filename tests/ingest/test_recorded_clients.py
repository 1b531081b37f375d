"""Messages of clients that cannot stand beside our own packages, byte by byte as they sent them, through a writer.

`recorded` has a file for each: its name and version, and topic and payload (base64) of what it published in one
session, its clock a minute before the samples' ten o'clock. pysparkplug and mqtt-spb-wrapper want paho-mqtt 1, which
ours is not. chirpstack-api wants gRPC; its classes of ChirpStack's messages wrote the event, with all fields as
ChirpStack does.
"""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.writer import Writer

RECORDED = Path(__file__).parent / "recorded"
EXAMPLE = Path(__file__).parents[2] / "ingest" / "adapters.example.toml"
RECEIVED_AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
STORED = """
    SELECT device.code, metric.code, value, quality FROM reading JOIN series ON series.id = series_id
    JOIN device ON device.id = device_id JOIN metric ON metric.id = metric_id ORDER BY 1, 2, ts
"""
VOLTAGE = ("WL-1", "battery_voltage", pytest.approx(3.6), 0)


def depths(*values: float) -> list[tuple[str, str, float, int]]:
    return [("WL-1", "water_depth", value, 0) for value in values]


def send(database_url: str, client: str, routes: Path = EXAMPLE) -> Outcome:
    """Send what a client did and return what became of it all."""
    outcomes: list[Outcome] = []
    writer = Writer(database_url, "recorded", Backlog(), read_routes(routes))
    for sent in json.loads((RECORDED / f"{client}.json").read_text(encoding="utf-8"))["messages"]:
        payload = b64decode(sent["payload"])
        writer.store([Envelope(sent["topic"].encode(), payload, len(payload), RECEIVED_AT, outcomes.append)])
    writer.close()
    stored, duplicate = sum(one.stored for one in outcomes), sum(one.duplicate for one in outcomes)
    return Outcome(stored, duplicate, [reject for one in outcomes for reject in one.rejects])


def test_pysparkplug_tells_births_data_and_deaths(database_url: str, database: psycopg.Connection) -> None:
    """Births with aliases, data that name their metrics, a null, a historical value, and deaths."""
    outcome = send(database_url, "pysparkplug")
    assert outcome.rejects == []
    assert database.execute(STORED).fetchall() == [VOLTAGE, *depths(12.5, 25.0, 50.0)]


def test_mqtt_spb_wrapper_has_one_name_in_births_and_another_in_data(
    database_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    """It puts DATA/ before the names of a birth, and makes a data set of several values, which is no number."""
    file = tmp_path / "adapters.toml"
    depth = '"Inputs/Depth" = { metric = "water_depth", factor = 100 } # m'
    born = '"DATA/Inputs/Depth" = { metric = "water_depth", factor = 100, alternative = true }'
    voltage = '"DATA/Supply/Voltage" = { metric = "battery_voltage", alternative = true }'
    text = EXAMPLE.read_text(encoding="utf-8").replace('["Pump/*"]', '["Pump/*", "DATA/Pump/*"]')
    file.write_text(text.replace(depth, f"{depth}\n{born}\n{voltage}"), encoding="utf-8")
    outcome = send(database_url, "mqtt_spb_wrapper", file)
    assert [one.detail for one in outcome.rejects] == ["Inputs/Depth is 'a dataset', not a number"]
    assert database.execute(STORED).fetchall() == [VOLTAGE, *depths(12.5, 25.0)]


def test_an_uplink_as_the_classes_of_chirpstack_write_it(database_url: str, database: psycopg.Connection) -> None:
    outcome = send(database_url, "chirpstack_api")
    assert outcome.rejects == []
    assert database.execute(STORED).fetchall() == depths(12.0)
    assert send(database_url, "chirpstack_api").duplicate == 1
