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


def message(collection: Any) -> str:
    with pytest.raises(ValueError, match=r".+") as refused:
        Areas.from_geojson(collection, STREETS)
    return str(refused.value)


def test_a_refusal_names_the_feature_by_its_number_and_says_what_to_do() -> None:
    good = square("440106014", 113.35, 113.4)
    assert message({"type": "FeatureCollection"}) == "it is not a FeatureCollection with features"
    assert message({"features": [good, square("440199001", 113.3, 113.4)]}) == (
        "feature 2: '440199001' is no street of the city; give its 9 digits as `id` or property `code`"
    )
    assert message({"features": [good, good]}) == (
        "feature 2: the code 440106014 stands twice; join its parts to a MultiPolygon"
    )
    point = {"id": "440106013", "geometry": {"type": "Point", "coordinates": [113, 23]}}
    assert message({"features": [point]}) == (
        "feature 1, 440106013: a Point where a Polygon or MultiPolygon belongs"
    )  # fmt: skip
    assert message({"features": [{"id": "440106013"}]}).startswith(
        "feature 1, 440106013: its geometry cannot be read"
    )
    assert message({"features": [{"geometry": good["geometry"]}]}).startswith("feature 1: '' is no street")
    assert message({"features": [{"properties": None}]}).startswith("feature 1: '' is no street")


@pytest.mark.parametrize(
    "told",
    [{"id": "440106013"}, {"id": "440106013000"}, {"properties": {"code": "440106013"}}, {"id": 440106013}],
    ids=["id", "twelve digits", "property", "number"],
)
def test_a_code_may_be_told_in_several_ways(told: dict[str, Any]) -> None:
    feature = {"geometry": square("", 113.3, 113.4)["geometry"], **told}
    areas = Areas.from_geojson({"features": [feature]}, STREETS)
    assert areas.at(np.array([113.35]), np.array([23.1])).tolist() == ["440106013"]


def test_a_polygon_that_crosses_itself_is_mended() -> None:
    ring = [[113.3, 23.0], [113.4, 23.2], [113.4, 23.0], [113.3, 23.2], [113.3, 23.0]]
    bow = {"id": "440106013", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    areas = Areas.from_geojson({"features": [bow]}, STREETS)
    lon, lat = np.array([113.31, 113.39, 113.35]), np.array([23.1, 23.1, 23.19])
    assert areas.at(lon, lat).tolist() == ["440106013", "440106013", ""]


def test_without_polygons_no_place_lies_anywhere() -> None:
    assert Areas({}).at(np.array([113.3]), np.array([23.1])).tolist() == [""]
    assert Areas({}).at(np.array([]), np.array([])).tolist() == []


def test_a_place_near_its_district_may_stand_on_the_border() -> None:
    ring = [[113.3, 23.0], [113.4, 23.0], [113.4, 23.2], [113.3, 23.2], [113.3, 23.0]]
    other = [[113.4, 23.0], [113.5, 23.0], [113.5, 23.2], [113.4, 23.2], [113.4, 23.0]]
    districts = Districts(
        {
            "features": [
                {"id": code, "properties": {"name_zh": name}, "geometry": {"type": "Polygon", "coordinates": [one]}}
                for code, name, one in (("440106", "天河区", ring), ("440112", "黄埔区", other))
            ]
        }
    )
    assert districts.names == {"440106": "天河区", "440112": "黄埔区"}
    lon, lat = np.array([113.35, 113.404, 113.406, 113.295, 113.294]), np.full(5, 23.1)
    assert districts.elsewhere(lon, lat, ["440106013"] * 5) == {2: "440112", 4: ""}
    assert districts.elsewhere(lon[:1], lat[:1], ["440199001"]) == {0: "440106"}
    assert districts.elsewhere(lon[:0], lat[:0], []) == {}
