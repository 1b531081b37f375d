"""Raw readings on their way into a file, as columns: tens of millions of rows, of which few cells differ in text.

What a series says of itself is written once and put before each of its readings.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson

from cityops.api.files import csvfile
from cityops.api.files.batches import Row
from cityops.domain.exports.sheet import Language
from cityops.domain.exports.sheets import ZONE
from cityops.domain.intervals import CITY_ZONE
from cityops.store.exports import ReadingRows

if TYPE_CHECKING:
    import pyarrow as pa

Words = tuple[str, ...]
"""Cells of a series before its readings: device, metric, unit and region, as the sheet has them."""


class SeriesRun(NamedTuple):
    """Readings of one series that stand together, by their places."""

    words: Words
    first: int
    last: int


@lru_cache(maxsize=1)
def _seconds() -> list[str]:
    """Return how each millisecond of a minute is written."""
    return [f":{ms // 1000:02}.{ms % 1000:03}" for ms in range(60_000)]


@lru_cache(maxsize=20_000)
def _before(words: Words) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=",").writerow([csvfile.cell(word) for word in words])
    return text.getvalue()


@dataclass(frozen=True)
class ReadingBatch:
    """Some readings with the words of their series, by its id, and when they are exported."""

    columns: ReadingRows
    words: Mapping[int, Words]
    exported_at: datetime

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.columns.ts)

    def _runs(self) -> Iterator[SeriesRun]:
        series = self.columns.series
        borders = [0, *(np.flatnonzero(np.diff(series)) + 1).tolist(), len(series)]
        for first, last in pairwise(borders):
            yield SeriesRun(self.words[int(series[first])], first, last)

    def rows(self) -> Iterable[Row]:
        """Yield the cells in the order of the columns."""
        ts, value, quality = self.columns.ts.tolist(), self.columns.value.tolist(), self.columns.quality.tolist()
        for words, first, last in self._runs():
            for place in range(first, last):
                at = datetime.fromtimestamp(ts[place] // 1_000_000, UTC).replace(microsecond=ts[place] % 1_000_000)
                yield [*words, at, value[place], quality[place], ZONE, self.exported_at]

    def csv(self, language: Language) -> bytes:  # noqa: ARG002 - the words are of that language already
        """Return the rows as they stand in CSV; times have milliseconds, and microseconds where a device does."""
        times, quality = self._times(), self.columns.quality.tolist()
        values = orjson.dumps(self.columns.value, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")
        after = f",{ZONE},{csvfile.cell(self.exported_at)}\r\n"
        lines: list[str] = []
        for words, first, last in self._runs():
            before = _before(words)
            cells = zip(times[first:last], values[first:last], quality[first:last], strict=True)
            lines += [f"{before}{at},{value},{mark}{after}" for at, value, mark in cells]
        return "".join(lines).encode()

    def _times(self) -> list[str]:
        offset = CITY_ZONE.utcoffset(self.exported_at.astimezone(CITY_ZONE))  # no summer time: the same for all
        assert offset is not None
        ms, below = np.divmod(self.columns.ts + int(offset.total_seconds()) * 1_000_000, 1000)
        minute, place = np.divmod(ms, 60_000)
        different, which = np.unique(minute, return_inverse=True)
        texts = [text.replace("T", " ") for text in np.datetime_as_string(different.astype("datetime64[m]")).tolist()]
        seconds = _seconds()
        times = [texts[one] + seconds[other] for one, other in zip(which.tolist(), place.tolist(), strict=True)]
        if below.any():
            times = [f"{time}{us:03}" for time, us in zip(times, below.tolist(), strict=True)]
        return times

    def arrow(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """Return the rows as columns of Arrow."""
        import pyarrow as pa

        runs = list(self._runs())
        which = pa.array(np.repeat(np.arange(len(runs)), [run.last - run.first for run in runs]))
        texts = zip(*(run.words for run in runs), strict=True)
        alike = pa.array(np.zeros(len(self), np.int8))
        types = dict(zip(schema.names, schema.types, strict=True))
        arrays: Sequence[pa.Array] = [
            *(pa.array(column, pa.string()).take(which) for column in texts),
            pa.array(self.columns.ts).cast(types["ts"]),
            pa.array(self.columns.value),
            pa.array(self.columns.quality).cast(pa.int64()),
            pa.array([ZONE]).take(alike),
            pa.array([self.exported_at], types["exported_at"]).take(alike),
        ]
        return pa.record_batch(arrays, schema=schema)
