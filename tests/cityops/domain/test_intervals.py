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


@pytest.mark.parametrize(
    ("interval", "name", "length", "longest"),
    [
        (Interval.FIVE_MINUTES, "5min", timedelta(minutes=5), timedelta(days=3)),
        (Interval.HOUR, "hour", timedelta(hours=1), timedelta(days=62)),
        (Interval.DAY, "day", timedelta(days=1), timedelta(days=1100)),
    ],
)
def test_an_interval_is_named_as_in_addresses_and_serves_so_long_a_range(
    interval: Interval, name: str, length: timedelta, longest: timedelta
) -> None:
    assert (str(interval), interval.length, interval.longest_range) == (name, length, longest)
    assert Interval(name) is interval  # type: ignore[call-arg]  # its own __new__ takes more, a look-up does not
    assert Interval.finest_for(longest) is interval


@pytest.mark.parametrize(
    ("interval", "start"), [(Interval.FIVE_MINUTES, (14, 55)), (Interval.HOUR, (14, 0)), (Interval.DAY, (0, 0))]
)
def test_a_bucket_begins_in_the_citys_time_whatever_zone_a_moment_has(
    interval: Interval, start: tuple[int, int]
) -> None:
    moment = datetime(2026, 11, 23, 6, 59, 59, 999_999, tzinfo=UTC)
    assert interval.floor(moment) == datetime(2026, 11, 23, *start, tzinfo=CITY_ZONE)
    assert interval.floor(moment.astimezone(CITY_ZONE)) == interval.floor(moment)
