"""What stations of the environment see: air, noise, rain, construction sites. Pure functions of sites and time."""

import numpy as np

from cityops.simulate import rhythm, weather
from cityops.simulate.incidents import DUST_CLOUD, LOUD_NIGHT, strength
from cityops.simulate.noise import Floats, wander
from cityops.simulate.sites import Sites

Signals = dict[str, Floats]
"""Values by metric, in the metric's unit, one per site and instant."""


def air(sites: Sites, t: Floats) -> Signals:
    """Return pollutants and weather: haze builds over days, ozone by sunlight, rain washes the air."""
    haze = 1 + 0.35 * wander(sites.city_key, "haze", t, 2 * 86400) + 0.12 * sites.wander("haze", t, 5400)
    washed = 1 - 0.5 * np.clip(weather.rain_3h(sites, t) / 25, 0, 1)
    cars = rhythm.rush(t) * (0.4 + sites.centrality)
    still_night = rhythm.peak(t, 3, 3)
    sunlight = np.clip(np.sin(np.radians(rhythm.sun_elevation(t))), 0, 1)
    pm25 = (19 + 7 * cars + 5 * still_night + 4 * sites.trait("pm25")) * haze * washed
    heat = weather.temperature(sites, t)
    damp = 74 - 2.4 * (heat - 22 - 6.8 * rhythm.season(t)) + 6 * sites.wander("damp", t, 7200)
    wet = weather.rain(sites, t)
    return {
        "pm25": pm25,
        "pm10": pm25 * (1.6 + 0.3 * sites.trait("pm10")) + 6,
        "no2": (16 + 26 * cars + 8 * still_night) * haze * washed,
        "o3": 28 + 120 * sunlight**1.2 * (0.75 + 0.2 * rhythm.season(t)) * haze - 8 * cars,
        "so2": (6 + 3 * sites.trait("so2")) * haze,
        "co": (0.55 + 0.35 * cars) * haze,
        "air_temperature": heat,
        "relative_humidity": np.minimum(damp + 25 * wet / (wet + 8), 99),
        "wind_speed": 1.9 + 0.8 * sites.wander("wind", t, 900) + 0.8 * sunlight + 5 * wet / (wet + 30),
    }


def noise(sites: Sites, t: Floats) -> Signals:
    """Return the sound level: traffic by day, quiet by night, now and then something loud."""
    day = rhythm.window(t, 6.5, 22.5, 1.5)
    level = 47 + 6 * sites.trait("loud street") + 8 * day + 3 * rhythm.rush(t) * (0.3 + sites.centrality)
    loud = 18 * strength(sites, LOUD_NIGHT, t, least=0.5)
    return {"noise_leq": level + 1.6 * sites.wander("noise", t, 300) + loud}


def rain_gauge(sites: Sites, t: Floats) -> Signals:
    """Return rain as a gauge counts it: in steps, so that a trace of rain is none."""
    falling = weather.rain(sites, t) * (1 + 0.1 * sites.wander("rain", t, 240))
    return {"rain_intensity": np.where(falling < 0.2, 0, falling), "rain_3h": weather.rain_3h(sites, t)}


def dust(sites: Sites, t: Floats) -> Signals:
    """Return dust and noise of a building site: by working hours, laid by rain, sometimes a cloud."""
    work = rhythm.working_hours(t) * (0.5 + 0.5 * sites.trait("busy site"))
    washed = 1 - 0.6 * np.clip(weather.rain_3h(sites, t) / 15, 0, 1)
    own = 1 + 0.2 * sites.wander("dust", t, 1200)
    cloud = 320 * strength(sites, DUST_CLOUD, t, least=0.3) * np.minimum(work, 1)
    return {
        "dust_pm10": (34 + 45 * work) * own * washed + cloud,
        "site_noise": 48 + 14 * work + 4 * sites.trait("loud site") + 2 * sites.wander("site noise", t, 300),
    }
