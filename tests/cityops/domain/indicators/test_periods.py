"""Periods: borders of the city's calendar, whatever the zone of the moment; what comes after what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.periods import Grain, months_later
from cityops.domain.intervals import CITY_ZONE

NOON = datetime(2026, 5, 20, 12, 34, 56, tzinfo=CITY_ZONE)
MOMENTS = st.integers(1_000_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@pytest.mark.parametrize(
    ("grain", "first", "following"),
    [
        (Grain.FIVE_MINUTES, "2026-05-20 12:30", "2026-05-20 12:35"),
        (Grain.HOUR, "2026-05-20 12:00", "2026-05-20 13:00"),
        (Grain.DAY, "2026-05-20 00:00", "2026-05-21 00:00"),
        (Grain.MONTH, "2026-05-01 00:00", "2026-06-01 00:00"),
        (Grain.QUARTER, "2026-04-01 00:00", "2026-07-01 00:00"),
        (Grain.YEAR, "2026-01-01 00:00", "2027-01-01 00:00"),
    ],
)
def test_a_period_begins_and_ends_at_the_citys_borders(grain: Grain, first: str, following: str) -> None:
    assert f"{grain.floor(NOON.astimezone(UTC)):%Y-%m-%d %H:%M}" == first
    assert f"{grain.ceiling(NOON):%Y-%m-%d %H:%M}" == following


@given(MOMENTS, st.sampled_from(Grain), st.integers(-30, 30))
def test_periods_adjoin_and_hold_what_falls_into_them(moment: datetime, grain: Grain, periods: int) -> None:
    first = grain.floor(moment)
    assert first <= moment < grain.shifted(first, 1)
    assert grain.floor(grain.shifted(first, periods)) == grain.shifted(first, periods)
    assert grain.shifted(grain.shifted(first, periods), -periods) == first
    assert [*grain.within(first, grain.shifted(first, 3))][-1][1] == grain.shifted(first, 3)


def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month() -> None:
    leap = datetime(2028, 2, 29, 8, tzinfo=CITY_ZONE)
    assert months_later(leap, -12) == datetime(2027, 2, 28, 8, tzinfo=CITY_ZONE)
    assert months_later(leap, 12 * 4) == datetime(2032, 2, 29, 8, tzinfo=CITY_ZONE)
    assert months_later(datetime(2026, 12, 31, tzinfo=CITY_ZONE), 2) == datetime(2027, 2, 28, tzinfo=CITY_ZONE)


def test_the_finest_period_that_serves_a_range() -> None:
    assert Grain.finest_for(timedelta(days=2)) is Grain.FIVE_MINUTES
    assert Grain.finest_for(timedelta(days=2_000)) is Grain.MONTH
    assert Grain.finest_for(timedelta(days=20_000)) is None
    assert Grain.HOUR.is_finer_than(Grain.DAY)
    assert not Grain.YEAR.is_finer_than(Grain.YEAR)
