"""Shapes of what can be asked for: metrics, indicators, intervals; filled by the routes of metrics."""

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.alarms.rules import BasisMark
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


class NumberSource(Shape):
    """A source system behind a number, and who answers for its data."""

    code: str
    name_zh: str
    name_en: str
    department_zh: str
    department_en: str
    data_officer: str


class NumberOut(Shape):
    """A number of the state and what it means; its value, age and coverage stand in the state itself."""

    code: str = Field(
        description="`metric:` with a metric's code, `count:` with the place in the state",
        examples=["metric:water_depth", "count:events.counts.overdue"],
    )
    name_zh: str
    name_en: str
    unit: str = Field(description="empty for a count")
    aggregate: Aggregate | None = Field(description="over devices; null for a count")
    direction: Direction | None = Field(description="on which side it becomes worse")
    blue: float | None
    yellow: float | None
    orange: float | None
    red: float | None
    basis_zh: str = Field(description="of the thresholds")
    basis_en: str
    basis_mark: BasisMark | None = Field(
        description="whether that basis was read, is cited by others, or is a default; null without thresholds"
    )
    definition_zh: str
    definition_en: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str = Field(description="empty where the number is a share of nothing")
    denominator_en: str
    of: str = Field(
        description="place of the denominator in the state; of a metric `expected`, the numerator `fresh`"
    )
    sources: list[NumberSource] = Field(
        description="systems of which devices are registered for it, or all for counts"
    )


class IntervalLimit(Shape):
    """An interval and the longest range it serves."""

    interval: Interval
    length_s: int
    longest_range_s: int
