"""Rollups: readings of one metric summed over a bucket and a region, and the one value they come to."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops.domain.metrics import Aggregate


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
