"""Makes hour and day rollups from the 5-minute ones, from marks that the ingest leaves on every hour it writes into.

How a row of another transaction cannot slip between mark and making is argued in docs/decisions/0022.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.errors import CityopsError

ORIGIN = datetime(2000, 1, 1, tzinfo=CITY_ZONE)
"""A midnight of the city: hours and days are whole multiples of their length away from it."""

_HOUR_US = 3_600_000_000
_PATIENCE_S = 60.0
_POLL_S = 0.05


def mark(cursor: psycopg.Cursor, ts: NDArray[np.int64]) -> None:
    """Mark the hours of these times (microseconds since 1970 UTC, at least one) as touched.

    To be called in the transaction that writes the readings, after it has written: it must have its number by then.
    """
    hours = ts // _HOUR_US
    first = hours.min()
    touched = first + np.flatnonzero(np.bincount(hours - first))
    cursor.execute(
        """
        INSERT INTO rollup_touched (hour)
        SELECT to_timestamp(hour * 3600) FROM unnest(%s::bigint[]) AS hour
        EXCEPT SELECT hour FROM rollup_touched
        """,
        [touched.tolist()],
    )


@dataclass(frozen=True, slots=True)
class Made:
    """Numbers of hours and of city days that were made."""

    hours: int
    days: int


def make(connection: psycopg.Connection, progress: Callable[[str], None]) -> Made:
    """Make every marked hour that is over, and each day of which no hour is marked any more.

    The ingest may run meanwhile; of two callers at once the second must be kept away by an advisory lock.

    Raises
    ------
    CityopsError
        A transaction older than the marks does not end; the text names it.
    """
    connection.execute(_TAKE)
    wait_for_older_transactions(connection)
    rows = connection.execute(
        "SELECT hour FROM rollup_unmade WHERE hour <= now() - interval '1 hour' ORDER BY hour"
    ).fetchall()
    hours = days = 0
    for day, of_day in groupby((row[0] for row in rows), Interval.DAY.floor):
        progress(f"hour and day rollups of {day:%Y-%m-%d}")
        wanted = list(of_day)
        hours += len(wanted)
        days += _make_day(connection, day, wanted)
    return Made(hours, days)


# The running hour is left alone: it is marked again by the next batch.
_TAKE = """
    WITH taken AS (DELETE FROM rollup_touched WHERE hour <= now() - interval '1 hour' RETURNING hour)
    INSERT INTO rollup_unmade (hour) SELECT DISTINCT hour FROM taken ON CONFLICT DO NOTHING
"""

_SET = "n = excluded.n, sum = excluded.sum, min = excluded.min, max = excluded.max"

_HOURS = f"""
    INSERT INTO reading_rollup_hour (metric_id, bucket, region_id, n, sum, min, max)
    SELECT metric.id, hour, region_id, sum(n), sum(sum), min(min), max(max)
    FROM metric CROSS JOIN LATERAL (
        SELECT date_trunc('hour', bucket) AS hour, region_id, n, sum, min, max FROM reading_rollup
        WHERE metric_id = metric.id AND bucket >= %(start)s AND bucket < %(end)s
    ) AS fine
    WHERE hour = ANY(%(hours)s)
    GROUP BY metric.id, hour, region_id
    ON CONFLICT (metric_id, bucket, region_id) DO UPDATE SET {_SET}
"""  # noqa: S608 - the only thing put in is the constant above

_DAY = f"""
    INSERT INTO reading_rollup_day (metric_id, bucket, region_id, n, sum, min, max)
    SELECT metric.id, %(day)s, region_id, sum(n), sum(sum), min(min), max(max)
    FROM metric CROSS JOIN LATERAL (
        SELECT region_id, n, sum, min, max FROM reading_rollup_hour
        WHERE metric_id = metric.id AND bucket >= %(day)s AND bucket < %(end)s
    ) AS hours
    GROUP BY metric.id, region_id
    ON CONFLICT (metric_id, bucket, region_id) DO UPDATE SET {_SET}
"""  # noqa: S608 - the only thing put in is the constant above

_MARKED = """
    SELECT EXISTS (SELECT FROM rollup_touched WHERE hour >= %(day)s AND hour < %(end)s)
        OR EXISTS (SELECT FROM rollup_unmade WHERE hour >= %(day)s AND hour < %(end)s)
