"""What a value of an indicator is worth on the scale of 0 (worst) to 10 (best): a line through its thresholds.

A colour begins at a fixed mark: blue at 8, yellow at 6, orange at 4, red at 2. Between two marks, and between the
best of what is usual (10) and the first of them, the line is straight; beyond the last it falls to 0 at the end of
what is valid. Outside of its ends the line is level.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cityops.domain.indicators.definitions import Indicator
from cityops.domain.metrics import Direction, WarningLevel, at_decimals

BEST, WORST = 10.0, 0.0
MARKS = {"blue": 8.0, "yellow": 6.0, "orange": 4.0, "red": 2.0}
"""What a value is worth at which each colour begins."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A line through points of (value, what it is worth), the values rising."""

    points: tuple[tuple[float, float], ...]

    def score(self, value: float) -> float:
        """Return what a value is worth, from 0 to 10."""
        values = [one for one, _ in self.points]
        place = bisect_right(values, value)
        if place == 0:
            return self.points[0][1]
        if place == len(values):
            return self.points[-1][1]
        (left, at_left), (right, at_right) = self.points[place - 1 : place + 1]
        part = (value - left) / (right - left)
        return at_left * (1 - part) + at_right * part


class ScoreLimits(NamedTuple):
    """What of an indicator a line is drawn through."""

    direction: Direction
    thresholds: Mapping[str, float]
    usual: tuple[float, float] | None
    valid: tuple[float, float] | None


def limits(indicator: Indicator) -> ScoreLimits:
    """Return what is declared of an indicator, or of its metric, that a line can be drawn through."""
    metric, declared = indicator.metric, indicator.declared
    held = metric or (declared and declared.thresholds)
    thresholds = {level: one for level in MARKS if (one := getattr(held, level, None)) is not None}
    if metric is not None:
        return ScoreLimits(metric.direction, thresholds, None, (metric.valid_min, metric.valid_max))
    assert declared is not None
    return ScoreLimits(declared.direction, thresholds, declared.usual, declared.valid)


def line(given: ScoreLimits) -> ScoreLine | None:
    """Return the line through an indicator's thresholds; None where it has none, or nothing says what is best."""
    if given.direction is Direction.NONE or not given.thresholds:
        return None
    sign = 1 if given.direction is Direction.HIGH else -1
    marks = [(sign * value, MARKS[level]) for level, value in given.thresholds.items()]
    best = next((one for one in _good_ends(given, sign) if one < marks[0][0]), None)
    if best is None:
        return None
    points = [(best, BEST), *marks]
    worst = max(sign * one for one in given.valid) if given.valid else marks[-1][0]
    if worst > marks[-1][0]:
        points.append((worst, WORST))
    told = tuple((sign * value, score) for value, score in points)
    return ScoreLine(told if sign > 0 else told[::-1])


def _good_ends(given: ScoreLimits, sign: int) -> Iterator[float]:
    """Yield what may be worth 10: the good end of what is usual, or else of what is valid."""
    for one in (given.usual, given.valid):
        if one is not None:
            yield min(sign * end for end in one)


def warning(indicator: Indicator, value: float | None) -> WarningLevel:
    """Return the gravest level whose threshold a value has reached, as it is shown."""
    given = limits(indicator)
    if value is None or given.direction is Direction.NONE:
        return WarningLevel.NONE
    shown = float(at_decimals(value, indicator.decimals))
    sign = 1 if given.direction is Direction.HIGH else -1
    reached = [level for level, limit in given.thresholds.items() if sign * shown >= sign * limit]
    return max((WarningLevel[level.upper()] for level in reached), default=WarningLevel.NONE)
