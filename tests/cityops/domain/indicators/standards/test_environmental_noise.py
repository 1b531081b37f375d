"""Noise: limits by area and hour of the city, energy means, day and night, what exceeds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.environmental_noise import (
    LIMITS,
    DayNight,
    NoiseArea,
    day_night,
    energy_mean,
    exceedance,
    is_night,
    limit_of,
    peak_exceedance,
)
from cityops.domain.intervals import CITY_ZONE

NOON = datetime(2026, 11, 20, 12, tzinfo=CITY_ZONE)
MIDNIGHT = datetime(2026, 11, 20, 0, tzinfo=CITY_ZONE)


def test_limits_are_those_of_the_standard() -> None:
    printed = {one: (limits.day, limits.night) for one, limits in LIMITS.items()}
    assert printed == {
        NoiseArea.CLASS_0: (50, 40),
        NoiseArea.CLASS_1: (55, 45),
        NoiseArea.CLASS_2: (60, 50),
        NoiseArea.CLASS_3: (65, 55),
        NoiseArea.CLASS_4A: (70, 55),
        NoiseArea.CLASS_4B: (70, 60),
    }


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(5, 59, True), (6, 0, False), (21, 59, False), (22, 0, True), (0, 0, True)]
)
def test_the_night_is_the_city_s(hour: int, minute: int, night: bool) -> None:
    moment = datetime(2026, 11, 20, hour, minute, tzinfo=CITY_ZONE)
    assert is_night(moment) is night
    assert is_night(moment.astimezone(UTC)) is night
    assert limit_of(NoiseArea.CLASS_4B, moment) == (60 if night else 70)


def test_what_exceeds_its_limit() -> None:
    assert exceedance(NoiseArea.CLASS_2, NOON, 60) == 0
    assert exceedance(NoiseArea.CLASS_2, NOON, 55) == 0
    assert exceedance(NoiseArea.CLASS_2, NOON, 60.1) == Decimal("0.1")
    assert exceedance(NoiseArea.CLASS_2, MIDNIGHT, 60.1) == Decimal("10.1")
    assert peak_exceedance(NoiseArea.CLASS_1, MIDNIGHT, 60) == 0
    assert peak_exceedance(NoiseArea.CLASS_1, MIDNIGHT, 61) == 1
    assert peak_exceedance(NoiseArea.CLASS_1, NOON, 99) == 0


def test_energies_are_averaged_and_not_decibels() -> None:
    assert energy_mean([60, 70]) == pytest.approx(67.4036, abs=1e-4)
    assert energy_mean([60, 60, 60]) == 60
    assert energy_mean([]) is None
    assert energy_mean([4000, 4000]) == 4000  # no power overflows


@given(st.lists(st.floats(20, 130), min_size=1, max_size=48))
def test_an_energy_mean_lies_between_the_arithmetic_mean_and_the_loudest(levels: list[float]) -> None:
    found = energy_mean(levels)
    assert found is not None
    assert sum(levels) / len(levels) - 1e-9 <= found <= max(levels) + 1e-9


def test_day_and_night_of_a_day() -> None:
    hours = [(MIDNIGHT + timedelta(hours=n), 50.0 if n < 6 or n >= 22 else 60.0) for n in range(24)]
    assert day_night(hours) == DayNight(60, 50, 16, 8)
    assert day_night(hours[:3]) == DayNight(None, 50, 0, 3)
