"""Values of every metric of every kind of device, at any instant: within the valid range, rounded as devices send."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from cityops import reference
from cityops.domain.metrics import Metric
from cityops.simulate import environment, mobility, utilities, water
from cityops.simulate.environment import Signals
from cityops.simulate.noise import Floats
from cityops.simulate.sites import Sites

_SIGNALS: dict[str, Callable[[Sites, Floats], Signals]] = {
    "air": environment.air,
    "noise": environment.noise,
    "rain_gauge": environment.rain_gauge,
    "dust": environment.dust,
    "river_level": water.river_level,
    "waterlogging": water.waterlogging,
    "manhole_cover": water.manhole_cover,
    "traffic": mobility.traffic,
    "crowd": mobility.crowd,
    "street_light": utilities.street_light,
    "gas": utilities.gas,
    "power": utilities.power,
}


@lru_cache
def metric(code: str) -> Metric:
    """Return a declared metric by its code."""
    return next(m for m in reference.metrics() if m.code == code)


def values(sites: Sites, t: Floats) -> Signals:
    """Return the values that the sites send at Unix times `t`, by metric in the kind's order.

    `t` is (sites,) for one instant of each or (instants, sites) for a grid; its times should lie within hours of each
    other. The same site and time give the same value, whatever else is asked for in the call.
    """
    if not np.size(t):
        return {code: np.zeros(np.shape(t)) for code in sites.metrics}
    raw = _SIGNALS[sites.kind](sites, t)
    return {code: _as_sent(metric(code), raw[code], np.shape(t)) for code in sites.metrics}


def _as_sent(sent: Metric, raw: Floats, shape: tuple[int, ...]) -> Floats:
    # Adding zero turns the -0.0 that rounding leaves into 0.0, which is how a device would write it.
    clipped: Floats = np.clip(np.broadcast_to(raw, shape), sent.valid_min, sent.valid_max)
    return np.round(clipped, sent.decimals) + 0.0
