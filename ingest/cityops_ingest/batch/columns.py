"""Lays the objects of well-formed readings messages out in columns, a column at a time; what is unusual is left over.

Nearly every object names a registered device of its source and metrics that the device has had before. These never
see a line of Python of their own; the others are left to `decode` and `resolve`, which know every reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from cityops.wire.readings import ReadingItem
from cityops_ingest.catalog import Catalog
from cityops_ingest.decode.times import AHEAD_US, EARLIEST_US, microseconds

Rows = NDArray[np.intp]


@dataclass(slots=True)
class Objects:
    """Objects of messages in order. `items` and `codes` have an entry per object, the others one per message.

    `codes` is the device that an object speaks for, None where it and the topic disagree or name none.
    """

    items: list[ReadingItem] = field(default_factory=list)
    codes: list[str | None] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    devices: list[str | None] = field(default_factory=list)
    nows_us: list[int] = field(default_factory=list)

    def add(self, message: int, items: Sequence[ReadingItem], device: str | None, now_us: int) -> None:
        """Add the objects of a message; `device` is the one that its topic names, if any."""
        self.items += items
        if device is None:
            self.codes += [item.device for item in items]
        else:
            self.codes += [device if (item.device or device) == device else None for item in items]
        self.counts.append(len(items))
        self.messages.append(message)
        self.devices.append(device)
        self.nows_us.append(now_us)


@dataclass(frozen=True, slots=True)
class Entries:
    """Readings with their series, column by column: each with its message's position and its object's place there."""

    message: Rows
    item: Rows
    ts: NDArray[np.int64]
    series: NDArray[np.int32]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]

    def take(self, rows: Rows | NDArray[np.bool_]) -> "Entries":
        """Return the rows at these positions, or marked so."""
        return Entries(
            self.message[rows],
            self.item[rows],
            self.ts[rows],
            self.series[rows],
            self.value[rows],
            self.quality[rows],
        )

    def merged(self, others: "Entries") -> "Entries":
        """Return both in the order in which they were sent."""
        if not len(others.ts):
            return self
        both = Entries(
            np.concatenate([self.message, others.message]),
            np.concatenate([self.item, others.item]),
            np.concatenate([self.ts, others.ts]),
            np.concatenate([self.series, others.series]),
            np.concatenate([self.value, others.value]),
            np.concatenate([self.quality, others.quality]),
        )
        return both.take(np.lexsort((both.item, both.message)))


@dataclass(frozen=True, slots=True)
class Leftover:
    """An object that the columns do not take, with what `decode` wants to know of it."""

    message: int
    item: int
    content: ReadingItem
    device: str | None
    now_us: int


def lay_out(objects: Objects, sources: Sequence[str], catalog: Catalog) -> tuple[Entries, list[Leftover]]:
    """Return the readings of all usual objects, and the other objects; `sources` names every message's source."""
    items = objects.items
    values: list[dict[str, float] | dict[str, float | None]] = [
        item.values or {} if item.metric is None else {item.metric: item.value} for item in items
    ]
    series_of = [catalog.series_by_device.get(code, {}) for code in objects.codes]  # type: ignore[arg-type]  # None too
    counts = np.fromiter(map(len, values), np.intp, len(items))
    within = np.repeat(np.arange(len(objects.counts)), objects.counts)  # the message of each object
    owner = np.repeat(np.arange(len(items)), counts)  # the object of each reading
    message, item = _places(objects)
    source = np.array([catalog.source_number.get(sources[place], -1) for place in objects.messages], np.int16)
    entries = Entries(
        message[owner],
        item[owner],
        _times(items)[owner],
        np.array([of.get(metric, -1) for of, one in zip(series_of, values, strict=True) for metric in one], np.int32),
        np.array([*chain.from_iterable(one.values() for one in values)], np.float64),  # None becomes nan
        np.array([item.quality for item in items], np.int16)[owner],
    )
    now = np.array(objects.nows_us, np.int64)[within[owner]]
    unusual = (entries.series < 0) | (catalog.source_of[entries.series] != source[within[owner]])
    unusual |= (
        (entries.ts < max(EARLIEST_US, catalog.kept_from_us))
        | (entries.ts > now + AHEAD_US)
        | ~np.isfinite(entries.value)
    )
    left = (np.bincount(owner, unusual, len(items)) > 0) | (counts == 0) | _ambiguous(items)
    leftovers = [
        Leftover(
            int(message[at]),
            int(item[at]),
            items[at],
            objects.devices[within[at]],
            objects.nows_us[within[at]],
        )
        for at in np.flatnonzero(left)
    ]
    return (entries.take(~left[owner]) if leftovers else entries), leftovers


def _places(objects: Objects) -> tuple[Rows, Rows]:
    """Return for each object the position of its message in the batch, and its own place in the message."""
    counts = np.array(objects.counts, np.intp)
    first = np.cumsum(counts) - counts
    item = np.arange(len(objects.items)) - np.repeat(first, counts)
    return np.repeat(np.array(objects.messages, np.intp), counts), item


def _times(items: Sequence[ReadingItem]) -> NDArray[np.int64]:
    times = [item.ts * 1000 if isinstance(item.ts, int) else microseconds(item.ts) for item in items]
    try:
        return np.array(times, np.int64)
    except OverflowError:
        return np.array([microseconds(item.ts) for item in items], np.int64)


def _ambiguous(items: Sequence[ReadingItem]) -> NDArray[np.bool_]:
    """Return which objects give `values` beside `metric` or `value`, or a unit."""
    unusual = [
        (item.values is not None and (item.metric is not None or item.value is not None)) or item.unit is not None
        for item in items
    ]
    return np.array(unusual, np.bool_)
