"""One indicator from several sources (数据打架): their values side by side, by how much they differ, and whose wins.

Pure: kept values come in, what a desk shows of them goes out. Which source wins is the order of `sources` in the
indicator's declaration: of those that have a value, the first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from cityops.domain.indicators.folding import KeptCell, marks_of
from cityops.domain.indicators.revisions import KeptValue


class SourceValue(NamedTuple):
    """What one source says of a period: `said` as it came, `shown` with what corrects it."""

    said: KeptValue
    shown: KeptValue


class SourcesBeside(NamedTuple):
    """The values of one region and period by source, in the order in which they win.

    `absolute` is the greatest less the least of what they say, `relative` that over the greatest amount; both None
    where fewer than two say something. `winner` is the source whose value is shown.
    """

    region_code: str
    start: datetime
    end: datetime
    values: tuple[SourceValue, ...]
    absolute: float | None
    relative: float | None
    winner: str | None

    def differs(self, tolerance_relative: float) -> bool:
        """Whether the sources differ by more than rounding explains."""
        return self.relative is not None and self.relative > tolerance_relative


def chosen(same: Sequence[KeptValue], order: Sequence[str]) -> KeptCell | None:
    """Return the value of a region and period out of those of its sources: that of the first source that has one.

    None where nothing was said. A value that a correction drops leaves its mark on what stands in for it.
    """
    touched = [one for one in same if one.corrections or one.stale]
    said = [one for one in same if one.value is not None]
    if not said and not touched:
        return None
    best = min(said or touched, key=lambda one: place(one.source, order))
    dropped = [one for one in touched if one.value is None]
    marks = marks_of(_cell(one) for one in (best, *dropped))
    stale = tuple(sorted({each for one in same for each in one.stale}))
    return _cell(best)._replace(**marks | {"stale": stale})


def _cell(one: KeptValue) -> KeptCell:
    parts = one.numerator, one.denominator, one.coverage, one.definition_version
    return KeptCell(one.start, one.end, one.value, *parts, one.mark, one.corrections, one.stale)


def place(source: str, order: Sequence[str]) -> int:
    """Return where a source stands among those that are declared; behind them what is declared no more."""
    return order.index(source) if source in order else len(order)


def beside(said: Iterable[KeptValue], shown: Iterable[KeptValue], order: Sequence[str]) -> Iterator[SourcesBeside]:
    """Yield the values of each region and period beside each other; both are of the same rows, by region and time."""
    pairs = (SourceValue(*pair) for pair in zip(said, shown, strict=True))
    for _, same in groupby(pairs, key=lambda one: (one.said.region_code, one.said.start, one.said.end)):
        values = tuple(sorted(same, key=lambda one: place(one.said.source, order)))
        first = values[0].said
        absolute, relative = difference([one.said.value for one in values if one.said.value is not None])
        winner = next((one.shown.source for one in values if one.shown.value is not None), None)
        yield SourcesBeside(first.region_code, first.start, first.end, values, absolute, relative, winner)


def difference(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return by how much the furthest two of some values differ, absolutely and over the greatest amount of them.

    The order of the sources does not change it, and two zeros do not differ.
    """
    if len(values) < 2:
        return None, None
    absolute = max(values) - min(values)
    greatest = max(abs(one) for one in values)
    return absolute, absolute / greatest if greatest else 0.0
