"""The map of a district's devices, each a point coloured by its state; with WebGL, or on plane axes without it."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from cityops_dashboards import theme
from cityops_dashboards.figures.map import SQUEEZE, outline, rings
from cityops_dashboards.theme import Look

STATES = ("silent", "late", "fresh", "1", "2", "3", "4")
"""Drawn in this order: what is worst lies on top."""

SIZES = {"fresh": 8, "late": 9, "silent": 8, "1": 11, "2": 12, "3": 13, "4": 14}
COUNTED = ("fresh", "late", "silent", "1", "2", "3", "4")
"""The same of counted cells, where what is on time is most and would hide the others."""
LEAST, MORE = 3.0, 11.0
"""Diameter of a disc of nearly none, in px, and how much more one has of which few cells have as many."""
FULL = 0.95
"""Share of the cells that have fewer than one whose disc is whole."""
MOST_PLAIN = 2000
"""Points that a browser without WebGL draws in good time; the worst come first."""


def colours(look: Look) -> dict[str, str]:
    """Return the colour of each of `STATES`: what is on time is neutral, what is old is fainter."""
    levels = {str(level): look.warnings[level] for level in (1, 2, 3, 4)}
    return {"fresh": look["series-1"], "late": look["ink-2"], "silent": look["ink-3"], **levels}


def device_map(
    devices: pd.DataFrame,
    feature: dict[str, Any],
    names: Mapping[str, str],
    *,
    webgl: bool,
    look: Look = theme.DARK,
) -> go.Figure:
    """Return the map of `devices` (code, lon, lat, freshness, warning, text) in a district's outline.

    `feature` is the district's GeoJSON feature; `names` holds the words of `STATES` for the legend, which counts all
    devices, also those that are not drawn for want of WebGL.
    """
    states = state_of(devices)
    legend = {state: f"{names[state]} {(states == state).sum()}" for state in STATES}
    if not webgl:
        order = states.map({state: place for place, state in enumerate(STATES)}).sort_values(ascending=False)
        devices = devices.loc[order.index[:MOST_PLAIN]]
        states = states.loc[devices.index]
    place = ("lon", "lat") if webgl else ("x", "y")
    points = [_points(devices[states == state], state, legend[state], place, look) for state in STATES]
    return _map(points, feature, look, webgl=webgl)


def density_map(
    cells: pd.DataFrame,
    feature: dict[str, Any],
    names: Mapping[str, str],
    *,
    webgl: bool,
    look: Look = theme.DARK,
) -> go.Figure:
    """Return the map of devices counted in a grid, each cell a disc by how many there are, for each state one.

    `cells` has lon and lat of their middles, a state of `STATES` and n; what is worse lies on top of what is usual.
    """
    place = ("lon", "lat") if webgl else ("x", "y")
    full = max(1.0, float(cells["n"].quantile(FULL))) if len(cells) else 1.0
    points = []
    for state in COUNTED:
        of_state = cells[cells["state"] == state]
        told = of_state.assign(code="", text=of_state["n"].map(lambda n, name=names[state]: f"{name} {n}"))
        trace = _points(told, state, f"{names[state]} {of_state['n'].sum()}", place, look)
        sizes = LEAST + (of_state["n"] / full).clip(upper=1).pow(0.5) * MORE
        points.append(trace | {"marker": trace["marker"] | {"size": sizes.tolist()}})
    return _map(points, feature, look, webgl=webgl)


def _map(points: list[dict[str, Any]], feature: dict[str, Any], look: Look, *, webgl: bool) -> go.Figure:
    kind = {"type": "scattermap"} if webgl else {"type": "scatter"}
    points = [one | kind for one in points]
    box = bounds(feature["geometry"])
    shared = {
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "y": 0,
            "yanchor": "top",
            "x": 0,
            "font": {"size": 14},
            "itemsizing": "constant",
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 40},
        "hovermode": "closest",
    }
    if webgl:
        return theme.figure(points, look, map=_view(feature["id"], box, look), **shared)
    return theme.figure([_ground(feature, look), *points], look, dragmode="pan", **shared, **_axes(box))


def state_of(devices: pd.DataFrame) -> pd.Series:
    """Return each device's state: its warning level while it speaks, else its freshness."""
    if devices.empty:
        return pd.Series([], index=devices.index, dtype=object)
    warns = (devices["warning"] > 0) & (devices["freshness"] != "silent")
    return devices["freshness"].where(~warns, devices["warning"].astype(str))


def bounds(geometry: dict[str, Any]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a GeoJSON (multi-)polygon."""
    places = [place for ring in rings(geometry) for place in ring]
    west, east = min(lon for lon, _ in places), max(lon for lon, _ in places)
    return west, min(lat for _, lat in places), east, max(lat for _, lat in places)


def _ground(feature: dict[str, Any], look: Look) -> dict[str, Any]:
    return outline(feature) | {"fillcolor": look.ramp[0], "line": {"color": look["edge"], "width": 1.6}}


def _points(devices: pd.DataFrame, state: str, name: str, place: tuple[str, str], look: Look) -> dict[str, Any]:
    return {
        place[0]: devices["lon"].tolist(),
        place[1]: devices["lat"].tolist(),
        "mode": "markers",
        "name": name,
        "marker": {"color": colours(look)[state], "size": SIZES[state], "opacity": 0.9},
        "text": devices["text"].tolist(),
        "customdata": devices["code"].tolist(),
        "hovertemplate": "%{text}<extra></extra>",
    }


def _view(district: str, box: tuple[float, float, float, float], look: Look) -> dict[str, Any]:
    west, south, east, north = box
    # A world is 512 px wide at zoom 0; 560 px is about the smaller side of the panel less a margin.
    span = max(east - west, (north - south) / SQUEEZE)
    return {
        "style": f"/map/style.json?district={district}&theme={look.theme}",
        "center": {"lon": (west + east) / 2, "lat": (south + north) / 2},
        "zoom": math.log2(360 / span * 400 / 512),
    }


def _axes(box: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = box
    hidden = {"visible": False}
    return {
        "xaxis": hidden | {"range": [west - 0.01, east + 0.01]},
        "yaxis": hidden | {"range": [south - 0.01, north + 0.01], "scaleanchor": "x", "scaleratio": 1 / SQUEEZE},
    }
