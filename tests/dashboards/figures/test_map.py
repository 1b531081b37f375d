"""The city's map: every district in every frame, labels inside their district, and nothing lost of an odd shape."""

from typing import Any

import pytest
from shapely.geometry import Point, shape

from cityops import reference
from cityops_dashboards.figures.map import MapFrame, city_map, rings
from cityops_dashboards.panels.city_map import AREA, CITY, CORE, CORE_DISTRICTS


@pytest.fixture
def districts() -> dict[str, Any]:
    return reference.geojson("districts")


def drawn(figure: Any) -> list[Any]:
    return [trace for trace in figure.data if trace.meta]


def test_each_frame_shows_every_district_and_the_rivers(districts: dict[str, Any]) -> None:
    figure = city_map(districts, reference.geojson("rivers"), (CITY, CORE), AREA)

    codes = [feature["id"] for feature in districts["features"]]
    assert [trace.meta for trace in drawn(figure)] == codes * 2
    assert {trace.xaxis for trace in drawn(figure)} == {"x", "x2"}
    assert len(figure.data) == 2 * (11 + len(reference.geojson("rivers")["features"]))


def test_no_district_or_one_gives_a_map_all_the_same(districts: dict[str, Any]) -> None:
    nothing: dict[str, Any] = {"features": []}
    one = {"features": districts["features"][:1]}
    assert len(city_map(nothing, nothing, (CITY,), AREA).data) == 0
    assert len(city_map(one, nothing, (CITY,), AREA).data) == 1


def test_parts_of_a_district_are_kept_apart(districts: dict[str, Any]) -> None:
    huadu = next(feature for feature in districts["features"] if feature["geometry"]["type"] == "MultiPolygon")
    figure = city_map({"features": [huadu]}, {"features": []}, (CITY,), AREA)

    parts = list(rings(huadu["geometry"]))
    assert len(parts) == 2
    assert list(figure.data[0].x).count(None) == 1
    assert len(figure.data[0].x) == sum(map(len, parts)) + 1


def test_the_whole_city_fits_its_frame(districts: dict[str, Any]) -> None:
    for feature in districts["features"]:
        assert all(CITY.holds(lon, lat) for ring in rings(feature["geometry"]) for lon, lat in ring)


def test_labels_lie_in_their_districts_and_do_not_meet(districts: dict[str, Any]) -> None:
    places = {}
    for feature in districts["features"]:
        lon, lat = feature["properties"]["label_lon"], feature["properties"]["label_lat"]
        frame = CORE if feature["id"] in CORE_DISTRICTS else CITY
        assert shape(feature["geometry"]).contains(Point(lon, lat))
        assert frame.holds(lon, lat)
        places[feature["id"]] = frame.place(lon, lat)
    for code, (x, y) in places.items():
        near = [other for other, (a, b) in places.items() if other != code and abs(a - x) < 64 and abs(b - y) < 44]
        assert near == [], f"labels of {code} and {near} overlap"


def test_a_frame_puts_its_place_in_its_middle() -> None:
    frame = MapFrame(left=100, top=50, width=200, height=100, lon=113.3, lat=23.1, scale=1000)
    assert frame.place(113.3, 23.1) == (200, 100)
    x_axis, y_axis = frame.axes((400, 200))
    assert x_axis["domain"] == [0.25, 0.75]
    assert y_axis["domain"] == [0.25, 0.75]
    assert sum(x_axis["range"]) / 2 == pytest.approx(113.3)
