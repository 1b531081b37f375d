"""Raw readings on their way into a file, as columns: tens of millions of rows, of which few cells differ in text.

What a series says of itself is written once and put before each of its readings.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from cityops.api.files import csvfile
from cityops.api.files.arrays import number_array, text_array
from cityops.api.files.batches import Row
from cityops.domain.exports.sheet import Language
from cityops.domain.exports.sheets import ZONE
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.readings import Quality
from cityops.store.exports import ReadingRows

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PARTS = 5
"""Of a row in CSV: the series, the time, a comma, the value, and all behind it."""

Words = tuple[str, ...]
"""Cells of a series before its readings: device, metric, unit and region, as the sheet has them."""


Texts = NDArray[np.bytes_]
_CLOCK: Final = np.dtype([("minute", "S17"), ("second", "S3"), ("ms", "S3"), ("us", "S3")])
"""A time as it stands in CSV; what follows the milliseconds is empty for most, and no part of the text then."""


_SECONDS: Final = np.array([f"{second:02}." for second in range(60)], "S3")
_MS: Final = np.array([f"{ms:03}" for ms in range(1000)], "S3")
_US: Final = np.array(["", *(f"{us:03}" for us in range(1, 1000))], "S3")
"""How each microsecond of a millisecond is written: the first not at all."""


@dataclass(frozen=True)
class Constants:
    """What is the same in all rows of a file: the words of each series, by its id, and when it was begun."""

    words: Mapping[int, Words]
    exported_at: datetime

    @cached_property
    def before(self) -> NDArray[np.object_]:
        """What stands in CSV before each reading of a series, by its place."""
        return np.array([_line(words) for words in self.words.values()], object)

    @cached_property
    def after(self) -> NDArray[np.object_]:
        """What stands in CSV behind the value of a reading, by its quality."""
        end = f"{ZONE},{csvfile.cell(self.exported_at)}\r\n"
        return np.array([f",{quality.value},{end}".encode() for quality in sorted(Quality)], object)

    @property
    def exported_us(self) -> int:
        """When the file was begun, in microseconds since 1970 UTC."""
        return (self.exported_at - _EPOCH) // timedelta(microseconds=1)

    @cached_property
    def offset_us(self) -> int:
        """How far the city's time is ahead of UTC; there is no summer time."""
        offset = CITY_ZONE.utcoffset(self.exported_at.astimezone(CITY_ZONE))
        assert offset is not None
        return int(offset.total_seconds()) * 1_000_000

    @cached_property
    def places(self) -> NDArray[np.int32]:
        """Where the words of a series stand in `words`, by its id."""
        found = np.zeros(max(self.words, default=0) + 1, np.int32)
        found[list(self.words)] = np.arange(len(self.words))
        return found

    @cached_property
    def columns(self) -> "list[tuple[NDArray[np.int32], pa.Array]]":
        """The words, column by column: the different ones, and before them which of these each series has."""
        return [_listed(column) for column in zip(*self.words.values(), strict=True)]


def _listed(texts: Sequence[str]) -> "tuple[NDArray[np.int32], pa.Array]":
    """Return the different ones of some texts, and before them which of these each is."""
    different = list(dict.fromkeys(texts))
    places = {text: place for place, text in enumerate(different)}
    return np.fromiter(map(places.__getitem__, texts), np.int32, len(texts)), text_array(different)


def _line(words: Words) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=",").writerow([csvfile.cell(word) for word in words])
    return text.getvalue().encode()


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
        """Return the rows as they stand in CSV; times have milliseconds, and microseconds where a device does.

        No row is made by itself: each part of all rows is, and they are joined in their order.
        """
        constants, columns = self.constants, self.columns
        parts = [b","] * (_PARTS * len(self))
        parts[0::_PARTS] = constants.before[constants.places[columns.series]].tolist()
        parts[1::_PARTS] = self._times().tolist()
        parts[3::_PARTS] = orjson.dumps(columns.value, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")
        parts[4::_PARTS] = constants.after[columns.quality].tolist()
        return b"".join(parts)

    def _times(self) -> Texts:
        second, us = np.divmod(self.columns.ts + self.constants.offset_us, 1_000_000)
        minute, second = np.divmod(second, 60)
        different, which = np.unique(minute, return_inverse=True)
        texts = [f"{text.replace('T', ' ')}:" for text in np.datetime_as_string(different.astype("datetime64[m]"))]
        times = np.empty(len(self), _CLOCK)
        times["minute"] = np.array(texts, "S17")[which]
        times["second"] = _SECONDS[second]
        times["ms"], times["us"] = _MS[us // 1000], _US[us % 1000]
        return times.view(f"S{_CLOCK.itemsize}")

    def arrow(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """Return the rows as columns of Arrow."""
        import pyarrow as pa

        places, alike = self.constants.places[self.columns.series], np.zeros(len(self), np.int32)
        cells = [(which[places], words) for which, words in self.constants.columns]
        cells += [(alike, text_array([ZONE]))]
        *words, zone = (pa.DictionaryArray.from_arrays(number_array(which), of) for which, of in cells)
        exported_at = np.full(len(self), self.constants.exported_us, np.int64)
        arrays = [
            *words,
            number_array(self.columns.ts).view(schema.field("ts").type),
            number_array(self.columns.value),
            number_array(self.columns.quality.astype(np.int64)),
            zone,
            number_array(exported_at).view(schema.field("exported_at").type),
        ]
        told = zip(arrays, schema.types, strict=True)
        return pa.record_batch([one if one.type == of else one.cast(of) for one, of in told], schema=schema)
