"""Periods of indicators: what one value covers, from five minutes to a year, as the city's calendar has them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from cityops.domain.intervals import CITY_ZONE, Interval


class Grain(StrEnum):
    """Length of a period, the finest first."""

    FIVE_MINUTES = "5min"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def interval(self) -> Interval:
        """The interval that fills such a period: itself, or days."""
        return next((one for one in Interval if one.value == self.value), Interval.DAY)

    @property
    def longest_range(self) -> timedelta:
        """The longest range a request may ask for at that length."""
        return _LONGEST.get(self, self.interval.longest_range)

    @property
    def shortest(self) -> timedelta:
        """How long it is at least; of the calendar's some are longer."""
        return _SHORTEST.get(self, self.interval.length)

    @property
    def usual_range(self) -> timedelta:
        """How far back a question looks that does not say it."""
        return _USUAL[self]

    @property
    def noun_zh(self) -> str:
        """What it is called in Chinese."""
        return _NOUNS_ZH[self]

    @property
    def months(self) -> int:
        """How many months it has; 0 where it is of the clock."""
        return _MONTHS.get(self, 0)

    @classmethod
    def finest_for(cls, span: timedelta) -> "Grain | None":
        """Return the shortest period that serves a range of this length, None where none does."""
        return next((one for one in cls if span <= one.longest_range), None)

    def is_finer_than(self, other: "Grain") -> bool:
        """Return whether it is shorter than another one."""
        order = list(Grain)
        return order.index(self) < order.index(other)

    def floor(self, moment: datetime) -> datetime:
        """Return the beginning of the period that holds `moment`, in the city's zone."""
        if not self.months:
            return self.interval.floor(moment)
        local = moment.astimezone(CITY_ZONE)
        month = local.month - (local.month - 1) % self.months
        return local.replace(month=month, day=1, hour=0, minute=0, second=0, microsecond=0)

    def shifted(self, start: datetime, periods: int) -> datetime:
        """Return the beginning of the period so many later than the one that begins at `start`, or earlier."""
        if self.months:
            return months_later(start, periods * self.months)
        return start + periods * self.interval.length

    def ceiling(self, moment: datetime) -> datetime:
        """Return the end of the period that holds `moment`; a border is the end of the one before it."""
        first = self.floor(moment)
        return first if first == moment else self.shifted(first, 1)

    def within(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield beginning and end of each period from `start`, which begins one, up to `end`."""
        while start < end:
            following = self.shifted(start, 1)
            yield start, following
            start = following


_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_SHORTEST = {
    Grain.MONTH: timedelta(days=28),
    Grain.QUARTER: timedelta(days=90),
    Grain.YEAR: timedelta(days=365),
}
_LONGEST = {
    Grain.MONTH: timedelta(days=3_700),
    Grain.QUARTER: timedelta(days=11_000),
    Grain.YEAR: timedelta(days=11_000),
}
_USUAL = {
    Grain.FIVE_MINUTES: timedelta(hours=24),
    Grain.HOUR: timedelta(days=7),
    Grain.DAY: timedelta(days=30),
    Grain.MONTH: timedelta(days=366),
    Grain.QUARTER: timedelta(days=1100),
    Grain.YEAR: timedelta(days=3660),
}
_NOUNS_ZH = dict(zip(Grain, ("5分钟", "小时", "日", "月", "季", "年"), strict=True))


class Compared(StrEnum):
    """With what each period is compared."""

    YEAR = "year"
    """The same period a year before (同比)."""
    PREVIOUS = "previous"
    """The period before (环比)."""
    TO_DATE = "to_date"
    """Summed since 1 January, and compared with the same of last year (本年累计)."""


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same time of the month so many months later or earlier; of a shorter month the last day."""
    local = moment.astimezone(CITY_ZONE)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    following = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=CITY_ZONE)
    last = (following - timedelta(days=1)).day
    return local.replace(year=year, month=month + 1, day=min(local.day, last))
