"""What stands and flows: rivers, waterlogging points, manhole covers. Pure functions of sites and time."""

import numpy as np

from cityops.simulate import weather
from cityops.simulate.environment import Signals
from cityops.simulate.incidents import FLAT_BATTERY, OPEN_COVER, WEAK_BATTERY, strength
from cityops.simulate.noise import Floats
from cityops.simulate.sites import Sites

_TIDE_S = 12.42 * 3600
"""The Pearl River's tide is mostly semi-diurnal (M2)."""


def river_level(sites: Sites, t: Floats) -> Signals:
    """Return level against the warning mark and current: tide, and rain half an hour later."""
    angle = 2 * np.pi * (t / _TIDE_S + 0.1 * sites.trait("tide lag"))
    swollen = weather.filling(sites, t, absorbed_mm=4, lag_s=2400, drain_s=3600)
    base = -1.6 - 1.2 * sites.trait("river bed")
    return {
        "river_level_above_warning": base
        + 0.45 * np.sin(angle)
        + 0.03 * swollen
        + 0.03 * sites.wander("river", t, 3600),
        "river_velocity": 0.5 + 0.35 * np.abs(np.cos(angle)) + 0.03 * swollen + 0.05 * sites.wander("flow", t, 1800),
    }


def waterlogging(sites: Sites, t: Floats) -> Signals:
    """Return the depth of water on the road: nothing in a shower, deep in few low places after a cloudburst."""
    lowness = 0.25 + 1.5 * sites.trait("low place") ** 5
    standing = weather.filling(sites, t, absorbed_mm=6, lag_s=600, drain_s=1800)
    return {"water_depth": np.minimum(lowness * standing, 90)}


def manhole_cover(sites: Sites, t: Floats) -> Signals:
    """Return tilt, water below the cover and battery; an open cover is an incident."""
    opened = strength(sites, OPEN_COVER, t, least=0.3)
    filled = weather.filling(sites, t, absorbed_mm=5, lag_s=900, drain_s=2400)
    depth = 1.6 + 2.2 * sites.trait("well depth")
    return {
        "cover_tilt": 1.5 * sites.trait("seat") + 0.5 + 0.4 * sites.wander("tilt", t, 600) + 70 * opened,
        "cover_clearance": depth - np.minimum((0.02 + 0.03 * sites.trait("drain")) * filled, depth - 0.2),
        "battery_voltage": battery(sites, t) - 0.34 * strength(sites, WEAK_BATTERY, t, least=0.6),
    }


def battery(sites: Sites, t: Floats) -> Floats:
    """Return the voltage of a lithium cell that is kept in order: 3.4 to 3.7 V."""
    return 3.42 + 0.25 * sites.trait("battery age") + 0.015 * sites.wander("battery", t, 7200)


def flat_battery(sites: Sites, t: Floats) -> Floats:
    """Return the battery voltage of gas detectors, of which one runs low from time to time."""
    return battery(sites, t) - 0.34 * strength(sites, FLAT_BATTERY, t, least=0.6)
