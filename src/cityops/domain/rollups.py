"""Rollups: readings of one metric summed over a bucket and a region, and the value they come to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops.domain.metrics import Aggregate
from cityops.domain.state import NEVER, Floats, FreshnessPart, Ints, Registry, Snapshot, Warned


def combine(aggregate: Aggregate, n: float, total: float, low: float, high: float, devices: float) -> float | None:
    """Return the value of a region over a span of time, None where no reading came.

    For a `sum` metric it is the mean per reading times the number of devices registered for the metric: the sum
    over devices, averaged over time, with those that missed a report counted like the others.
    """
    if not n:
        return None
    mean = total / n
    return {Aggregate.MEAN: mean, Aggregate.SUM: mean * devices, Aggregate.MIN: low, Aggregate.MAX: high}[aggregate]


@dataclass(frozen=True)
class RollupTable:
    """Rollups as arrays over (metric, step, region), empty cells 0 and ±inf; `start` begins the first step.

    The regions are those of the registry, or a part of them that begins at `first`.
    """

    start: datetime
    step: timedelta
    n: NDArray[np.float64]
    sum: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    first: int = field(default=0, kw_only=True)

    @classmethod
    def filled(
        cls,
        start: datetime,
        step: timedelta,
        shape: tuple[int, int, int],
        places: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        columns: list[NDArray[Any]],
        first: int = 0,
    ) -> "RollupTable":
        """Make a table from sparse columns n, sum, min, max and their places in the three directions."""
        tables = [np.full(shape, empty) for empty in (0.0, 0.0, np.inf, -np.inf)]
        for table, column in zip(tables, columns, strict=True):
            table[places] = column
        return cls(start, step, *tables, first=first)

    def renewed(self, recent: "RollupTable") -> "RollupTable":
        """Return a table as long as this one that ends with all of `recent`, which must overlap or adjoin it."""
        steps, new = self.n.shape[1], recent.n.shape[1]
        start = recent.start - (steps - new) * self.step
        first = (start - self.start) // self.step
        kept = slice(first, first + steps - new)
        columns = [
            np.concatenate((mine[:, kept], theirs), axis=1)
            for mine, theirs in zip(self._columns(), recent._columns(), strict=True)
        ]
        return RollupTable(start, self.step, *columns, first=self.first)

    @property
    def has_gap(self) -> bool:
        """Whether there is a step in which nothing at all was read."""
        return not self.n.sum(axis=(0, 2)).all()

    def _columns(self) -> tuple[NDArray[np.float64], ...]:
        return self.n, self.sum, self.min, self.max

    def values(self, metric: int, aggregate: Aggregate, cut: slice, devices: int) -> list[float | None]:
        """Return the value of each step over the regions of `cut`, which are positions in the registry."""
        cut = slice(cut.start - self.first, cut.stop - self.first)
        columns = (
            self.n[metric, :, cut].sum(axis=1),
            self.sum[metric, :, cut].sum(axis=1),
            self.min[metric, :, cut].min(axis=1, initial=np.inf),
            self.max[metric, :, cut].max(axis=1, initial=-np.inf),
        )
        steps = zip(*(column.tolist() for column in columns), strict=True)
        return [combine(aggregate, n, total, low, high, devices) for n, total, low, high in steps]

    def cells(self, aggregates: Sequence[Aggregate], cuts: Sequence[slice]) -> NDArray[np.float32]:
        """Return the values over (metric, region, step), NaN where no reading came; a region is a slice of `cuts`.

        That of a `sum` is the mean of a reading: how many devices there are is asked when it is told.
        """
        found = np.full((len(aggregates), len(cuts), self.n.shape[1]), np.nan, np.float32)
        for place, aggregate in enumerate(aggregates):
            for region, cut in enumerate(cuts):
                n = self.n[place, :, cut].sum(axis=1)
                heard = n > 0
                if aggregate is Aggregate.MIN:
                    values = self.min[place, :, cut].min(axis=1)
                elif aggregate is Aggregate.MAX:
                    values = self.max[place, :, cut].max(axis=1)
                else:
                    values = self.sum[place, :, cut].sum(axis=1) / np.maximum(n, 1)
                found[place, region, heard] = values[heard]
        return found


@dataclass(frozen=True)
class Summed:
    """Readings summed by (metric, region) over two spans before a moment: one in which all report, and a longer one.

    `length` is how long the first is by metric, in µs; `newest` the end of the newest bucket, NEVER where none is.
    """

    length: Ints
    fresh: tuple[Floats, Floats, Floats, Floats]
    """Their number, sum, least and greatest, as tables of (metric, region)."""
    late: tuple[Floats, Floats, Floats, Floats]
    newest: Ints


def snapshot_of_sums(registry: Registry, summed: Summed) -> Snapshot:
    """Return all regions as far as sums tell: values, and how many devices stand behind them, by the readings.

    Which series had reached a threshold they do not tell.
    """
    expected, interval = registry.expected, registry.slowest
    fresh = _part_of_sums(summed.fresh, expected, interval, summed)
    is_late = (fresh.n == 0) & (summed.late[0] > 0)
    nobody = Warned(np.zeros((5, len(registry.regions)), dtype=np.int64), np.zeros(0, dtype=np.int64))
    none: Ints = np.zeros(len(registry.series_id), dtype=np.int64)
    return Snapshot(
        registry,
        expected=expected,
        interval=interval,
        newest=summed.newest,
        fresh=fresh,
        late=_part_of_sums((np.where(is_late, summed.late[0], 0), *summed.late[1:]), expected, interval, summed),
        devices=np.zeros((4, len(registry.regions)), dtype=np.int64),
        warned=nobody,
        ailing=nobody,
        level=none,
        ts=none + NEVER,
        value=none.astype(np.float64),
        knows_series=False,
    )


def _part_of_sums(
    sums: tuple[Floats, Floats, Floats, Floats], expected: Ints, interval: Ints, summed: Summed
) -> FreshnessPart:
    n, total, low, high = sums
    there = (n > 0) & (expected > 0)
    reports = np.maximum(summed.length[:, None] / np.maximum(interval, 1), 1)
    devices = np.where(there, np.clip(np.rint(n / reports), 1, np.maximum(expected, 1)), 0).astype(np.int64)
    return FreshnessPart(
        devices,
        np.where(there, total / np.maximum(n, 1) * devices, 0.0),
        np.where(there, low, np.inf),
        np.where(there, high, -np.inf),
        np.where(there, summed.newest, NEVER),
    )
