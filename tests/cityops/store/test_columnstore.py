"""The columnstore, where the database's edition has it: chunks turned into columns still take late readings."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from cityops.domain.retention import Retention
from cityops.local.binaries import Binaries
from cityops.local.database import Database
from cityops.store import backup, columnstore, maintenance, restore
from cityops.store.engine import connect
from cityops.store.verify import verify
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
