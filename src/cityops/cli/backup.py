"""The verbs `cityops backup` and `cityops restore`: the whole database into a folder, and back."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from cityops.cli.access.administering import recorded
from cityops.clock import utc_now
from cityops.domain.audit import Action
from cityops.domain.intervals import CITY_ZONE

if TYPE_CHECKING:
    from cityops.store.upkeep.backup import Manifest

Jobs = Annotated[int, typer.Option(min=1, help="Tables read or written at the same time.")]
Instance = Annotated[
    str | None, typer.Option(help="Instance of the embedded database, without CITYOPS_DATABASE_URL.")
]

JOBS = min(4, os.cpu_count() or 1)


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    jobs: Jobs = JOBS,
    instance: Instance = None,
) -> None:
    """Write one consistent snapshot of the database into a folder; the ingest may run meanwhile.

    The folder holds manifest.json (versions, schema, when, accounts) and the dump, compressed. It is not encrypted.
    """
    from cityops.local.clients import client_program
    from cityops.local.servers import local_database
    from cityops.store.engine import connect
    from cityops.store.upkeep import backup as store

    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    with local_database(instance, console=console) as database_url:
        with connect(database_url, "cityops backup") as connection:
            pg_dump = client_program("pg_dump", store.server_major(connection), console)
        detail: dict[str, Any] = {}
        with recorded(database_url, Action.BACKUP_MAKE, str(folder.absolute()), detail), _bar(console) as progress:
            manifest = store.backup(database_url, folder.absolute(), pg_dump, jobs, progress)
            detail["readings"] = manifest.readings_stored - manifest.readings_dropped
    written = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    seconds, held = time.monotonic() - began, sum(manifest.tables.values())
    kept = manifest.readings_stored - manifest.readings_dropped
    console.print(f"{_now()} {folder}: {kept:,} readings, {_newest(manifest)}", soft_wrap=True)
    speed = f"{held / 1e6 / seconds:,.0f} MB/s"
    console.print(f"{held / 1e6:,.0f} MB of tables in {written / 1e6:,.0f} MB, {seconds:.1f} s ({speed})")


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `cityops backup` wrote.")],
    jobs: Jobs = JOBS,
    instance: Instance = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Drop the database and make it anew, whatever it holds.")
    ] = False,
) -> None:
    """Restore a backup into an empty database, bring it to this version's schema, and verify it.

    Ingest and API must not run on it. Exits with status 1 if `cityops verify` finds a difference.
    """
    from cityops.cli.db import prepare
    from cityops.cli.verify import agrees
    from cityops.local.clients import client_program
    from cityops.local.servers import local_database
    from cityops.store.upkeep import restore as store
    from cityops.store.upkeep.backup import Manifest

    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    manifest = Manifest.read(folder)
    console.print(f"{folder}: {_newest(manifest)}", soft_wrap=True)
    with local_database(instance, console=console) as database_url:
        pg_restore = client_program("pg_restore", manifest.postgresql_major, console)
        with _bar(console) as progress:
            store.restore(database_url, folder.absolute(), pg_restore, jobs, progress, overwrite=overwrite)
        console.print(f"{_now()} restored in {time.monotonic() - began:.1f} s")
        prepare(database_url)
        detail = {"made_at": manifest.made_at, "overwrite": overwrite}
        with recorded(database_url, Action.BACKUP_RESTORE, str(folder.absolute()), detail):
            if not agrees(database_url):
                raise typer.Exit(1)


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[str, float], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("beginning", total=1.0)
        yield lambda table, share: progress.update(task, description=table, completed=share)


def _newest(manifest: "Manifest") -> str:
    if manifest.newest_reading is None:
        return "no readings"
    newest = datetime.fromisoformat(manifest.newest_reading)
    age = (utc_now() - newest).total_seconds()
    return f"the newest of {_shown(newest)}, {age:,.0f} s old"


def _now() -> str:
    return _shown(utc_now())


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"
