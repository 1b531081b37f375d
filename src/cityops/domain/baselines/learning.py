"""Baselines of many series at once: values of one step go in, what is usual is learnt, out comes how each stands.

A value is that of an hour. Clipped exponentially weighted mean and variance by hour of the week (West 1979 for the
update, clipping after Huber), the two-sided cumulative sum of Page (1954) with the allowance of Hinkley (1971) for
shifts of level. All of it is numpy over columns, a value of each series; a gap is NaN and changes nothing.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cityops.domain.baselines.seasons import DAY_HOURS, SLOTS, WEEK_HOURS, Slot

Row = NDArray[np.float32]
Mask = NDArray[np.bool_]
Hours = NDArray[np.int32]
Sides = NDArray[np.int8]

MOST_SEEN = np.iinfo(np.uint16).max

LEAST_WEEKS = 3
"""So often an hour of the week must have been seen to say what is usual in it, and to judge by it."""
LEAST_DAYS = 7
"""Until then the hours of any day say what is usual, seen so often; nothing is judged by them."""

MEMORY_WEEKS = 8
CLIPPED_AT = 3.0
"""Deviations; what a value teaches goes no further than that."""
PRIOR = 24.0
"""The variance of all hours counts as much as so many values of an hour's own."""
BEYOND = 0.3173
"""Share of normally distributed values that lie further than one deviation from their mean."""
SPREAD_PACE = 3.0

FOLLOWED_DAYS = 14
"""A season is followed with such a lag, in all hours at once."""

OUTSIDE = 4.0
"""Deviations beyond which a value is unusual."""
BAND = 2.0
"""Deviations that a band reaches on either side: some 95 of 100 values."""

ALLOWANCE = 1.0
SHIFTED = 48.0
"""Deviation-hours beyond the allowance after which a level counts as shifted: 3 deviations for 24 hours."""
SUM_CAP = 1.25 * SHIFTED
"""The sums grow no further, so that the end of a shift is seen soon."""
LEARNT_WEEKS = 2
"""A shift that has lasted so long is the new level."""
LEVEL_HOURS = 24

LEVEL_KEPT = 0.5
"""Share of a level that is foretold for a day later."""
ERROR_WEEKS = 4
"""Forecasts are judged by so long."""

FROZEN_HOURS = 3
FROZEN_TIMES = 3.0
"""A value stands still once it has been the same for so many times longer than it ever was before."""
RESTS_HOURS = 12
"""A series that has been the same for so long rests by nature, as rain does, and is not judged by that."""


@dataclass
class Remembered:
    """What is remembered of each series beside its rows; times are numbers of hours, -1 for never."""

    spread: Row
    """The deviation over all hours of the week, each about its own mean; robust."""
    weight: Row
    """Values that it is of."""
    base: Row
    """By how much all hours have moved since they were learnt."""
    level: Row
    """The mean difference of the last day to what is usual, in the series' unit."""
    newer: Row
    """The last difference to it, and that before."""
    older: Row
    last: Row
    run: Hours
    """For how many hours the value has been the same."""
    longest: Hours
    up: Row
    down: Row
    up_since: Hours
    down_since: Hours
    out: Sides
    out_since: Hours
    error: Row
    """Mean absolute error of forecasts a day ahead, and of the value of a week before for the same hours."""
    naive_error: Row
    forecasts: Row
    """Number of hours that these are of."""

    @classmethod
    def empty(cls, series: int) -> "Remembered":
        """Return what is remembered of series that nothing was heard of."""
        return cls(**{one.name: np.full(series, *_EMPTY.get(one.name, _NOTHING)) for one in fields(cls)})


_NOTHING, _NEVER = (0, np.float32), (-1, np.int32)
_EMPTY = {
    "last": (np.nan, np.float32),
    "run": (0, np.int32),
    "longest": (0, np.int32),
    "out": (0, np.int8),
    **dict.fromkeys(("up_since", "down_since", "out_since"), _NEVER),
}
"""What a column of `Remembered` is filled with, and of which type it is."""


class UsualValues(NamedTuple):
    """What is usual: mean and deviation in the series' unit, NaN where nobody knows; by the week, or by any day."""

    mean: Row
    deviation: Row
    by_week: Mask


class Judged(NamedTuple):
    """How the values of an hour stand to what was usual before them; 1 is above, -1 below."""

    expected: UsualValues
    deviations: Row
    """NaN where nothing came, or too few weeks are known to judge."""
    outside: Sides
    frozen: Mask
    shift: Sides


