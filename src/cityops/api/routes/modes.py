"""Modes over HTTP (平急结合): listed, started, prolonged, ended; who is on duty; walls and scenes sent to them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs, outside
from cityops.api.connections import Reads, Writes
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.routes.events import check_region
from cityops.api.schemas import ModeOut, WallOut
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.masking import reads_persons
from cityops.domain.modes.modes import ModeKind, holding
from cityops.domain.modes.roster import RosterDuty, masked, watch
from cityops.domain.reach import Reach
from cityops.reference import CITY_CODE
from cityops.services import modes as acts
from cityops.services import walls as wall_acts
from cityops.store.access.credentials import CredentialKind
from cityops.store.modes import modes as store
from cityops.store.modes import roster as roster_store
from cityops.store.modes import walls as wall_store

router = APIRouter(prefix="/modes", tags=["modes"])
roster = APIRouter(prefix="/roster", tags=["modes"])
walls = APIRouter(prefix="/walls", tags=["walls"])
NEWEST = Keyset(since=instant, id=serial)
_Leader = Annotated[Subject, needs(Permission.MODE_CHANGE)]
_Sender = Annotated[Subject, needs(Permission.WALL_PUSH)]
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Wall = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
_acting = problems.documented(400, 404, 409, 422, 503)


class ModePageQuery(PageQuery):
    """Filters of modes, and which page."""

    region: schemas.RegionAsked | None = None
    open: bool | None = None
    drill: bool | None = None


@router.get("", responses=problems.documented(404, 422, 503))
def get_modes(
    subject: Annotated[Subject, needs(Permission.AGGREGATE_READ)],
    reads: Reads,
    query: Annotated[ModePageQuery, Query()],
) -> schemas.ModePage:
    """Give modes newest first, page by page; `open`: those in force. They are announced, and so open to all."""
    wanted = store.ModeFilter(query.region, query.open, query.drill)
    with reads(subject) as connection:
        rows = store.page(connection, wanted, NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.ModePage, rows, query, lambda row: ModeOut(**row))


@router.post("", status_code=201, responses=_acting)
def start_mode(subject: _Leader, request: Request, writes: Writes, asked: schemas.ModeAsked) -> ModeOut:
    """Put a mode in force; it holds until it is ended, a drill until its planned end. Screens follow at once."""
    check_region(request, asked.region, subject)
    if not subject.scope.covers(asked.region):
        raise outside(subject, asked.region)
    with writes(subject) as connection:
        return _told(connection, acts.start(connection, actor_of(request), asked.mode()))


@router.post("/{mode_id}/prolong", responses=_acting)
def prolong_mode(
    subject: _Leader, request: Request, writes: Writes, mode_id: _Number, asked: schemas.ModeProlonged
) -> ModeOut:
    """Give a mode another planned end."""
    with writes(subject) as connection:
        acts.prolong(connection, actor_of(request), mode_id, asked.until)
        return _told(connection, mode_id)


@router.post("/{mode_id}/end", responses=_acting)
def end_mode(
    subject: _Leader, request: Request, writes: Writes, mode_id: _Number, asked: schemas.ModeEnded
) -> ModeOut:
    """End a mode, for good."""
    with writes(subject) as connection:
        acts.end(connection, actor_of(request), mode_id, asked.reason)
        return _told(connection, mode_id)


class RosterQuery(schemas.Query):
    """Whose roster."""

    region: schemas.RegionAsked = CITY_CODE


@roster.get("", responses=problems.documented(404, 422, 503))
def get_roster(
    subject: Annotated[Subject, needs(Permission.STATE_READ, Reach.INSIDE)],
    request: Request,
    reads: Reads,
    query: Annotated[RosterQuery, Query()],
) -> schemas.RosterOut:
    """Give who is on duty under the mode that holds in a region, who comes within a day, and when nobody is.

    Numbers are masked for who does not handle persons' data there.
    """
    check_region(request, query.region, subject)
    known, now = request.state.known, utc_now()

    def phone(duty: RosterDuty) -> str:
        return (duty if reads_persons(known.subject, known.kind, duty.region_code) else masked(duty)).phone

    with reads(subject) as connection:
        mode = holding(store.in_force(connection, now), query.region)
        kind = ModeKind.NORMAL if mode is None else mode.kind
        found = watch(roster_store.around(connection, now), query.region, kind, now)
    return schemas.RosterOut.of(found, drill=mode is not None and mode.drill, phone=phone)


def _told(connection: Connection, number: int) -> ModeOut:
    row = store.one(connection, number)
    assert row is not None
    return ModeOut(**row)


@walls.get("", responses=problems.documented(422, 503))
def get_walls(
    subject: Annotated[Subject, needs(Permission.STATE_READ, Reach.INSIDE)],
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> list[WallOut]:
    """List the walls of one's area by name: what each shows, when it answered last, what was sent to it."""
    with reads.of_access() as connection:
        return [WallOut(**row) for row in wall_acts.seen(connection, subject)]


@walls.post("/here", status_code=204, responses=problems.documented(400, 404, 422, 503))
def tell_of_wall(
    _: Annotated[Subject, needs(Permission.STATE_READ, Reach.OWN)],
    request: Request,
    writes: Writes,
    asked: schemas.WallShows,
) -> Response:
    """Take from a display what it shows now."""
    known = request.state.known
    if known.kind is not CredentialKind.DISPLAY:
        raise problems.not_found("wall", f"of this {known.kind}", "Only a display is one.")
    with writes() as connection:
        wall_store.answer(connection, known.id, asked.scene)
    return Response(status_code=204)


@walls.post("/{wall_id}/scene", status_code=204, responses=_acting)
def push_scene(
    subject: _Sender, request: Request, writes: Writes, wall_id: _Wall, asked: schemas.WallPush
) -> Response:
    """Send a scene to a wall of one's area, which holds it until it is released or the time is over."""
    with writes() as connection:
        wall_acts.push(connection, actor_of(request), subject, wall_id, asked.scene, asked.minutes)
    return Response(status_code=204)


@walls.post("/{wall_id}/release", status_code=204, responses=problems.documented(404, 422, 503))
def release_wall(
    subject: _Sender, request: Request, writes: Writes, wall_id: _Wall, _: Annotated[schemas.Query, Query()]
) -> Response:
    """Let a wall go."""
    with writes() as connection:
        wall_acts.release(connection, actor_of(request), subject, wall_id)
    return Response(status_code=204)
