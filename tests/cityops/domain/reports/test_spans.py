"""Periods of reports: which is closed, what is compared with it, what a downtime has left out."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.folding import earlier
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.declared import Against, ReportPeriod
from cityops.domain.reports.spans import earlier_span, holding, named, newest_closed, since

GRACE = timedelta(hours=8)
MOMENTS = st.integers(0, 5_000_000).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=CITY_ZONE) + timedelta(minutes=minutes)
)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=CITY_ZONE)


def test_a_period_is_closed_when_its_grace_has_passed() -> None:
    assert newest_closed(ReportPeriod.DAY, GRACE, at(23, 7)) == (at(21), at(22))
    assert newest_closed(ReportPeriod.DAY, GRACE, at(23, 8)) == (at(22), at(23))
    assert newest_closed(ReportPeriod.WEEK, GRACE, at(23, 7)) == (at(9), at(16))
    assert newest_closed(ReportPeriod.WEEK, GRACE, at(23, 8)) == (at(16), at(23))


def test_a_downtime_is_made_up_for_as_far_as_it_may() -> None:
    found = since(ReportPeriod.DAY, at(1), (at(22), at(23)), 3)
    assert [start.day for start, _ in found] == [20, 21, 22]


@given(MOMENTS, MOMENTS, st.sampled_from(Against))
def test_a_day_is_compared_as_a_series_compares_it(day: datetime, now: datetime, against: Against) -> None:
    bucket = holding(ReportPeriod.DAY, day)
    back = Grain.DAY if against is Against.PREVIOUS else Grain.YEAR
    if bucket[0] <= now:
        assert earlier_span(ReportPeriod.DAY, bucket, against, now) == earlier(bucket, Grain.DAY, now, back)


def test_a_week_is_compared_with_one_of_the_same_weekdays() -> None:
    week = holding(ReportPeriod.WEEK, at(26))
    start, end = earlier_span(ReportPeriod.WEEK, week, Against.YEAR, at(30, 9))
    assert (start.weekday(), end - start) == (0, timedelta(days=7))
    assert named(ReportPeriod.WEEK, week, "zh") == "2026年11月23日至11月29日（第48周）"
    assert named(ReportPeriod.DAY, (at(26), at(27)), "zh") == "2026年11月26日 星期四"
