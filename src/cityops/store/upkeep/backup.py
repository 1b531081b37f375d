"""Writes a backup: one consistent snapshot of the database as a folder, with a manifest that says what is in it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from cityops.clock import utc_now
from cityops.errors import CityopsError
from cityops.store.engine import connect
from cityops.store.upkeep import pgtools
from cityops.store.upkeep.maintenance import exclusively

MANIFEST, DATA = "manifest.json", "data"
FORMAT = 1

Progress = Callable[[str, float], None]
"""Is told the table whose rows begin to move, and the share (0 to 1) of all bytes before it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; times in RFC 3339, UTC. `tables` are bytes in the database, by name with schema."""

    format: int
    made_at: str
    cityops: str
    revision: str
    postgresql: str
    timescaledb: str
    edition: str
    columnar_chunks: int
    readings_stored: int
    readings_dropped: int
    rejected: int
    newest_reading: str | None
    tables: dict[str, int]

    @property
    def postgresql_major(self) -> int:
        """Major version of the server that was backed up."""
        return int(self.postgresql.split(".")[0])

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a backup.

        Raises
        ------
        CityopsError
            The folder holds none that this version understands.
        """
        try:
            told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CityopsError(f"{folder} is not a whole backup: {MANIFEST} cannot be read ({error}).") from None
        if told.get("format") != FORMAT:
            raise CityopsError(f"{folder} has the format {told.get('format')}; this cityops reads {FORMAT}.")
        return cls(**told)


_FACTS = """
    SELECT (SELECT version_num FROM alembic_version) AS revision,
           current_setting('server_version_num')::int AS server,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
           current_setting('timescaledb.license') AS edition,
           (SELECT count(*) FROM timescaledb_information.chunks WHERE is_compressed) AS columnar_chunks,
           (SELECT coalesce(sum(stored), 0)::bigint FROM ingest_ledger WHERE kind = 'readings') AS stored,
           (SELECT dropped FROM retention WHERE relation = 'reading') AS dropped,
           (SELECT coalesce(sum(rejected), 0)::bigint FROM ingest_ledger) AS rejected,
           (SELECT max(ts) FROM reading_latest) AS newest
"""

_SIZES = """
    SELECT nspname || '.' || relname, pg_table_size(pg_class.oid)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') AND relpersistence = 'p'
"""


def server_major(connection: psycopg.Connection) -> int:
    """Return the major version of the server."""
    return connection.info.server_version // 10_000


def backup(database_url: str, folder: Path, pg_dump: Path, jobs: int, progress: Progress) -> Manifest:
    """Write a backup into a folder that does not exist yet; the ingest may run meanwhile.

    Manifest and data are of one snapshot. A maintenance that runs is waited for and none begins meanwhile: a chunk
    that is dropped between the snapshot and the locks of pg_dump would end the backup. Until it is whole the folder
    has the ending `.part`.

    Raises
    ------
    CityopsError
        The folder exists, or pg_dump failed.
    """
    if folder.exists():
        raise CityopsError(f"{folder} exists already: name a new folder for each backup.")
    part = folder.with_name(folder.name + ".part")
    try:
        part.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise CityopsError(f"{part} is another backup under way, or one that broke off: remove it first.") from None
    with connect(database_url, "cityops backup") as connection, exclusively(connection, wait=True):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            manifest = _manifest(connection)
            [snapshot] = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            options = ["--format=directory", f"--jobs={jobs}", "--compress=zstd:3", f"--snapshot={snapshot}"]
            began = by_bytes(manifest.tables, progress)
            pgtools.run(pg_dump, [*options, f"--file={part / DATA}"], database_url, began)
    (part / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    part.rename(folder)
    return manifest


def by_bytes(tables: dict[str, int], progress: Progress) -> Callable[[str], None]:
    """Return what turns the beginning of a table into a share of all bytes."""
    total = sum(tables.values()) or 1
    done = 0

    def began(table: str) -> None:
        nonlocal done
        progress(table, min(1.0, done / total))
        done += tables.get(table, 0)

    return began


def _manifest(connection: psycopg.Connection) -> Manifest:
    row = connection.execute(_FACTS).fetchone()
    assert row is not None
    revision, server, timescaledb, edition, columnar, stored, dropped, rejected, newest = row
    return Manifest(
        format=FORMAT,
        made_at=utc_now().isoformat(timespec="seconds"),
        cityops=version("cityops"),
        revision=revision,
        postgresql=f"{server // 10_000}.{server % 10_000}",
        timescaledb=timescaledb,
        edition=edition,
        columnar_chunks=columnar,
        readings_stored=stored,
        readings_dropped=dropped,
        rejected=rejected,
        newest_reading=newest and newest.isoformat(),
        tables=dict(connection.execute(_SIZES).fetchall()),
    )
