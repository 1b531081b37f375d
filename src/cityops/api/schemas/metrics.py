"""Shapes of what can be asked for: metrics, indicators, intervals; filled by the routes of metrics."""

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.intervals import Interval
from cityops.domain.metrics import Aggregate, Direction


class MetricOut(Shape):
    """A declared metric; thresholds in its own unit."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    valid_min: float
    valid_max: float
    decimals: int
    aggregate: Aggregate
    direction: Direction
    blue: float | None
    yellow: float | None
    orange: float | None
    red: float | None
    basis_zh: str
    basis_en: str
    health: bool = Field(description="tells of the device itself, such as its battery")


class Indicator(Shape):
    """Whatever can be asked for as a series or a CSV: a metric's aggregate, or a count of events."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    aggregate: Aggregate
    source_zh: str = Field(description="the source systems behind it")
    definition_zh: str
    definition_en: str


class IntervalLimit(Shape):
    """An interval and the longest range it serves."""

    interval: Interval
    length_s: int
    longest_range_s: int
