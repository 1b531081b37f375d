"""The columnstore, where the database's edition has it: chunks turned into columns still take late readings."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from cityops.clock import utc_now
from cityops.domain.devices import Device
from cityops.domain.retention import Retention
from cityops.local.binaries import Binaries
from cityops.local.database import Database
from cityops.store import registry
from cityops.store.engine import connect
from cityops.store.upkeep import backup, columnstore, maintenance, restore
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.writer import Writer
from factories.senders import Sender, ago

KEEP = Retention(timedelta(days=300), timedelta(days=600), timedelta(days=300))


@pytest.fixture
def columns(database: psycopg.Connection) -> psycopg.Connection:
    """Give a database whose edition has the columnstore."""
    if not columnstore.available(database):
        pytest.skip("the Apache edition has no columnstore; run the tests on the Community edition to see these")
    return database


def test_late_readings_and_repeated_ones_find_their_place_in_columns(
    columns: psycopg.Connection, database_url: str
) -> None:
    old = [ago(40) + timedelta(minutes=minute) for minute in range(20)]
    late = [moment + timedelta(seconds=30) for moment in old]
    sender = Sender(database_url)
    assert sender.send(*old, ago(0)).stored == 21
    done = {one.what: one for one in maintenance.maintain(columns, KEEP, lambda _what: None)}
    assert (int(done["columnstore"].result.split()[0]) >= 2, done["columnstore"].problem) == (True, "")
    again = sender.send(*old, *late)
    assert (again.stored, again.duplicate) == (20, 20)
    sender.close()
    maintenance.maintain(columns, KEEP, lambda _what: None)
    assert [finding for finding in verify(columns, lambda _check: None) if finding.wrong] == []


def test_what_late_readings_have_unpacked_is_packed_again(columns: psycopg.Connection, database_url: str) -> None:
    old = [ago(40) + timedelta(minutes=minute) for minute in range(200)]
    sender = Sender(database_url)
    sender.send(*old, ago(0))
    list(maintenance.maintain(columns, KEEP, lambda _what: None))
    assert [columnstore.waiting(columns, layout) for layout in columnstore.LAYOUTS] == [[], []]
    sender.send(*(moment + timedelta(seconds=30) for moment in old))
    sender.close()
    unpacked = [chunk for layout in columnstore.LAYOUTS for chunk in columnstore.waiting(columns, layout)]
    assert len(unpacked) >= 2
    assert sum(rows_of(columns, chunk) for chunk in unpacked) >= 200
    done = {one.what: one for one in maintenance.maintain(columns, KEEP, lambda _what: None)}
    assert done["columnstore"].result == f"{len(unpacked)} chunks converted"
    assert [rows_of(columns, chunk) for chunk in unpacked] == [0] * len(unpacked)
    assert [columnstore.waiting(columns, layout) for layout in columnstore.LAYOUTS] == [[], []]
    assert columns.execute("SELECT count(*) FROM reading").fetchone() == (401,)
    assert [finding for finding in verify(columns, lambda _check: None) if finding.wrong] == []


def rows_of(connection: psycopg.Connection, chunk: str) -> int:
    """Return how many rows of a chunk are in rows, not in columns."""
    with connection.transaction():
        connection.execute("SET LOCAL timescaledb.enable_transparent_decompression = off")
        [rows] = connection.execute(f"SELECT count(*) FROM ONLY {chunk}").fetchone() or (0,)
    return int(rows)


@pytest.mark.parametrize(
    ("streets", "late"),
    [(120, [timedelta(hours=1)]), (1, [timedelta(hours=hour) for hour in range(130 * 24)])],
    ids=["a reading of each of many series", "one device's hours of 130 days"],
)
def test_late_readings_of_any_age_and_number_are_stored(
    streets: int, late: list[timedelta], columns: psycopg.Connection, database_url: str
) -> None:
    """Together they unpack more than the 100,000 rows that the database allows a transaction by default."""
    devices = register_one_per_street(columns, streets)
    days = 4 if streets > 1 else 130
    begin = ago(days + 35).replace(minute=0, second=0, microsecond=0)
    with closing(Writer(database_url, "w", Backlog())) as writer:
        past = [begin + timedelta(minutes=5 * number) for number in range(days * 288)]
        for device in devices:
            assert send(writer, [device], past) == len(past)
        list(maintenance.maintain(columns, KEEP, lambda _what: None))
        assert send(writer, devices, [begin + one + timedelta(seconds=30) for one in late]) == len(devices) * len(
            late
        )
    list(maintenance.maintain(columns, KEEP, lambda _what: None))
    assert [finding for finding in verify(columns, lambda _check: None) if finding.wrong] == []


def register_one_per_street(connection: psycopg.Connection, number: int) -> list[str]:
    """Register devices and return their codes."""
    streets = connection.execute("SELECT code FROM region WHERE length(code) = 9 ORDER BY code LIMIT %s", [number])
    devices = [
        Device(f"W-{code}", "waterlogging", f"内涝点 {code}", "water-logging", code, 113.3, 23.1, 300)
        for [code] in streets
    ]
    registry.register(connection, devices, {"waterlogging": ("water_depth",)})
    return [device.code for device in devices]


def send(writer: Writer, devices: list[str], moments: list[datetime]) -> int:
    """Send readings of each device at each moment as one batch; return how many were stored."""
    outcomes: list[Outcome] = []
    items = [
        {"device": device, "ts": at.isoformat(), "metric": "water_depth", "value": 7}
        for device in devices
        for at in moments
    ]
    payloads = [json.dumps(items[start : start + 1000]).encode() for start in range(0, len(items), 1000)]
    topic = b"cityops/v1/readings/water-logging"
    writer.store([Envelope(topic, payload, len(payload), utc_now(), outcomes.append) for payload in payloads])
    assert [one for outcome in outcomes for one in outcome.rejects] == []
    return sum(outcome.stored for outcome in outcomes)


def test_an_old_chunk_in_rows_waits_whatever_the_edition(database: psycopg.Connection, database_url: str) -> None:
    sender = Sender(database_url)
    sender.send(ago(40), ago(0))
    sender.close()
    assert [len(columnstore.waiting(database, layout)) for layout in columnstore.LAYOUTS] == [1, 1]


def test_where_there_is_none_it_is_said(database: psycopg.Connection) -> None:
    lines = {one.what: one.result for one in maintenance.preview(database, KEEP)}
    expected = "0 chunks to convert" if columnstore.available(database) else "not in this edition of TimescaleDB"
    assert lines["columnstore"] == expected


def test_columns_are_backed_up_and_restored(
    columns: psycopg.Connection, database_url: str, own_database: Database, binaries: Binaries, tmp_path: Path
) -> None:
    sender = Sender(database_url)
    sender.send(*(ago(40) + timedelta(minutes=minute) for minute in range(20)), ago(0))
    maintenance_done = list(maintenance.maintain(columns, KEEP, lambda _what: None))
    sender.send(ago(40) + timedelta(minutes=30))
    sender.close()
    assert [one.problem for one in maintenance_done if one.problem] == []
    folder = tmp_path / "monday"
    manifest = backup.backup(database_url, folder, binaries.postgres("pg_dump"), 2, lambda _table, _share: None)
    assert manifest.columnar_chunks >= 2
    restore.restore(own_database.url, folder, binaries.postgres("pg_restore"), 2, lambda _table, _share: None)
    with connect(own_database.url, "test") as restored:
        assert restored.execute("SELECT count(*) FROM reading").fetchone() == (22,)
        assert [finding for finding in verify(restored, lambda _check: None) if finding.wrong] == []
