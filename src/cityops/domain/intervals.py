"""Intervals of a series: each knows its length, its bucket in the city's zone and the longest range it serves."""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")
"""Zone in which a day begins; China keeps no summer time, so an hour of UTC is an hour of the city."""


class Interval(StrEnum):
    """Width of a bucket, with the longest range a request may ask for at that width."""

    length: timedelta
    longest_range: timedelta

    def __new__(cls, value: str, length: timedelta, longest_range: timedelta) -> "Interval":
        """Make a member whose value is the name used in addresses; its limits ride along."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.length = length
        member.longest_range = longest_range
        return member

    FIVE_MINUTES = "5min", timedelta(minutes=5), timedelta(days=3)
    HOUR = "hour", timedelta(hours=1), timedelta(days=62)
    DAY = "day", timedelta(days=1), timedelta(days=1100)

    @classmethod
    def finest_for(cls, span: timedelta) -> "Interval | None":
        """Return the finest interval that serves a range of this length, None where none does."""
        return next((interval for interval in cls if span <= interval.longest_range), None)

    def floor(self, moment: datetime) -> datetime:
        """Return the beginning of the bucket that holds `moment`, in the city's zone."""
        local = moment.astimezone(CITY_ZONE)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + ((local - midnight) // self.length) * self.length
