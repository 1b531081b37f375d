"""The curve of one metric over some hours, with its thresholds, as SVG for documents: pure, numbers in, shapes out.

The axis begins at 0 where the values allow it; a gap in the readings stays a gap, for nobody knows what was in it.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.figures.plan import NAMES

GAP = 3
"""Longer than so many times the usual distance of two readings is a gap."""

LABEL_PX = 20
"""Names of thresholds stand so far apart at least."""

STEPS_MIN = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
"""Distances of the marks on the axis of time."""

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class CurveFrame:
    """A drawing of `width` by `height` px; room for the axis and the names is left at its edges."""

    width: int
    height: int
    left: int = 36
    right: int = 70
    top: int = 12
    bottom: int = 26


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    """What a template draws, all in px: lines of the readings, dashed thresholds with names, marks of the axes."""

    lines: Sequence[str]
    areas: Sequence[str]
    thresholds: Sequence[tuple[str, float, float, float]]
    """Level, value, y of the line, y of its name."""
    times: Sequence[tuple[float, str]]
    floor: tuple[float, float]
    """Value and y of the axis."""
    last: tuple[float, float] | None


def curve(
    frame: CurveFrame,
    points: Sequence[Point],
    thresholds: Mapping[WarningLevel, float],
    start: datetime,
    end: datetime,
    *,
    base: float = 0.0,
    gap: timedelta | None = None,
) -> CurveDrawing:
    """Return the drawing of readings (in order of time) between two moments with a time zone.

    The axis begins at `base` unless something lies below. What is longer than `gap` is a gap; without one, that is
    found from the readings.
    """
    low, high = _range([value for _, value in points], [*thresholds.values()], base)
    wide, tall = frame.width - frame.left - frame.right, frame.height - frame.top - frame.bottom
    whole = (end - start).total_seconds()

    def place(point: Point) -> tuple[float, float]:
        at, value = point
        x = frame.left + wide * (at - start).total_seconds() / whole
        return round(x, 1), round(frame.top + tall * (1 - (value - low) / (high - low)), 1)

    stretches = [[place(point) for point in stretch] for stretch in _stretches(points, gap)]
    floor = float(frame.top + tall)
    levels = sorted(thresholds, key=lambda level: (-thresholds[level], -level))  # from the top down
    heights = [place((start, thresholds[level]))[1] for level in levels]
    return CurveDrawing(
        ["M" + "L".join(f"{x} {y}" for x, y in places) for places in stretches],
        [_area(places, floor) for places in stretches],
        [
            (NAMES[level], thresholds[level], height, at)
            for level, height, at in zip(levels, heights, _apart(heights), strict=True)
        ],
        [(place((at, low))[0], at.astimezone(CITY_ZONE).strftime("%H:%M")) for at in _marks(start, end)],
        (low, floor),
        stretches[-1][-1] if stretches else None,
    )


@dataclass(frozen=True, slots=True)
class CurveSpell:
    """A time within which something lasted, such as an alarm, in px from the left; `begins`: within the drawing."""

    level: str
    left: float
    right: float
    begins: bool


def spell(
    frame: CurveFrame, span: tuple[datetime, datetime], start: datetime, end: datetime, level: WarningLevel
) -> CurveSpell | None:
    """Return where on the axis of time between two moments a span lies; None where it lies outside."""
    first, last = max(span[0], start), min(span[1], end)
    if first > last:
        return None
    wide, whole = frame.width - frame.left - frame.right, (end - start).total_seconds()
    left, right = (round(frame.left + wide * (at - start).total_seconds() / whole, 1) for at in (first, last))
    return CurveSpell(NAMES[level], left, max(right, left + 3), span[0] >= start)


def _range(values: Sequence[float], limits: Sequence[float], base: float) -> tuple[float, float]:
    """Return the ends of the axis: from the base unless something lies below, a little above the highest."""
    every = [*values, *limits, base]
    low, high = min(every), max(every)
    room = (high - low) * 0.08 or 1.0
    return (low - room if low < base else low), high + room


def _stretches(points: Sequence[Point], gap: timedelta | None) -> Iterator[list[Point]]:
    """Yield the readings in stretches without a gap."""
    distances = sorted((later - earlier for (earlier, _), (later, _) in itertools.pairwise(points)))
    usual = distances[len(distances) // 2] if distances else timedelta(0)
    longest = usual * GAP if gap is None else gap
    stretch: list[Point] = []
    for point in points:
        if stretch and point[0] - stretch[-1][0] > longest:
            yield stretch
            stretch = []
        stretch.append(point)
    if stretch:
        yield stretch


def _area(places: Sequence[tuple[float, float]], floor: float) -> str:
    line = "L".join(f"{x} {y}" for x, y in places)
    return f"M{places[0][0]} {floor}L{line}L{places[-1][0]} {floor}Z"


def _apart(heights: Sequence[float]) -> list[float]:
    """Return where names stand beside lines at these heights (from the top down), none over another."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + LABEL_PX) if found else height)
    return found


def _marks(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield four to eight round moments of the city's clock."""
    minutes = (end - start).total_seconds() / 60
    step = next((one for one in STEPS_MIN if minutes / one <= 6), STEPS_MIN[-1]) * 60
    offset = CITY_ZONE.utcoffset(start)
    assert offset is not None
    first = math.ceil((start.timestamp() + offset.total_seconds()) / step) * step - offset.total_seconds()
    at = datetime.fromtimestamp(first, start.tzinfo)
    while at <= end:
        yield at
        at += timedelta(seconds=step)
