"""Forecasts of a series' next hours, offered only where they were better than the value of a week before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cityops.domain.baselines.learning import Baselines
from cityops.domain.baselines.seasons import WEEK_HOURS, Slot

LEAST_FORECASTS = WEEK_HOURS
"""Of fewer hours nobody can say whether forecasts are any good."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How good the forecasts of a series a day ahead were of late.

    `mase` is their mean absolute error in units of that of the seasonal naive forecast, the value of the same hour a
    week before (Hyndman and Koehler 2006); below 1 they are better. None where too few hours are known.
    """

    mase: float | None
    hours: int

    @property
    def is_offered(self) -> bool:
        """Tell whether a forecast is worth showing."""
        return self.mase is not None and self.mase < 1


def skill_of(baselines: Baselines, series: int) -> Skill:
    """Return how good the forecasts of a series were."""
    running = baselines.running
    hours, naive = int(running.forecasts[series]), float(running.naive_error[series])
    if hours < LEAST_FORECASTS or naive == 0:
        return Skill(None, hours)
    return Skill(float(running.error[series]) / naive, hours)


def forecast(baselines: Baselines, series: int, slots: Sequence[Slot]) -> list[float | None]:
    """Return what is foretold for the hours that follow the last one learnt, None where too few weeks are known."""
    found = [float(baselines.ahead(slot, ahead)[series]) for ahead, slot in enumerate(slots, 1)]
    return [None if np.isnan(one) else one for one in found]
