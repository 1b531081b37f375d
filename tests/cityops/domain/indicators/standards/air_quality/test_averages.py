"""Means of hours: how many make one valid, moving windows of ozone, an hour by what was sampled of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.air_quality.averages import (
    DAY_VALID,
    VALIDITIES,
    Hours,
    concentrations_of_day,
    concentrations_of_hour,
    greatest_hour,
    greatest_window,
    is_valid_hour,
    mean_of,
)
from cityops.domain.indicators.standards.air_quality.pollutants import O3_8H, PM25_24H, AirItem, Averaging, Pollutant


def hours(value: float, known: int, of: int = 24) -> Hours:
    """Return hours of which the first are known."""
    return [value] * known + [None] * (of - known)


def test_rules_are_those_of_the_standards() -> None:
    assert [(one.least, one.of) for one in VALIDITIES] == [(45, 60), (20, 24), (6, 8), (14, 17)]


@pytest.mark.parametrize(("n", "valid"), [(0, False), (44, False), (45, True), (60, True), (61, True)])
def test_an_hour_needs_45_minutes(n: int, valid: bool) -> None:
    assert is_valid_hour(n, 1 / 60) is valid


def test_an_hour_of_which_nobody_knows_what_was_owed_counts_if_anything_came() -> None:
    assert (is_valid_hour(1, 0.0), is_valid_hour(0, 0.0)) == (True, False)


def test_a_day_needs_20_hours() -> None:
    assert (mean_of(hours(30, 19), DAY_VALID), mean_of(hours(30, 20), DAY_VALID)) == (None, 30)
    assert (greatest_hour(hours(30, 19)), greatest_hour(hours(30, 20))) == (None, 30)
    assert mean_of([*hours(10, 12, 12), *hours(20, 12, 12)], DAY_VALID) == 15


def test_the_greatest_window_of_ozone() -> None:
    afternoon = [40.0] * 11 + [100.0] * 8 + [40.0] * 5
    assert greatest_window(afternoon) == 100
    assert greatest_window([None if n in {11, 12} else one for n, one in enumerate(afternoon)]) == 100  # six of eight
    assert greatest_window([]) is None


def test_windows_lie_within_the_day_and_14_must_be_valid() -> None:
    assert greatest_window(hours(90, 19)) == 90  # those that end at 8 to 21 h: at 21 six hours are known
    assert greatest_window(hours(90, 18)) is None
    assert greatest_window([None] * 5 + [90.0] * 19) == 90  # those that end at 11 to 24 h
    assert greatest_window([None] * 6 + [90.0] * 18) is None


@pytest.mark.parametrize(("value", "found"), [(160, None), (160.5, None), (161, 161)])
def test_fewer_windows_do_where_the_limit_is_exceeded_already(value: float, found: float | None) -> None:
    assert greatest_window(hours(value, 10)) == found


def test_concentrations_of_a_day_and_of_an_hour() -> None:
    rising: Hours = [float(n) for n in range(24)]
    of_day = concentrations_of_day({Pollutant.O3: rising, Pollutant.PM25: hours(30, 19)})
    assert (of_day[O3_8H], of_day[AirItem(Pollutant.O3, Averaging.HOUR)], of_day[PM25_24H]) == (19.5, 23, None)
    of_hour = concentrations_of_hour({Pollutant.O3: rising, Pollutant.PM25: hours(30, 20)})
    assert (of_hour[O3_8H], of_hour[AirItem(Pollutant.O3, Averaging.HOUR)], of_hour[PM25_24H]) == (19.5, 23, 30)
    assert of_hour[AirItem(Pollutant.PM25, Averaging.HOUR)] is None


@given(st.lists(st.none() | st.floats(0, 500), min_size=24, max_size=24))
def test_the_greatest_window_lies_between_the_hours(day: list[float | None]) -> None:
    found = greatest_window(day)
    there = [one for one in day if one is not None]
    assert found is None or min(there) - 1e-9 <= found <= max(there) + 1e-9
