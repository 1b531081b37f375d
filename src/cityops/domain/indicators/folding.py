"""Cells of an answer: the value of an indicator in a region over a span of time, folded from what is kept.

Ratios are made from the sums of their parts, and never from other ratios.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cityops.domain.indicators.marks import ValueMark
from cityops.domain.indicators.measures import Aggregation
from cityops.domain.indicators.periods import Grain, months_later
from cityops.domain.intervals import Interval


class Cell(NamedTuple):
    """What is known of a region over a span; without anything `n` is 0 and the value None.

    `mark` says whether a correction is behind it, `corrections` and `stale` name those that apply, and do not.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    coverage: float | None = None
    definition_version: int | None = None
    mark: str | None = None
    corrections: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()


class KeptCell(NamedTuple):
    """A kept value of one period, as cells are folded from it; None where a correction leaves none."""

    start: datetime
    end: datetime
    value: float | None
    numerator: float | None
    denominator: float | None
    coverage: float | None
    definition_version: int
    mark: str | None = None
    corrections: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()


EMPTY = Cell()
Bucket = tuple[datetime, datetime]


def within(kept: Sequence[KeptCell], starts: Sequence[datetime], bucket: Bucket) -> Sequence[KeptCell]:
    """Return the values, ordered by time, whose periods lie wholly in a bucket; `starts` are their beginnings."""
    start, end = bucket
    found = kept[bisect_left(starts, start) : bisect_left(starts, end)]
    return [one for one in found if one.end <= end]


def fold(kept: Sequence[KeptCell], aggregation: Aggregation, scale: float, picks: str | None, expected: int) -> Cell:
    """Return what values of several periods or regions come to; `expected` is how many there should be by now.

    Of a stock (`picks`) those of the first or of the last period count, and are summed over regions.
    """
    if picks and (starts := [one.start for one in kept if one.value is not None]):
        chosen = max(starts) if picks == "max" else min(starts)
        kept = [one for one in kept if one.start == chosen or one.value is None]
    marks = marks_of(kept)
    kept = [one for one in kept if one.value is not None]
    if not kept:
        return Cell(**marks)
    numerator, denominator = (_sum(getattr(one, name) for one in kept) for name in ("numerator", "denominator"))
    values = [one.value for one in kept if one.value is not None]
    if aggregation is Aggregation.RATIO and numerator is not None and denominator:
        value = numerator / denominator * scale
    else:
        value = {Aggregation.MAX: max, Aggregation.MIN: min}.get(aggregation, sum)(values)
    told = sum(1.0 if one.coverage is None else one.coverage for one in kept)
    coverage = round(min(1.0, told / expected), 4) if expected else None
    version = max(one.definition_version for one in kept)
    return Cell(value, numerator, denominator, len(kept), coverage, version, **marks)


def marks_of(parts: Iterable[Cell | KeptCell]) -> dict[str, Any]:
    """Return what corrections are behind what is made of these parts: `mark`, `corrections` and `stale` of a cell."""
    marked = [one for one in parts if one.corrections or one.stale]
    marks = {one.mark for one in marked}
    return {
        "mark": next((mark for mark in (ValueMark.CORRECTED, ValueMark.FLAGGED) if mark in marks), None),
        "corrections": tuple(sorted({each for one in marked for each in one.corrections})),
        "stale": tuple(sorted({each for one in marked for each in one.stale})),
    }


def _sum(parts: Iterable[float | None]) -> float | None:
    every = [*parts]
    known = [one for one in every if one is not None]
    return sum(known) if known and len(known) == len(every) else None


def ratio(numerator: Cell, denominator: Cell, scale: float) -> Cell:
    """Return a ratio of two cells; None where the lower one is missing or 0."""
    above, below = numerator.value, denominator.value
    value = above / below * scale if above is not None and below else None
    known = [one for one in (numerator.coverage, denominator.coverage) if one is not None]
    marks = marks_of((numerator, denominator))
    return Cell(value, above, below, denominator.n, min(known, default=None), **marks)


def earlier(bucket: Bucket, grain: Grain, now: datetime, back: Grain, periods: int = 1) -> Bucket:
    """Return the span before to which a period of `grain` is compared, so many periods of `back` earlier.

    Of a period that is not over at `now` it is the same part: as long as what has passed of this one, cut to whole
    five minutes, the least that is kept.
    """
    start, end = bucket
    begins = months_later(start, -periods * back.months) if back.months else back.shifted(start, -periods)
    if end <= now:
        return begins, grain.shifted(begins, 1)
    passed = max(Interval.FIVE_MINUTES.floor(now) - start, timedelta(0))
    return begins, min(begins + passed, grain.shifted(begins, 1))


def change(value: float | None, before: float | None) -> float | None:
    """Return by how many percent a value is more than the one before; None where there is nothing to compare."""
    if value is None or not before:
        return None
    return (value - before) / abs(before) * 100
