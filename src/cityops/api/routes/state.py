"""The state of a region over HTTP: the same bytes for all who ask within a tick, or 304 where they have them."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs, outside
from cityops.api.state.city import PATIENCE_S
from cityops.domain.access import Permission, Subject
from cityops.domain.regions import RegionLevel, level_of
from cityops.reference import CITY_CODE

router = APIRouter(tags=["state"])


class StateQuery(schemas.Query):
    """Parameters of the state."""

    region: schemas.RegionAsked = CITY_CODE
    detail: Annotated[bool, Field(description="false asks for sums only, also where the detail may be seen")] = True


@router.get(
    "/state",
    response_model=schemas.State,
    responses={304: {"description": "Unchanged since the given ETag"}, **problems.documented(404, 422, 503)},
)
async def get_state(
    subject: Annotated[Subject, needs(Permission.STATE_READ)],
    request: Request,
    query: Annotated[StateQuery, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Give the state of a region now: each number with its age, coverage and freshness.

    Computed at most twice per second and region, however many ask. Ask with the last answer's ETag: an unchanged
    state is answered by 304 without a body.
    """
    check_touches(subject, query.region)
    covers = subject.scope.covers(query.region)
    if level_of(query.region) is RegionLevel.STREET and not covers:  # its sums may be those of one device
        raise outside(subject, query.region)
    key = query.region, covers, query.detail and covers
    body, etag = await request.app.state.states.get(key, PATIENCE_S)
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if _matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _matches(if_none_match: str | None, etag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return etag in given or given == ["*"]
