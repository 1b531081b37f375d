"""Values of an indicator by region at any instant: functions of seed, region and time, as devices' signals are.

Regions of the finest level that a declaration names are made first, and those above them of these: sums of what adds
up over regions, ratios from sums, the greatest of a maximum. So parts and whole agree to the last digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cityops import reference
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Aggregation, Pushed
from cityops.domain.regions import RegionLevel, holds
from cityops.simulate import rhythm
from cityops.simulate.indicators.shapes import PLAIN, SHAPES, SimulatedShape
from cityops.simulate.noise import Floats, Keys, key_of, uniform, wander

YEAR_S = 365.2425 * 86_400
BASE_S = 1_767_225_600
"""1 January 2026 UTC, when what grows is in the middle of its usual range."""

EPISODE_S = 12 * 3600
EPISODES = 0.04
"""Share of half days in which a region has an episode of what is otherwise calm."""

_FINEST_FIRST = (RegionLevel.STREET, RegionLevel.DISTRICT, RegionLevel.CITY)
_SLOW_S = {0: 6 * 3600, 1: 60 * 86_400}
"""How long noise takes to forget itself: hours for periods of the clock, months for those of the calendar."""


class RegionValues(NamedTuple):
    """A region's values, one for each instant asked for; a ratio with both parts."""

    region: str
    value: Floats
    numerator: Floats | None = None
    denominator: Floats | None = None


@dataclass(frozen=True, slots=True)
class Instants:
    """When values are made: Unix seconds, the share of the period that has passed, by what a revision corrects."""

    t: Floats
    passed: Floats
    factor: Floats


class SimulatedIndicator:
    """One pushed indicator of the city of a seed."""

    def __init__(self, code: str, declared: IndicatorDeclaration, seed: int) -> None:
        assert isinstance(declared.measure, Pushed)
        self.code, self.declared, self.measure = code, declared, declared.measure
        self.shape: SimulatedShape = SHAPES.get(code, PLAIN)
        self.seed = seed
        levels = [one for one in _FINEST_FIRST if one in self.measure.levels]
        every = reference.regions()
        leaves = [one for one in every if one.level is levels[0]]
        self._leaves = [one.code for one in leaves]
        self._upper = [one.code for one in every if one.level in levels[1:]]
        self._keys: Keys = np.array([key_of(seed, code, one) for one in self._leaves], dtype=np.uint64)
        people = np.array([one.population or 1 for one in leaves], dtype=np.float64)
        weights = people * (0.7 + 0.6 * uniform(self._keys, "share"))
        self._shares: Floats = weights / weights.sum()

    @property
    def accumulates(self) -> bool:
        """Whether a running period has less than a whole one."""
        if self.declared.folds is Aggregation.RATIO:
            return not self.shape.is_stock
        return self.declared.adds_over.over_time

    def at(self, when: Instants) -> Iterator[RegionValues]:
        """Yield each region's values, the finest first."""
        if self.declared.folds is Aggregation.RATIO:
            yield from self._ratios(when)
        else:
            yield from self._values(when)

    def _values(self, when: Instants) -> Iterator[RegionValues]:
        declared = self.declared
        city, spread = self._city(when)[:, None], uniform(self._keys, "spread")
        if self.shape.calm:
            raw = self._episodes(when)
        elif len(spread) == 1:
            raw = city
        elif declared.adds_over.over_regions:
            raw = city * self._shares * (1 + 0.06 * self._own(when))
        elif declared.folds is Aggregation.MAX:
            raw = city * (1 - 0.35 * spread / spread.max())
        elif declared.folds is Aggregation.MIN:
            raw = city * (1 + 0.25 * spread)
        else:
            raw = city * (1 + 0.2 * (spread - 0.5) + 0.04 * self._own(when))
        if self.accumulates:
            raw = raw * when.passed[:, None]
        leaves = self._rounded(raw * when.factor[:, None])
        yield from map(RegionValues, self._leaves, leaves.T)
        for code in self._upper:
            inner = leaves[:, [holds(code, one) for one in self._leaves]]
            yield RegionValues(code, self._rounded(self._folded(inner)))

    def _folded(self, inner: Floats) -> Floats:
        """Return one value of those of the regions within."""
        folds = {Aggregation.MAX: np.max, Aggregation.MIN: np.min}
        fold = np.sum if self.declared.adds_over.over_regions else folds.get(self.declared.folds, np.mean)
        folded: Floats = fold(inner, axis=1)
        return folded

    def _ratios(self, when: Instants) -> Iterator[RegionValues]:
        low, high = self._usual
        offset = 0.3 * (uniform(self._keys, "spread") - 0.5) + 0.1 * self._own(when)
        wanted = self._valid(self._city(when)[:, None] * when.factor[:, None] + (high - low) * offset)
        if self.shape.calm:
            wanted = self._valid(self._episodes(when))
        whole = self.shape.parts * self._shares
        if self.accumulates:
            whole = whole * when.passed[:, None]
        below = np.maximum(np.round(np.broadcast_to(whole, wanted.shape)), 1)
        above = np.round(below * wanted / self.measure.scale, 0 if self.measure.scale > 1 else 1)
        for place, code in enumerate(self._leaves):
            yield self._ratio(code, above[:, place], below[:, place])
        for code in self._upper:
            inner = [holds(code, one) for one in self._leaves]
            yield self._ratio(code, np.round(above[:, inner].sum(axis=1), 1), below[:, inner].sum(axis=1))

    def _ratio(self, code: str, above: Floats, below: Floats) -> RegionValues:
        return RegionValues(code, above / below * self.measure.scale, above, below)

    @property
    def _usual(self) -> tuple[float, float]:
        span = self.declared.usual or self.declared.valid
        assert span is not None  # what comes from outside declares what is valid
        return span

    def _city(self, when: Instants) -> Floats:
        """Return the city's value at each instant, within what is usual."""
        shape, t, (low, high) = self.shape, when.t, self._usual
        key = key_of(self.seed, self.code)
        slow_s = _SLOW_S[self.declared.period.months > 0]
        place = (
            0.5
            + 0.5 * shape.season * rhythm.season(t)
            + shape.day * (rhythm.window(t, 7, 22, 3) - 0.5)
            + shape.weekend * (rhythm.is_weekend(t) - 2 / 7)
            + shape.growth * (t - BASE_S) / YEAR_S
            + shape.noise * wander(key, "city", t, slow_s)
        )
        within: Floats = low + (high - low) * np.clip(place, 0, 1)
        return within

    def _episodes(self, when: Instants) -> Floats:
        """Return nothing at most instants, and in an episode up to what is usual at most."""
        slot = when.t[:, None] // EPISODE_S
        strength = uniform(self._keys, "strength", slot) * np.sin(np.pi * (when.t[:, None] % EPISODE_S) / EPISODE_S)
        return self._usual[1] * strength * (uniform(self._keys, "episode", slot) < EPISODES)

    def _own(self, when: Instants) -> Floats:
        return wander(self._keys, "own", when.t[:, None], 2 * 86_400)

    def _valid(self, values: Floats) -> Floats:
        assert self.declared.valid is not None
        return np.clip(values, *self.declared.valid)

    def _rounded(self, values: Floats) -> Floats:
        """Return values as a source sends them; adding zero turns the -0.0 that rounding leaves into 0.0."""
        return np.round(self._valid(values), self.declared.decimals) + 0.0
