"""Backup while the ingest runs, restored into another server and verified; what does not fit is refused by name."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.clock import utc_now
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.database import Database
from cityops.local.processes import wait_until
from cityops.settings import settings
from cityops.store import rollups
from cityops.store.engine import connect
from cityops.store.upkeep import backup, columnstore, pgtools, restore
from cityops.store.upkeep.maintenance import exclusively
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.writer import Writer
from factories.world import World

PHOTO = random.Random(7).randbytes(300_000)


def send(writer: Writer, *seconds_ago: float) -> None:
    """Send a reading for each of these times, and an item that is refused."""
    moments = [(utc_now() - timedelta(seconds=ago)).isoformat() for ago in seconds_ago]
    items = [{"device": "WL-1", "ts": at, "metric": "water_depth", "value": 7} for at in moments]
    write(writer, b"cityops/v1/readings/water-logging", [*items, {"ts": 5}])


def write(writer: Writer, topic: bytes, items: Any) -> None:
    payload = json.dumps(items).encode()
    writer.store([Envelope(topic, payload, len(payload), utc_now(), lambda _outcome: None)])


def step(sequence: int, status: str) -> dict[str, object]:
    at = utc_now().isoformat()
    return {
        "external_id": "E1", "sequence": sequence, "class": "road_ponding", "status": status, "title": "道路积水",
        "region": "440106013", "occurred_at": at, "status_at": at,
    }  # fmt: skip


@pytest.fixture
def filled(database_url: str, database: psycopg.Connection) -> str:
    """Give the address of a database with readings, rejects, a case, and rollups made."""
    with closing(Writer(database_url, "w", Backlog())) as writer:
        send(writer, *range(0, 200_000, 1_000))
        write(writer, b"cityops/v1/events/hotline-12345", [step(0, "reported"), step(1, "closed")])
    World(database).photo("E1", PHOTO)
    rollups.make(database, lambda _day: None)
    return database_url


def run_verb(monkeypatch: pytest.MonkeyPatch, database_url: str, *arguments: str) -> str:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", database_url)
    settings.cache_clear()
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    settings.cache_clear()
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def writing(filled: str) -> Iterator[None]:
    """Keep a worker writing while the test runs."""
    stop = threading.Event()

    def go_on() -> None:
        with closing(Writer(filled, "busy", Backlog())) as writer:
            while not stop.wait(0.01):
                send(writer, 0)

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    stop.set()
    thread.join()


def is_used(url: str) -> bool:
    with connect(urlsplit(url)._replace(path="/postgres").geturl(), "test") as connection:
        name = urlsplit(url).path.lstrip("/")
        return bool(connection.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchall())


def facts(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM reject), (SELECT count(*) FROM event_history),
               (SELECT count(*) FROM timescaledb_information.chunks), (SELECT sum(n) FROM reading_rollup_day)
        """
    ).fetchall()


def test_what_is_backed_up_beside_the_ingest_is_restored_whole(
    filled: str, writing: None, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "monday"
    told = run_verb(monkeypatch, filled, "backup", str(folder))
    manifest = backup.Manifest.read(folder)
    assert f"{manifest.readings_stored:,} readings" in told
    assert [path.name for path in tmp_path.iterdir()] == ["monday"]
    assert folder.stat().st_mode & 0o077 == 0

    told = run_verb(monkeypatch, own_database.url, "restore", str(folder))
    assert "rollups equal the raw readings" in told
    with connect(own_database.url, "test") as restored:
        acts = restored.execute(
            "SELECT action, outcome FROM audit WHERE action LIKE 'backup:%' ORDER BY id"
        ).fetchall()
        assert acts == [("backup:make", "begun"), ("backup:restore", "begun"), ("backup:restore", "done")]
        [(readings, rejects, steps, _, _)] = facts(restored)
        assert (readings, rejects, steps) == (manifest.readings_stored, manifest.rejected, 2)
        photos = restored.execute(
            "SELECT name, content, preview FROM event_evidence JOIN evidence_content USING (digest)"
        ).fetchall()
        assert photos == [("现场.jpg", PHOTO, PHOTO)]
        with closing(Writer(own_database.url, "next", Backlog())) as writer:
            send(writer, 0, 40 * 86_400)
        rollups.make(restored, lambda _day: None)
        assert facts(restored)[0][0] == readings + 2
        assert [finding for finding in verify(restored, lambda _check: None) if finding.wrong] == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            restored.execute("DELETE FROM event_history")


def test_what_does_not_fit_is_refused_by_name(
    filled: str, database: psycopg.Connection, binaries: Binaries, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    backup.backup(filled, folder, binaries.postgres("pg_dump"), 1, lambda _table, _share: None)

    def refused() -> str:
        with pytest.raises(CityopsError) as error:
            restore.restore(filled, folder, binaries.postgres("pg_restore"), 1, lambda _table, _share: None)
        return str(error.value)

    assert "is not empty: it has" in refused()
    file = folder / backup.MANIFEST
    manifest = json.loads(file.read_text())
    for change, answer in (
        ({"timescaledb": "2.1.0"}, "of TimescaleDB 2.1.0; this server has 2."),
        ({"postgresql": "99.1"}, "this server is older"),
        ({"revision": "2099_tomorrow"}, "made by a newer one"),
        *(
            ()
            if columnstore.available(database)
            else [({"columnar_chunks": 3}, "restore into the Community edition")]
        ),
        ({"format": 2}, "has the format 2"),
    ):
        file.write_text(json.dumps(manifest | change))
        assert answer in refused()
    file.unlink()
    assert "is not a whole backup" in refused()
    with pytest.raises(CityopsError, match="exists already"):
        backup.backup(filled, folder, binaries.postgres("pg_dump"), 1, lambda _table, _share: None)


def test_a_database_is_made_anew_when_told_but_not_while_it_is_in_use(
    filled: str, database: psycopg.Connection, binaries: Binaries, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    tell: backup.Progress = lambda _table, _share: None  # noqa: E731 - shorter than a function of two lines
    refusals: list[str] = []

    def maintain_meanwhile(_table: str, _share: float) -> None:
        if not refusals:
            with connect(filled, "other") as other, pytest.raises(CityopsError) as error, exclusively(other):
                pass
            refusals.append(str(error.value))

    backup.backup(filled, folder, binaries.postgres("pg_dump"), 1, maintain_meanwhile)
    assert "`cityops backup` is running already" in refusals[0]
    before = facts(database)
    database.execute("DROP TABLE event CASCADE")
    database.close()
    pg_restore = binaries.postgres("pg_restore")
    with connect(filled, "cityops ingest w"), pytest.raises(CityopsError, match="in use by cityops ingest w: stop"):
        restore.restore(filled, folder, pg_restore, 1, tell, overwrite=True)
    assert wait_until(lambda: not is_used(filled), seconds=30)  # a server ends its side a moment later
    restore.restore(filled, folder, pg_restore, 1, tell, overwrite=True)
    with connect(filled, "test") as restored:
        assert facts(restored) == before


def test_no_password_stands_on_a_command_line_or_in_an_error(tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\necho "$0: error: called with $* and ${PGPASSWORD}X" | sed s/hush-hush/RIGHT/ >&2\nexit 1\n'
    )
    program.chmod(0o755)
    with pytest.raises(CityopsError) as error:
        pgtools.run(program, ["--jobs=1"], "postgresql://me:hush-hush@127.0.0.1:1/city", lambda _table: None)
    assert "host=127.0.0.1 port=1" in str(error.value)
    assert "and RIGHTX" in str(error.value)
    assert str(error.value).count("RIGHT") == 1
