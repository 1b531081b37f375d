"""Writes readings: a batch of columns from the ingest becomes raw rows, rollups and latest values in one transaction.

Two roads lead into the hypertable. The fast one is a binary COPY; it fails as a whole if one row is already there.
The staged one copies into a temporary table and inserts what is new; it is taken when the fast one has failed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.domain.readings import CLOCK_TOLERANCE, ROLLUP_BUCKET
from cityops.store import rollups
from cityops.store.alarms import hints
from cityops.store.alarms.hints import NO_RULES, Touch, Touching
from cityops.store.binary_copy import copy_columns, timestamps
from cityops.store.upkeep import retention

_BUCKET_US = int(ROLLUP_BUCKET.total_seconds() * 1_000_000)
_TOLERANCE_US = int(CLOCK_TOLERANCE.total_seconds() * 1_000_000)


_TYPES = {
    "ts": np.dtype(np.int64),
    "series": np.dtype(np.int32),
    "value": np.dtype(np.float64),
    "quality": np.dtype(np.int16),
    "metric": np.dtype(np.int16),
    "region": np.dtype(np.int16),
    "received": np.dtype(np.int64),
}


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """Readings column by column, all of one length.

    `ts` and `received`, when the message came, are in microseconds since 1970-01-01 UTC.

    Raises
    ------
    TypeError
        A column is of another type: its bytes go to the database as they are, and would be read as other numbers.
    """

    ts: NDArray[np.int64]
    series: NDArray[np.int32]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]
    metric: NDArray[np.int16]
    region: NDArray[np.int16]
    received: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check the columns' types."""
        for name, expected in _TYPES.items():
            given = getattr(self, name).dtype
            if given != expected:
                raise TypeError(f"column {name} is of type {given}, not {expected}")

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.ts)

    def take(self, rows: NDArray[np.intp]) -> "ReadingColumns":
        """Return the rows at these positions, in this order."""
        return ReadingColumns(
            self.ts[rows],
            self.series[rows],
            self.value[rows],
            self.quality[rows],
            self.metric[rows],
            self.region[rows],
            self.received[rows],
        )


@dataclass(frozen=True, slots=True)
class Inserted:
    """What became of distinct readings: which were new, and the value and quality that are kept for each."""

    is_new: NDArray[np.bool_]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]


