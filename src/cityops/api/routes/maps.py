"""The map over HTTP: district polygons, river lines, devices of a kind; so that no page asks another host for it."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from cityops import reference
from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs
from cityops.api.parameters import Code, is_held
from cityops.api.state.kept import PATIENCE_S
from cityops.api.state.points import PointsAsked
from cityops.api.state.regions import region_of
from cityops.domain.access import Permission, Subject
from cityops.domain.points import CHANNELS

ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
CACHE_S = 86_400

router = APIRouter(prefix="/map", tags=["map"])
_GEOJSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "description": "GeoJSON, WGS-84"}
}
_shapes: dict[str, Any] = {
    "response_class": Response,
    "responses": {**_GEOJSON, **problems.documented(422)},
    "dependencies": [needs(Permission.CATALOGUE_READ)],
}


@router.get("/districts.geojson", **_shapes)
def get_districts(_: Annotated[schemas.Query, Query()]) -> Response:
    """Give the district polygons with names and label points; show the attribution wherever they are drawn."""
    return _geojson("districts")


@router.get("/rivers.geojson", **_shapes)
def get_rivers(_: Annotated[schemas.Query, Query()]) -> Response:
    """Give the river lines, which are indicative only; show the attribution wherever they are drawn."""
    return _geojson("rivers")


class PointsQuery(schemas.Query):
    """Which kind of device, or `channel`, and where; all devices where no kind is named."""

    kind: Code | None = None
    region: schemas.RegionAsked = reference.CITY_CODE


@router.get(
    "/points",
    response_model=schemas.MapPoints,
    responses={304: {"description": "Unchanged since the given ETag"}, **problems.documented(404, 422, 503)},
)
async def get_points(
    subject: Annotated[Subject, needs(Permission.DEVICE_READ)],
    request: Request,
    query: Annotated[PointsQuery, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Give the devices of a kind, all devices, or the video channels (`kind=channel`), with place and state.

    Up to 2,000 are told one by one, more are counted in the cells of a fixed grid, exactly. A device with an open
    alarm is told by its level. Read anew every ten seconds at most. A display is told where channels are and whether
    they are on, not which they are.
    """
    check_touches(subject, query.region)
    region_of(request.app.state.city.regions(), query.region)
    named = query.kind != CHANNELS or subject.may(Permission.CHANNEL_READ)
    asked = PointsAsked(query.kind, query.region, subject.scope, named)
    body, etag = await request.app.state.points.get(asked, PATIENCE_S)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if is_held(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _geojson(name: str) -> Response:
    body = orjson.dumps(reference.geojson(name) | {"attribution": ATTRIBUTION})
    return Response(body, media_type="application/geo+json", headers={"Cache-Control": f"public, max-age={CACHE_S}"})
