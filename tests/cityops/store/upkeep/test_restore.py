"""What a restore refuses before it touches anything, by a manifest alone; whole restores are in `test_backup.py`."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cityops.errors import CityopsError
from cityops.store.engine import connect
from cityops.store.schema import revision
from cityops.store.upkeep import backup, columnstore, restore
from cityops.store.upkeep.backup import MANIFEST, Manifest

Refusal = Callable[..., str]


def manifest_for(connection: psycopg.Connection) -> Manifest:
    """Return the manifest of a backup that would fit this server."""
    row = connection.execute(
        "SELECT extversion, current_setting('timescaledb.license') FROM pg_extension WHERE extname = 'timescaledb'"
    ).fetchone()
    assert row is not None
    return Manifest(
        format=backup.FORMAT,
        made_at="2026-11-20T00:00:00+00:00",
        cityops="99.1",
        revision=revision.head() or "",
        postgresql=f"{backup.server_major(connection)}.1",
        timescaledb=row[0],
        edition=row[1],
        columnar_chunks=0,
        readings_stored=0,
        readings_dropped=0,
        rejected=0,
        newest_reading=None,
        tables={},
    )


def written(folder: Path, manifest: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def refusal(migrated_database: str, tmp_path: Path) -> Refusal:
    """Give a function from changes to a fitting manifest to the sentence with which it is refused."""

    def refused(*, overwrite: bool = False, **change: Any) -> str:
        with connect(migrated_database, "test") as connection:
            folder = written(tmp_path / "monday", asdict(manifest_for(connection)) | change)
        with pytest.raises(CityopsError) as error:
            restore.restore(
                *(migrated_database, folder, Path("/no/pg_restore"), 1, lambda _table, _share: None),
                overwrite=overwrite,
            )
        return str(error.value)

    return refused


def test_a_database_that_holds_something_is_left_alone(refusal: Refusal, migrated_database: str) -> None:
    assert "is not empty" in refusal()
    with connect(migrated_database, "test") as connection:
        assert connection.execute("SELECT count(*) FROM region").fetchone() == (188,)


def test_what_does_not_fit_is_named_with_what_would(refusal: Refusal, migrated_database: str) -> None:
    newer = refusal(revision="2099_tomorrow")
    assert "2099_tomorrow" in newer
    assert "99.1" in newer
    assert "update cityops first" in newer
    assert refusal(postgresql="99.1") == "the backup is of PostgreSQL 99.1; this server is older."
    other = refusal(timescaledb="2.1.0")
    assert "of TimescaleDB 2.1.0; this server has 2." in other
    assert "ALTER EXTENSION timescaledb UPDATE" in other
    with connect(migrated_database, "test") as connection:
        has_columns = columnstore.available(connection)
    assert has_columns or refusal(columnar_chunks=3).startswith("3 chunks of the backup are columns")


def test_a_database_in_use_is_not_made_anew(refusal: Refusal, migrated_database: str) -> None:
    with connect(migrated_database, "cityops ingest w"), connect(migrated_database, "cityops"):
        told = refusal(overwrite=True)
    assert told.endswith("is in use by cityops, cityops ingest w: stop cityops first.")


def test_a_manifest_is_read_as_it_was_written(migrated_database: str, tmp_path: Path) -> None:
    with connect(migrated_database, "test") as connection:
        manifest = manifest_for(connection)
        assert manifest.postgresql_major == backup.server_major(connection)
    assert Manifest.read(written(tmp_path, asdict(manifest))) == manifest


@pytest.mark.parametrize("content", [None, "", "{", '{"format": 1', "\udcff"])
def test_a_folder_without_a_whole_manifest_is_no_backup(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / MANIFEST).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(CityopsError, match=r"is not a whole backup: manifest\.json cannot be read"):
        Manifest.read(tmp_path)


@pytest.mark.parametrize("manifest", [{}, {"format": 0}, {"format": 2}, {"format": "1"}])
def test_a_format_of_another_time_is_named_beside_ours(manifest: dict[str, Any], tmp_path: Path) -> None:
    told = f"has the format {manifest.get('format')}; this cityops reads {backup.FORMAT}"
    with pytest.raises(CityopsError, match=told):
        Manifest.read(written(tmp_path, manifest))


def test_progress_is_the_share_of_all_bytes_before_a_table() -> None:
    told: list[tuple[str, float]] = []
    began = backup.by_bytes({"a": 1, "b": 3, "c": 0}, lambda table, share: told.append((table, share)))
    for table in ("a", "b", "unknown", "c"):
        began(table)
    assert told == [("a", 0), ("b", 0.25), ("unknown", 1), ("c", 1)]


def test_progress_never_says_more_than_all_of_it() -> None:
    shares: list[float] = []
    began = backup.by_bytes({"a": 1}, lambda _table, share: shares.append(share))
    for _ in range(3):
        began("a")
    assert shares == [0, 1, 1]
    backup.by_bytes({}, lambda _table, share: shares.append(share))("a")
    assert shares[-1] == 0
