"""Events over HTTP: cases by page, counts by group, and one case with its history."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs
from cityops.api.connections import Reads
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.parameters import Code, Moment
from cityops.api.state.events import event_as, event_brief
from cityops.api.state.regions import region_of
from cityops.domain.access import Permission, Subject
from cityops.domain.events.status import Severity, Stage, Status
from cityops.store.events import queries as store

router = APIRouter(prefix="/events", tags=["events"])
NEWEST = Keyset(occurred_at=instant, id=serial)
_errors = problems.documented(404, 422, 503)


class EventQuery(schemas.Query):
    """Filters of events; the period is that of occurrence."""

    region: schemas.RegionAsked | None = None
    class_code: Code | None = Field(None, alias="class")
    group: Code | None = None
    status: Status | None = None
    stage: Stage | None = None
    open: bool | None = Field(None, description="true: not closed yet, in whichever stage")
    severity: Severity | None = None
    source: Code | None = None
    start: Moment | None = None
    end: Moment | None = None

    def filter(self) -> store.EventFilter:
        """Return what the store filters by."""
        named = {name: getattr(self, name) for name in EventQuery.model_fields}
        return store.EventFilter(**named)


class EventPageQuery(PageQuery, EventQuery):
    """Filters of events, and which page."""


class EventCountQuery(EventQuery):
    """Filters of events, and by what they are counted."""

    by: Literal["status", "stage", "class", "region", "source"] = "status"


@router.get("", responses=_errors)
def get_events(
    subject: Annotated[Subject, needs(Permission.EVENT_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[EventPageQuery, Query()],
) -> schemas.EventPage:
    """Give events newest first, page by page: ask again with `after` set to the last answer's `next`."""
    check_region(request, query.region, subject)
    with reads(subject) as connection:
        rows = store.page(connection, query.filter(), NEWEST.after(query), query.limit + 1, subject.scope)
    return NEWEST.page(schemas.EventPage, rows, query, lambda row: event_brief(dict(row), request.state.known))


@router.get("/counts", responses=_errors)
def get_counts(
    subject: Annotated[Subject, needs(Permission.EVENT_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[EventCountQuery, Query()],
) -> list[schemas.EventCount]:
    """Count events by status, stage, class, region (where the case lies) or source, most frequent first."""
    check_region(request, query.region, subject)
    with reads(subject) as connection:
        return [schemas.EventCount(**row) for row in store.counts(connection, query.filter(), query.by)]


@router.get("/{event_id}", responses=_errors)
def get_event(
    subject: Annotated[Subject, needs(Permission.EVENT_READ)],
    request: Request,
    reads: Reads,
    event_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    _: Annotated[schemas.Query, Query()],
) -> schemas.EventOut:
    """Give one event with its history."""
    with reads(subject) as connection:
        found = store.one(connection, event_id, subject.scope)
    if found is None:
        raise problems.not_found("event", event_id, "The ids stand in /api/v1/events.")
    row, steps = found
    history = [schemas.EventStep(**step) for step in steps]
    return event_as(schemas.EventOut, {**row, "history": history}, request.state.known)


def check_region(request: Request, code: str | None, subject: Subject) -> None:
    """Refuse a region that is not there, or of which the subject may see nothing.

    Raises
    ------
    problems.ProblemError
        There is no such region, or it lies outside the subject's area.
    """
    if code is not None:
        check_touches(subject, code)
        region_of(request.app.state.city.regions(), code)
