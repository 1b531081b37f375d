"""What keeps the city running: street lights, gas wells, electric feeders. Pure functions of sites and time."""

import numpy as np

from cityops.simulate import rhythm, weather
from cityops.simulate.environment import Signals
from cityops.simulate.incidents import DARK_LAMPS, GAS_LEAK, OVERLOAD, strength
from cityops.simulate.noise import Floats, logistic
from cityops.simulate.sites import Sites
from cityops.simulate.water import flat_battery


def street_light(sites: Sites, t: Floats) -> Signals:
    """Return the share of lit lamps and their power: on from dusk to dawn, dimmed after midnight."""
    switch = 1.2 * (sites.trait("light sensor") - 0.5)
    dark = logistic((-1 - switch - rhythm.sun_elevation(t)) / 0.12)
    working = 100 - 4 * sites.trait("dead lamps") ** 6
    lit = working * dark * (1 - 0.9 * strength(sites, DARK_LAMPS, t, least=0.5))
    dimmed = 1 - 0.35 * rhythm.window(t, 0.5, 5.5)
    rated = 300 + 900 * sites.trait("circuit")
    return {
        "lamp_on": np.where(lit < 0.5, 0, lit),
        "lamp_power": rated * lit / 100 * dimmed * (1 + 0.02 * sites.wander("lamp", t, 900)) + 4,
    }


def gas(sites: Sites, t: Floats) -> Signals:
    """Return combustible gas in wells: a trace, and now and then a leak, and the detector's battery."""
    trace = 0.5 * sites.trait("old pipe") ** 2 + 0.25 * (1 + sites.wander("gas", t, 1800))
    return {
        "gas_lel": trace + 38 * strength(sites, GAS_LEAK, t, least=0.2) ** 1.3,
        "battery_voltage": flat_battery(sites, t),
    }


def power(sites: Sites, t: Floats) -> Signals:
    """Return load, load ratio and voltage of a feeder: by hour, by heat, rarely an overload."""
    home = 0.5 * rhythm.peak(t, 20.5, 2.2) + 0.2 * rhythm.peak(t, 12.5, 1.5)
    office = np.where(rhythm.is_weekend(t), 0.5, 1.0) * rhythm.window(t, 8.5, 19, 1.5)
    mixed = sites.trait("offices") * office * 0.42 + (1 - sites.trait("offices")) * home * 0.8
    cooling = 0.012 * np.maximum(weather.temperature(sites, t) - 26, 0)
    ratio = 22 + 45 * mixed + 100 * cooling + 4 * sites.wander("power", t, 2400) + _surge(sites, t)
    rated_kw = np.array([315.0, 400.0, 630.0, 800.0, 1000.0])[(5 * sites.trait("rating")).astype(np.int64)]
    return {
        "power_load": ratio / 100 * rated_kw,
        "power_load_ratio": ratio,
        "voltage": 232 - 0.08 * ratio + 1.2 * sites.wander("voltage", t, 600),
    }


def _surge(sites: Sites, t: Floats) -> Floats:
    return 60 * strength(sites, OVERLOAD, t, least=0.5)
