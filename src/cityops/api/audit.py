"""The audit over HTTP: read by filter; and what other routes record with, whose work does not happen without it."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Engine

from cityops.api import problems, schemas
from cityops.api import schemas_audit as shapes
from cityops.api.access import needs
from cityops.api.connections import Reads
from cityops.api.pages import Keyset, PageQuery, instant, serial
from cityops.api.parameters import NO_NUL, PRINTABLE, Moment
from cityops.domain.access import Permission, Subject
from cityops.domain.audit import NOBODY, Action, Actor, Outcome
from cityops.services import audit as acts
from cityops.store.access import audit as store
from cityops.store.engine import writing

Row = TypeVar("Row")

router = APIRouter(tags=["audit"])
NEWEST = Keyset(at=instant, id=serial)
Text = Annotated[str, Field(min_length=1, max_length=store.LONGEST, pattern=PRINTABLE)]

AnyText = Annotated[str, Field(min_length=1, max_length=store.LONGEST, json_schema_extra=NO_NUL)]


class AuditQuery(schemas.Query):
    """Filters of the audit; `object` is its beginning."""

    subject: Text | None = None
    action: Action | None = None
    outcome: Outcome | None = None
    object: AnyText | None = None
    start: Moment | None = None
    end: Moment | None = None

    def filter(self) -> store.AuditFilter:
        """Return what the store filters by."""
        return store.AuditFilter(self.subject, self.action, self.outcome, self.object, self.start, self.end)


class AuditPageQuery(PageQuery, AuditQuery):
    """Filters of the audit, and which page."""


@router.get("/audit", responses=problems.documented(404, 422, 503))
def get_audit(
    subject: Annotated[Subject, needs(Permission.AUDIT_READ)],
    reads: Reads,
    query: Annotated[AuditPageQuery, Query()],
) -> shapes.AuditPage:
    """Give what was done newest first, page by page: ask again with `after` set to the last answer's `next`.

    Who is responsible for a part of the city reads what the people of that part did.
    """
    with reads(subject) as connection:
        rows = store.page(connection, subject.scope, query.filter(), NEWEST.after(query), query.limit + 1)
    return NEWEST.page(shapes.AuditPage, rows, query, lambda row: shapes.AuditEntry(**row))


@router.post("/refusals", status_code=204, responses=problems.documented(400, 422))
def report_refusal(_: Annotated[Subject, needs(None)], request: Request, asked: shapes.RefusedPage) -> Response:
    """Take from the dashboard that it refused a page to whoever is signed in; audited as the API's own refusals.

    A subject can say so of itself alone.
    """
    said = (
        f"region {asked.region} lies outside the area" if asked.region else "the role or the scene has no such page"
    )
    region = f"?region={asked.region}" if asked.region and asked.region not in asked.page else ""
    refusals = request.app.state.refusals
    refusals.take(actor_of(request), Action.ACCESS_REFUSED, f"GET {asked.page}{region}", f"on the dashboard: {said}")
    return Response(status_code=204)


def actor_of(request: Request) -> Actor:
    """Return who makes a request, as far as the door found out, and from where."""
    address = request.client.host if request.client else None
    request_id = request.headers.get("x-request-id")
    known = getattr(request.state, "known", None)
    if known is None:
        return Actor(NOBODY, address=address, request_id=request_id)
    return Actor.of(known.subject, known.kind, address, request_id)


class Tally:
    """Counts what goes out while a file is sent."""

    def __init__(self) -> None:
        self.rows = self.bytes = 0

    def counted(self, rows: Iterable[Row]) -> Generator[Row]:
        """Yield the rows and count them."""
        for row in rows:
            self.rows += 1
            yield row

    def sized(self, pieces: Iterable[bytes]) -> Generator[bytes]:
        """Yield the pieces and count their bytes, before they go: what broke off midway may have arrived."""
        for piece in pieces:
            self.bytes += len(piece)
            yield piece


@contextmanager
def recorded(engine: Engine, actor: Actor, action: Action, name: str, wanted: Mapping[str, Any]) -> Iterator[Tally]:
    """Record a work that takes long, once before the block and once after it, with what was counted in it."""
    tally = Tally()

    def write(outcome: Outcome, detail: Mapping[str, Any]) -> None:
        with writing(engine) as connection:
            store.record(connection, actor, action, name, outcome, detail)

    def ended() -> Mapping[str, Any]:
        return {"filter": wanted, "rows": tally.rows, "bytes": tally.bytes}

    with acts.recorded(write, {"filter": wanted}, ended):
        yield tally
