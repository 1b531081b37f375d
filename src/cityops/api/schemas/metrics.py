"""Shapes of what can be asked for: metrics, indicators, intervals; filled by the routes of metrics."""

from datetime import date
from typing import Literal

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.measures import Additive, Aggregation, Collected, Privacy
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import Interval
from cityops.domain.metrics import Aggregate, Direction
from cityops.domain.regions import RegionLevel


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


class IndicatorDefinition(Shape):
    """What an indicator means from a day on (口径)."""

    version: int
    since: date
    zh: str
    en: str
    standard: str = Field(description="code of the standard with its year; empty where there is none")


class IndicatorOrigin(Shape):
    """Who makes the data, what it is called there, and under which licence it is given."""

    producer: str
    title: str
    licence: str
    url: str


class Indicator(Shape):
    """Whatever can be asked for as a series or a CSV: a metric's aggregate, or what a file declares."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    aggregate: Aggregation = Field(description="how values of several regions or periods become one")
    source_zh: str = Field(description="the source systems behind it")
    definition_zh: str = Field(description="in force today")
    definition_en: str
    kind: str = Field(
        description="how it comes about: readings, cases, alarms, ratio, derived, cumulative, pushed, filled"
    )
    theme: str = Field(description="code of the theme; empty where none names it")
    theme_zh: str
    theme_en: str
    owner: str = Field(description="code of the department that answers for it")
    period: Grain = Field(description="what one value covers; of readings and counts the least that can be asked for")
    cadence_s: int | None = Field(description="how often a value comes; null for readings, where devices differ")
    grace_s: int | None = Field(description="how much later than that it may come before it is late")
    tolerance_s: int | None = Field(description="how old a value may be and still stand in for a newer one")
    direction: Direction = Field(description="on which side it becomes worse")
    blue: float | None
    yellow: float | None
    orange: float | None
    red: float | None
    basis_zh: str = Field(description="of the thresholds")
    basis_en: str
    basis_mark: BasisMark | None = Field(description="how far that was followed up; null of readings, see /numbers")
    usual: tuple[float, float] | None = Field(description="between which values it lies on an ordinary day")
    valid: tuple[float, float] | None = Field(description="outside of these a value is refused")
    additive_over: Additive = Field(description="over what a sum means something: time, region, both, none")
    window_choice: Literal["min", "max"] | None = Field(
        description="of a stock: the first (min) or the last (max) period stands for a longer one"
    )
    levels: list[RegionLevel] = Field(description="levels of regions that values come by; empty: by all")
    inputs: list[str] = Field(description="codes of the indicators that it is made of")
    definitions: list[IndicatorDefinition] = Field(description="the oldest first")
    references: list[str] = Field(description="its numbers in sets of indicators")
    origins: list[IndicatorOrigin]
    privacy: Privacy
    collection: Collected


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
