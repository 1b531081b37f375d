"""The state of every region at one instant, summed from the newest reading of each series: columns in, numbers out.

The whole city is one pass over columns that are kept ordered by (metric, region). Regions are ordered by code, so
that a district and its streets lie side by side and any region is a slice of the same table of cells.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS, Freshness
from cityops.domain.metrics import Aggregate, Direction, Metric, WarningLevel, at_decimals
from cityops.domain.regions import STREET, RegionLevel, is_city, level_of

NEVER = np.iinfo(np.int64).min
"""Time of a reading that has never come, in the µs-since-1970 columns of this module."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def region_slice(codes: Sequence[str], code: str) -> slice:
    """Return which of the sorted `codes` lie in a region: the city holds all, a district those that begin with it."""
    if is_city(code):
        return slice(0, len(codes))
    return slice(bisect_left(codes, code), bisect_left(codes, code + ":"))  # ":" follows "9" in ASCII


@dataclass(frozen=True)
class Registry:
    """Who is expected to speak: one row per series and one per device; times in µs.

    `metric`, `region` and `device` are positions in `metrics`, `regions` and `device_id`. Series are ordered by
    (metric, region).
    """

    metrics: tuple[Metric, ...]
    metric_ids: tuple[int, ...]
    regions: tuple[str, ...]
    region_ids: tuple[int, ...]
    series_id: Ints
    metric: Ints
    region: Ints
    device: Ints
    device_id: Ints
    device_region: Ints
    device_interval: Ints

    def of(self, device_id: Ints) -> "Registry":
        """Return the part of it that these devices make, whose ids are in order."""
        keep = np.isin(self.device_id, device_id)
        if keep.all():
            return self
        place, mine = np.cumsum(keep) - 1, keep[self.device]
        return replace(
            self,
            series_id=self.series_id[mine],
            metric=self.metric[mine],
            region=self.region[mine],
            device=place[self.device[mine]],
            device_id=self.device_id[keep],
            device_region=self.device_region[keep],
            device_interval=self.device_interval[keep],
        )

    @cached_property
    def interval(self) -> Ints:
        """Expected interval of each series, in µs."""
        return self.device_interval[self.device]

    @cached_property
    def place_of(self) -> Ints:
        """Position of each series by its id, -1 where there is none."""
        places = np.full(int(self.series_id.max(initial=0)) + 1, -1, dtype=np.int64)
        places[self.series_id] = np.arange(len(self.series_id))
        return places

    def knows(self, series_id: Ints) -> bool:
        """Tell whether all these series are registered here."""
        newest = int(series_id.max(initial=-1))
        return newest < len(self.place_of) and bool((self.place_of[series_id] >= 0).all())

    @cached_property
    def cells(self) -> tuple[Ints, Ints]:
        """First series of each (metric, region) that has any, and the cell's position in the flat table."""
        flat, starts = np.unique(self.metric * len(self.regions) + self.region, return_index=True)
        return starts, flat

    @cached_property
    def expected(self) -> Ints:
        """Number of series by (metric, region)."""
        return _table(self, np.add, np.ones(len(self.series_id), dtype=np.int64))

    @cached_property
    def slowest(self) -> Ints:
        """Longest expected interval by (metric, region), in µs."""
        return _table(self, np.maximum, self.interval)

    @cached_property
    def by_device(self) -> tuple[Ints, Ints, Ints]:
        """Series ordered by device, the first of each device in that order, and the devices that have any."""
        order = np.argsort(self.device, kind="stable")
        devices, starts = np.unique(self.device[order], return_index=True)
        return order, starts, devices

    @cached_property
    def thresholds(self) -> tuple[Floats, Floats]:
        """Side of each series (+1 high, -1 low, 0 none) and its blue to red thresholds times that side (4 × n)."""
        side = {Direction.HIGH: 1.0, Direction.LOW: -1.0, Direction.NONE: 0.0}
        sides = np.array([side[metric.direction] for metric in self.metrics])
        limits = np.array(
            [
                [m.blue, m.yellow, m.orange, m.red] if m.direction is not Direction.NONE else [None] * 4
                for m in self.metrics
            ],
            dtype=np.float64,
        ).reshape(len(self.metrics), 4)
        return sides[self.metric], (limits * sides[:, None])[self.metric].T


@dataclass(frozen=True)
class FreshnessPart:
    """Newest readings of one freshness, summed by (metric, region); empty cells hold 0, ±inf and NEVER."""

    n: Ints
    sum: Floats
    min: Floats
    max: Floats
    newest: Ints


@dataclass(frozen=True)
class Total:
    """One metric over one region: what a `FreshnessPart` or the whole comes to."""

    expected: int
    fresh: int
    late: int
    freshness: Freshness
    value: float | None
    minimum: float | None
    maximum: float | None
    newest: int | None
    interval: int | None

    @property
    def contributing(self) -> int:
        """Number of series behind the value."""
        return {Freshness.FRESH: self.fresh, Freshness.LATE: self.late}.get(self.freshness, 0)


