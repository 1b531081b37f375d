"""Shifts over HTTP (交接班): offered, accepted, refused or withdrawn by who has signed in, and listed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads, Writes, WriteTransactions
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.parameters import PRINTABLE, Moment
from cityops.api.routes.events import check_region
from cityops.api.schemas import HandoverOut
from cityops.domain.access import Permission, Subject
from cityops.domain.handovers import HandoverOutcome
from cityops.services import handovers as acts
from cityops.store import handovers as store
from cityops.store.access.credentials import CredentialKind

router = APIRouter(prefix="/handovers", tags=["shifts"])
NEWEST = Keyset(offered_at=instant, id=serial)
_Sitting = Annotated[Subject, needs(Permission.SHIFT_HANDOVER)]
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Text = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
_settling = problems.documented(403, 404, 409, 422, 503)


class HandoverPageQuery(PageQuery):
    """Filters of handovers, and which page; `account` is either person's, the period that of the offer."""

    region: schemas.RegionAsked | None = None
    seat: _Text | None = None
    account: _Text | None = None
    open: bool | None = Field(None, description="true: not answered yet")
    sitting: bool | None = Field(None, description="true: by which somebody sits in a seat now")
    start: Moment | None = None
    end: Moment | None = None

    def filter(self) -> store.HandoverFilter:
        """Return what the store filters by."""
        named = (self.region, self.seat, self.account, self.open, self.sitting)
        return store.HandoverFilter(*named, self.start, self.end)


@router.get("", responses=problems.documented(404, 422, 503))
def get_handovers(
    subject: _Sitting, request: Request, reads: Reads, query: Annotated[HandoverPageQuery, Query()]
) -> schemas.HandoverPage:
    """Give handovers newest first, page by page: ask again with `after` set to the last answer's `next`."""
    check_region(request, query.region, subject)
    with reads(subject) as connection:
        rows = store.page(connection, query.filter(), NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.HandoverPage, rows, query, lambda row: HandoverOut(**row))


@router.post("", status_code=201, responses=problems.documented(400, 404, 409, 422, 503))
def offer_shift(
    subject: _Sitting, request: Request, reads: Reads, writes: Writes, asked: schemas.NewHandover
) -> HandoverOut:
    """Offer one's shift to another account, with notes; what is open is counted into it. It holds once accepted."""
    _check_session(request)
    check_region(request, asked.region, subject)
    with reads.of_access() as connection:
        to = acts.receiver(connection, asked.to)
    offered = acts.HandoverOffer(asked.region, asked.seat, asked.to, asked.notes)
    with writes(subject) as connection:
        return _told(connection, acts.offer(connection, actor_of(request), offered, to))


@router.post("/{handover_id}/accept", responses=_settling)
def accept_shift(
    subject: _Sitting,
    request: Request,
    writes: Writes,
    handover_id: _Number,
    _: Annotated[schemas.Query, Query()],
) -> HandoverOut:
    """Take over a shift that was offered to oneself."""
    return _settled(request, writes, subject, handover_id, HandoverOutcome.ACCEPTED)


@router.post("/{handover_id}/refuse", responses={**problems.documented(400), **_settling})
def refuse_shift(
    subject: _Sitting, request: Request, writes: Writes, handover_id: _Number, asked: schemas.HandoverRefusal
) -> HandoverOut:
    """Refuse a shift that was offered to oneself, and say why."""
    return _settled(request, writes, subject, handover_id, HandoverOutcome.REFUSED, asked.reason)


@router.post("/{handover_id}/withdraw", responses=_settling)
def withdraw_shift(
    subject: _Sitting,
    request: Request,
    writes: Writes,
    handover_id: _Number,
    _: Annotated[schemas.Query, Query()],
) -> HandoverOut:
    """Take back an offer of one's own that was not answered yet."""
    return _settled(request, writes, subject, handover_id, HandoverOutcome.WITHDRAWN)


def _settled(
    request: Request,
    writes: WriteTransactions,
    subject: Subject,
    number: int,
    outcome: HandoverOutcome,
    reason: str | None = None,
) -> HandoverOut:
    _check_session(request)
    with writes(subject) as connection:
        acts.settle(connection, actor_of(request), number, outcome, reason)
        return _told(connection, number)


def _told(connection: Connection, number: int) -> HandoverOut:
    row = store.one(connection, number)
    assert row is not None
    return HandoverOut(**row)


def _check_session(request: Request) -> None:
    kind = request.state.known.kind
    if kind is not CredentialKind.SESSION:  # its label may be somebody's login
        raise problems.not_found("seat", f"of this {kind}", "Only who signed in sits in one.")
