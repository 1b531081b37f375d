"""Shapes of the API's answers on indicators and air quality over time, and on what is usual of indicators."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.baselines.flags import FlagReason
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.intervals import Interval


class SeriesPoint(Shape):
    """One bucket of a series in one region; from `numerator` on only where the store's bins are not the answer."""

    region_code: RegionCode
    start: datetime
    end: datetime
    value: float | None = Field(description="unrounded, as in files")
    n: int = Field(description="readings (or events) behind the value")
    coverage: float | None = Field(description="readings that came / readings expected, at most 1")
    finished: bool = Field(description="false: the bucket had not ended at `as_of`, so its value still changes")
    numerator: float | None = Field(default=None, description="of a ratio or a mean; sums over region and bucket")
    denominator: float | None = None
    definition_version: int | None = Field(default=None, description="of values from outside: the newest behind it")
    compared_value: float | None = Field(default=None, description="where `compare` asks for it")
    compared_start: datetime | None = Field(default=None, description="the span that it is compared to")
    compared_end: datetime | None = Field(
        default=None, description="of a bucket that is not over, where the same part of the earlier one ends"
    )
    change_percent: float | None = Field(default=None, description="by how much the value is more; null of 0 or none")
    quality: str | None = Field(
        default=None, description="corrected, flagged: a correction is behind it; withheld: of fewer than ten persons"
    )
    corrections: list[int] = Field(default=[], description="ids of the corrections behind it, as in /corrections")
    stale_corrections: list[int] = Field(
        default=[],
        description="those that expect another value of the source, and did nothing: it says something new",
    )


class Series(Shape):
    """An indicator over time, by region."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    interval: Grain
    compare: Compared | None
    start: datetime
    end: datetime
    as_of: datetime = Field(description="what is told is as of this moment; buckets from here on lie ahead")
    remark_zh: str | None = Field(description="what is unfinished about the period, in a sentence")
    remark_en: str | None
    raw: bool = Field(description="values are what their sources say, before any correction")
    corrected: int = Field(description="points whose value a correction has changed")
    stale_corrections: list[int] = Field(
        description="corrections that name values of these, and do not apply any more"
    )
    late_since: datetime | None = Field(description="since when the next value from outside is owed; null: it is not")
    stands_in_until: datetime | None = Field(
        description="until when the newest value may stand in for it, by the declared tolerance; null: none is"
    )
    points: list[SeriesPoint]


class AirItemOut(Shape):
    """An item of a report: a pollutant with its averaging time."""

    item: str = Field(description="pollutant and averaging time, such as o3_8h", examples=["pm25_24h"])
    concentration: float | None = Field(description="as the standard rounds it; null: nothing valid was measured")
    iaqi: int | None = Field(description="individual index; null also where the edition has none for the item")


class AirQualityPoint(Shape):
    """The air of one region in one hour or day."""

    region_code: RegionCode
    start: datetime
    end: datetime
    standard: str = Field(description="edition by which it is computed: that of the bucket's day in the city's zone")
    aqi: int | None = Field(description="null: NA, pollutants are missing and the index is 100 or less without them")
    grade: int | None = Field(description="1 (best) to 6")
    class_zh: str | None
    class_en: str | None
    primary: list[str] = Field(description="pollutants that share the highest index; none up to 50")
    missing: list[str] = Field(description="pollutants of which too little was measured for an index")
    items: list[AirItemOut]
    coverage: float | None = Field(description="readings that came / expected, at most 1, of the least covered one")
    finished: bool = Field(description="false: the bucket had not ended at `as_of`, so its values still change")


class AirClassOut(Shape):
    """A class of the index, with the colour that the standard gives it; it is no colour of a warning."""

    grade: int
    name_zh: str
    name_en: str
    up_to: int
    colour_zh: str
    colour: str = Field(description="RGB", examples=["#00E400"])


class AirPollutantOut(Shape):
    """A pollutant of the index, by the code of its metric."""

    code: str
    name_zh: str
    name_en: str
    unit: str


class DefinitionChangeOut(Shape):
    """From when on the values mean something else: a chart draws a break there."""

    at: datetime
    before: str
    after: str
    note_zh: str
    note_en: str


class AirQualitySeries(Shape):
    """The air quality index over time, by region."""

    interval: Interval
    start: datetime
    end: datetime
    as_of: datetime = Field(description="what is told is as of this moment; buckets from here on lie ahead")
    remark_zh: str | None = Field(description="what is unfinished about the period, in a sentence")
    remark_en: str | None
    definition_changes: list[DefinitionChangeOut] = Field(description="those that fall within the period")
    classes: list[AirClassOut]
    pollutants: list[AirPollutantOut]
    points: list[AirQualityPoint]


class UsualPoint(Shape):
    """An hour: its value, and what is usual in it as far as is known today."""

    start: datetime
    end: datetime
    value: float | None
    low: float | None = Field(description="two deviations below what is usual, within the metric's range")
    usual: float | None
    high: float | None = Field(description="two deviations above")
    deviations: float | None = Field(description="by how many deviations the value differs from what is usual")
    by_week: bool | None = Field(description="true: of this hour of the week; false: of this hour of any day, as yet")
    finished: bool


class UsualFlag(Shape):
    """A time in which the indicator stood out, as it was told then."""

    reason: FlagReason = Field(description="above, below what is usual; shift of the level; frozen: stands still")
    deviations: float = Field(description="the furthest, negative below")
    since: datetime
    until: datetime = Field(description="end of the last hour that is of it")
    is_open: bool = Field(description="it held in the last hour that was learnt")


class ForecastPoint(Shape):
    """What is foretold for an hour."""

    start: datetime
    value: float | None


class ForecastOut(Shape):
    """Forecast of the 24 hours after the last one learnt; without points where the week before tells as much."""

    is_offered: bool
    mase: float | None = Field(description="error a day ahead by that of the value a week before; below 1 is good")
    hours: int = Field(description="hours that `mase` is of, at most four weeks count")
    remark_zh: str
    remark_en: str
    points: list[ForecastPoint]


class BaselineAnswer(Shape):
    """What is usual of an indicator in a region, hour by hour."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    region_code: RegionCode
    start: datetime
    end: datetime
    as_of: datetime
    learnt_until: datetime | None = Field(description="end of the last hour that was learnt; null: none was yet")
    remark_zh: str | None = Field(description="why nothing is usual as yet, in a sentence")
    remark_en: str | None
    points: list[UsualPoint]
    flags: list[UsualFlag]
    forecast: ForecastOut
