"""Names what cannot be kept because something else is: another value of the same instant, other content of a step."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cityops.domain.events.reported import EventStep
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.domain.rejects import Reason
from cityops.store.events.history import Recorded
from cityops.store.indicators.recorded import RecordedValue
from cityops.store.readings import Inserted, ReadingColumns, conflicting
from cityops.store.registry import KnownMetric
from cityops_ingest.decode.items import Refusal

Rows = NDArray[np.intp]


def of_readings(
    columns: ReadingColumns, first: Rows, inserted: Inserted, items: Rows, metrics: Mapping[int, KnownMetric]
) -> tuple[Rows, list[Refusal]]:
    """Return the positions of readings that differ from what is kept for their instant, and a refusal of each.

    `first` and `inserted` are as for `conflicting`; `items` has each reading's place in its message, `metrics` are by
    id.
    """
    rows = conflicting(columns, first, inserted)
    if not len(rows):
        return rows, []
    place = _places(columns, first)
    return rows, [
        _refusal(int(items[row]), metrics[int(columns.metric[row])].code, columns, row, inserted, place(row))
        for row in rows.tolist()
    ]


def of_steps(steps: Sequence[tuple[int, EventStep]], recorded: Sequence[Recorded]) -> Iterator[tuple[int, Refusal]]:
    """Yield which of the steps differ from what is kept, each given with its place in its message, and a refusal."""
    for number, ((item, step), one) in enumerate(zip(steps, recorded, strict=True)):
        if one.differs_in:
            told = f"step {step.sequence} is kept with another {', '.join(one.differs_in)}"
            yield number, Refusal(item, Reason.CONFLICTING_VALUE, told)


def of_values(
    values: Sequence[tuple[int, IndicatorReport]], recorded: Sequence[RecordedValue]
) -> Iterator[tuple[int, Refusal]]:
    """Yield which of the values differ from what is kept, each given with its place in its message, and a refusal."""
    for number, ((item, value), one) in enumerate(zip(values, recorded, strict=True)):
        if one.differs_in:
            told = f"revision {value.revision} is kept with another {', '.join(one.differs_in)}"
            yield number, Refusal(item, Reason.CONFLICTING_VALUE, f"{value.indicator_code}: {told}; send a newer one")


def _places(columns: ReadingColumns, first: Rows) -> Callable[[int], int]:
    """Return what gives a reading's place among the first ones of their instants."""
    keys = zip(columns.series[first].tolist(), columns.ts[first].tolist(), strict=True)
    place = {key: number for number, key in enumerate(keys)}
    return lambda row: place[int(columns.series[row]), int(columns.ts[row])]


def _refusal(item: int, code: str, columns: ReadingColumns, row: int, inserted: Inserted, place: int) -> Refusal:
    said, kept = float(columns.value[row]), float(inserted.value[place])
    qualities = int(columns.quality[row]), int(inserted.quality[place])
    ours, theirs = (f" of quality {one}" if len(set(qualities)) > 1 else "" for one in qualities)
    detail = f"{code} = {said!r}{ours}, but {kept!r}{theirs} is kept for this time"
    return Refusal(item, Reason.CONFLICTING_VALUE, detail, code)
