"""The weather: cells that cross the city, what falls and what stands of it; the same for whoever asks, and when."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.simulate import weather
from cityops.simulate.sites import CENTRE, Places, place
from cityops.simulate.weather import Passage, filling, passages, rain, rain_3h, storm

SLOTS = st.integers(250_000, 1_100_000)  # hours of Unix time: about 2000 to 2095
SEEDS = st.integers(0, 1_000)
HOUR = 3600.0


def grid(seed: int, side: int = 5) -> Places:
    """Return places all over the city's middle, some 8 km apart."""
    east, north = np.meshgrid(np.linspace(-20, 20, side), np.linspace(-20, 20, side))
    return Places(seed, east.ravel(), north.ravel())


@given(SEEDS, SLOTS)
def test_a_storm_is_the_same_for_all_who_ask_and_lies_in_its_hour(seed: int, slot: int) -> None:
    one = storm(seed, slot)
    weather.storm.cache_clear()
    assert storm(seed, slot) == one
    assert storm(seed, slot + 1) != one
    assert (slot + 0.3) * HOUR <= one.at_s < (slot + 0.7) * HOUR
    assert any(low <= one.peak_mm_h < high for low, high in weather._PEAKS)
    assert 4 <= one.radius_km <= 7
    assert 20 <= one.speed_km_s * HOUR <= 40


def test_gentle_showers_are_usual_and_cloudbursts_rare() -> None:
    peaks = np.array([storm(20, slot).peak_mm_h for slot in range(400_000, 402_000)])
    for (low, high), share in weather._PEAKS.items():
        assert ((peaks >= low) & (peaks < high)).mean() == pytest.approx(share, abs=0.03)


@settings(max_examples=40)
@given(SEEDS, SLOTS)
def test_rain_is_never_negative_and_an_hour_of_three_is_part_of_them(seed: int, slot: int) -> None:
    places = grid(seed)
    t = np.full(25, slot * HOUR)
    falling, fallen = rain(places, t), rain_3h(places, t)
    assert falling.min() >= 0
    assert fallen.min() >= -1e-9
    assert falling.max() <= 3 * 88  # cells are an hour apart: few meet
    assert (filling(places, t, 4, 600, 1800) >= 0).all()


@settings(max_examples=30)
@given(SEEDS, SLOTS, st.integers(0, 24))
def test_a_place_has_its_own_weather_whoever_else_is_asked(seed: int, slot: int, which: int) -> None:
    places, t = grid(seed), np.full(25, (slot + 0.5) * HOUR)
    alone = Places(seed, places.east_km[[which]], places.north_km[[which]])
    for asked in (rain, rain_3h, lambda p, at: filling(p, at, 4, 600, 1800)):
        assert asked(alone, t[[0]])[0] == asked(places, t)[which]


def test_a_passage_brings_the_integral_of_its_rain() -> None:
    passage = Passage(np.array([30.0]), np.array([5_000.0]), 900.0)
    steps = np.arange(0, 10_000, 1.0)
    summed = np.cumsum([passage.rain(np.array([one]))[0] for one in steps[::10]]) * 10 / HOUR
    assert passage.total[0] == pytest.approx(15)
    assert summed[-1] == pytest.approx(passage.total[0], rel=1e-2)
    assert passage.fallen(np.array([5_000.0]))[0] == pytest.approx(7.5)
    assert passage.rain(np.array([5_000.0]))[0] == 30
    assert passage.fallen(np.array([1e6]))[0] == pytest.approx(15)
    assert passage.fallen(np.array([-1e6]))[0] == pytest.approx(0)


def test_water_stands_after_rain_that_the_ground_does_not_take_and_runs_off() -> None:
    places = grid(20)
    hours = np.arange(400_000, 400_048, 0.25) * HOUR
    standing = np.array([filling(places, np.full(25, at), 6, 600, 1800) for at in hours])
    thirsty = np.array([filling(places, np.full(25, at), 1_000, 600, 1800) for at in hours])
    slow = np.array([filling(places, np.full(25, at), 6, 600, 7200) for at in hours])
    assert standing.max() > 1
    assert thirsty.max() == 0
    assert (slow >= standing - 1e-9).all()
    assert slow.mean() > standing.mean()


def test_storms_that_are_over_or_far_ahead_are_left_out() -> None:
    places = grid(20)
    t = np.full(25, 400_000.5 * HOUR)
    met = list(passages(places, t))
    assert 0 < len(met) <= 14  # three hours ahead, the one that is, and ten behind
    far = Places(20, np.array([5_000.0]), np.array([5_000.0]))
    assert list(passages(far, t[[0]])) == []
    assert rain(far, t[[0]]).tolist() == [0]


def test_the_city_s_centre_is_the_origin() -> None:
    centre = place(7, float(CENTRE[0]), float(CENTRE[1]))
    assert (centre.seed, centre.east_km.tolist(), centre.north_km.tolist()) == (7, [0], [0])
    north = place(7, float(CENTRE[0]), float(CENTRE[1]) + 0.1)
    assert north.north_km[0] == pytest.approx(11.075)
    assert place(7, float(CENTRE[0]) + 0.1, float(CENTRE[1])).east_km[0] == pytest.approx(10.24, abs=0.02)
