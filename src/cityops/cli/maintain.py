"""The verb `cityops maintain`: rollups, retention, columnstore and advice, beside the running ingest."""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cityops.cli.up import stop_on_signal
from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.retention import AUDIT_DAYS, READINGS_DAYS, REJECTS_DAYS, ROLLUPS_DAYS, Retention
from cityops.visible import visible

if TYPE_CHECKING:
    import psycopg

    from cityops.store.upkeep.maintenance import Done


ReadingsDays = Annotated[int, typer.Option(help="Days that raw readings are kept.")]
RollupsDays = Annotated[int, typer.Option(help="Days that 5-minute rollups are kept; hours and days stay.")]
RejectsDays = Annotated[int, typer.Option(help="Days that rejects are kept for replay.")]
AuditDays = Annotated[int, typer.Option(help="Days that the audit is kept; no less than 180.")]


def maintain(
    readings_days: ReadingsDays = READINGS_DAYS,
    rollups_days: RollupsDays = ROLLUPS_DAYS,
    rejects_days: RejectsDays = REJECTS_DAYS,
    audit_days: AuditDays = AUDIT_DAYS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    every: Annotated[
        float | None, typer.Option(min=1, help="Go on until stopped, beginning again after so many minutes.")
    ] = None,
) -> None:
    """Make hour and day rollups, drop what is too old, turn old chunks into columns, and say what needs attention.

    Ingest and API may run meanwhile. What is dropped does not come back: readings older than that are refused from
    then on. Exits with status 1 if a part could not be done; it is done the next time.
    """
    from cityops.settings import settings

    console = Console(stderr=True, highlight=False)
    keep = Retention(*(timedelta(days=days) for days in (readings_days, rollups_days, rejects_days, audit_days)))
    if every is None:
        from cityops.store.engine import connect

        with connect(settings().require_database(), "cityops maintain") as connection:
            raise typer.Exit(0 if _once(connection, keep, console, dry_run=dry_run) else 1)
    _keep_going(keep, console, every * 60, dry_run=dry_run)


def _keep_going(keep: Retention, console: Console, every_s: float, *, dry_run: bool) -> None:
    from cityops.jobs import floods, leader
    from cityops.log import configure
    from cityops.settings import settings
    from cityops.store.engine import make_engine

    configure()
    url, broker = settings().require_database(), settings().mqtt_admin_url
    jobs = [leader.Job("maintain", every_s, lambda connection: _once(connection, keep, console, dry_run=dry_run))]
    engine = make_engine(url)
    if broker and not dry_run:
        jobs.append(floods.floods(engine, broker, "cityops maintain"))
    leader.run_all(jobs, url, stop_on_signal())
    engine.dispose()


def _once(connection: "psycopg.Connection", keep: Retention, console: Console, *, dry_run: bool) -> bool:
    from cityops.settings import settings
    from cityops.store.upkeep import maintenance

    began = time.monotonic()
    with console.status("maintaining") as status:
        done = (
            maintenance.preview(connection, keep)
            if dry_run
            else maintenance.maintain(connection, keep, lambda what: status.update(f"maintaining: {what}"))
        )
        sound = _tell(done, console)
        _advise(connection, console)
    if not dry_run and (broker := settings().mqtt_admin_url):
        _end_keys(broker, console)
    would = "nothing was changed" if dry_run else "done"
    console.print(f"{_now()} {would} ({time.monotonic() - began:.1f} s)")
    return sound


def _end_keys(broker: str, console: Console) -> None:
    from cityops.services import credentials
    from cityops.settings import settings
    from cityops.store.engine import make_engine

    engine = make_engine(settings().require_database())
    try:
        if ended := credentials.end_at_broker(engine, broker):
            console.print(f"broker: {ended} keys that were revoked or have run out are let in no more")
    finally:
        engine.dispose()


def _tell(done: Iterable["Done"], console: Console) -> bool:
    sound = True
    for one in done:
        console.print(visible(f"{one.what}: {one.result}"), markup=False, soft_wrap=True)
        if one.problem:
            sound = False
            console.print(visible(f"  {one.problem}"), markup=False, soft_wrap=True)
    return sound


def _advise(connection: "psycopg.Connection", console: Console) -> None:
    from cityops.store.upkeep import advice

    now = utc_now()
    span, space = advice.span(connection), advice.space(connection, now)
    if span.newest is None:
        console.print("no readings yet")
    elif span.oldest is not None:
        age = (now - span.newest).total_seconds()
        console.print(
            f"readings from {span.oldest.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}, the newest {age:,.0f} s old"
        )
    free = "unknown, the database is elsewhere" if space.free is None else _bytes(space.free)
    alone = "by the growth of readings alone, if nothing is dropped"
    left = "" if space.days_left is None else f": full in {space.days_left:,.0f} days {alone}"
    console.print(
        f"database {_bytes(space.used)}, {_bytes(space.per_day)} of readings a day, disk free {free}{left}",
        soft_wrap=True,
    )
    largest = ", ".join(f"{name} {_bytes(size)}" for name, size in advice.largest_tables(connection))
    console.print(f"largest tables: {largest}", markup=False, soft_wrap=True)
    for concern in advice.concerns(connection):
        console.print(visible(f"attention: {concern}"), markup=False, soft_wrap=True)


def _bytes(number: float) -> str:
    from rich.filesize import decimal

    return decimal(int(number))


def _now() -> str:
    return f"{utc_now().astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"
