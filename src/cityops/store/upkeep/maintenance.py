"""Looks after the store: one caller at a time makes rollups, drops what is too old and says what needs attention."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.readings import EARLIEST
from cityops.domain.retention import Retention
from cityops.errors import CityopsError
from cityops.store import rollups, uplinks
from cityops.store.alarms import telling
from cityops.store.events import evidence
from cityops.store.rejects import replay
from cityops.store.upkeep import columnstore, retention

_ADVISORY_LOCK = 0x6B65_6570  # "keep": one maintenance at a time per database


@dataclass(frozen=True, slots=True)
class Done:
    """One line of what was done, or would be; `problem` says what stopped a part of it, with the remedy."""

    what: str
    result: str
    problem: str = ""


def maintain(connection: psycopg.Connection, keep: Retention, progress: Callable[[str], None]) -> Iterator[Done]:
    """Make rollups, drop what is too old, convert chunks; yield what was done as it is done.

    A part that cannot be done is reported and left for the next time; the others are done.

    Raises
    ------
    CityopsError
        Another maintenance of this database is running.
    """
    steps: list[tuple[str, Callable[[], Done]]] = [
        (_ROLLUPS, lambda: _make(connection, progress)),
        (_READINGS, lambda: _drop(connection, _READINGS, "reading", keep.readings, progress)),
        (_FINE, lambda: _drop(connection, _FINE, "reading_rollup", keep.rollups, progress)),
        (_TRANSITIONS, lambda: _drop(connection, _TRANSITIONS, "device_transition", keep.readings, progress)),
        (_REJECTS, lambda: _drop_rejects(connection, keep.rejects)),
        (_AUDIT, lambda: _drop(connection, _AUDIT, "audit", keep.audit, progress)),
        (_ALARMS, lambda: Done(_ALARMS, f"{telling.forget(connection, *_alarms_before(keep)):,} rows deleted")),
        (_UPLINKS, lambda: Done(_UPLINKS, f"{uplinks.forget(connection):,} forgotten")),
        (_EVIDENCE, lambda: Done(_EVIDENCE, f"{evidence.forget(connection):,} forgotten")),
        (_COLUMNS, lambda: _convert(connection, progress)),
    ]
    with exclusively(connection):
        connection.execute(f"SET lock_timeout = '{retention.LOCK_TIMEOUT}'")
        for what, step in steps:
            progress(what)
            try:
                yield step()
            except (CityopsError, psycopg.errors.LockNotAvailable) as error:
                yield Done(what, "not done", str(error).strip())


def preview(connection: psycopg.Connection, keep: Retention) -> Iterator[Done]:
    """Yield what `maintain` would do now; nothing is changed or locked."""
    yield Done(_ROLLUPS, f"{rollups.waiting(connection)} hours to make")
    for what, hypertable, length in (
        (_READINGS, "reading", keep.readings),
        (_FINE, "reading_rollup", keep.rollups),
        (_TRANSITIONS, "device_transition", keep.readings),
        (_AUDIT, "audit", keep.audit),
    ):
        would = retention.would_drop(connection, hypertable, length)
        yield Done(what, f"{would.chunks} chunks to drop, about {would.rows:,} rows, then kept {_since(would)}")
    rejects = len(retention.old_chunks(connection, "reject", utc_now() - keep.rejects))
    yield Done(_REJECTS, f"{rejects} chunks to drop")
    yield Done(_ALARMS, f"{telling.forgettable(connection, *_alarms_before(keep)):,} rows to delete")
    yield Done(_UPLINKS, f"{uplinks.forgettable(connection):,} to forget")
    yield Done(_EVIDENCE, f"{evidence.forgettable(connection):,} to forget")
    if columnstore.available(connection):
        chunks = sum(len(columnstore.waiting(connection, layout)) for layout in columnstore.LAYOUTS)
        yield Done(_COLUMNS, f"{chunks} chunks to convert")
    else:
        yield Done(_COLUMNS, _NO_COLUMNS)


_ROLLUPS, _READINGS, _FINE = "hour and day rollups", "readings", "5-minute rollups"
_TRANSITIONS, _REJECTS, _AUDIT, _COLUMNS = "transitions of devices", "rejects", "audit", "columnstore"
_UPLINKS = "repeated uplinks of LoRaWAN"
_EVIDENCE = "photos and files that no act came to use"
_ALARMS = "notices, late readings and journal of alarms"
_NO_COLUMNS = "not in this edition of TimescaleDB"


def _make(connection: psycopg.Connection, progress: Callable[[str], None]) -> Done:
    made = rollups.make(connection, progress)
    return Done(_ROLLUPS, f"{made.hours} hours and {made.days} days made")


def _drop(
    connection: psycopg.Connection, what: str, hypertable: str, keep: timedelta, progress: Callable[[str], None]
) -> Done:
    gone = retention.drop(connection, hypertable, keep, progress)
    return Done(what, f"{gone.chunks} chunks with {gone.rows:,} rows dropped, kept {_since(gone)}", gone.problem)


def _alarms_before(keep: Retention) -> tuple[datetime, datetime]:
    """Return before when notices and late readings go, as readings do, and the journal, which tells who did what."""
    return utc_now() - keep.readings, utc_now() - keep.audit


def _drop_rejects(connection: psycopg.Connection, keep: timedelta) -> Done:
    rows = replay.drop_older_than(connection, utc_now() - keep)
    return Done(_REJECTS, f"{rows:,} rows dropped, kept for {keep.days} days")


def _since(dropped: retention.Dropped) -> str:
    moment = dropped.kept_from.astimezone(CITY_ZONE)
    return "from the beginning" if dropped.kept_from <= EARLIEST else f"from {moment:%Y-%m-%d %H:%M}"


def _convert(connection: psycopg.Connection, progress: Callable[[str], None]) -> Done:
    if not columnstore.available(connection):
        return Done(_COLUMNS, _NO_COLUMNS)
    return Done(_COLUMNS, f"{columnstore.convert(connection, progress)} chunks converted")


@contextmanager
def exclusively(connection: psycopg.Connection, *, wait: bool = False) -> Iterator[None]:
    """Keep every other maintenance or backup of this database out while the block runs; it ends with the session.

    Raises
    ------
    CityopsError
        Another one is running, and `wait` is not wanted; the text says which, and since when.
    """
    if wait:
        connection.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
    elif connection.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK]).fetchone() != (True,):
        raise CityopsError(_busy(connection))
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


def _busy(connection: psycopg.Connection) -> str:
    row = connection.execute(
        """
        SELECT application_name, pid, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND objid = %s
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [_ADVISORY_LOCK],
    ).fetchone()
    if row is None:
        return "another maintenance has just ended. Nothing was done."
    return (
        f"`{row[0]}` is running already (session {row[1]}, since {row[2]:%Y-%m-%d %H:%M:%S} UTC). Nothing was done."
    )
