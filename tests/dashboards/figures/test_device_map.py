"""The map of devices: what is wrong lies on top, what is silent never warns, nothing is dropped unsaid."""

from typing import Any

import pandas as pd
import pytest

from cityops import reference
from cityops_dashboards.figures.device_map import MOST_PLAIN, STATES, bounds, density_map, device_map, state_of

NAMES = {state: state for state in STATES}


@pytest.fixture
def tianhe() -> dict[str, Any]:
    features: list[dict[str, Any]] = reference.geojson("districts")["features"]
    return next(feature for feature in features if feature["id"] == "440106")


def devices(*rows: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"code": f"D{n}", "lon": 113.36, "lat": 23.13, "freshness": fresh, "warning": level, "text": f"台 {n}"}
            for n, (fresh, level) in enumerate(rows)
        ],
        columns=["code", "lon", "lat", "freshness", "warning", "text"],
    )


def points(figure: Any) -> dict[str, int]:
    return {trace.name.split()[0]: len(trace.customdata) for trace in figure.data if trace.customdata is not None}


@pytest.mark.parametrize("webgl", [True, False])
def test_each_device_is_a_point_of_its_state(tianhe: dict[str, Any], webgl: bool) -> None:
    table = devices(("fresh", 0), ("fresh", 3), ("late", 0), ("silent", 0), ("fresh", 0))
    figure = device_map(table, tianhe, NAMES, webgl=webgl)

    counts = points(figure)
    assert {state: count for state, count in counts.items() if count} == {"fresh": 2, "3": 1, "late": 1, "silent": 1}
    assert [trace.name for trace in figure.data if trace.customdata is not None][-1].startswith("4")  # drawn last


@pytest.mark.parametrize("webgl", [True, False])
def test_no_device_gives_an_empty_map(tianhe: dict[str, Any], webgl: bool) -> None:
    assert sum(points(device_map(devices(), tianhe, NAMES, webgl=webgl)).values()) == 0


def test_a_silent_device_does_not_warn() -> None:
    assert state_of(devices(("silent", 4), ("late", 2))).tolist() == ["silent", "2"]


def test_without_webgl_the_worst_are_drawn_and_the_legend_counts_them(tianhe: dict[str, Any]) -> None:
    table = devices(*[("fresh", 0)] * (MOST_PLAIN + 50), *[("fresh", 4)] * 5, *[("silent", 0)] * 7)
    figure = device_map(table, tianhe, NAMES, webgl=False)

    assert points(figure)["4"] == 5
    assert sum(points(figure).values()) == MOST_PLAIN
    assert f"fresh {MOST_PLAIN + 50}" in [trace.name for trace in figure.data]


def test_with_webgl_the_ground_comes_from_our_own_server(tianhe: dict[str, Any]) -> None:
    figure = device_map(devices(("fresh", 0)), tianhe, NAMES, webgl=True)
    assert figure.layout.map.style == "/map/style.json?district=440106&theme=dark"


def test_bounds_hold_the_district(tianhe: dict[str, Any]) -> None:
    west, south, east, north = bounds(tianhe["geometry"])
    assert (west, south) < (113.36, 23.13) < (east, north)


@pytest.mark.parametrize("webgl", [True, False])
def test_counted_devices_are_discs_by_how_many_there_are_and_the_legend_counts_all(
    tianhe: dict[str, Any], webgl: bool
) -> None:
    rows = [(113.3, 23.1, "fresh", 100), (113.4, 23.1, "fresh", 25), (113.3, 23.1, "silent", 9)]
    cells = pd.DataFrame(rows, columns=["lon", "lat", "state", "n"])
    figure = density_map(cells, tianhe, NAMES, webgl=webgl)
    discs = {trace.name: trace for trace in figure.data if trace.customdata is not None}
    assert discs["fresh 125"].marker.size[0] > discs["fresh 125"].marker.size[1]
    names = [*discs]
    assert names.index("fresh 125") < names.index("silent 9"), "what is silent lies on top of what is usual"
    assert list(discs["silent 9"].text) == ["silent 9"]
    assert sum(points(density_map(cells[:0], tianhe, NAMES, webgl=webgl)).values()) == 0
