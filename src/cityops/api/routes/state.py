"""The state of a region over HTTP: the same bytes for all who ask within a tick, or 304 where they have them.

With `at` it is that of a moment that has gone, and `timeline` tells how many alarms stood before and after it.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs, outside
from cityops.api.parameters import Moment, is_held, period
from cityops.api.state.kept import PATIENCE_S
from cityops.api.state.past import PastAsked, PastStates
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.regions import RegionLevel, level_of
from cityops.headers import POSITION
from cityops.reference import CITY_CODE

router = APIRouter(tags=["state"])

USUAL_SPAN = timedelta(hours=7)
LONGEST_SPAN = timedelta(days=2)


class StateQuery(schemas.Query):
    """Parameters of the state."""

    region: schemas.RegionAsked = CITY_CODE
    detail: Annotated[bool, Field(description="false asks for sums only, also where the detail may be seen")] = True
    at: Annotated[Moment | None, Field(description="as it was then; of now unless given")] = None


class TimelineQuery(schemas.Query):
    """Parameters of the timeline."""

    region: schemas.RegionAsked = CITY_CODE
    start: Moment | None = None
    end: Moment | None = None


@router.get(
    "/state",
    response_model=schemas.State,
    responses={304: {"description": "Unchanged since the given ETag"}, **problems.documented(404, 410, 422, 503)},
)
async def get_state(
    subject: Annotated[Subject, needs(Permission.STATE_READ)],
    request: Request,
    query: Annotated[StateQuery, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Give the state of a region now: each number with its age, coverage and freshness.

    Computed at most twice per second and region, however many ask. Ask with the last answer's ETag: an unchanged
    state is answered by 304 without a body. Of two answers, also of several APIs behind one address, the one with
    the greater `Cityops-Position` is the later one. With `at` it is the state of that moment, and `replay` says how
    exactly it is known; what is not kept is null.
    """
    covers = _covers(subject, query.region)
    detail = query.detail and covers
    if query.at is None:
        found = await request.app.state.states.get((query.region, covers, detail), PATIENCE_S)
    else:
        asked = PastAsked(query.at, query.region, covers, detail)
        found = await request.app.state.past_states.get(asked, PATIENCE_S)
    headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
    headers |= {} if found.position is None else {POSITION: str(found.position)}
    if is_held(if_none_match, found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type="application/json", headers=headers)


@router.get("/state/timeline", responses=problems.documented(404, 410, 422, 503))
def get_timeline(
    subject: Annotated[Subject, needs(Permission.STATE_READ)],
    request: Request,
    query: Annotated[TimelineQuery, Query()],
) -> schemas.Timeline:
    """Give how many alarms of a region stood by level, each five minutes, and the moments worth a look.

    Seven hours up to now unless asked otherwise, two days at most. Those kept from the screens are left out.
    """
    _covers(subject, query.region)
    start, end = period(query.start, query.end, utc_now(), USUAL_SPAN)
    if end - start > LONGEST_SPAN:
        raise problems.ProblemError(422, "end: a timeline spans two days at most; ask for a shorter one.")
    past: PastStates = request.app.state.past
    return past.timeline(query.region, start, end)


def _covers(subject: Subject, region: str) -> bool:
    check_touches(subject, region)
    covers = subject.scope.covers(region)
    if level_of(region) is RegionLevel.STREET and not covers:  # its sums may be those of one device
        raise outside(subject, region)
    return covers
