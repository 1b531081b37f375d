"""The periods of reports: which one is the newest that is over, what is compared with it, what it is called."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cityops.domain.indicators.folding import Bucket
from cityops.domain.indicators.periods import Grain, months_later
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.reports.declared import Against, ReportPeriod

DAY, WEEK = timedelta(days=1), timedelta(days=7)
YEAR_OF_WEEKS = timedelta(days=364)
"""A week is compared with that of 52 weeks before, which has the same weekdays."""


def length_of(period: ReportPeriod) -> timedelta:
    """Return how long a period of the calendar is; China has had no summer time since 1991."""
    return WEEK if period is ReportPeriod.WEEK else DAY


def holding(period: ReportPeriod, moment: datetime) -> Bucket:
    """Return the day, or the week from Monday on, that holds a moment, in the city's zone."""
    start = Grain.DAY.floor(moment).astimezone(CITY_ZONE)
    if period is ReportPeriod.WEEK:
        start -= start.weekday() * DAY
    return start, start + length_of(period)


def newest_closed(period: ReportPeriod, grace: timedelta, now: datetime) -> Bucket:
    """Return the newest day or week that has been over for as long as its `grace`."""
    start, _ = holding(period, now - grace)
    return start - length_of(period), start


def since(period: ReportPeriod, last: datetime, newest: Bucket, most: int) -> Iterator[Bucket]:
    """Yield the periods from the one that begins at `last` to the newest, at most so many of the newest ones."""
    length = length_of(period)
    start = max(last, newest[0] - (most - 1) * length)
    while start <= newest[0]:
        yield start, start + length
        start += length


def earlier_span(period: ReportPeriod, bucket: Bucket, against: Against, now: datetime) -> Bucket:
    """Return with what a period is compared; of one that is not over at `now` it is the same part, as in a series."""
    start, end = bucket
    begins = start - (end - start)
    if against is Against.YEAR:
        begins = start - YEAR_OF_WEEKS if period is ReportPeriod.WEEK else months_later(start, -12)
    if end <= now:
        return begins, begins + (end - start)
    passed = max(Interval.FIVE_MINUTES.floor(now) - start, timedelta(0))
    return begins, begins + min(passed, end - start)


def named(period: ReportPeriod, bucket: Bucket, lang: str) -> str:
    """Return what a period is called: `2026年11月27日 星期五`, `2026-11-16 to 2026-11-22 (week 47)`."""
    start, end = (one.astimezone(CITY_ZONE) for one in bucket)
    if period in {ReportPeriod.MODE, ReportPeriod.SPAN}:
        form, last = "%Y-%m-%d %H:%M", end
        if period is ReportPeriod.SPAN and {start, end} == {Grain.DAY.floor(start), Grain.DAY.floor(end)}:
            form, last = "%Y-%m-%d", end - DAY
        return f"{start:{form}} {'至' if lang == 'zh' else 'to'} {last:{form}}"
    if period is ReportPeriod.DAY:
        zh = f"{start.year}年{start.month}月{start.day}日 星期{'一二三四五六日'[start.weekday()]}"
        return zh if lang == "zh" else f"{_WEEKDAYS[start.weekday()]}, {start:%Y-%m-%d}"
    last, number = end - DAY, start.isocalendar().week
    if lang == "zh":
        return f"{start.year}年{start.month}月{start.day}日至{last.month}月{last.day}日（第{number}周）"
    return f"{start:%Y-%m-%d} to {last:%Y-%m-%d} (week {number})"


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
