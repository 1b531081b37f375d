"""Conditions: rules compiled for readings, to be asked from which value on a series is of interest, and what holds.

A rule and what is declared of its metric go in; `tracks` asks for each reading, the ingest for whole columns at once.

Values are judged as they are shown, rounded to the metric's decimals, as the colours on the wall are. A level holds
from its limit on and is left only once the value is beyond the limit by more than the hysteresis.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cityops.domain.alarms.rules import UPWARDS, AlarmRule, ConditionKind, RuleSubject
from cityops.domain.metrics import FLOAT32_NOISE, Direction, Metric, WarningLevel, at_decimals
from cityops.domain.modes.modes import ModeKind

PERCENT_DECIMALS = 1
"""Shares are judged with so many decimals."""

_MARGIN = 1e-6
"""Relative; by so much more than rounding asks for a limit of touching is on the safe side."""


@dataclass(frozen=True, slots=True)
class LevelStep:
    """Where a level begins to hold and where it is left; in seconds of silence for a condition of no data."""

    level: WarningLevel
    on: float
    off: float


@dataclass(frozen=True, slots=True)
class Condition:
    """What a track holds readings against. `steps` from the least grave level on."""

    kind: ConditionKind
    direction: Direction
    steps: tuple[LevelStep, ...]
    on_delay: timedelta
    off_delay: timedelta
    decimals: int
    window: timedelta = timedelta(0)
    from_value: float | None = None

    @property
    def sign(self) -> int:
        """Return 1 where what is judged becomes worse upwards, as a rate always does; -1 where downwards."""
        return -1 if self.direction is Direction.LOW and self.kind not in UPWARDS else 1

    @property
    def lookback(self) -> timedelta:
        """Return how much before a reading a track at rest must be told again to judge it: the window of a rate."""
        return self.window


def condition_of(
    rule: AlarmRule,
    metric: Metric | None = None,
    expected_interval_s: int = 0,
    kind: ModeKind = ModeKind.NORMAL,
) -> Condition:
    """Compile a rule for a metric's series, a device or a group; `kind` is that of the mode whose limits judge.

    `metric` gives the decimals that values are judged with; without one, shares are judged with one decimal.
    `expected_interval_s` is the device's, which limits of no data are multiples of.
    """
    decimals = PERCENT_DECIMALS if metric is None else metric.decimals
    sign = -1 if rule.direction is Direction.LOW and rule.condition not in UPWARDS else 1
    if rule.condition is ConditionKind.NO_DATA:
        steps = [LevelStep(limit.level, limit.value * expected_interval_s, 0.0) for limit in rule.limits]
    else:
        steps = [
            LevelStep(limit.level, limit.value, float(at_decimals(limit.value - sign * limit.hysteresis, decimals)))
            for limit in rule.limits_in(kind)
        ]
    return Condition(
        rule.condition,
        rule.direction,
        tuple(steps),
        rule.on_delay,
        rule.off_delay,
        decimals,
        rule.window,
        rule.from_value,
    )


def shown(value: float, decimals: int) -> float:
    """Return one value as it is shown, equal to `at_decimals` of it."""
    scale = 10.0**decimals
    whole = math.floor(abs(value) * scale * (1 + FLOAT32_NOISE) + 0.5) / scale
    return (-whole if value < 0 else whole) + 0.0


def holding(condition: Condition, value: float, before: int) -> int:
    """Return which levels hold at a value, a bit each by its place in `steps`; `before` held at the value before."""
    judged, sign = shown(value, condition.decimals), condition.sign
    now = 0
    for place, step in enumerate(condition.steps):
        bound = step.off if before >> place & 1 else step.on
        now |= (sign * judged >= sign * bound) << place
    return now


def holding_each(condition: Condition, values: NDArray[np.float64], before: int = 0) -> NDArray[np.bool_]:
    """Return which levels hold at each value in order of time, a column for each step; as `holding` one by one.

    A value short of `off` ends what a level was, one from `on` begins it, one between them leaves it as it was.
    """
    judged, sign = at_decimals(values, condition.decimals), condition.sign
    columns = np.zeros((len(values), len(condition.steps)), np.bool_)
    for place, step in enumerate(condition.steps):
        begins = sign * judged >= sign * step.on
        decided = begins | (sign * judged < sign * step.off)
        newest = np.maximum.accumulate(np.where(decided, np.arange(len(values)), -1))
        columns[:, place] = np.where(newest >= 0, begins[newest], bool(before >> place & 1))
    return columns


@dataclass(frozen=True, slots=True)
class Measured:
    """A series by what rules choose it by."""

    metric: str
    kind: str
    region_code: str
    source: str
    device: str


@dataclass(frozen=True, slots=True)
class TouchLimits:
    """By series: the values from which on upwards, and downwards, a reading is of interest to some rule."""

    high: NDArray[np.float64]
    low: NDArray[np.float64]

    def touches(self, series: NDArray[np.integer], values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Tell which readings are of interest; `series` are places in the limits."""
        return np.asarray((values >= self.high[series]) | (values <= self.low[series]))


