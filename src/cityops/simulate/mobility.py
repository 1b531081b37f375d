"""How people move: road traffic and crowds. Pure functions of sites and time."""

import numpy as np

from cityops.simulate import rhythm, weather
from cityops.simulate.environment import Signals
from cityops.simulate.incidents import CRASH, GATHERING, strength
from cityops.simulate.noise import Floats
from cityops.simulate.sites import Sites


def traffic(sites: Sites, t: Floats) -> Signals:
    """Return speed, flow and congestion index; rain slows everyone, a crash stops one place."""
    crowded = 0.35 + 0.4 * sites.trait("busy road") + 0.45 * sites.centrality
    wet = weather.rain(sites, t)
    jam = rhythm.rush(t) * crowded * (1 + 0.15 * sites.wander("traffic", t, 1500)) + 0.25 * wet / (wet + 20)
    jam = np.clip(jam + 0.06 + 0.04 * sites.wander("eddies", t, 200), 0, 1)
    stopped = strength(sites, CRASH, t, least=0.4)
    free_speed = 48 + 22 * sites.trait("road class") ** 2
    lanes = 1 + np.floor(4 * sites.trait("lanes"))
    volume = 0.06 + 0.55 * np.minimum(rhythm.rush(t) * 1.3, 1) + 0.25 * rhythm.window(t, 6.5, 23.5, 2)
    return {
        "traffic_speed": free_speed * (1 - 0.48 * jam) * (1 - 0.75 * stopped),
        "traffic_flow": lanes * 1250 * volume * (1 - 0.6 * stopped) * (1 + 0.1 * sites.wander("flow", t, 300)),
        "traffic_index": 0.8 + 5.4 * jam + 3.5 * stopped,
    }


def crowd(sites: Sites, t: Floats) -> Signals:
    """Return people and load of capacity: evenings and weekends, sheltering from rain, sometimes a gathering."""
    capacity = 800 * 10 ** (1.5 * sites.trait("capacity") ** 2)
    shopping = 0.16 * rhythm.window(t, 9.5, 22.5, 2.5) + 0.16 * rhythm.peak(t, 19.8, 1.6)
    weekend = np.where(rhythm.is_weekend(t), 1.35, 1.0)
    wet = weather.rain(sites, t)
    calm = (0.03 + shopping * weekend * (0.5 + 0.7 * sites.trait("liked"))) * (1 - 0.5 * wet / (wet + 15))
    awake = rhythm.window(t, 9, 23, 1.5)
    load = 100 * (
        calm * (1 + 0.12 * sites.wander("crowd", t, 900)) + 0.62 * awake * strength(sites, GATHERING, t, 0.4)
    )
    load = np.clip(load, 0, 115)
    return {"crowd_count": _people(load, capacity), "crowd_load": load}


def _people(load: Floats, capacity: Floats) -> Floats:
    people: Floats = np.floor(load * capacity / 100)
    return people