@dataclass(frozen=True)
class Liveness:
    """Devices by the state of their newest reading."""

    expected: int
    fresh: int
    late: int
    silent: int
    never: int


@dataclass(frozen=True)
class WarningRow:
    """A series whose newest reading has reached a threshold; `ts` in µs."""

    series_id: int
    device_id: int
    region: str
    metric: str
    value: float
    level: WarningLevel
    ts: int


@dataclass(frozen=True)
class Warned:
    """Series that have reached a threshold."""

    by_level: Ints
    """How many, by warning level (0 to 4) and region."""
    worst: Ints
    """Their positions, gravest and newest first."""


@dataclass(frozen=True)
class Snapshot:
    """All regions at one instant."""

    registry: Registry
    expected: Ints
    interval: Ints
    newest: Ints
    fresh: FreshnessPart
    late: FreshnessPart
    devices: Ints
    """Devices by (fresh, late, silent, never) and region."""
    warned: Warned
    """Of what is measured."""
    ailing: Warned
    """Of the devices themselves."""
    level: Ints
    ts: Ints
    value: Floats
    knows_series: bool = True
    """Whether it was made of single readings; of sums it cannot be told who warns."""

    def totals(self, code: str) -> list[Total]:
        """Return one total per metric, in the registry's order."""
        cut = region_slice(self.registry.regions, code)
        return [self._total(place, metric.aggregate, cut) for place, metric in enumerate(self.registry.metrics)]

    def _total(self, metric: int, aggregate: Aggregate, cut: slice) -> Total:
        fresh, late = (int(part.n[metric, cut].sum()) for part in (self.fresh, self.late))
        part, freshness = (self.fresh, Freshness.FRESH) if fresh else (self.late, Freshness.LATE)
        expected = int(self.expected[metric, cut].sum())
        interval = int(self.interval[metric, cut].max()) if expected else None
        if not fresh and not late:
            newest = int(self.newest[metric, cut].max(initial=NEVER))
            return Total(
                expected, 0, 0, Freshness.SILENT, None, None, None, None if newest == NEVER else newest, interval
            )
        n, total = int(part.n[metric, cut].sum()), float(part.sum[metric, cut].sum())
        low, high = float(part.min[metric, cut].min()), float(part.max[metric, cut].max())
        value = {Aggregate.MEAN: total / n, Aggregate.SUM: total, Aggregate.MIN: low, Aggregate.MAX: high}[aggregate]
        return Total(
            expected, fresh, late, freshness, value, low, high, int(part.newest[metric, cut].max()), interval
        )

    @cached_property
    def cells(self) -> Floats:
        """Value of each metric in each region's own cell, by the rule of `totals`; NaN where nothing is heard."""
        values = np.full(self.expected.shape, np.nan)
        for place, metric in enumerate(self.registry.metrics):
            for part in (self.late, self.fresh):  # what is fresh takes the place of what is late
                heard = part.n[place] > 0
                n, total = part.n[place, heard], part.sum[place, heard]
                values[place, heard] = {
                    Aggregate.MEAN: total / n,
                    Aggregate.SUM: total,
                    Aggregate.MIN: part.min[place, heard],
                    Aggregate.MAX: part.max[place, heard],
                }[metric.aggregate]
        return values

    def worst_streets(self, metric: int, code: str, limit: int) -> list[tuple[str, float]]:
        """Return the streets beneath a region with the worst values of a metric, by its place, the worst first.

        Where a metric has no worse side the highest come first; of equal ones the smaller code. A street has none.
        """
        if level_of(code) is RegionLevel.STREET:
            return []
        codes, cut = self.registry.regions, region_slice(self.registry.regions, code)
        values, here = self.cells[metric, cut].tolist(), codes[cut]
        heard = [one for one in zip(here, values, strict=True) if len(one[0]) == STREET and not isnan(one[1])]
        side = 1 if self.registry.metrics[metric].direction is Direction.LOW else -1
        return sorted(heard, key=lambda one: (side * one[1], one[0]))[:limit]

    def liveness(self, code: str) -> Liveness:
        """Count the devices of a region by the state of their newest reading."""
        fresh, late, silent, never = self.devices[:, region_slice(self.registry.regions, code)].sum(axis=1).tolist()
        return Liveness(fresh + late + silent + never, fresh, late, silent, never)

    def newest_reading(self, code: str) -> int | None:
        """Return the time of a region's newest reading in µs, None where none has ever come."""
        newest = int(self.newest[:, region_slice(self.registry.regions, code)].max(initial=NEVER))
        return None if newest == NEVER else newest

    def of_devices(self, state: Ints) -> "Snapshot":
        """Return the same with its devices counted by these states, in their order: fresh, late, silent, never."""
        width = len(self.registry.regions)
        counted = np.bincount(state * width + self.registry.device_region, minlength=4 * width)
        return replace(self, devices=counted.reshape(4, width))

    def warning_counts(self, warned: Warned, code: str) -> dict[WarningLevel, int]:
        """Count the series of a region among `warned` or `ailing`, by level."""
        counts = warned.by_level[:, region_slice(self.registry.regions, code)].sum(axis=1).tolist()
        return {level: counts[level] for level in WarningLevel if level}

    def worst_warnings(self, warned: Warned, code: str, limit: int) -> list[WarningRow]:
        """Return the gravest and newest of a region among `warned` or `ailing`."""
        registry, cut = self.registry, region_slice(self.registry.regions, code)
        region = registry.region[warned.worst]
        here = warned.worst[(region >= cut.start) & (region < cut.stop)][:limit].tolist()
        return [
            WarningRow(
                int(registry.series_id[row]),
                int(registry.device_id[registry.device[row]]),
                registry.regions[registry.region[row]],
                registry.metrics[registry.metric[row]].code,
                float(self.value[row]),
                WarningLevel(int(self.level[row])),
                int(self.ts[row]),
            )
            for row in here
        ]


