"""Drops the oldest chunks of a hypertable, counts what goes, and keeps what is older from coming in again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.clock import utc_now
from cityops.domain.readings import EARLIEST
from cityops.domain.retention import SHORTEST
from cityops.store.rollups import wait_for_older_transactions

LOCK_TIMEOUT = "2s"
"""A drop waits so long for the readers of its chunk; longer, and new readers would queue behind it."""

_ATTEMPTS, _PAUSE_S = 5, 1.0


class DroppedTimeError(psycopg.errors.CheckViolation):
    """A reading lies where readings have been dropped; the text names the edge."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a hypertable: rows with times from `start` up to `end`."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped, or would be; `rows` is an estimate where nothing was done. `problem` says what stopped it."""

    chunks: int
    rows: int
    kept_from: datetime
    problem: str = ""


def kept_from(connection: psycopg.Connection, hypertable: str) -> datetime:
    """Return the time before which rows of a hypertable are gone or going."""
    row = connection.execute("SELECT kept_from FROM retention WHERE relation = %s", [hypertable]).fetchone()
    return EARLIEST if row is None else row[0]


def refuse_dropped(cursor: psycopg.Cursor, ts: NDArray[np.int64]) -> None:
    """Make sure that no reading written in this transaction lies where readings have been dropped.

    To be called after the writing, when the transaction has its number. `ts` is in microseconds since 1970 UTC. The
    ingest refuses such readings one by one before; this closes the seconds until it has learnt of a new edge.

    Raises
    ------
    DroppedTimeError
        One does.
    """
    oldest = int(ts.min()) / 1e6
    if oldest > utc_now().timestamp() - SHORTEST.total_seconds() / 2:
        return
    statement = "SELECT kept_from FROM retention WHERE relation = 'reading' AND kept_from > to_timestamp(%s)"
    if row := cursor.execute(statement, [oldest]).fetchone():
        raise DroppedTimeError(f"a reading lies before {row[0]:%Y-%m-%d %H:%M} UTC; older ones are dropped")


def old_chunks(connection: psycopg.Connection, hypertable: str, before: datetime) -> list[Chunk]:
    """Return the chunks that end before a time, oldest first."""
    rows = connection.execute(
        """
        SELECT format('%%I.%%I', chunk_schema, chunk_name), range_start, range_end
        FROM timescaledb_information.chunks
        WHERE hypertable_schema = current_schema() AND hypertable_name = %s AND range_end <= %s ORDER BY range_start
        """,
        [hypertable, before],
    )
    return [Chunk(*row) for row in rows]


def would_drop(connection: psycopg.Connection, hypertable: str, keep: timedelta) -> Dropped:
    """Return what `drop` would drop now."""
    chunks = old_chunks(connection, hypertable, utc_now() - keep)
    names = [chunk.name for chunk in chunks]
    [rows] = connection.execute(
        "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE oid = ANY(%s::regclass[])",
        [names],
    ).fetchone() or (0,)
    return Dropped(len(chunks), rows, chunks[-1].end if chunks else kept_from(connection, hypertable))


def drop(
    connection: psycopg.Connection, hypertable: str, keep: timedelta, progress: Callable[[str], None]
) -> Dropped:
    """Drop the chunks whose rows are all older than `keep`; ingest and readers may run meanwhile.

    The edge is moved and known to every writer before the first row goes, so that what is counted is all there was.
    Of the 5-minute rollups, those stay whose hours are not made or whose raw readings are kept.

    Raises
    ------
    CityopsError
        A transaction older than the new edge does not end.
    """
    chunks = old_chunks(connection, hypertable, utc_now() - keep)
    if hypertable == "reading_rollup":
        chunks = _settled(connection, chunks)
    if not chunks:
        return Dropped(0, 0, kept_from(connection, hypertable))
    edge = chunks[-1].end
    connection.execute(
        """
        INSERT INTO retention AS kept (relation, kept_from, dropped) VALUES (%s, %s, 0)
        ON CONFLICT (relation) DO UPDATE SET kept_from = greatest(kept.kept_from, excluded.kept_from)
        """,
        [hypertable, edge],
    )
    wait_for_older_transactions(connection)
    count = rows = 0
    for chunk in old_chunks(connection, hypertable, edge):  # a late writer may have made one more
        progress(f"dropping {hypertable} of {chunk.start:%Y-%m-%d %H:%M} UTC")
        try:
            rows += _drop_patiently(connection, hypertable, chunk)
        except psycopg.errors.LockNotAvailable:
            problem = f"{hypertable} of {chunk.start:%Y-%m-%d %H:%M} UTC is in use {_reader(connection, chunk)}"
            return Dropped(count, rows, edge, f"{problem}; it and what follows is dropped the next time.")
        count += 1
    return Dropped(count, rows, edge)


def _settled(connection: psycopg.Connection, chunks: list[Chunk]) -> list[Chunk]:
    """Leave out what is to be summed, or may be added to: an hour made again from a part would lose the rest."""
    [first] = connection.execute(
        """
        SELECT least((SELECT kept_from FROM retention WHERE relation = 'reading'),
                     (SELECT min(hour) FROM rollup_touched), (SELECT min(hour) FROM rollup_unmade))
        """
    ).fetchone() or (None,)
    return [chunk for chunk in chunks if first is not None and chunk.end <= first]


def _drop_patiently(connection: psycopg.Connection, hypertable: str, chunk: Chunk) -> int:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _drop(connection, hypertable, chunk)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt == _ATTEMPTS:
                raise
            time.sleep(_PAUSE_S)
    raise AssertionError("unreachable")


def _drop(connection: psycopg.Connection, hypertable: str, chunk: Chunk) -> int:
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        [rows] = connection.execute(f"SELECT count(*) FROM {chunk.name}").fetchone() or (0,)  # noqa: S608 - quoted by format()
        connection.execute("SELECT drop_chunks(%s::regclass, older_than => %s::timestamptz)", [hypertable, chunk.end])
        connection.execute("UPDATE retention SET dropped = dropped + %s WHERE relation = %s", [rows, hypertable])
    return int(rows)


def _reader(connection: psycopg.Connection, chunk: Chunk) -> str:
    row = connection.execute(
        """
        SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE relation = %s::regclass AND granted ORDER BY xact_start LIMIT 1
        """,
        [chunk.name],
    ).fetchone()
    return "" if row is None else f"by process {row[0]} of the database ({row[1]})"
