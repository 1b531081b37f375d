"""Shapes of districts for plotly: nothing lost of an odd shape."""

from cityops import reference
from cityops_dashboards.figures.map import outline, rings


def test_parts_of_a_district_are_kept_apart() -> None:
    districts = reference.geojson("districts")["features"]
    huadu = next(feature for feature in districts if feature["geometry"]["type"] == "MultiPolygon")
    drawn = outline(huadu)

    parts = list(rings(huadu["geometry"]))
    assert len(parts) == 2
    assert list(drawn["x"]).count(None) == 1
    assert len(drawn["x"]) == len(drawn["y"]) == sum(map(len, parts)) + 1
    assert drawn["meta"] == huadu["id"]