def first_of_each(columns: ReadingColumns) -> NDArray[np.intp]:
    """Return the positions of the first reading of each (series, ts), ordered by that key."""
    order = np.lexsort((columns.ts, columns.series))
    series, ts = columns.series[order], columns.ts[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (ts[1:] != ts[:-1])
    return order[new]


def conflicting(columns: ReadingColumns, first: NDArray[np.intp], inserted: Inserted) -> NDArray[np.intp]:
    """Return the positions of readings that say something else than what is kept for their (series, ts), in order.

    `first` is what `first_of_each` has given of the columns, `inserted` what became of these. Two values are the same
    if they are so as 32-bit floats: a sender with these and one without tell one truth.
    """
    if len(first) == len(columns) and inserted.is_new.all():
        return np.empty(0, np.intp)
    order = np.lexsort((columns.ts, columns.series))
    is_first = np.zeros(len(columns), dtype=bool)
    is_first[first] = True
    group = np.cumsum(is_first[order]) - 1
    value, kept = columns.value[order], inserted.value[group]
    same = (value == kept) | (value.astype(np.float32) == kept.astype(np.float32))
    same &= columns.quality[order] == inserted.quality[group]
    return np.sort(order[~same])


def latest_times(connection: psycopg.Connection) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return every series with readings and its newest time, in microseconds since 1970 UTC."""
    rows = connection.execute(
        "SELECT series_id, (extract(epoch FROM ts) * 1000000)::bigint FROM reading_latest"
    ).fetchall()
    return np.array([row[0] for row in rows], np.int32), np.array([row[1] for row in rows], np.int64)


def insert(
    cursor: psycopg.Cursor, columns: ReadingColumns, presumed_new: NDArray[np.bool_], touch: Touch = NO_RULES
) -> Inserted:
    """Store distinct readings with their rollups and latest values; return for each row whether it was new.

    Rows marked `presumed_new` take the fast road, the others the staged one. New ones that `touch` a limit leave a
    hint for the job of alarms, in this transaction.

    Raises
    ------
    psycopg.errors.UniqueViolation
        A presumed new row is in the store already; the transaction is lost, repeat it with nothing presumed.
    DroppedTimeError
        A row is older than what is kept; the transaction is lost.
    """
    inserted = Inserted(presumed_new.copy(), columns.value, columns.quality)
    if presumed_new.any():
        _copy(cursor, "reading", columns.take(np.flatnonzero(presumed_new)))
    doubtful = np.flatnonzero(~presumed_new)
    if len(doubtful):
        staged = _insert_staged(cursor, columns.take(doubtful))
        inserted.is_new[doubtful] = staged.is_new
        inserted = Inserted(inserted.is_new, columns.value.copy(), columns.quality.copy())
        inserted.value[doubtful], inserted.quality[doubtful] = staged.value, staged.quality
    new = columns.take(np.flatnonzero(inserted.is_new))
    if len(new):
        _hint(cursor, new, touch)  # before the latest values move: what is late is judged by those of before
        _add_to_rollups(cursor, new)
        _advance_latest(cursor, new)
        rollups.mark(cursor, new.ts)
        retention.refuse_dropped(cursor, new.ts)
    return inserted


def _insert_staged(cursor: psycopg.Cursor, columns: ReadingColumns) -> Inserted:
    _clear_stage(cursor, "reading")
    _copy(cursor, "reading_stage", columns)
    # Ordered, so that two workers with the same readings wait for each other instead of deadlocking.
    cursor.execute(
        """
        INSERT INTO reading (ts, series_id, value, quality)
        SELECT ts, series_id, value, quality FROM reading_stage ORDER BY series_id, ts
        ON CONFLICT DO NOTHING
        RETURNING series_id, (extract(epoch FROM ts) * 1000000)::bigint
        """
    )
    stored = set(cursor.fetchall())
    keys = list(zip(columns.series.tolist(), columns.ts.tolist(), strict=True))
    is_new = np.fromiter((key in stored for key in keys), dtype=bool, count=len(columns))
    value, quality = columns.value.copy(), columns.quality.copy()
    if not is_new.all():
        place = {key: number for number, key in enumerate(keys)}
        for series, ts, kept_value, kept_quality in _differing(cursor, columns.ts):
            value[place[series, ts]], quality[place[series, ts]] = kept_value, kept_quality
    return Inserted(is_new, value, quality)


def _differing(cursor: psycopg.Cursor, ts: NDArray[np.int64]) -> list[tuple[int, int, float, int]]:
    """Return what is kept where a staged row differs from it: series, time in µs, value, quality.

    Each row is looked up by itself, within the staged times: a join could read whole chunks for a few rows.
    """
    return cursor.execute(
        """
        SELECT staged.series_id, (extract(epoch FROM staged.ts) * 1000000)::bigint, kept.value, kept.quality
        FROM reading_stage AS staged CROSS JOIN LATERAL (
            SELECT value, quality FROM reading
            WHERE reading.series_id = staged.series_id AND reading.ts = staged.ts
              AND reading.ts >= %s::timestamptz AND reading.ts <= %s::timestamptz
            LIMIT 1
        ) AS kept
        WHERE kept.value <> staged.value OR kept.quality <> staged.quality
        """,
        [_moment(int(ts.min())), _moment(int(ts.max()))],
    ).fetchall()


def _moment(ts: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ts)


def _clear_stage(cursor: psycopg.Cursor, table: str) -> None:
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table}_stage (LIKE {table}) ON COMMIT DELETE ROWS;"
        f"TRUNCATE {table}_stage"
    )


def _copy(cursor: psycopg.Cursor, table: str, columns: ReadingColumns, **further: NDArray[np.int64]) -> None:
    copy_columns(
        cursor,
        table,
        {
            "ts": timestamps(columns.ts),
            "series_id": columns.series,
            "value": columns.value,
            "quality": columns.quality,
            **further,
        },
    )


def _add_to_rollups(cursor: psycopg.Cursor, columns: ReadingColumns) -> None:
    bucket = columns.ts // _BUCKET_US
    # One integer that sorts like the primary key: every worker locks rollup rows in the same order.
    key = (columns.metric.astype(np.int64) << 48) | (bucket << 16) | columns.region
    order = np.argsort(key, kind="stable")
    keys, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    value = columns.value[order]
    _clear_stage(cursor, "reading_rollup")
    copy_columns(
        cursor,
        "reading_rollup_stage",
        {
            "metric_id": (keys >> 48).astype(np.int16),
            "bucket": timestamps(((keys >> 16) & 0xFFFF_FFFF) * _BUCKET_US),
            "region_id": (keys & 0xFFFF).astype(np.int16),
            "n": counts.astype(np.int64),
            "sum": np.add.reduceat(value, starts),
            "min": np.minimum.reduceat(value, starts),
            "max": np.maximum.reduceat(value, starts),
        },
    )
    cursor.execute(
        """
        INSERT INTO reading_rollup AS kept (metric_id, bucket, region_id, n, sum, min, max)
        SELECT metric_id, bucket, region_id, n, sum, min, max FROM reading_rollup_stage
        ON CONFLICT (metric_id, bucket, region_id) DO UPDATE SET
            n = kept.n + excluded.n,
            sum = kept.sum + excluded.sum,
            min = least(kept.min, excluded.min),
            max = greatest(kept.max, excluded.max)
        """
    )


def _hint(cursor: psycopg.Cursor, columns: ReadingColumns, touch: Touch) -> None:
    touching = columns.take(touch.touched(columns.series, columns.value))
    _, seen = _seen(touching)
    hints.leave(cursor, Touching(touching.ts, seen, touching.series, touching.value))


def _seen(columns: ReadingColumns) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which are dated ahead of their receipt, and of when each is: of its receipt if so."""
    ahead = columns.ts > columns.received + _TOLERANCE_US
    return ahead, np.where(ahead, columns.received, columns.ts)


def _advance_latest(cursor: psycopg.Cursor, columns: ReadingColumns) -> None:
    """Move the newest readings forward; one dated ahead of its receipt is of its receipt (docs/decisions/0039)."""
    ahead, seen = _seen(columns)
    order = np.lexsort((columns.ts, seen, columns.series)) if ahead.any() else np.lexsort((seen, columns.series))
    series = columns.series[order]
    last = order[np.append(series[1:] != series[:-1], True)]
    _clear_stage(cursor, "reading_latest")
    _copy(cursor, "reading_latest_stage", columns.take(last), received_at=timestamps(seen[last]))
    cursor.execute(
        """
        INSERT INTO reading_latest AS kept (series_id, ts, value, quality, received_at)
        SELECT series_id, ts, value, quality, nullif(received_at, ts) FROM reading_latest_stage
        ON CONFLICT (series_id) DO UPDATE SET
            ts = excluded.ts, value = excluded.value, quality = excluded.quality, received_at = excluded.received_at
        WHERE (coalesce(kept.received_at, kept.ts), kept.ts)
            < (coalesce(excluded.received_at, excluded.ts), excluded.ts)
        """
    )
    if ahead.any():
        _note_ahead(cursor, columns.take(np.flatnonzero(ahead)))


def _note_ahead(cursor: psycopg.Cursor, columns: ReadingColumns) -> None:
    """Note up to when a series has readings from ahead, which `cityops verify` cannot tell from others later on."""
    order = np.lexsort((columns.ts, columns.series))
    series = columns.series[order]
    last = order[np.append(series[1:] != series[:-1], True)]
    cursor.execute(
        """
        UPDATE reading_latest SET ahead_until = until
        FROM unnest(%s::int[], %s::bigint[]) AS asked (id, us), LATERAL (
            SELECT 'epoch'::timestamptz + us * interval '1 microsecond') AS noted (until)
        WHERE series_id = id AND (ahead_until IS NULL OR ahead_until < until)
        """,
        [columns.series[last].tolist(), columns.ts[last].tolist()],
    )
