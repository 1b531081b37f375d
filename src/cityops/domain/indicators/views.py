"""Views that persons keep of the data page: a question, of a fixed time or of one that goes along with the clock."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from cityops.declarations import Strict
from cityops.domain.indicators.folding import Bucket
from cityops.domain.indicators.measures import Code
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.regions import RegionLevel

MOST_INDICATORS = 4
"""Indicators of one question."""

NEWEST = {
    Grain.FIVE_MINUTES: 288,
    Grain.HOUR: 24,
    Grain.DAY: 30,
    Grain.MONTH: 24,
    Grain.QUARTER: 12,
    Grain.YEAR: 10,
}
"""Periods of a question that names no time."""


class RelativePeriod(StrEnum):
    """A time that goes along with the clock: the same words mean other days tomorrow."""

    TODAY = "today"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    YEAR = "year"
    """Since 1 January."""
    LAST_YEAR = "last_year"
    NEWEST = "newest"
    """As many periods as `NEWEST` says."""

    def span(self, grain: Grain, now: datetime) -> Bucket:
        """Return from when to when it is: up to the end of the running period of `grain`, but for last year."""
        return self._until(grain.shifted(grain.floor(now), 1), grain, now)

    def closed(self, grain: Grain, now: datetime) -> Bucket:
        """Return the newest one whose periods are all over at `now`; today is none before it has ended."""
        end = grain.floor(now)
        return self.span(grain, now) if self is RelativePeriod.TODAY else self._until(end, grain, end - _INSTANT)

    def _until(self, end: datetime, grain: Grain, now: datetime) -> Bucket:
        year = Grain.YEAR.floor(now)
        match self:
            case RelativePeriod.TODAY:
                return Grain.DAY.floor(now), end
            case RelativePeriod.YEAR:
                return year, end
            case RelativePeriod.LAST_YEAR:
                return Grain.YEAR.shifted(year, -1), year
            case RelativePeriod.NEWEST:
                return grain.shifted(end, -NEWEST[grain]), end
            case _:
                return end - _LENGTHS[self], end


_INSTANT = timedelta(microseconds=1)
_LENGTHS = {
    RelativePeriod.DAY: timedelta(days=1),
    RelativePeriod.WEEK: timedelta(days=7),
    RelativePeriod.MONTH: timedelta(days=30),
}

_Region = Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{3})?$", examples=["440106"])]
_Regions = Annotated[tuple[_Region, ...], Field(max_length=200)]


class ViewQuestion(Strict):
    """What a view asks: of which indicators, where, by which level, how finely, when; and how the answer is shown."""

    indicators: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST_INDICATORS, examples=[["pm25"]])]
    region: _Region
    level: RegionLevel
    only: _Regions = ()
    """Of the regions of the level these alone; all where none is named."""
    interval: Grain
    period: RelativePeriod | None = None
    """None: it is of the fixed time from `start` to `end`."""
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    against: Compared | None = None
    shown: Literal["chart", "table", "map"] = "chart"
    lines: _Regions = ()
    """Regions whose lines stand out."""

    @model_validator(mode="after")
    def _has_a_time(self) -> "ViewQuestion":
        is_fixed = self.start is not None and self.end is not None
        if (self.period is None) != is_fixed or (self.start is None) != (self.end is None):
            raise ValueError("name a period, or a start and an end")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("the start comes before the end")
        return self

    def span(self, now: datetime) -> Bucket:
        """Return from when to when it asks at `now`."""
        return self.period.span(self.interval, now) if self.period else self._fixed()

    def closed(self, now: datetime) -> Bucket:
        """Return from when to when it asks where the running period is left out; a fixed time stays as it is."""
        return self.period.closed(self.interval, now) if self.period else self._fixed()

    def _fixed(self) -> Bucket:
        assert self.start is not None  # as it was checked
        assert self.end is not None
        return self.interval.floor(self.start), self.interval.ceiling(self.end)

    @property
    def area(self) -> str | None:
        """Over which region one must be to see it where it is shared; sums of city and districts are open to all."""
        return self.region if self.level is RegionLevel.STREET else None
