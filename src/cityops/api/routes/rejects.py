"""Rejects over HTTP: by page, counted, and one with its message; what may be personal is not shown."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.parameters import PRINTABLE, Code, Moment
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.rejects import Reason, RejectState, shown_detail, shown_payload
from cityops.store.rejects import queries as store
from cityops.store.rejects.replay import RejectFilter

router = APIRouter(prefix="/rejects", tags=["rejects"])
NEWEST = Keyset(received_at=instant, id=serial)
_errors = problems.documented(404, 422, 503)
_EXPLAINED = {reason.value: reason.explanation for reason in Reason}


class RejectQuery(schemas.Query):
    """Filters of rejects; the period is that of receipt."""

    reason: Reason | None = None
    source: Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)] | None = None
    kind: Code | None = None
    state: RejectState | None = None
    start: Moment | None = None
    end: Moment | None = None

    def filter(self, start: datetime | None, end: datetime | None) -> RejectFilter:
        """Return what the store filters by, with this period."""
        return RejectFilter(self.reason and self.reason.value, self.source, self.kind, start, end, self.state)


class RejectPageQuery(PageQuery, RejectQuery):
    """Filters of rejects, and which page."""


@router.get("", responses=_errors)
def get_rejects(
    subject: Annotated[Subject, needs(Permission.REJECT_READ)],
    reads: Reads,
    query: Annotated[RejectPageQuery, Query()],
) -> schemas.RejectPage:
    """Give rejects newest first, page by page: ask again with `after` set to the last answer's `next`."""
    with reads(subject) as connection:
        rows = store.page(connection, query.filter(query.start, query.end), NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.RejectPage, rows, query, lambda row: schemas.RejectBrief(**_brief(row)))


@router.get("/counts", responses=_errors)
def get_reject_counts(
    subject: Annotated[Subject, needs(Permission.REJECT_READ)],
    reads: Reads,
    query: Annotated[RejectQuery, Query()],
) -> list[schemas.RejectCount]:
    """Count rejects by reason, source and state, most frequent first: of the last 24 hours unless asked otherwise."""
    start = query.start or (query.end or utc_now()) - timedelta(days=1)
    with reads(subject) as connection:
        rows = store.counts(connection, query.filter(start, query.end))
    return [schemas.RejectCount(**row, explanation=_EXPLAINED.get(row["reason"], "")) for row in rows]


@router.get("/{reject_id}", responses=_errors)
def get_reject(
    subject: Annotated[Subject, needs(Permission.REJECT_READ)],
    reads: Reads,
    reject_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    _: Annotated[schemas.Query, Query()],
) -> schemas.RejectOut:
    """Give one reject with its message and what was tried; messages that may hold personal data are not shown."""
    with reads(subject) as connection:
        found = store.one(connection, reject_id)
    if found is None:
        raise problems.not_found("reject", reject_id, "The ids stand in /api/v1/rejects.")
    row, attempts = found
    payload = shown_payload(row["kind"], bytes(row["payload"]))
    return schemas.RejectOut(
        **_brief(row),
        payload_text=payload.text,
        payload_base64=payload.base64,
        payload_hidden=payload.hidden,
        tried=[schemas.RejectAttempt(**_tried(row["kind"], attempt)) for attempt in attempts],
    )


def _brief(row: RowMapping) -> dict[str, Any]:
    shown = {name: row[name] for name in schemas.RejectBrief.model_fields if name not in {"explanation", "detail"}}
    detail = shown_detail(row["kind"], row["reason"], row["detail"])
    return shown | {"explanation": _EXPLAINED.get(row["reason"], ""), "detail": detail}


def _tried(kind: str, attempt: RowMapping) -> dict[str, Any]:
    shown = shown_detail(kind, attempt["reason_before"], attempt["detail_before"])
    return dict(attempt) | {"detail_before": shown}
