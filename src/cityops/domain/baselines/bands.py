"""Bands of what is usual over a span of hours, for walls and for who asks; from baselines, by place of a series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cityops.domain.baselines.learning import BAND, LEAST_DAYS, Baselines, UsualValues
from cityops.domain.baselines.seasons import WEEK_HOURS, hour_at, hour_number, slot_of
from cityops.domain.metrics import Aggregate, Metric


class UsualHour(NamedTuple):
    """What is usual in an hour: band, middle and deviation in the metric's unit; by the week, or by any day."""

    low: float
    middle: float
    high: float
    deviation: float
    by_week: bool


@dataclass(frozen=True)
class Bands:
    """What is usual in the hours from number `first` on; `days` are those with values, by series."""

    first: int
    hours: Sequence[UsualValues]
    days: NDArray[np.uint16]

    @classmethod
    def over(
        cls, baselines: Baselines, start: datetime, end: datetime, is_workday: Callable[[date], bool] | None = None
    ) -> "Bands":
        """Return the bands of the hours that a span touches."""
        first, last = hour_number(start), hour_number(end)
        hours = [baselines.expected(slot_of(hour_at(hour), is_workday)) for hour in range(first, last + 1)]
        return cls(first, hours, baselines.seen[WEEK_HOURS:].max(axis=0))

    def is_known(self, series: int) -> bool:
        """Tell whether enough days of a series are known to say anything."""
        return bool(self.days[series] >= LEAST_DAYS)

    def at(self, moment: datetime, series: int, metric: Metric, devices: int) -> UsualHour | None:
        """Return what is usual of a metric at a moment of the span, None where nobody knows.

        Baselines of a `sum` are of the mean of a reading, as rollups tell it: here it is that of so many `devices`.
        """
        expected = self.hours[hour_number(moment) - self.first]
        middle, deviation = float(expected.mean[series]), float(expected.deviation[series])
        if isnan(middle):
            return None
        low, value, high = (usual_value(middle + side * deviation, metric, devices) for side in (-BAND, 0, BAND))
        factor = devices if metric.aggregate is Aggregate.SUM else 1
        return UsualHour(low, value, high, deviation * factor, bool(expected.by_week[series]))


def usual_value(value: float, metric: Metric, devices: int) -> float:
    """Return a value of a baseline within the metric's range, of a `sum` that of so many devices."""
    within = min(max(value, metric.valid_min), metric.valid_max)
    return within * devices if metric.aggregate is Aggregate.SUM else within