"""


def _make_day(connection: psycopg.Connection, day: datetime, hours: list[datetime]) -> bool:
    """Make hours of one day, and the day if that leaves none of its hours marked; return whether it did.

    All of it happens on one snapshot: what commits meanwhile brings a mark of its own.
    """
    end = day + Interval.DAY.length
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            connection.execute("DELETE FROM rollup_unmade WHERE hour = ANY(%s)", [hours])
            span = {"start": hours[0], "end": hours[-1] + Interval.HOUR.length, "hours": hours}
            connection.execute(_HOURS, span)
            [marked] = connection.execute(_MARKED, {"day": day, "end": end}).fetchone() or (True,)
            if not marked:
                connection.execute(_DAY, {"day": day, "end": end})
            return not marked
    finally:
        connection.isolation_level = None


def wait_for_older_transactions(connection: psycopg.Connection) -> None:
    """Return when every writing transaction that runs now has ended; those that begin meanwhile are not waited for.

    Raises
    ------
    CityopsError
        One does not end within a minute; the text names it and what follows from it.
    """
    [horizon] = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone() or ("0",)
    deadline = time.monotonic() + _PATIENCE_S
    ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8"
    while connection.execute(ended, [horizon]).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise CityopsError(_in_the_way(connection))
        time.sleep(_POLL_S)


def _in_the_way(connection: psycopg.Connection) -> str:
    row = connection.execute(
        """
        SELECT pid, application_name, xact_start FROM pg_stat_activity
        WHERE backend_xid IS NOT NULL ORDER BY xact_start LIMIT 1
        """
    ).fetchone()
    pid, name, start = row or ("unknown", "a prepared transaction", "unknown")
    return (
        f"a transaction of process {pid} of the database ({name}) has been open since {start}; until it ends, "
        f"nothing is made or removed. End it, for example by SELECT pg_terminate_backend({pid}), and try again."
    )


def waiting(connection: psycopg.Connection) -> int:
    """Return the number of hours that `make` would make now."""
    [hours] = connection.execute(
        """
        SELECT count(*) FROM (SELECT hour FROM rollup_touched UNION SELECT hour FROM rollup_unmade) AS marked
        WHERE hour <= now() - interval '1 hour'
        """
    ).fetchone() or (0,)
    return int(hours)


def kept(interval: Interval) -> str:
    """Return common table expressions that end in `kept`: the rollup rows of one metric from :start up to :end.

    Parameters of the statement: `metric` (code), `start` and `end` (on borders of the interval), `origin` (ORIGIN).
    Rows come from the coarsest level that is made, and from finer ones where marks are: the answer is always that
    of the 5-minute rows. Columns: bucket (the beginning of the row's own, possibly finer bucket), region_id, n, sum,
    min, max.
    """
    if interval is Interval.FIVE_MINUTES:
        return f"kept AS ({_rows('reading_rollup', ':start', ':end')})"
    fine = _rows("reading_rollup", "runs.start", "runs.end")
    hours = "reading_rollup_hour"
    unmarked = "AND bucket NOT IN (SELECT hour FROM marked)"
    if interval is Interval.HOUR:
        made = f"{_rows(hours, ':start', ':end')} {unmarked}"
    else:
        one_day_on = "day + interval '1 day'"
        of_day = f"{_rows(hours, 'day', one_day_on)} {unmarked}"
        made = f"""
            {_rows("reading_rollup_day", ":start", ":end")} AND bucket NOT IN (SELECT day FROM days)
            UNION ALL SELECT of_day.* FROM days CROSS JOIN LATERAL ({of_day}) AS of_day"""  # noqa: S608 - names of our own
    finest = f"SELECT fine.* FROM runs CROSS JOIN LATERAL ({fine}) AS fine"  # noqa: S608 - names of our own
    return f"{_MARKS}, kept AS ({made} UNION ALL {finest})"


# Neighbouring marked hours are one run, so that a store without a single made hour is read in one go.
_MARKS = """
    marked AS MATERIALIZED (
        SELECT hour FROM rollup_touched WHERE hour >= :start AND hour < :end
        UNION SELECT hour FROM rollup_unmade WHERE hour >= :start AND hour < :end),
    numbered AS (SELECT hour, hour - row_number() OVER (ORDER BY hour) * interval '1 hour' AS run FROM marked),
    runs AS MATERIALIZED (
        SELECT min(hour) AS start, max(hour) + interval '1 hour' AS end FROM numbered GROUP BY run),
    days AS MATERIALIZED (SELECT DISTINCT date_bin('1 day', hour, :origin) AS day FROM marked)"""


def _rows(table: str, start: str, end: str) -> str:
    return f"""SELECT bucket, region_id, n, sum, min, max FROM {table}
            WHERE metric_id = (SELECT id FROM metric WHERE code = :metric)
                AND bucket >= {start} AND bucket < {end}"""  # noqa: S608 - names of our own, never input
