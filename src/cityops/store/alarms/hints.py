"""Hints of the ingest: which new readings touch a rule's limit, left in their own transaction for the job."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from cityops.store.binary_copy import copy_columns, timestamps

OUT_OF_ORDER = timedelta(seconds=10)
"""Two workers of one subscription pass each other by no more than a few batches: a reading so much older than the
newest of its series is out of order, one that is older still is late."""

_OUT_OF_ORDER_US = round(OUT_OF_ORDER.total_seconds() * 1_000_000)


@dataclass(frozen=True)
class Touch:
    """By series id the values at which some rule begins to look: at or below `low`, at or above `high`.

    The last place is that of every series which is not in the arrays: one that was made after the rules were read
    hints each of its readings until they are read again, so that its first is not missed.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def touched(self, series: NDArray[np.int32], value: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the positions of the readings that touch a limit."""
        place = np.minimum(series, len(self.low) - 1)
        return np.flatnonzero((value <= self.low[place]) | (value >= self.high[place]))


NO_RULES = Touch(np.full(1, -np.inf), np.full(1, np.inf))


class Touching(NamedTuple):
    """Readings that touch a limit: times and when they were seen, in µs since 1970 UTC, series and values."""

    ts: NDArray[np.int64]
    seen: NDArray[np.int64]
    series: NDArray[np.int32]
    value: NDArray[np.float64]


def leave(cursor: psycopg.Cursor, readings: Touching) -> None:
    """Leave a hint for each of these new readings, before the newest of their series are moved forward.

    `seen` is the reading's time, or that of its receipt where its clock ran ahead: by it a reading is late.
    """
    if not len(readings.ts):
        return
    copy_columns(
        cursor,
        "alarm_hint",
        {
            "series_id": readings.series,
            "ts": timestamps(readings.ts),
            "value": readings.value,
            "is_late": readings.seen < _newest(cursor, readings.series) - _OUT_OF_ORDER_US,
        },
    )


def _newest(cursor: psycopg.Cursor, series: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return of each of these series the newest time so far, in µs; before all times where there is none."""
    rows = cursor.execute(
        """
        SELECT series_id, (extract(epoch FROM coalesce(received_at, ts)) * 1000000)::bigint
        FROM reading_latest WHERE series_id = ANY(%s)
        """,
        [np.unique(series).tolist()],
    ).fetchall()
    known: dict[int, int] = dict(rows)
    before_all = np.iinfo(np.int64).min + _OUT_OF_ORDER_US
    return np.array([known.get(one, before_all) for one in series.tolist()], np.int64)
