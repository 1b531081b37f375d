"""Areas: a place has the street whose polygon holds it, and a file of polygons is checked before it is used."""

from typing import Any

import numpy as np
import pytest

from cityops import reference
from cityops.domain.registration.areas import Areas, Districts

STREETS = frozenset({"440106013", "440106014"})


def square(code: str, west: float, east: float) -> dict[str, Any]:
    ring = [[west, 23.0], [east, 23.0], [east, 23.2], [west, 23.2], [west, 23.0]]
    return {"id": code, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_place_lies_in_one_street_or_none() -> None:
    areas = Areas.from_geojson(
        {"features": [square("440106014", 113.35, 113.4), square("440106013", 113.3, 113.35)]}, STREETS
    )
    lon = np.array([113.32, 113.38, 113.35, 113.5])
    assert areas.at(lon, np.full(4, 23.1)).tolist() == ["440106013", "440106014", "440106013", ""]


@pytest.mark.parametrize(
    ("collection", "reason"),
    [
        ([], "FeatureCollection"),
        ({"features": []}, "FeatureCollection"),
        ({"features": [square("440199001", 113.3, 113.4)]}, "'440199001' is no street"),
        ({"features": [square("440106013", 113.3, 113.4)] * 2}, "stands twice"),
        ({"features": [{"id": "440106013", "geometry": {"type": "Point", "coordinates": [113, 23]}}]}, "a Point"),
        ({"features": [{"id": "440106013", "geometry": None}]}, "cannot be read"),
    ],
)
def test_polygons_that_cannot_be_used_are_named(collection: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Areas.from_geojson(collection, STREETS)


def test_a_place_far_from_its_district_is_told() -> None:
    districts = Districts(reference.geojson("districts"))
    lon, lat = np.array([113.364, 113.364, 100.0]), np.array([23.152, 23.152, 23.1])
    assert districts.elsewhere(lon, lat, ["440106013", "440105001", "440106013"]) == {1: "440106", 2: ""}
