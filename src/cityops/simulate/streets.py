"""Where streets lie: a seeded centre for each street, inside its district's polygon.

The reference data gives streets by code and name only. A street is taken for the area nearest to its centre, so
that devices of one street stand together. The places are invented; only the districts are real.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cityops import reference
from cityops.domain.regions import Region, RegionLevel
from cityops.simulate.noise import Floats, key_of

KM_PER_DEGREE = np.array([111.32 * np.cos(np.radians(23.15)), 110.75])
"""Kilometres in a degree of longitude and of latitude at Guangzhou."""

_CANDIDATES = 60
"""Places tried for each centre; the one that is far from its neighbours and near the district's core is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """A district's polygon (WGS-84) with its streets: codes, names and centres (n × 2, lon and lat)."""

    region: Region
    polygon: Any
    codes: tuple[str, ...]
    names: tuple[str, ...]
    centres: Floats

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Tell which of the points (n × 2, lon and lat) lie inside."""
        inside: NDArray[np.bool_] = shapely.contains_xy(self.polygon, points[:, 0], points[:, 1])
        return inside

    def nearest(self, points: Floats) -> NDArray[np.int64]:
        """Return for each point the position of its street in `codes`."""
        gaps = (points[:, None, :] - self.centres[None, :, :]) * KM_PER_DEGREE
        positions: NDArray[np.int64] = np.argmin((gaps**2).sum(axis=2), axis=1)
        return positions


def points_inside(polygon: Any, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` places (lon, lat) spread evenly over a polygon."""
    west, south, east, north = shapely.bounds(polygon)
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), size=(4 * count + 16, 2))
        found = np.vstack([found, tried[shapely.contains_xy(polygon, tried[:, 0], tried[:, 1])]])
    return found[:count]


def _centres(polygon: Any, label: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Spread `count` centres with wider spacing away from the label point, as streets lie in a real district."""
    reach = np.sqrt(shapely.area(polygon) / np.pi) * KM_PER_DEGREE.mean()
    chosen = np.empty((0, 2))
    for _ in range(count):
        tried = points_inside(polygon, _CANDIDATES, rng)
        to_label = np.hypot(*((tried - label) * KM_PER_DEGREE).T)
        spacing = np.full(len(tried), reach)
        if len(chosen):
            gaps = (tried[:, None, :] - chosen[None, :, :]) * KM_PER_DEGREE
            spacing = np.sqrt((gaps**2).sum(axis=2)).min(axis=1)
        chosen = np.vstack([chosen, tried[np.argmax(spacing * np.exp(-to_label / (0.6 * reach)))]])
    return chosen


@lru_cache(maxsize=4)
def districts(seed: int) -> tuple[District, ...]:
    """Return the city's districts with their streets, in the order of their codes."""
    shapes = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in reference.geojson("districts")["features"]}
    regions = reference.regions()
    return tuple(_district(r, shapes[r.code], seed) for r in regions if r.level is RegionLevel.DISTRICT)


def _district(region: Region, polygon: Any, seed: int) -> District:
    shapely.prepare(polygon)
    streets = [r for r in reference.regions() if r.level is RegionLevel.STREET and r.parent_code == region.code]
    rng = np.random.default_rng(key_of(seed, "streets", region.code))
    centres = _centres(polygon, np.array([region.label_lon, region.label_lat]), len(streets), rng)
    return District(region, polygon, tuple(s.code for s in streets), tuple(s.name_zh for s in streets), centres)


@lru_cache(maxsize=4)
def street_places(seed: int) -> dict[str, tuple[str, str, float, float]]:
    """Return by street code: the district's name, the street's name, and the centre's longitude and latitude."""
    return {
        code: (district.region.name_zh, name, float(centre[0]), float(centre[1]))
        for district in districts(seed)
        for code, name, centre in zip(district.codes, district.names, district.centres, strict=True)
    }


def share_of_city(district: District) -> float:
    """Return a district's share of the city's devices: three parts its people, one part its area."""
    city = reference.regions()[0]
    people = (district.region.population or 0) / (city.population or 1)
    land = (district.region.area_km2 or 0) / (city.area_km2 or 1)
    return 0.75 * people + 0.25 * land
