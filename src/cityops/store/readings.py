"""Writes readings: a batch of columns from the ingest becomes raw rows, rollups and latest values in one transaction.

Two roads lead into the hypertable. The fast one is a binary COPY; it fails as a whole if one row is already there.
The staged one copies into a temporary table and inserts what is new; it is taken when the fast one has failed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.domain.readings import ROLLUP_BUCKET

_BUCKET_US = int(ROLLUP_BUCKET.total_seconds() * 1_000_000)
_POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01 UTC, from which PostgreSQL's binary times count

_COPY_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("ts_bytes", ">i4"),
        ("ts", ">i8"),
        ("series_bytes", ">i4"),
        ("series", ">i4"),
        ("value_bytes", ">i4"),
        ("value", ">f8"),
        ("quality_bytes", ">i4"),
        ("quality", ">i2"),
    ]
)
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """Readings column by column, all of one length; `ts` in microseconds since 1970-01-01 UTC."""

    ts: NDArray[np.int64]
    series: NDArray[np.int32]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]
    metric: NDArray[np.int16]
    region: NDArray[np.int16]

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
        )


def first_of_each(columns: ReadingColumns) -> NDArray[np.intp]:
    """Return the positions of the first reading of each (series, ts), ordered by that key."""
    order = np.lexsort((columns.ts, columns.series))
    series, ts = columns.series[order], columns.ts[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (ts[1:] != ts[:-1])
    return order[new]


def latest_times(connection: psycopg.Connection) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return every series with readings and its newest time, in microseconds since 1970 UTC."""
    rows = connection.execute(
        "SELECT series_id, (extract(epoch FROM ts) * 1000000)::bigint FROM reading_latest"
    ).fetchall()
    return np.array([row[0] for row in rows], np.int32), np.array([row[1] for row in rows], np.int64)


def insert(cursor: psycopg.Cursor, columns: ReadingColumns, presumed_new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Store distinct readings with their rollups and latest values; return for each row whether it was new.

    Rows marked `presumed_new` take the fast road, the others the staged one.

    Raises
    ------
    psycopg.errors.UniqueViolation
        A presumed new row is in the store already; the transaction is lost, repeat it with nothing presumed.
    """
    stored = presumed_new.copy()
    if presumed_new.any():
        _copy(cursor, "reading", columns.take(np.flatnonzero(presumed_new)))
    doubtful = np.flatnonzero(~presumed_new)
    if len(doubtful):
        stored[doubtful] = _insert_staged(cursor, columns.take(doubtful))
    new = columns.take(np.flatnonzero(stored))
    if len(new):
        _add_to_rollups(cursor, new)
        _advance_latest(cursor, new)
    return stored


def _insert_staged(cursor: psycopg.Cursor, columns: ReadingColumns) -> NDArray[np.bool_]:
    cursor.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS reading_stage (LIKE reading) ON COMMIT DELETE ROWS;"
        "TRUNCATE reading_stage"
    )
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
    keys = zip(columns.series.tolist(), columns.ts.tolist(), strict=True)
    return np.fromiter((key in stored for key in keys), dtype=bool, count=len(columns))


def _copy(cursor: psycopg.Cursor, table: Literal["reading", "reading_stage"], columns: ReadingColumns) -> None:
    rows = np.empty(len(columns), dtype=_COPY_ROW)
    rows["fields"] = 4
    rows["ts_bytes"], rows["series_bytes"], rows["value_bytes"], rows["quality_bytes"] = 8, 4, 8, 2
    rows["ts"] = columns.ts - _POSTGRES_EPOCH_US
    rows["series"], rows["value"], rows["quality"] = columns.series, columns.value, columns.quality
    with cursor.copy(f"COPY {table} (ts, series_id, value, quality) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_COPY_HEADER + rows.tobytes() + _COPY_TRAILER)


def _add_to_rollups(cursor: psycopg.Cursor, columns: ReadingColumns) -> None:
    bucket = columns.ts // _BUCKET_US
    # One integer that sorts like the primary key: every worker locks rollup rows in the same order.
    key = (columns.metric.astype(np.int64) << 48) | (bucket << 16) | columns.region
    order = np.argsort(key, kind="stable")
    keys, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
    value = columns.value[order]
    cursor.execute(
        """
        INSERT INTO reading_rollup AS kept (metric_id, bucket, region_id, n, sum, min, max)
        SELECT metric_id, to_timestamp(bucket_s), region_id, n, sum, min, max
        FROM unnest(%s::smallint[], %s::bigint[], %s::smallint[], %s::bigint[],
                    %s::float8[], %s::float8[], %s::float8[])
            AS new (metric_id, bucket_s, region_id, n, sum, min, max)
        ON CONFLICT (metric_id, bucket, region_id) DO UPDATE SET
            n = kept.n + excluded.n,
            sum = kept.sum + excluded.sum,
            min = least(kept.min, excluded.min),
            max = greatest(kept.max, excluded.max)
        """,
        [
            (keys >> 48).tolist(),
            (((keys >> 16) & 0xFFFF_FFFF) * (_BUCKET_US // 1_000_000)).tolist(),
            (keys & 0xFFFF).tolist(),
            counts.tolist(),
            np.add.reduceat(value, starts).tolist(),
            np.minimum.reduceat(value, starts).tolist(),
            np.maximum.reduceat(value, starts).tolist(),
        ],
    )


def _advance_latest(cursor: psycopg.Cursor, columns: ReadingColumns) -> None:
    order = np.lexsort((columns.ts, columns.series))
    series = columns.series[order]
    last = order[np.append(series[1:] != series[:-1], True)]
    cursor.execute(
        """
        INSERT INTO reading_latest AS kept (series_id, ts, value, quality)
        SELECT series_id, to_timestamp(us / 1000000) + (us %% 1000000) * interval '1 microsecond', value, quality
        FROM unnest(%s::int[], %s::bigint[], %s::float8[], %s::smallint[]) AS new (series_id, us, value, quality)
        ON CONFLICT (series_id) DO UPDATE SET ts = excluded.ts, value = excluded.value, quality = excluded.quality
        WHERE kept.ts < excluded.ts
        """,
        [
            columns.series[last].tolist(),
            columns.ts[last].tolist(),
            columns.value[last].tolist(),
            columns.quality[last].tolist(),
        ],
    )
