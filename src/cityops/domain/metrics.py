"""Metrics: what is measured, in which unit and valid range, how it aggregates, and when it warns."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLOAT32_NOISE = 6e-8
"""Half of what two neighbouring 32-bit floats differ by, relative to them: 0.3 comes as 0.30000001192."""


def at_decimals(value: ArrayLike, decimals: ArrayLike) -> NDArray[Any]:
    """Return values (finite) as they are shown with so many decimals: halves away from zero, and never -0.

    A half is taken for one also where a 32-bit float has moved it.
    """
    scale = np.power(10.0, decimals)
    steps = np.abs(np.asarray(value, np.float64)) * scale
    whole = np.floor(steps * (1 + FLOAT32_NOISE) + 0.5) / scale
    return np.asarray(np.where(np.asarray(value) < 0, -whole, whole) + 0.0)


class Aggregate(StrEnum):
    """How the readings of several devices become one number for a region; over time `sum` uses the mean."""

    MEAN = "mean"
    SUM = "sum"
    MAX = "max"
    MIN = "min"


class Direction(StrEnum):
    """On which side a metric becomes worse."""

    HIGH = "high"
    LOW = "low"
    NONE = "none"


class WarningLevel(IntEnum):
    """The four warning colours, red the gravest (GB/T 35965.1); NONE where nothing is to be warned of."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; thresholds in its own unit, None where a level is not used."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    valid_min: float
    valid_max: float
    decimals: int
    aggregate: Aggregate
    direction: Direction
    blue: float | None = None
    yellow: float | None = None
    orange: float | None = None
    red: float | None = None
    basis_zh: str = ""
    basis_en: str = ""
    health: bool = False
    """Whether it tells of the device itself, such as its battery, and not of what the device measures."""

    def warning(self, value: float | None) -> WarningLevel:
        """Return the gravest level whose threshold `value` (in the metric's unit) has reached, as it is shown."""
        if value is None or self.direction is Direction.NONE:
            return WarningLevel.NONE
        shown = float(at_decimals(value, self.decimals))
        thresholds = {
            WarningLevel.RED: self.red,
            WarningLevel.ORANGE: self.orange,
            WarningLevel.YELLOW: self.yellow,
            WarningLevel.BLUE: self.blue,
        }
        sign = 1 if self.direction is Direction.HIGH else -1
        for level, threshold in thresholds.items():
            if threshold is not None and sign * shown >= sign * threshold:
                return level
        return WarningLevel.NONE
