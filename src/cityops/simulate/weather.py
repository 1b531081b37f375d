"""Weather as a function of place and time: rain cells that cross the city, what they fill, and the air's heat.

A cell is a bell of rain that moves on a straight line. At a fixed place its passage is taken as sech², whose integral
is tanh: rain so far and rain of three hours then follow exactly, without stepping through time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops.simulate import rhythm
from cityops.simulate.noise import Floats, choice, key_of, logistic, uniform, wander
from cityops.simulate.sites import CENTRE, Places, Sites
from cityops.simulate.streets import KM_PER_DEGREE

SLOT_S = 3600
"""One cell an hour, so that whoever watches for half an hour sees rain; most are showers that warn of nothing."""

_PEAKS = {(6, 16): 0.36, (18, 34): 0.40, (38, 58): 0.18, (60, 88): 0.06}
"""Ranges of a cell's peak in mm/h, and how often each is drawn."""

_TRACE_MM_H = 0.2
"""Less than this is no rain; the cut is made site by site, so that a value never depends on who else is asked."""

_AHEAD_S, _AFTER_S = 3 * 3600, 10 * 3600
"""A cell touches sites from three hours before its hour; ten hours after, the rivers too have forgotten it."""


@dataclass(frozen=True, slots=True)
class Storm:
    """A rain cell: its peak, and the moment and place of it; km from the city's centre, heading in radians."""

    peak_mm_h: float
    at_s: float
    east_km: float
    north_km: float
    heading: float
    speed_km_s: float
    radius_km: float
    half_track_km: float


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """A storm as each site meets it: peak in mm/h, the moment of it, and the width of the bell in seconds."""

    peak: Floats
    at_s: Floats
    width_s: float
    drained_mm: float = 0
    """What drains carry off while it lasts, so that it never stands: of a cell that is soon over, nothing."""

    def rain(self, t: Floats) -> Floats:
        """Return the intensity in mm/h."""
        falling: Floats = self.peak * (1 - np.tanh((t - self.at_s) / self.width_s) ** 2)
        return falling

    def fallen(self, t: Floats) -> Floats:
        """Return the millimetres fallen up to `t`."""
        so_far: Floats = self.peak * self.width_s / 3600 * (1 + np.tanh((t - self.at_s) / self.width_s))
        return so_far

    @property
    def total(self) -> Floats:
        """The millimetres that the whole passage brings."""
        return self.peak * self.width_s / 1800


@lru_cache
def _towns() -> list[tuple[float, float, float]]:
    """Return the districts' label points in km from the centre, with their population."""
    found = [r for r in reference.regions() if r.level is RegionLevel.DISTRICT]
    places = (np.array([(r.label_lon, r.label_lat) for r in found]) - CENTRE) * KM_PER_DEGREE
    return [(east, north, r.population or 0) for (east, north), r in zip(places.tolist(), found, strict=True)]


@lru_cache(maxsize=4096)
def storm(seed: int, slot: int) -> Storm:
    """Return the storm of one hour of Unix time; it aims at a district, the populous ones more often."""
    draws = {n: float(uniform(key_of(seed, "storm", n), n, slot)) for n in ("class", "town", "peak", "at", "east")}
    more = {n: float(uniform(key_of(seed, "storm", n), n, slot)) for n in ("north", "heading", "speed", "radius")}
    low, high = choice(draws["class"], _PEAKS)
    east, north = choice(draws["town"], {(e, n): people for e, n, people in _towns()})
    return Storm(
        peak_mm_h=low + (high - low) * draws["peak"],
        at_s=(slot + 0.3 + 0.4 * draws["at"]) * SLOT_S,
        east_km=east + 10 * (draws["east"] - 0.5),
        north_km=north + 10 * (more["north"] - 0.5),
        heading=2 * np.pi * more["heading"],
        speed_km_s=(20 + 20 * more["speed"]) / 3600,
        radius_km=4 + 3 * more["radius"],
        half_track_km=9,
    )


def passages(sites: Places, t: Floats) -> Iterator[tuple[Passage, Floats]]:
    """Yield the storms that still matter at the sites during `t`, each with these times by its own clock.

    The times should lie within hours of each other.
    """
    if sites.played is not None:
        yield sites.played.passage(sites), sites.played.clock(t)
    first, last = (np.min(t) - _AFTER_S) // SLOT_S, (np.max(t) + _AHEAD_S) // SLOT_S
    for slot in range(int(first), int(last) + 1):
        cell = storm(sites.seed, slot)
        if sites.played is not None and sites.played.replaces(cell.at_s):
            continue
        east, north = sites.east_km - cell.east_km, sites.north_km - cell.north_km
        along = east * np.cos(cell.heading) + north * np.sin(cell.heading)
        across = north * np.cos(cell.heading) - east * np.sin(cell.heading)
        peak = cell.peak_mm_h * np.exp(-0.5 * ((across / cell.radius_km) ** 2 + (along / cell.half_track_km) ** 2))
        since = t - slot * SLOT_S
        peak = np.where((peak > _TRACE_MM_H) & (since > -_AHEAD_S) & (since < _AFTER_S), peak, 0)
        if peak.any():
            yield Passage(peak, cell.at_s + along / cell.speed_km_s, cell.radius_km / cell.speed_km_s), t


def rain(sites: Places, t: Floats) -> Floats:
    """Return the rain intensity in mm/h."""
    return sum((p.rain(at) for p, at in passages(sites, t)), np.zeros(np.shape(t)))


def rain_3h(sites: Places, t: Floats) -> Floats:
    """Return the rain of the last three hours in mm."""
    return sum((p.fallen(at) - p.fallen(at - 10800) for p, at in passages(sites, t)), np.zeros(np.shape(t)))


def filling(sites: Places, t: Floats, absorbed_mm: float, lag_s: float, drain_s: float) -> Floats:
    """Return the millimetres standing after rain: beyond what the ground takes, rising late, running off slowly."""
    level = np.zeros(np.shape(t))
    for passage, at in passages(sites, t):
        since = at - passage.at_s - lag_s
        swell = logistic(since / (0.4 * passage.width_s)) * np.exp(-np.maximum(since, 0) / drain_s)
        level = level + np.maximum(passage.total - passage.drained_mm - absorbed_mm, 0) * swell
    return level


def temperature(sites: Sites, t: Floats) -> Floats:
    """Return the air temperature in ℃: season, days that differ, afternoon warmth, cooler hills, rain."""
    days = 2.5 * wander(sites.city_key, "warm days", t, 3 * 86400)
    daily = (3.8 - 0.6 * rhythm.season(t)) * np.cos(2 * np.pi * (rhythm.hour(t) - 15) / 24)
    place = 1.2 * sites.centrality - 0.02 * np.maximum(sites.north_km, 0) + 0.5 * sites.trait("warm place")
    wet = rain(sites, t)
    own = 0.3 * sites.wander("temperature", t, 1800)
    return 22 + 6.8 * rhythm.season(t) + days + daily + place + own - 4 * wet / (wet + 15)
