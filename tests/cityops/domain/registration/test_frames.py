"""Frames: published pairs of places, and places that come back to where they were."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cityops.domain.registration.cells import Frame
from cityops.domain.registration.frames import bd09_from_wgs84, gcj02_from_wgs84, to_wgs84

# From the tests of googollee/eviltransform: WGS-84 → GCJ-02.
WGS_GCJ = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
# From the README of wandergis/coordTransform: GCJ-02 → BD-09.
GCJ_BD = [((116.404, 39.915), (116.41036949371029, 39.92133699351021))]

METRES = 111_320
Degrees = NDArray[np.float64]
Way = tuple[Frame, Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]]
longitudes = st.floats(112.9, 114.1)
latitudes = st.floats(22.4, 24.0)


def arrays(place: tuple[float, float]) -> tuple[Degrees, Degrees]:
    return np.array([place[0]]), np.array([place[1]])


@pytest.mark.parametrize(("wgs", "gcj"), WGS_GCJ)
def test_published_pairs_of_gcj02(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    lon, lat = gcj02_from_wgs84(*arrays(wgs))
    assert (lon[0], lat[0]) == pytest.approx(gcj, abs=1e-9)
    back = to_wgs84(*arrays(gcj), Frame.GCJ02)
    assert (back[0][0], back[1][0]) == pytest.approx(wgs, abs=1e-8)


@pytest.mark.parametrize(("gcj", "bd"), GCJ_BD)
def test_published_pairs_of_bd09(gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    lon, lat = bd09_from_wgs84(*to_wgs84(*arrays(gcj), Frame.GCJ02))
    assert (lon[0], lat[0]) == pytest.approx(bd, abs=1e-8)


@given(longitudes, latitudes, st.sampled_from([(Frame.GCJ02, gcj02_from_wgs84), (Frame.BD09, bd09_from_wgs84)]))
def test_a_place_in_guangzhou_comes_back_within_a_centimetre(lon: float, lat: float, way: Way) -> None:
    frame, forward = way
    there = forward(*arrays((lon, lat)))
    assert 200 < np.hypot(there[0][0] - lon, there[1][0] - lat) * METRES < 2_000
    back = to_wgs84(*there, frame)
    assert np.hypot(back[0][0] - lon, back[1][0] - lat) * METRES < 0.01


def test_wgs84_stays_as_it_is() -> None:
    lon, lat = to_wgs84(*arrays((113.3, 23.1)), Frame.WGS84)
    assert (lon[0], lat[0]) == (113.3, 23.1)
