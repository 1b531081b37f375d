"""The city's rhythms in Asia/Shanghai local time, as functions of Unix seconds: rush hours, work, daylight."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from cityops.simulate.noise import Floats, logistic

_ZONE_S = 8 * 3600
"""China keeps UTC+8 all year."""

_LATITUDE = np.radians(23.13)
_SOLAR_LAG_H = (120 - 113.3) / 15
"""The sun stands highest this much after 12 o'clock: the zone's meridian is 120° E."""


def hour(t: Floats) -> Floats:
    """Return the local hour of day, 0 to 24 with fractions."""
    return ((t + _ZONE_S) % 86400) / 3600


def is_weekend(t: Floats) -> NDArray[np.bool_]:
    """Tell Saturdays and Sundays (1970-01-01 was a Thursday); public holidays are not known here."""
    weekday = ((t + _ZONE_S) // 86400 + 3) % 7
    return weekday >= 5


def season(t: Floats) -> Floats:
    """Return 1 in the hottest days (late July) and -1 in the coldest."""
    day = (t / 86400) % 365.2425
    return cast("Floats", np.cos(2 * np.pi * (day - 205) / 365.2425))


def peak(t: Floats, at_hour: float, width_h: float) -> Floats:
    """Return a bell of height 1 around a local hour, across midnight too."""
    distance = (hour(t) - at_hour + 12) % 24 - 12
    return cast("Floats", np.exp(-0.5 * (distance / width_h) ** 2))


def window(t: Floats, start_hour: float, end_hour: float, edge_h: float = 0.3) -> Floats:
    """Return 1 between two local hours of a day and 0 outside, with soft edges."""
    now = hour(t)
    return logistic((now - start_hour) / (edge_h / 3)) * logistic((end_hour - now) / (edge_h / 3))


def rush(t: Floats) -> Floats:
    """Return how far the streets are filled, 0 to 1: working days peak 7:30-9:00 and 17:30-19:00."""
    working = 0.85 * window(t, 7.4, 9.1, 0.8) + window(t, 17.4, 19.1, 0.8) + 0.35 * window(t, 9.0, 17.4, 1.0)
    leisure = 0.5 * window(t, 10.5, 20.0, 2.5)
    return np.minimum(np.where(is_weekend(t), leisure, working), 1)


def working_hours(t: Floats) -> Floats:
    """Return 1 while building sites work (7-12 and 14-19), less on weekends, 0 at night."""
    return (window(t, 7, 12) + window(t, 14, 19)) * np.where(is_weekend(t), 0.6, 1.0)


def sun_elevation(t: Floats) -> Floats:
    """Return the height of the sun over the horizon in degrees, to about a degree."""
    day = (t / 86400) % 365.2425
    declination = np.radians(-23.44) * np.cos(2 * np.pi * (day + 10) / 365.2425)
    angle = np.radians(15 * (hour(t) - _SOLAR_LAG_H - 12))
    height = np.sin(_LATITUDE) * np.sin(declination) + np.cos(_LATITUDE) * np.cos(declination) * np.cos(angle)
    return cast("Floats", np.degrees(np.arcsin(height)))
