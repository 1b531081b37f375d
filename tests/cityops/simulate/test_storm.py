"""The storm of 2024-08-21 as it is played: the published totals, what stands of it and where, at any pace."""

import numpy as np
import pytest

from cityops.simulate import weather
from cityops.simulate.fleet import fleet
from cityops.simulate.sites import Places, sites_of
from cityops.simulate.storm import LASTS_S, PlayedStorm, city_grid, middle, wide_km
from cityops.simulate.water import river_level, waterlogging

SEED, STARTS = 20, 1_780_000_000.0
PACES = pytest.mark.parametrize("pace", [1.0, 6.0, 36.0])


def wettest(pace: float) -> Places:
    east, north = middle(SEED)
    return Places(SEED, np.array([east]), np.array([north]), played=PlayedStorm(SEED, STARTS, pace))


def over(pace: float, step_s: float = 30) -> np.ndarray:
    """Return the times of the three hours, each the middle of a step by the storm's own clock."""
    return STARTS + (np.arange(0, LASTS_S, step_s) + step_s / 2) / pace


@PACES
def test_the_wettest_place_gets_what_was_published_of_it_in_all_and_in_its_wettest_hour(pace: float) -> None:
    falling = np.array([weather.rain(wettest(pace), np.array([at]))[0] for at in over(pace)])
    assert falling.sum() * 30 / 3600 == pytest.approx(130.1, rel=0.01)
    hours = np.convolve(falling, np.ones(120), "valid") * 30 / 3600
    assert hours.max() == pytest.approx(108, rel=0.01)
    end = np.array([STARTS + LASTS_S / pace])
    assert weather.rain_3h(wettest(pace), end)[0] == pytest.approx(130.1, rel=0.01)


@pytest.mark.parametrize("seed", [20, 3])
def test_the_mean_over_the_city_s_area_is_the_published_one(seed: int) -> None:
    east, north = city_grid(seed)
    city = Places(seed, east, north, played=PlayedStorm(seed, STARTS))
    fallen = weather.rain_3h(city, np.full(len(east), STARTS + LASTS_S))
    assert len(east) > 1_000
    assert fallen.mean() == pytest.approx(42, rel=0.01)
    assert fallen.max() <= 131
    assert 5 < wide_km(seed) < 499


def test_water_stands_in_tianhe_and_haizhu_and_hardly_elsewhere() -> None:
    groups = {one.kind: one for one in sites_of(fleet(2000, SEED), SEED, played=PlayedStorm(SEED, STARTS, 6))}
    times = STARTS + np.arange(0, 2 * LASTS_S, 300) / 6
    points = groups["waterlogging"]
    depth = np.array([waterlogging(points, np.full(points.total, at))["water_depth"] for at in times]).max(axis=0)
    deep = {district: int((depth[points.district == district] >= 27).sum()) for district in set(points.district)}
    assert deep.pop(440106) >= 2
    assert deep.pop(440105) >= 1
    assert sum(deep.values()) == 0
    assert depth.max() >= 40  # a red alarm
    rivers = groups["river_level"]
    levels = np.array([river_level(rivers, np.full(rivers.total, at))["river_level_above_warning"] for at in times])
    assert levels.max() > levels[0].max() + 0.5


def test_before_it_begins_and_long_after_it_there_is_nothing_of_it() -> None:
    places = wettest(6)
    plain = Places(SEED, places.east_km, places.north_km)
    for away in (-2 * 86_400, 3 * 86_400):
        at = np.array([STARTS + away])
        assert weather.rain(places, at) == weather.rain(plain, at)
        assert weather.filling(places, at, 6, 600, 1800) == weather.filling(plain, at, 6, 600, 1800)


def test_everyday_rain_does_not_fall_on_top_of_it() -> None:
    storm = PlayedStorm(SEED, STARTS, 6)
    assert storm.replaces(STARTS + 900)
    assert not storm.replaces(STARTS - 5 * 3600)
    assert not storm.replaces(STARTS + 2 * 3600)
