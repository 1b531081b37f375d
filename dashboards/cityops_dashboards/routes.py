"""Plain HTTP beside the pages: liveness, and the map's shapes for maps that load them by address."""

from typing import Literal

import orjson
from fastapi import APIRouter, Response

from cityops import reference

router = APIRouter()


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process answers; whether the API does is told on the pages."""
    return {"status": "live"}


@router.get("/map/{name}.geojson")
async def shapes(name: Literal["districts", "rivers"]) -> Response:
    """Give the districts or rivers as GeoJSON (© OpenStreetMap contributors, ODbL 1.0)."""
    body = orjson.dumps(reference.geojson(name))
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": "max-age=3600"})
