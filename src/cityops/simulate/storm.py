"""The storm of 2024-08-21, played: rain over place and time whose totals are those that were published of that day.

Published: from 11:25 to 14:25 a city mean of 42 mm, in 天园街道 130.1 mm, 108 mm in the wettest hour; Tianhe and
Haizhu under water. Where else it rained how much, and when, is made up to agree with that; the places of streets are
invented here as everywhere in the simulator. All of it is simulated, and nothing of it is a measurement.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cityops import reference
from cityops.simulate.noise import Floats
from cityops.simulate.sites import CENTRE, Places
from cityops.simulate.streets import KM_PER_DEGREE, districts, street_places
from cityops.simulate.weather import Passage

LASTS_S = 3 * 3600
"""From 11:25 to 14:25, by the storm's own clock."""

CITY_MM, WETTEST_MM, WETTEST_HOUR_MM = 42.0, 130.1, 108.0
WETTEST = "440106012"
"""天园街道; the wettest hour, of which no place was published, is taken to be its own."""

WIDTH_S = 1520.0
"""Width of the bell at which the wettest hour of a place brings 108 / 130.1 of its three hours."""

UNDER_WATER = "440105"
"""Haizhu: from the wettest place in Tianhe, the core of the storm reaches to its middle."""

_CORE_MM, _CORE_KM, _CORE_END = 80.0, 4.5, 0.92
"""What falls beyond the wide field along the core, how far to both sides, and its share at the far end."""

_DRAINED_MM = 45.0
"""What drains carry off in these three hours, 15 mm an hour: what falls outside the core hardly stands."""

_KM_S = 30 / 3600
_EARLIEST_S = 600.0
"""The storm moves east with 30 km/h; nowhere is it more than ten minutes before or after the wettest place."""

_GRID_KM = 2.0

_DRY_BEFORE_S, _DRY_AFTER_S = 4 * 3600.0, 3600.0
"""No everyday cell of so long before and after it: gauges tell the rain of three hours, and cells last for one."""


@dataclass(frozen=True, slots=True)
class PlayedStorm:
    """The storm in the city of `seed`, from `starts_s` (Unix seconds) on, `pace` times faster than it was.

    Its own clock runs faster, and its millimetres are not altered: intensities and sums of three hours are those of
    that day, and come and go sooner. Readings bear the time at which they are made.
    """

    seed: int
    starts_s: float
    pace: float = 1.0

    def clock(self, t: Floats) -> Floats:
        """Return Unix times as seconds since 11:25 by the storm's own clock."""
        return (t - self.starts_s) * self.pace

    def passage(self, places: Places) -> Passage:
        """Return the storm as places meet it, by its own clock."""
        total = _total(self.seed, places.east_km, places.north_km, wide_km(self.seed))
        moves = np.clip((places.east_km - middle(self.seed)[0]) / _KM_S, -_EARLIEST_S, _EARLIEST_S)
        return Passage(total * 1800 / WIDTH_S, LASTS_S / 2 + moves, WIDTH_S, _DRAINED_MM)

    def replaces(self, at_s: float) -> bool:
        """Tell whether an everyday cell of that moment is left out, so that the totals are the storm's alone."""
        return self.starts_s - _DRY_BEFORE_S <= at_s <= self.starts_s + LASTS_S / self.pace + _DRY_AFTER_S


def middle(seed: int) -> tuple[float, float]:
    """Return where the wettest place lies, in km east and north of the city's centre."""
    _, _, lon, lat = street_places(seed)[WETTEST]
    return _km(lon, lat)


@lru_cache
def _far_end() -> tuple[float, float]:
    found = next(one for one in reference.regions() if one.code == UNDER_WATER)
    return _km(found.label_lon or 0, found.label_lat or 0)


def _km(lon: float, lat: float) -> tuple[float, float]:
    east, north = ((np.array([lon, lat]) - CENTRE) * KM_PER_DEGREE).tolist()
    return east, north


@lru_cache(maxsize=4)
def city_grid(seed: int) -> tuple[Floats, Floats]:
    """Return points all over the city's area, in km east and north of its centre: what a mean of the city is over."""
    found = []
    for district in districts(seed):
        west, south, east, north = district.polygon.bounds
        step = _GRID_KM / KM_PER_DEGREE
        lon, lat = np.meshgrid(np.arange(west, east, step[0]), np.arange(south, north, step[1]))
        points = np.column_stack([lon.ravel(), lat.ravel()])
        found.append(points[district.contains(points)])
    east_km, north_km = ((np.vstack(found) - CENTRE) * KM_PER_DEGREE).T
    return east_km, north_km


@lru_cache(maxsize=4)
def wide_km(seed: int) -> float:
    """Return how far the wide field reaches, so that the city's mean is the published one."""
    east, north = city_grid(seed)
    low, high = 5.0, 500.0
    for _ in range(60):
        tried = (low + high) / 2
        if _total(seed, east, north, tried).mean() < CITY_MM:
            low = tried
        else:
            high = tried
    return low


def _total(seed: int, east_km: Floats, north_km: Floats, wide: float) -> Floats:
    """Return the millimetres of three hours: a core along the line from Tianhe to Haizhu, within a wide field."""
    east, north = (here - there for here, there in zip((east_km, north_km), middle(seed), strict=True))
    to_east, to_north = (end - start for start, end in zip(middle(seed), _far_end(), strict=True))
    along = np.clip((east * to_east + north * to_north) / (to_east**2 + to_north**2), 0, 1)
    beside = (east - along * to_east) ** 2 + (north - along * to_north) ** 2
    core = _CORE_MM * (1 - (1 - _CORE_END) * along) * np.exp(-0.5 * beside / _CORE_KM**2)
    total: Floats = core + (WETTEST_MM - _CORE_MM) * np.exp(-0.5 * (east**2 + north**2) / wide**2)
    return total
