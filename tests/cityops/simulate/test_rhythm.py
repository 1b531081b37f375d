"""The city's hours, days and seasons: local time whatever the machine's zone, and the sun where it stands."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.intervals import CITY_ZONE
from cityops.simulate import rhythm
from cityops.simulate.noise import Floats

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001 - the zone follows


def at(*texts: str) -> Floats:
    """Return local times as Unix seconds."""
    return np.array([datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE).timestamp() for text in texts])


@given(MOMENTS)
def test_hour_and_weekend_are_those_of_the_city(moment: datetime) -> None:
    t = np.array([moment.timestamp()])
    local = moment.astimezone(CITY_ZONE)
    expected = local.hour + local.minute / 60 + (local.second + local.microsecond / 1e6) / 3600
    assert rhythm.hour(t)[0] == pytest.approx(expected, abs=1e-6)
    assert rhythm.is_weekend(t)[0] == (local.isoweekday() >= 6)


def test_a_weekend_begins_and_ends_at_local_midnight() -> None:
    edges = at("2026-11-27T23:59:59", "2026-11-28T00:00", "2026-11-29T23:59:59", "2026-11-30T00:00")
    assert rhythm.is_weekend(edges).tolist() == [False, True, True, False]


@given(MOMENTS)
def test_every_share_lies_between_nothing_and_all(moment: datetime) -> None:
    t = moment.timestamp() + np.arange(0, 86_400, 600.0)
    for share in (rhythm.rush(t), rhythm.window(t, 7, 19), rhythm.peak(t, 3, 3), rhythm.working_hours(t)):
        assert share.min() >= 0
        assert share.max() <= 1 + 1e-9
    assert np.abs(rhythm.season(t)).max() <= 1
    assert np.abs(rhythm.sun_elevation(t)).max() <= 90


@pytest.mark.parametrize(("hour", "height"), [(20, 1), (22, np.exp(-0.5)), (18, np.exp(-0.5)), (8, np.exp(-18))])
def test_a_peak_is_a_bell_around_its_hour(hour: int, height: float) -> None:
    assert rhythm.peak(at(f"2026-11-24T{hour:02}:00"), 20, 2)[0] == pytest.approx(height)


def test_a_peak_reaches_over_midnight() -> None:
    before, after = rhythm.peak(at("2026-11-24T23:00", "2026-11-25T01:00"), 0, 2)
    assert before == pytest.approx(after) == pytest.approx(np.exp(-0.125))


def test_a_window_is_open_between_its_hours_and_half_open_at_them() -> None:
    shares = rhythm.window(at("2026-11-24T05:00", "2026-11-24T07:00", "2026-11-24T12:00", "2026-11-24T19:00"), 7, 19)
    assert shares == pytest.approx([0, 0.5, 1, 0.5], abs=1e-6)
    early, wide = (rhythm.window(at("2026-11-24T06:00"), 7, 19, edge)[0] for edge in (0.3, 3.0))
    assert (early < 0.001, wide > 0.2) == (True, True)  # the softer the edge, the earlier it begins


@pytest.mark.parametrize("year", [2000, 2026, 2060])
def test_the_hottest_days_are_in_late_july_and_the_coldest_half_a_year_off(year: int) -> None:
    first = datetime(year, 1, 1, tzinfo=CITY_ZONE)
    t = np.array([(first + timedelta(days=day)).timestamp() for day in range(365)])
    season = rhythm.season(t)
    hottest, coldest = (first + timedelta(days=int(one)) for one in (season.argmax(), season.argmin()))
    assert (hottest.month, coldest.month) == (7, 1)
    assert hottest.day >= 20
    assert (season.max(), season.min()) == (pytest.approx(1, abs=1e-3), pytest.approx(-1, abs=1e-3))


def test_sites_work_by_day_rest_at_noon_and_do_less_on_sundays() -> None:
    tuesday = rhythm.working_hours(at(*(f"2026-11-24T{hour:02}:00" for hour in (3, 9, 13, 16, 22))))
    assert tuesday == pytest.approx([0, 1, 0, 1, 0], abs=1e-3)
    assert rhythm.working_hours(at("2026-11-29T09:00")) == pytest.approx([0.6], abs=1e-3)


def test_streets_fill_twice_on_working_days_and_once_at_leisure() -> None:
    hours = [f"{hour:02}:15" for hour in range(24)]
    working, leisure = (rhythm.rush(at(*(f"{day}T{hour}" for hour in hours))) for day in ("2026-11-24", "2026-11-29"))
    assert sorted(np.argsort(working)[-2:].tolist()) == [8, 18]
    assert working[13] == pytest.approx(0.35 + 0, abs=0.02)
    assert (leisure.argmax() in range(12, 19), leisure.max() <= 0.5) == (True, True)
    assert max(working[3], leisure[3]) < 0.01


@pytest.mark.parametrize(
    ("day", "rises", "sets", "noon"),
    # As the Hong Kong Observatory's tables have them for 23° N, 113° E, to some minutes.
    [("2026-06-21", 5.7, 19.25, 89.7), ("2026-12-22", 7.05, 17.75, 43.4), ("2026-03-20", 6.5, 18.6, 66.9)],
)
def test_the_sun_rises_and_sets_as_over_guangzhou(day: str, rises: float, sets: float, noon: float) -> None:
    t = at(f"{day}T00:00") + np.arange(0, 86_400, 60.0)
    height = rhythm.sun_elevation(t)
    up = rhythm.hour(t)[height > 0]
    assert (up.min(), up.max()) == (pytest.approx(rises, abs=0.3), pytest.approx(sets, abs=0.3))
    assert height.max() == pytest.approx(noon, abs=1.2)
    assert rhythm.hour(t)[height.argmax()] == pytest.approx(12.45, abs=0.05)
