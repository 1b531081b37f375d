"""Shapes of the API's answers on indicators over time; filled by the route of series."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.intervals import Interval


class SeriesPoint(Shape):
    """One bucket of a series in one region."""

    region_code: RegionCode
    start: datetime
    end: datetime
    value: float | None = Field(description="rounded to two decimals more than the indicator's; exact in files")
    n: int = Field(description="readings (or events) behind the value")
    coverage: float | None = Field(description="readings that came / readings expected, at most 1")
    finished: bool = Field(description="false: the bucket had not ended at `as_of`, so its value still changes")


class Series(Shape):
    """An indicator over time, by region."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    interval: Interval
    start: datetime
    end: datetime
    as_of: datetime = Field(description="what is told is as of this moment; buckets from here on lie ahead")
    remark_zh: str | None = Field(description="what is unfinished about the period, in a sentence")
    remark_en: str | None
    points: list[SeriesPoint]