def snapshot(registry: Registry, series_id: Ints, ts: Ints, value: Floats, now: int) -> Snapshot:
    """Judge the newest readings (`ts` and `now` in µs since 1970) and sum them by metric, region and device.

    A reading dated ahead of `now` counts as one of now: a device's clock may run ahead, which makes nothing fresher.
    A series that the registry does not know is left out.
    """
    known = series_id < len(registry.place_of)
    place = registry.place_of[series_id[known]]
    found = place >= 0
    times = np.full(len(registry.series_id), NEVER, dtype=np.int64)
    values = np.zeros(len(registry.series_id))
    times[place[found]] = np.minimum(ts[known][found], now)
    values[place[found]] = value[known][found]

    fresh, late = _judge(times, registry.interval, now)
    level = np.where(fresh | late, _levels(registry, values), 0)
    health = np.array([metric.health for metric in registry.metrics], dtype=np.bool_)[registry.metric]
    shape = (len(registry.metrics), len(registry.regions))
    return Snapshot(
        registry,
        expected=registry.expected,
        interval=registry.slowest,
        newest=_reduce(registry, np.maximum, times, NEVER).reshape(shape),
        fresh=_part(registry, fresh, times, values),
        late=_part(registry, late, times, values),
        devices=_devices(registry, times, now),
        warned=_warned(registry, np.where(health, 0, level), times),
        ailing=_warned(registry, np.where(health, level, 0), times),
        level=level,
        ts=times,
        value=values,
    )


def _warned(registry: Registry, level: Ints, times: Ints) -> Warned:
    worst = np.flatnonzero(level)
    worst = worst[np.lexsort((-times[worst], -level[worst]))]
    regions = len(registry.regions)
    counted = np.bincount(level * regions + registry.region, minlength=5 * regions)
    return Warned(counted.reshape(5, regions), worst)


def _judge(times: Ints, interval: Ints, now: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which are fresh and which late; the same rule as `freshness`, for whole columns."""
    fresh = times >= now - FRESH_INTERVALS * interval
    return fresh, (times >= now - LATE_INTERVALS * interval) & ~fresh


def _levels(registry: Registry, values: Floats) -> Ints:
    side, thresholds = registry.thresholds
    level = np.zeros(len(values), dtype=np.int64)
    decimals = np.array([metric.decimals for metric in registry.metrics])
    signed = at_decimals(values, decimals[registry.metric]) * side
    for step, threshold in enumerate(thresholds, start=1):
        level[signed >= threshold] = step  # a threshold that is not used is NaN and compares false
    return level


def _reduce(registry: Registry, function: np.ufunc, column: NDArray[Any], empty: float) -> NDArray[Any]:
    starts, flat = registry.cells
    table = np.full(len(registry.metrics) * len(registry.regions), empty, dtype=column.dtype)
    if len(starts):
        table[flat] = function.reduceat(column, starts)
    return table


def _table(registry: Registry, function: np.ufunc, column: Ints) -> Ints:
    return _reduce(registry, function, column, 0).reshape(len(registry.metrics), len(registry.regions))


def _part(registry: Registry, mask: NDArray[np.bool_], times: Ints, values: Floats) -> FreshnessPart:
    shape = (len(registry.metrics), len(registry.regions))
    return FreshnessPart(
        _reduce(registry, np.add, mask.astype(np.int64), 0).reshape(shape),
        _reduce(registry, np.add, np.where(mask, values, 0.0), 0).reshape(shape),
        _reduce(registry, np.minimum, np.where(mask, values, np.inf), np.inf).reshape(shape),
        _reduce(registry, np.maximum, np.where(mask, values, -np.inf), -np.inf).reshape(shape),
        _reduce(registry, np.maximum, np.where(mask, times, NEVER), NEVER).reshape(shape),
    )


def _devices(registry: Registry, times: Ints, now: int) -> Ints:
    order, starts, devices = registry.by_device
    newest = np.full(len(registry.device_id), NEVER, dtype=np.int64)
    if len(starts):
        newest[devices] = np.maximum.reduceat(times[order], starts)
    fresh, late = _judge(newest, registry.device_interval, now)
    state = np.select([fresh, late, newest != NEVER], [0, 1, 2], default=3)
    width = len(registry.regions)
    return np.bincount(state * width + registry.device_region, minlength=4 * width).reshape(4, width)
