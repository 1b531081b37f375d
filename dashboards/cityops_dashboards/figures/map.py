"""The map of the city by district, with the small central districts enlarged beside it.

Plain polygons on plane axes: sharp on any wall, no WebGL, and a change of value changes nothing but a fill.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from cityops_dashboards import theme

Ring = list[tuple[float, float]]

SQUEEZE = math.cos(math.radians(23.2))
"""A degree of longitude at Guangzhou's latitude is shorter than one of latitude by this factor."""


@dataclass(frozen=True)
class MapFrame:
    """A rectangle of the drawing area (px from its top left) that shows a part of the map.

    The place (`lon`, `lat`) stands at its centre; `scale` is in px per degree of latitude.
    """

    left: float
    top: float
    width: float
    height: float
    lon: float
    lat: float
    scale: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place is drawn, in px from the top left of the drawing area."""
        x = self.left + self.width / 2 + (lon - self.lon) * SQUEEZE * self.scale
        return x, self.top + self.height / 2 - (lat - self.lat) * self.scale

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a place lies inside."""
        x, y = self.place(lon, lat)
        return self.left <= x <= self.left + self.width and self.top <= y <= self.top + self.height

    def axes(self, area: tuple[float, float]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the x and y axis that draw degrees into this rectangle of an area of (width, height) px."""
        half_x, half_y = self.width / 2 / self.scale / SQUEEZE, self.height / 2 / self.scale
        hidden = {"visible": False, "fixedrange": True}
        x_axis = hidden | {
            "range": [self.lon - half_x, self.lon + half_x],
            "domain": [self.left / area[0], (self.left + self.width) / area[0]],
        }
        y_axis = hidden | {
            "range": [self.lat - half_y, self.lat + half_y],
            "domain": [1 - (self.top + self.height) / area[1], 1 - self.top / area[1]],
        }
        return x_axis, y_axis


def city_map(
    districts: dict[str, Any], rivers: dict[str, Any], frames: Sequence[MapFrame], area: tuple[float, float]
) -> go.Figure:
    """Return the map: each frame shows all districts (traces whose `meta` is the district's code) and rivers.

    `districts` and `rivers` are GeoJSON. Fills are set later from the state; until then they are empty.
    """
    traces: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for number, frame in enumerate(frames, start=1):
        suffix = "" if number == 1 else str(number)
        x_axis, y_axis = frame.axes(area)
        axes |= {f"xaxis{suffix}": x_axis | {"anchor": f"y{suffix}"}}
        axes |= {f"yaxis{suffix}": y_axis | {"anchor": f"x{suffix}"}}
        on = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        traces += [_district(feature) | on for feature in districts["features"]]
        traces += [_river(feature) | on for feature in rivers["features"]]
    return theme.figure(
        traces, **axes, margin={"l": 0, "r": 0, "t": 0, "b": 0}, hovermode="closest", dragmode=False, autosize=True
    )


def _district(feature: dict[str, Any]) -> dict[str, Any]:
    x, y = _line(rings(feature["geometry"]))
    return {
        "type": "scatter",
        "meta": feature["id"],
        "x": x,
        "y": y,
        "mode": "lines",
        "fill": "toself",
        "fillcolor": theme.RAMP[0],
        "line": {"color": theme.BORDER, "width": 1.6},
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": "",
    }


def _river(feature: dict[str, Any]) -> dict[str, Any]:
    x, y = _line([feature["geometry"]["coordinates"]])
    line = {"color": theme.RIVER, "width": 2.4}
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip", "opacity": 0.75}


def outline(feature: dict[str, Any]) -> dict[str, Any]:
    """Return one district as a quiet ground for points."""
    return _district(feature) | {"hoverinfo": "skip", "showlegend": False, "fillcolor": theme.RAMP[0]}


def rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    """Yield the outer and inner rings of a GeoJSON polygon or multi-polygon as (lon, lat) pairs."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _line(parts: Iterator[Ring] | list[Ring]) -> tuple[list[float | None], list[float | None]]:
    """Return x and y of all parts, with a gap between two parts."""
    x: list[float | None] = []
    y: list[float | None] = []
    for part in parts:
        if x:
            x.append(None)
            y.append(None)
        x.extend(lon for lon, _ in part)
        y.extend(lat for _, lat in part)
    return x, y
