"""Coordinate frames of China: brings longitudes and latitudes in GCJ-02 or BD-09 to WGS-84.

GCJ-02 is the frame of Amap, Tencent and official web maps, BD-09 that of Baidu, which shifts GCJ-02 once more.
Neither formula is officially published; these are the ones in general use, as in googollee/eviltransform and
wandergis/coordTransform. CGCS2000 differs from WGS-84 by centimetres and is taken as the same.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cityops.domain.registration.cells import Frame

Degrees = NDArray[np.float64]
Place = tuple[Degrees, Degrees]
"""Longitudes and latitudes, in degrees."""


_AXIS = 6_378_245.0  # m, Krasovsky 1940, which the formula was fitted on
_ECCENTRICITY2 = 0.006_693_421_622_965_943
_BD_WAVE = np.pi * 3000 / 180
_ROUNDS = 6
"""Rounds of the inverse; each makes the error about 1,000 times smaller, the first one starts at some 1,000 m."""


def to_wgs84(lon: Degrees, lat: Degrees, frame: Frame) -> Place:
    """Return the places in WGS-84, within a millimetre of what the forward formula would have taken there."""
    forward = {Frame.GCJ02: gcj02_from_wgs84, Frame.BD09: bd09_from_wgs84}.get(frame)
    return (lon, lat) if forward is None else _inverse(forward, lon, lat)


def gcj02_from_wgs84(lon: Degrees, lat: Degrees) -> Place:
    """Return the places in GCJ-02; meant for China's mainland, outside of which GCJ-02 equals WGS-84."""
    east, north = _shift_m(lon - 105, lat - 35)
    flat = 1 - _ECCENTRICITY2 * np.sin(np.radians(lat)) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY2) / flat**1.5
    parallel = _AXIS / np.sqrt(flat) * np.cos(np.radians(lat))
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def bd09_from_wgs84(lon: Degrees, lat: Degrees) -> Place:
    """Return the places in BD-09."""
    x, y = gcj02_from_wgs84(lon, lat)
    radius = np.hypot(x, y) + 0.000_02 * np.sin(y * _BD_WAVE)
    angle = np.arctan2(y, x) + 0.000_003 * np.cos(x * _BD_WAVE)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _shift_m(x: Degrees, y: Degrees) -> Place:
    """Return by how many metres GCJ-02 shifts a place east and north; `x`, `y` in degrees from 105° E, 35° N."""
    common = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = common + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))
    north = common + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))
    root = np.sqrt(np.abs(x))
    return (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + east * 2 / 3,
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + north * 2 / 3,
    )


def _waves(along: Degrees, *parts: tuple[float, float]) -> Degrees:
    total = np.zeros_like(along)
    for size, length in parts:
        total += size * np.sin(np.pi * along / length)
    return total


def _inverse(forward: Callable[[Degrees, Degrees], Place], lon: Degrees, lat: Degrees) -> Place:
    x, y = lon, lat
    for _ in range(_ROUNDS):
        there_x, there_y = forward(x, y)
        x, y = x + lon - there_x, y + lat - there_y
    return x, y
