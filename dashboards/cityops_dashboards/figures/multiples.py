"""Small multiples: the line of each region by itself, as SVG on axes that all share: pure, a table in, pictures out.

Tables are those of `figures.series`. The pictures stretch to any width, so that they hold no words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from math import isnan

import pandas as pd

from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import LOW_COVERAGE
from cityops_dashboards.theme import Look

WIDE, TALL, EDGE = 200, 48, 3
"""Size of a picture in its own units, and the room above and below the extremes."""

FAINT = 0.35


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A value at its place in the picture."""

    x: float
    y: float
    is_finished: bool
    is_covered: bool


@dataclass(frozen=True, slots=True)
class _Axes:
    """Times and values that all pictures have in common."""

    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, moment: datetime) -> float:
        return round(WIDE * (moment - self.start) / (self.end - self.start), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low or 1.0)
        return round(EDGE + (TALL - 2 * EDGE) * (1 - share), 1)


def multiples(panel: Panel, span: tuple[datetime, datetime], look: Look) -> Mapping[str, str]:
    """Return a picture for each region of a panel that has a value, by its code.

    A gap stays a gap; what leads to a bucket that is not over is dashed, one of which too little came is faint;
    thresholds are dashed lines where they lie within the values.
    """
    values = panel.table["value"].dropna()
    if values.empty:
        return {}
    axes = _Axes(*span, float(values.min()), float(values.max()))
    limits = "".join(_threshold(axes, level, value, look) for level, value in panel.thresholds.items())
    return {
        str(code): _picture(limits + "".join(_lines(_buckets(table, axes), look)))
        for code, table in panel.table.groupby("region_code", sort=False)
        if table["value"].notna().any()
    }


def _picture(shapes: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {TALL}" preserveAspectRatio="none" '
        f'fill="none" stroke-linejoin="round" stroke-linecap="round">{shapes}</svg>'
    )


def _threshold(axes: _Axes, level: int, value: float, look: Look) -> str:
    if not axes.low <= value <= axes.high:
        return ""
    return _path(f"M0 {axes.y(value)}H{WIDE}", look.warnings[level], width=1, dash="5 4")


def _buckets(table: pd.DataFrame, axes: _Axes) -> Iterator[_Bucket | None]:
    """Yield the buckets in order, None for one without a value."""
    coverages = table["coverage"] if "coverage" in table else [None] * len(table)
    for start, value, finished, coverage in zip(
        _places(table, axes), table["value"].tolist(), table["finished"].tolist(), coverages, strict=True
    ):
        if isnan(value):
            yield None
        else:
            is_covered = not (coverage is not None and coverage < LOW_COVERAGE)
            yield _Bucket(start, axes.y(value), bool(finished), is_covered)


def _places(table: pd.DataFrame, axes: _Axes) -> list[float]:
    """Return where the buckets begin, from the left."""
    shares: pd.Series[float] = (table["start"] - axes.start) / (axes.end - axes.start)
    return (WIDE * shares).round(1).tolist()


def _lines(buckets: Iterator[_Bucket | None], look: Look) -> Iterator[str]:
    """Yield the line in pieces that are drawn alike."""
    kept = [*buckets]
    for before, one, after in zip([None, *kept], kept, [*kept[1:], None], strict=False):
        if one and not before and not after:
            yield _path(f"M{one.x} {one.y}h.1", look["ink-1"], width=4, is_faint=not one.is_covered)
    steps = ((first, second) for first, second in pairwise(kept) if first and second)
    for (is_finished, is_covered), drawn in groupby(steps, key=lambda step: _looks(*step)):
        pieces = [*drawn]
        places = [pieces[0][0], *(second for _, second in pieces)]
        if any(first is not second for (_, first), (second, _) in pairwise(pieces)):
            d = "".join(f"M{first.x} {first.y}L{second.x} {second.y}" for first, second in pieces)
        else:
            d = "M" + "L".join(f"{one.x} {one.y}" for one in places)
        yield _path(d, look["ink-1"], dash="" if is_finished else "3 3", is_faint=not is_covered)


def _looks(first: _Bucket, second: _Bucket) -> tuple[bool, bool]:
    return first.is_finished and second.is_finished, first.is_covered and second.is_covered


def _path(d: str, colour: str, width: float = 1.6, dash: str = "", *, is_faint: bool = False) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    faint = f' opacity="{FAINT}"' if is_faint else ""
    return (
        f'<path d="{d}" stroke="{colour}" stroke-width="{width}" vector-effect="non-scaling-stroke"{dashed}{faint}/>'
    )
