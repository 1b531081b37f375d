"""Raw readings on their way into a file, as columns: tens of millions of rows, of which few cells differ in text.

What a series says of itself is written once and put before each of its readings.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

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


@lru_cache(maxsize=1)
def _seconds() -> list[str]:
    """Return how each millisecond of a minute is written."""
    return [f":{ms // 1000:02}.{ms % 1000:03}" for ms in range(60_000)]


@dataclass(frozen=True)
class Constants:
    """What is the same in all rows of a file: the words of each series, by its id, and when it was begun."""

    words: Mapping[int, Words]
    exported_at: datetime

    @cached_property
    def before(self) -> dict[int, str]:
        """What stands in CSV before each reading of a series."""
        return {series: _line(words) for series, words in self.words.items()}

    @cached_property
    def after(self) -> str:
        """What stands in CSV behind every reading."""
        return f",{ZONE},{csvfile.cell(self.exported_at)}\r\n"

    @cached_property
    def offset_us(self) -> int:
        """How far the city's time is ahead of UTC; there is no summer time."""
        offset = CITY_ZONE.utcoffset(self.exported_at.astimezone(CITY_ZONE))
        assert offset is not None
        return int(offset.total_seconds()) * 1_000_000

    @cached_property
    def places(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        """Where the words of a series stand in `columns`, by its id."""
        found = np.zeros(max(self.words, default=0) + 1, np.int32)
        found[list(self.words)] = np.arange(len(self.words))
        return found

    @cached_property
    def columns(self) -> "list[pa.Array]":
        """The words, column by column."""
        import pyarrow as pa

        return [pa.array(column, pa.string()) for column in zip(*self.words.values(), strict=True)]


def _line(words: Words) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=",").writerow([csvfile.cell(word) for word in words])
    return text.getvalue()


@dataclass(frozen=True)
class ReadingBatch:
    """Some readings, in any order."""

    columns: ReadingRows
    constants: Constants

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.columns.ts)

    def rows(self) -> Iterable[Row]:
        """Yield the cells in the order of the columns."""
        words, exported_at = self.constants.words, self.constants.exported_at
        for series, ts, value, quality in zip(*(column.tolist() for column in self.columns), strict=True):
            at = datetime.fromtimestamp(ts // 1_000_000, UTC).replace(microsecond=ts % 1_000_000)
            yield [*words[series], at, value, quality, ZONE, exported_at]

    def csv(self, language: Language) -> bytes:  # noqa: ARG002 - the words are of that language already
        """Return the rows as they stand in CSV; times have milliseconds, and microseconds where a device does."""
        before, after = self.constants.before, self.constants.after
        values = orjson.dumps(self.columns.value, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")
        cells = zip(self.columns.series.tolist(), self._times(), values, self.columns.quality.tolist(), strict=True)
        return "".join([f"{before[one]}{at},{value},{mark}{after}" for one, at, value, mark in cells]).encode()

    def _times(self) -> list[str]:
        ms, below = np.divmod(self.columns.ts + self.constants.offset_us, 1000)
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

        which = pa.array(self.constants.places[self.columns.series])
        alike = pa.array(np.zeros(len(self), np.int8))
        types = dict(zip(schema.names, schema.types, strict=True))
        arrays = [
            *(column.take(which) for column in self.constants.columns),
            pa.array(self.columns.ts).cast(types["ts"]),
            pa.array(self.columns.value),
            pa.array(self.columns.quality).cast(pa.int64()),
            pa.array([ZONE]).take(alike),
            pa.array([self.constants.exported_at], types["exported_at"]).take(alike),
        ]
        return pa.record_batch(arrays, schema=schema)