@dataclass
class Baselines:
    """Baselines as tables of (row, series); `floor` is the least deviation of each series, in its unit."""

    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    seen: NDArray[np.uint16]
    held: NDArray[np.float32]
    """Of an hour of the week its newest value, of an hour of any day what a day before was foretold for it."""
    running: Remembered
    floor: Row

    @classmethod
    def empty(cls, floor: NDArray[np.floating]) -> "Baselines":
        """Return the baselines of series that nothing was heard of."""
        shape = (SLOTS, len(floor))
        rows = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.uint16)
        return cls(*rows, np.full(shape, np.nan, np.float32), Remembered.empty(len(floor)), floor.astype(np.float32))

    @property
    def columns(self) -> int:
        """Return the number of series."""
        return len(self.floor)

    def expected(self, slot: Slot) -> UsualValues:
        """Return what is usual in an hour."""
        week = self.seen[slot.week] >= LEAST_WEEKS
        day = self.seen[slot.day] >= LEAST_DAYS
        mean = np.where(week, self.mean[slot.week], self.mean[slot.day]) + self.running.base
        of_day = self.variance[slot.day] + self.floor * self.floor
        deviation = np.sqrt(np.where(week, self._variance(slot.week), of_day))
        unknown = ~(week | day)
        mean[unknown] = deviation[unknown] = np.nan
        return UsualValues(mean, deviation, week)

    def _variance(self, row: int) -> Row:
        """Return the variance of the next value of an hour of the week, drawn to that of all hours if few are known.

        That of a mean of so many values comes on top of it.
        """
        n, prior = self.seen[row].astype(np.float32), np.float32(PRIOR)
        found = (n * self.variance[row] + prior * self.running.spread**2) / (n + prior)
        of_mean = 1 + 1 / np.clip(n, 1, np.float32(MEMORY_WEEKS))
        return np.asarray(found * of_mean + self.floor * self.floor, np.float32)

    def take(self, values: Row, slot: Slot, at: int) -> Judged:
        """Judge the values of hour number `at` by what is usual so far, then learn from them; NaN is a gap."""
        expected = self.expected(slot)
        known = ~np.isnan(values)
        judged = known & expected.by_week
        difference = np.where(judged, values - expected.mean, np.float32(0))
        deviations = np.where(judged, difference / expected.deviation, np.float32(np.nan))
        outside = self._outside(deviations, judged, at)
        frozen = self._frozen(values, known) & judged
        shift = self._shift(np.where(judged, deviations, np.float32(0)), judged & ~frozen, at)
        self._follow(difference, expected.deviation, judged & ~frozen, shift)
        taught = known & ~frozen & (shift == 0)
        self._learn_week(slot.week, values, taught)
        self._learn_day(slot.day, values, taught)
        self._foretell(slot, values, known & ~frozen)
        return Judged(expected, deviations, outside, frozen, shift)

    def _outside(self, deviations: Row, judged: Mask, at: int) -> Sides:
        running = self.running
        side = (deviations > OUTSIDE).astype(np.int8) - (deviations < -OUTSIDE).astype(np.int8)
        changed = judged & (side != running.out)
        running.out[changed] = side[changed]
        running.out_since[changed] = np.where(side[changed] == 0, -1, at)
        return side

    def _frozen(self, values: Row, known: Mask) -> Mask:
        running = self.running
        longest, run = running.longest, running.run
        same = values == running.last
        ended = known & ~same
        # What stood still by a fault teaches little: the longest grows to the double at most.
        np.maximum(longest, np.minimum(run, 2 * longest + 1), out=longest, where=ended)
        run[known] += 1
        run[ended] = 0
        np.copyto(running.last, values, where=known)
        least = np.maximum(FROZEN_TIMES * longest, FROZEN_HOURS)
        return np.asarray(same & (run >= least) & (longest < RESTS_HOURS))

    def _shift(self, deviations: Row, judged: Mask, at: int) -> Sides:
        running = self.running
        clipped = np.clip(deviations, -OUTSIDE, OUTSIDE)
        found = np.zeros(len(deviations), np.int8)
        for sums, since, sign in ((running.up, running.up_since, 1), (running.down, running.down_since, -1)):
            grown = np.clip(sums + (np.float32(sign) * clipped - np.float32(ALLOWANCE)), 0, np.float32(SUM_CAP))
            since[judged & (sums == 0) & (grown > 0)] = at
            np.copyto(sums, grown, where=judged)
            since[sums == 0] = -1
            stands = sums >= SHIFTED
            found[stands] = sign
            lasted = stands & (at - since >= LEARNT_WEEKS * WEEK_HOURS)
            if lasted.any():
                self._move(lasted)
        return found

    def _move(self, series: Mask) -> None:
        """Take the level of the last day for the usual one: all hours move by it."""
        running = self.running
        for one in (running.newer, running.older):
            one[series] -= running.level[series]
        running.base[series] += running.level[series]
        for sums, since in ((running.up, running.up_since), (running.down, running.down_since)):
            sums[series], since[series] = 0, -1
        running.level[series] = 0

    def _follow(self, difference: Row, deviation: Row, judged: Mask, shift: Sides) -> None:
        """Note the level of the last day, by medians of three so that no spike raises it, and follow the season."""
        running = self.running
        newer, older = running.newer, running.older
        middle = np.maximum(np.minimum(newer, older), np.minimum(np.maximum(newer, older), difference))
        running.level += np.where(judged, (middle - running.level) / np.float32(LEVEL_HOURS), np.float32(0))
        np.copyto(older, newer, where=judged)
        np.copyto(newer, difference, where=judged)
        bound = np.float32(CLIPPED_AT) * deviation
        pace = np.float32(1 / (FOLLOWED_DAYS * DAY_HOURS))
        running.base += np.where(judged & (shift == 0), pace * np.clip(difference, -bound, bound), np.float32(0))

    def _learn_week(self, row: int, values: Row, taught: Mask) -> None:
        mean, variance, seen, running = self.mean[row], self.variance[row], self.seen[row], self.running
        difference = np.where(taught, values - running.base - mean, np.float32(0))
        self._learn_spread(difference, taught & (seen > 0))
        bound = np.float32(CLIPPED_AT) * np.sqrt(self._variance(row))
        third = taught & (seen == LEAST_WEEKS - 1)
        half = np.sqrt(variance)  # the first two values are that far from their mean
        middle = np.clip(difference, -half, half)
        narrow = np.float32(CLIPPED_AT) * running.spread
        apart = [np.clip(one - middle, -narrow, narrow) for one in (half, -half, difference)]
        clipped = np.where(seen < LEAST_WEEKS, difference, np.clip(difference, -bound, bound))
        part = taught / np.minimum(seen + np.float32(1), np.float32(MEMORY_WEEKS))
        mean += np.where(third, middle, part * clipped)
        grown = (1 - part) * (variance + part * clipped * clipped)
        variance[:] = np.where(third, sum(one * one for one in apart) / np.float32(2), np.where(seen > 0, grown, 0))
        seen += taught & (seen < MOST_SEEN)

    def _learn_spread(self, difference: Row, taught: Mask) -> None:
        """Let the deviation grow where it is exceeded, and shrink else, so that 32 of 100 values exceed it.

        How far they do counts for nothing: up to a third of the values may be faults.
        """
        spread, weight = self.running.spread, self.running.weight
        size = np.abs(difference)
        pace = taught * np.float32(SPREAD_PACE) / np.minimum(weight + np.float32(1), np.float32(WEEK_HOURS))
        grown = spread * np.exp(pace * ((size > spread) - np.float32(BEYOND)))
        np.maximum(np.where(taught & (weight == 0), size, grown), self.floor, out=spread)
        weight += taught

    def _learn_day(self, row: int, values: Row, taught: Mask) -> None:
        """Learn unclipped: to hours of any day each weekend would be an outlier."""
        mean, variance, seen = self.mean[row], self.variance[row], self.seen[row]
        difference = np.where(taught, values - self.running.base - mean, np.float32(0))
        part = taught / np.minimum(seen + np.float32(1), np.float32(7 * MEMORY_WEEKS))
        variance[:] = np.where(seen > 0, (1 - part) * (variance + part * difference * difference), 0)
        mean += part * difference
        seen += taught & (seen < MOST_SEEN)

    def ahead(self, slot: Slot, hours: float) -> Row:
        """Return what is foretold for an hour so far ahead: what is usual, and what is left of the day's level."""
        week = self.seen[slot.week] >= LEAST_WEEKS
        level = self.running.level * np.float32(LEVEL_KEPT ** (hours / DAY_HOURS))
        return np.where(week, self.mean[slot.week] + self.running.base + level, np.float32(np.nan))

    def _foretell(self, slot: Slot, values: Row, known: Mask) -> None:
        """Hold the value against what was foretold and what was a week before; foretell the same hour of tomorrow."""
        running, before, foretold = self.running, self.held[slot.week], self.held[slot.day]
        both = known & ~np.isnan(before) & ~np.isnan(foretold)
        running.forecasts += both
        part = both / np.clip(running.forecasts, 1, np.float32(ERROR_WEEKS * WEEK_HOURS))
        for kept, told in ((running.error, foretold), (running.naive_error, before)):
            np.copyto(kept, kept + part * (np.abs(values - told) - kept), where=both)
        np.copyto(before, values, where=known)
        foretold[:] = self.ahead(slot.tomorrow, DAY_HOURS)
