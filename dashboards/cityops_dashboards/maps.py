"""Plain HTTP beside the pages: liveness, and the map's shapes for maps that load them by address."""

from typing import Any, Literal

import orjson
from fastapi import APIRouter, Response

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops.serving import alive, ready
from cityops_dashboards.figures.map import rings
from cityops_dashboards.theme import DARK, LIGHT, Look

router = APIRouter()

CORE = {"lon": 113.318, "lat": 23.118, "across_km": 29, "down_km": 23}
"""The middle of the core, which the lens enlarges, and what the map of the core alone shows at least."""


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers; whether the API does is told on the pages."""
    return alive()


router.get("/health/ready")(ready)


@router.get("/map/style.json")
async def map_style(district: str = "", theme: str = "dark") -> Response:
    """Give the ground of WebGL maps: districts, the named one lit, and rivers; it names no other address.

    Without a source for glyphs, labels are drawn from the computer's own fonts. The shapes stand in the style itself,
    because a style may not name them by a relative address.
    """
    style = {"version": 8, "sources": _sources(), "layers": _layers(district, LIGHT if theme == "light" else DARK)}
    return Response(orjson.dumps(style), media_type="application/json", headers={"Cache-Control": "max-age=3600"})


@router.get("/map/shapes.json")
async def map_shapes() -> Response:
    """Give what the wall's map is drawn from."""
    headers = {"Cache-Control": "max-age=3600"}
    return Response(orjson.dumps(shapes()), media_type="application/json", headers=headers)


def shapes() -> dict[str, Any]:
    """Return rings of the districts by code, rivers, the core, the names of the streets, the main points, and tiles.

    Tiles are places in a grid, by code, for districts that have no rings.
    """
    return {
        "core": CORE,
        "districts": {one["id"]: [*rings(one["geometry"])] for one in reference.geojson("districts")["features"]},
        "rivers": [one["geometry"]["coordinates"] for one in reference.geojson("rivers")["features"]],
        "streets": {one.code: one.name_zh for one in reference.regions() if one.level is RegionLevel.STREET},
        "points": [_point(row) for row in reference.rows("main_points")],
        "tiles": {
            row["code"]: [int(row["tile_column"]), int(row["tile_row"])]
            for row in reference.rows("districts")
            if row["tile_column"]
        },
    }


def _point(row: dict[str, str]) -> dict[str, Any]:
    names = {name: row[name] for name in ("code", "name_zh", "name_en")}
    return names | {name: float(row[name]) for name in ("lon", "lat", "radius_m")}


def _sources() -> dict[str, Any]:
    shapes: tuple[Literal["districts", "rivers"], ...] = ("districts", "rivers")
    return {name: {"type": "geojson", "data": reference.geojson(name)} for name in shapes}


def _layers(district: str, look: Look) -> list[dict[str, Any]]:
    is_named = ["==", ["get", "code"], district]
    fill = ["case", is_named, look.ramp[0], look["surface-1"]]
    return [
        {"id": "ground", "type": "background", "paint": {"background-color": look["base"]}},
        {"id": "fill", "type": "fill", "source": "districts", "paint": {"fill-color": fill}},
        {
            "id": "border",
            "type": "line",
            "source": "districts",
            "paint": {"line-color": look["edge"], "line-width": ["case", is_named, 2, 0.8]},
        },
        {
            "id": "rivers",
            "type": "line",
            "source": "rivers",
            "paint": {"line-color": look["river"], "line-width": 2, "line-opacity": 0.6},
        },
    ]
