"""Shapes of districts for maps that plotly draws, and what all plain maps share."""

import math
from collections.abc import Iterator
from typing import Any

from cityops_dashboards import theme

Ring = list[tuple[float, float]]

SQUEEZE = math.cos(math.radians(23.2))
"""A degree of longitude at Guangzhou's latitude is shorter than one of latitude by this factor."""


def outline(feature: dict[str, Any]) -> dict[str, Any]:
    """Return one district as a quiet ground for points; `feature` is its GeoJSON."""
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
        "hoverinfo": "skip",
        "showlegend": False,
    }


def rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    """Yield the outer and inner rings of a GeoJSON polygon or multi-polygon as (lon, lat) pairs."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _line(parts: Iterator[Ring]) -> tuple[list[float | None], list[float | None]]:
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