def touch_limits(
    rules: Iterable[AlarmRule], series: Sequence[Measured], metrics: Mapping[str, Metric]
) -> TouchLimits:
    """Return from which values on a reading of each series may change a track that is at rest.

    No reading that could is left out; a few are in that could not (by the margin of rounding, and where a rate is
    judged from a value alone). A track that is not at rest is told every reading, and needs no limit here.
    """
    by_metric: dict[str, list[tuple[AlarmRule, float]]] = {}
    for rule in rules:
        if (limit := touch_limit(rule, metrics)) is not None:
            by_metric.setdefault(rule.metric, []).append((rule, limit))
    by_device = {code for code, some in by_metric.items() if any(rule.applies.devices for rule, _ in some)}
    known: dict[tuple[str, ...], tuple[float, float]] = {}
    high, low = np.full(len(series), np.inf), np.full(len(series), -np.inf)
    for place, one in enumerate(series):
        if (rules_here := by_metric.get(one.metric)) is None:
            continue
        alike = (one.metric, one.kind, one.region_code, one.source, one.device if one.metric in by_device else "")
        if (found := known.get(alike)) is None:
            found = known[alike] = _nearest(one, rules_here)
        high[place], low[place] = found
    return TouchLimits(high, low)


def _nearest(one: Measured, rules: Iterable[tuple[AlarmRule, float]]) -> tuple[float, float]:
    """Return the least limit upwards and the greatest downwards of the rules that are about a series."""
    high, low = math.inf, -math.inf
    for rule, limit in rules:
        if rule.applies.covers(one.kind, one.region_code, one.source, one.device):
            upwards = rule.direction is Direction.HIGH
            high, low = (min(high, limit), low) if upwards else (high, max(low, limit))
    return high, low


def touch_limit(rule: AlarmRule, metrics: Mapping[str, Metric]) -> float | None:
    """Return the value that a reading must reach for a rule to look at it; None if readings' values are not asked.

    It is the nearest of any mode: the ingest need not know which holds where, nor misses what comes as one begins.
    """
    metric = metrics.get(rule.metric)
    if rule.subject is not RuleSubject.METRIC or rule.condition is ConditionKind.NO_DATA or metric is None:
        return None
    upwards = rule.direction is Direction.HIGH
    limits = [limit.value for kind in ModeKind for limit in rule.limits_in(kind)]
    first = min(limits) if upwards or rule.condition is ConditionKind.RATE else max(limits)
    if rule.condition is ConditionKind.RATE:
        first = metric.valid_min + first if upwards else metric.valid_max - first
        if rule.from_value is not None:
            first = max(first, rule.from_value) if upwards else min(first, rule.from_value)
    margin = 0.5 / 10.0**metric.decimals + _MARGIN * max(1.0, abs(first))
    return first - margin if upwards else first + margin
