"""Metrics: what is measured, in which unit and valid range, how it aggregates, and when it warns."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


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
        """Return the gravest level whose threshold `value` (in the metric's unit) has reached."""
        if value is None or self.direction is Direction.NONE:
            return WarningLevel.NONE
        thresholds = {
            WarningLevel.RED: self.red,
            WarningLevel.ORANGE: self.orange,
            WarningLevel.YELLOW: self.yellow,
            WarningLevel.BLUE: self.blue,
        }
        sign = 1 if self.direction is Direction.HIGH else -1
        for level, threshold in thresholds.items():
            if threshold is not None and sign * value >= sign * threshold:
                return level
        return WarningLevel.NONE
