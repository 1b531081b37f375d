"""The audit over HTTP: read by filter."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.pages import Keyset, PageQuery, instant, serial
from cityops.api.parameters import PRINTABLE, Moment
from cityops.api.schemas import NO_NUL
from cityops.domain.access import Permission, Subject
from cityops.domain.audit import Action, AuditOutcome
from cityops.store.access import audit as store

router = APIRouter(tags=["audit"])
NEWEST = Keyset(at=instant, id=serial)
Text = Annotated[str, Field(min_length=1, max_length=store.LONGEST, pattern=PRINTABLE)]

AnyText = Annotated[str, Field(min_length=1, max_length=store.LONGEST, json_schema_extra=NO_NUL)]


class AuditQuery(schemas.Query):
    """Filters of the audit; `object` is its beginning."""

    subject: Text | None = None
    action: Action | None = None
    outcome: AuditOutcome | None = None
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
) -> schemas.AuditPage:
    """Give what was done newest first, page by page: ask again with `after` set to the last answer's `next`.

    Who is responsible for a part of the city reads what the people of that part did.
    """
    with reads(subject) as connection:
        rows = store.page(connection, subject.scope, query.filter(), NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.AuditPage, rows, query, lambda row: schemas.AuditEntry(**row))


@router.post("/refusals", status_code=204, responses=problems.documented(400, 422))
def report_refusal(_: Annotated[Subject, needs(None)], request: Request, asked: schemas.RefusedPage) -> Response:
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
