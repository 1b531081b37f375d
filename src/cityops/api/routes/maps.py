"""The map over HTTP: district polygons and river lines, so that no page asks another host for them."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from cityops import reference
from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.domain.access import Permission

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
CACHE_S = 86_400

router = APIRouter(prefix="/map", tags=["map"], dependencies=[needs(Permission.CATALOGUE_READ)])
_GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "GeoJSON, WGS-84"}
}


@router.get("/districts.geojson", response_class=Response, responses={**_GEOJSON, **problems.documented(422)})
def get_districts(_: Annotated[schemas.Query, Query()]) -> Response:
    """Give the district polygons with names and label points; show the attribution wherever they are drawn."""
    return _geojson("districts")


@router.get("/rivers.geojson", response_class=Response, responses={**_GEOJSON, **problems.documented(422)})
def get_rivers(_: Annotated[schemas.Query, Query()]) -> Response:
    """Give the river lines, which are indicative only; show the attribution wherever they are drawn."""
    return _geojson("rivers")


def _geojson(name: str) -> Response:
    body = orjson.dumps(reference.geojson(name) | {"attribution": ATTRIBUTION})
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": f"public, max-age={CACHE_S}"})
