"""Reads a backup into an empty database, in the order that TimescaleDB needs, and holds it against its manifest.

TimescaleDB's own tables come first and one by one: they refer to each other, and parallel loading breaks that.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from cityops.errors import CityopsError
from cityops.store.engine import connect
from cityops.store.schema import migrations, privileges
from cityops.store.upkeep import pgtools
from cityops.store.upkeep.backup import DATA, Manifest, Progress, by_bytes

_CATALOG = re.compile(r" (TABLE DATA|SEQUENCE SET) _timescaledb_(catalog|config) ")
_OPTIONS = ("--format=directory", "--exit-on-error", "--no-owner", "--no-acl", "--no-comments")


def restore(
    database_url: str, folder: Path, pg_restore: Path, jobs: int, progress: Progress, *, overwrite: bool = False
) -> Manifest:
    """Restore a backup into the database named by the address, which must be empty unless `overwrite`.

    With `overwrite` that database is dropped and made anew. The schema is the backup's; migrate afterwards.

    Raises
    ------
    CityopsError
        The backup or the server does not fit, the database is in use or not empty, or pg_restore failed; after
        that last one the database is of no use and `overwrite` begins again.
    """
    manifest = Manifest.read(folder)
    _check_revision(manifest)
    if overwrite:
        _make_anew(database_url)
    with connect(database_url, "cityops restore") as connection:
        _check_server(connection, manifest)
        _check_empty(connection)
        connection.execute(
            sql.SQL("CREATE EXTENSION IF NOT EXISTS timescaledb VERSION {}").format(sql.Literal(manifest.timescaledb))
        )
    with connect(database_url, "cityops restore") as connection:
        privileges.make_roles(connection)  # the policies in the backup name them
        connection.execute("SELECT timescaledb_pre_restore()")
        _load(database_url, folder / DATA, pg_restore, jobs, by_bytes(manifest.tables, progress))
        connection.execute("SELECT timescaledb_post_restore()")
    with connect(database_url, "cityops restore") as connection:
        progress("statistics", 1.0)
        connection.execute("ANALYZE")
        _compare(connection, manifest)
    return manifest


def _load(database_url: str, data: Path, pg_restore: Path, jobs: int, began: Callable[[str], None]) -> None:
    listed = subprocess.run([pg_restore, "--list", data], check=True, capture_output=True, text=True).stdout
    lines = listed.splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as scratch:
        catalog, rest = Path(scratch) / "catalog", Path(scratch) / "rest"
        catalog.write_text("".join(line for line in lines if _CATALOG.search(line)))
        rest.write_text("".join(line for line in lines if not _CATALOG.search(line)))
        parallel = f"--jobs={jobs}"
        for options in (
            ["--section=pre-data"],
            ["--section=data", f"--use-list={catalog}"],
            ["--section=data", f"--use-list={rest}", parallel],
            ["--section=post-data", parallel],
        ):
            pgtools.run(pg_restore, [*_OPTIONS, *options, str(data)], database_url, began)


def _check_revision(manifest: Manifest) -> None:
    if not migrations.knows(manifest.revision):
        raise CityopsError(
            f"the backup has the schema {manifest.revision}, which this cityops does not know: it was made "
            f"by a newer one ({manifest.cityops}); update cityops first."
        )


def _check_server(connection: psycopg.Connection, manifest: Manifest) -> None:
    if connection.info.server_version // 10_000 < manifest.postgresql_major:
        raise CityopsError(f"the backup is of PostgreSQL {manifest.postgresql}; this server is older.")
    versions = {
        row[0]
        for row in connection.execute(
            "SELECT version FROM pg_available_extension_versions WHERE name = 'timescaledb'"
        )
    }
    installed = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    if manifest.timescaledb not in versions or (installed and installed[0] != manifest.timescaledb):
        has = installed[0] if installed else ", ".join(sorted(versions)) or "none"
        raise CityopsError(
            f"the backup is of TimescaleDB {manifest.timescaledb}; this server has {has}. Restore with the same "
            f"version, then update it there with ALTER EXTENSION timescaledb UPDATE."
        )
    license_ = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    if manifest.columnar_chunks and license_ != ("timescale",):
        raise CityopsError(
            f"{manifest.columnar_chunks} chunks of the backup are columns, which this server's Apache edition of "
            f"TimescaleDB cannot read: restore into the Community edition."
        )


def _check_empty(connection: psycopg.Connection) -> None:
    row = connection.execute(
        """
        SELECT count(*), min(relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema')
            AND nspname NOT LIKE 'pg_toast%' AND nspname NOT LIKE 'pg_temp%'
            AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
                            AND deptype = 'e')
        """
    ).fetchone()
    if row and row[0]:
        raise CityopsError(
            f"the database {connection.info.dbname} is not empty: it has {row[0]} tables ({row[1]}, …). Name an "
            f"empty one in CITYOPS_DATABASE_URL, or give --overwrite to lose what it holds."
        )


def _make_anew(database_url: str) -> None:
    name = urlsplit(database_url).path.lstrip("/")
    server = urlsplit(database_url)._replace(path="/postgres").geturl()
    with connect(server, "cityops restore") as connection:
        users = connection.execute(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND application_name LIKE 'cityops%%'",
            [name],
        ).fetchall()
        if users:
            names = ", ".join(sorted(row[0] for row in users))
            raise CityopsError(f"the database {name} is in use by {names}: stop cityops first.")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def _compare(connection: psycopg.Connection, manifest: Manifest) -> None:
    row = connection.execute(
        """
        SELECT coalesce(sum(stored) FILTER (WHERE kind = 'readings'), 0)::bigint, coalesce(sum(rejected), 0)::bigint
        FROM ingest_ledger
        """
    ).fetchone()
    if row != (manifest.readings_stored, manifest.rejected):
        raise CityopsError(
            f"the accounts restored (stored, rejected) are {row}, but the manifest says "
            f"{(manifest.readings_stored, manifest.rejected)}: the backup has been changed or is damaged."
        )
