"""Local incidents: now and then one device of a kind sees something real, such as a leak, an open cover, a crash.

Their number belongs to the city and not to the fleet: more devices do not mean more incidents. `signals` turns them
into values, and `cases` reports what a sensor alarm would report.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cityops.simulate.noise import Floats, key_of, uniform
from cityops.simulate.sites import Sites


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """What may happen to devices of a kind: once per `every_s` with probability `chance`, for some minutes."""

    name: str
    device_kind: str
    every_s: int
    chance: float
    shortest_s: int
    longest_s: int


GAS_LEAK = IncidentKind("gas_leak", "gas", 3 * 3600, 0.6, 900, 2400)
OPEN_COVER = IncidentKind("open_cover", "manhole_cover", 2 * 3600, 0.6, 1200, 4800)
CRASH = IncidentKind("crash", "traffic", 1800, 0.7, 900, 2400)
GATHERING = IncidentKind("gathering", "crowd", 3 * 3600, 0.7, 2400, 5400)
DUST_CLOUD = IncidentKind("dust_cloud", "dust", 2 * 3600, 0.7, 900, 3600)
LOUD_NIGHT = IncidentKind("loud_noise", "noise", 2 * 3600, 0.6, 600, 2400)
OVERLOAD = IncidentKind("overload", "power", 4 * 3600, 0.5, 1800, 5400)
WEAK_BATTERY = IncidentKind("weak_battery", "manhole_cover", 8 * 3600, 0.7, 14400, 28800)
FLAT_BATTERY = IncidentKind("flat_battery", "gas", 12 * 3600, 0.7, 14400, 36000)
DARK_LAMPS = IncidentKind("dark_lamps", "street_light", 3 * 3600, 0.8, 3600, 10800)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: the device by its position among its kind, Unix seconds, and how grave it is in [0, 1)."""

    position: int
    start_s: float
    duration_s: float
    gravity: float

    def course(self, t: Floats) -> Floats:
        """Return 0 outside and up to 1 inside: a quick rise, a plateau, a slower end."""
        part = (t - self.start_s) / self.duration_s
        return np.clip(np.minimum(part / 0.08, (1 - part) / 0.25), 0, 1)


@lru_cache(maxsize=8192)
def _draw(seed: int, kind: IncidentKind, slot: int, total: int) -> Incident | None:
    happens, where, when, how_long, gravity = (
        float(uniform(key_of(seed, kind.name), use, slot)) for use in ("if", "where", "when", "long", "gravity")
    )
    if happens >= kind.chance or not total:
        return None
    duration_s = kind.shortest_s + (kind.longest_s - kind.shortest_s) * how_long
    return Incident(int(where * total), (slot + when) * kind.every_s, duration_s, gravity)


def incidents(seed: int, kind: IncidentKind, total: int, after_s: float, until_s: float) -> Iterator[Incident]:
    """Yield the incidents among `total` devices that last into the time between `after_s` and `until_s`."""
    for slot in range(int((after_s - kind.longest_s) // kind.every_s), int(until_s // kind.every_s) + 1):
        incident = _draw(seed, kind, slot, total)
        if incident and incident.start_s <= until_s and incident.start_s + incident.duration_s >= after_s:
            yield incident


def strength(sites: Sites, kind: IncidentKind, t: Floats, least: float = 0.0) -> Floats:
    """Return how strongly each site is struck at `t`: 0 nearly everywhere, from `least` to 1 by gravity."""
    struck = np.zeros(np.shape(t))
    for incident in incidents(sites.seed, kind, sites.total, float(np.min(t)), float(np.max(t))):
        here = sites.index == incident.position
        if here.any():
            gravity = least + (1 - least) * incident.gravity
            struck = np.maximum(struck, np.where(here, gravity * incident.course(t), 0))
    return struck
