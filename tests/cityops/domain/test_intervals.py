"""Intervals: buckets begin where a clock on the city's wall says so, and each knows its longest range."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.intervals import CITY_ZONE, Interval

moments = st.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))


@given(moments, st.sampled_from(list(Interval)))
def test_a_bucket_holds_its_moment(moment: datetime, interval: Interval) -> None:
    start = interval.floor(moment)
    assert start <= moment < start + interval.length
    assert interval.floor(start) == start


def test_a_day_begins_at_midnight_in_the_city() -> None:
    start = Interval.DAY.floor(datetime(2026, 11, 22, 16, 0, tzinfo=UTC))
    assert start == datetime(2026, 11, 23, tzinfo=CITY_ZONE)
    assert Interval.DAY.floor(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)) == start - timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(hours=1), Interval.FIVE_MINUTES),
        (timedelta(days=3), Interval.FIVE_MINUTES),
        (timedelta(days=3, seconds=1), Interval.HOUR),
        (timedelta(days=365), Interval.DAY),
        (timedelta(days=4000), None),
    ],
)
def test_the_finest_interval_that_serves_a_range(span: timedelta, expected: Interval | None) -> None:
    assert Interval.finest_for(span) is expected


def test_no_range_gives_more_than_two_thousand_buckets() -> None:
    assert all(interval.longest_range / interval.length <= 2000 for interval in Interval)
