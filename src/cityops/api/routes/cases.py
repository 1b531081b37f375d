"""Cases over HTTP for those who act: lists of what is to be done, one whole case, and each act as one call."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy.exc import IntegrityError

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs, outside
from cityops.api.case_views import case_brief, case_out, etag
from cityops.api.connections import Reads, ReadTransactions, Writes, WriteTransactions
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant_or_none, serial
from cityops.api.parameters import Code
from cityops.api.routes.events import NEWEST, EventQuery, check_region
from cityops.api.schemas import NO_NUL
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.events.acts import Act, CaseKind, Mark, Master, Unit, UnitKind
from cityops.domain.masking import reads_persons
from cityops.domain.regions import RegionLevel, level_of
from cityops.reference import CITY_CODE
from cityops.services import cases as acts
from cityops.services.case_orders import BeyondError, CaseReport, NotAllowedError, Order, StaleError, Who
from cityops.store.access.credentials import Known
from cityops.store.events import cases as store
from cityops.store.events.cases import Todo

router = APIRouter(prefix="/cases", tags=["cases"])
DUE = Keyset(due_at=instant_or_none, id=serial)
_errors = problems.documented(404, 422, 503)
CaseGroup = Literal[
    "todo",
    "status",
    "stage",
    "class",
    "region",
    "district",
    "source",
    "severity",
    "master",
    "kind",
    "unit",
    "standard",
]
_CaseId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Handler = Annotated[Subject, needs(Permission.EVENT_HANDLE)]
_Reader = Annotated[Subject, needs(Permission.EVENT_READ)]


class CaseQuery(EventQuery):
    """Filters of cases; those of events among them."""

    master: Master | None = None
    kind: CaseKind | None = None
    unit: schemas.UnitCode | None = Field(None, description="who handles it: a department, district or street")
    standard: Code | None = None
    todo: Todo | None = Field(None, description="what waits for somebody, of open cases that are handled here")
    mark: Mark | None = None
    parent: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None
    q: Annotated[str, Field(min_length=1, max_length=64, json_schema_extra=NO_NUL)] | None = Field(
        None, description="beginning of the case's number, or part of its title"
    )

    def wanted(self) -> store.CaseFilter:
        """Return what the store filters by."""
        named = {name: getattr(self, name) for name in CaseQuery.model_fields if name not in {"unit", "q"}}
        return store.CaseFilter(**named, unit=None if self.unit is None else unit_of(self.unit), text=self.q)


class CasePageQuery(PageQuery, CaseQuery):
    """Filters of cases, in which order, and which page."""

    order: Literal["newest", "due"] = Field(
        "newest",
        description="due: what runs out first, or ran out longest ago, before others; last what has no clock",
    )


class CaseCountQuery(CaseQuery):
    """Filters of cases, and by what they are counted."""

    by: CaseGroup = "todo"


def unit_of(code: str) -> Unit:
    """Return the unit of a code: regions are digits, departments words."""
    if code.isdigit():
        return Unit(UnitKind.STREET if level_of(code) is RegionLevel.STREET else UnitKind.DISTRICT, code)
    return Unit(UnitKind.DEPARTMENT, code)


@router.get("", responses=_errors)
def get_cases(
    subject: _Reader, request: Request, reads: Reads, query: Annotated[CasePageQuery, Query()]
) -> schemas.CasePage:
    """Give cases in order, page by page: ask again with `after` set to the last answer's `next`."""
    check_region(request, query.region, subject)
    _check_search(request, query)
    now = utc_now()
    order, page = (DUE, store.page_by_due) if query.order == "due" else (NEWEST, store.page)
    with reads(subject) as connection:
        rows = page(connection, query.wanted(), now, order.after(query), query.limit + 1, subject.scope)
    known: Known = request.state.known
    return order.page(schemas.CasePage, rows, query, lambda row: case_brief(row, known, now))


@router.get("/counts", responses=_errors)
def get_case_counts(
    subject: _Reader, request: Request, reads: Reads, query: Annotated[CaseCountQuery, Query()]
) -> list[schemas.CaseCount]:
    """Count cases by group, most frequent first; by `todo`, what waits, of which a case may be in several groups."""
    check_region(request, query.region, subject)
    _check_search(request, query)
    with reads(subject) as connection:
        if query.by == "todo":
            found = store.todos(connection, query.wanted(), utc_now(), subject.scope)
            return [schemas.CaseCount(group=todo, count=n) for todo, n in found.items()]
        rows = store.counts(connection, query.wanted(), query.by, utc_now(), subject.scope)
        return [schemas.CaseCount(**row) for row in rows]


@router.post("", status_code=201, responses=problems.documented(400, 409, 422, 503))
def report_case(
    subject: _Handler, request: Request, response: Response, reads: Reads, writes: Writes, asked: schemas.NewCase
) -> schemas.CaseOut:
    """Report a case of our own; under the same `token` once, however often it is sent."""
    told = asked.model_dump(exclude={"text", "region"})
    wanted = CaseReport(**told, description=asked.text, region_code=asked.region)
    who = Who.of(subject, actor_of(request))
    try:
        event_id = _reported(writes, subject, who, wanted)
    except NotAllowedError as error:
        raise _not_allowed(error) from None
    except BeyondError as error:
        raise outside(subject, error.region_code) from None
    response.headers["Location"] = f"/api/v1/cases/{event_id}"
    return _answer(reads, subject, request, response, event_id)


@router.get("/{event_id}", responses=_errors)
def get_case(
    subject: _Reader,
    request: Request,
    response: Response,
    reads: Reads,
    event_id: _CaseId,
    _: Annotated[schemas.Query, Query()],
) -> schemas.CaseOut:
    """Give one case whole: history, clocks interval by interval, what may be done now, and why not the rest."""
    return _answer(reads, subject, request, response, event_id)


@router.post("/{event_id}/acts", responses=problems.documented(400, 404, 409, 412, 422, 428, 503))
def act_on_case(
    subject: _Handler,
    request: Request,
    response: Response,
    reads: Reads,
    writes: Writes,
    event_id: _CaseId,
    asked: schemas.ActAsked,
    if_match: Annotated[str | None, Header(description="the case's version, as its ETag has it")] = None,
) -> schemas.CaseOut:
    """Act on a case as its version has it, and give it as it is then.

    Without `If-Match` it is a 428. 412: somebody was first; the answer says who, and what changed. 409: it may not be
    done now; the answer says what it lacks, which acts may, and who may do it.
    """
    version = _version(if_match)
    who = Who.of(subject, actor_of(request))
    try:
        with writes(subject) as connection:
            if asked.act == acts.TAKE_OVER:
                acts.take_over(connection, who, event_id, version, asked.text or "")
            else:
                acts.act(connection, who, event_id, version, _order(asked))
    except NotAllowedError as error:
        raise _not_allowed(error) from None
    except StaleError as error:
        more = {"version": error.current, "changes": error.changes}
        raise problems.ProblemError(412, f"{error}.", headers={"ETag": etag(error.current)}, more=more) from None
    return _answer(reads, subject, request, response, event_id)


def _reported(writes: WriteTransactions, subject: Subject, who: Who, wanted: CaseReport) -> int:
    """Report a case; sent twice at the same moment under one token, the second finds the first."""
    try:
        with writes(subject) as connection:
            return acts.report(connection, who, wanted)
    except IntegrityError:
        if wanted.token is None:
            raise
    with writes(subject) as connection:
        return acts.report(connection, who, wanted)


def _check_search(request: Request, query: CaseQuery) -> None:
    """Refuse to look in titles for whoever is shown them masked: what is found would tell what the stars hide."""
    known: Known = request.state.known
    if query.q is not None and not reads_persons(
        known.subject, known.kind, query.region or CITY_CODE, concerned=True
    ):
        raise problems.ProblemError(
            403, "q: titles are shown to you masked, so they cannot be searched; use the other filters."
        )


def _version(if_match: str | None) -> str:
    told = (if_match or "").strip().removeprefix("W/").strip('"')
    if told in {"", "*"}:
        raise problems.ProblemError(
            428, 'Name the version of the case that you saw, as its ETag has it: `If-Match: "3-1"`.'
        )
    return told


def _order(asked: schemas.ActAsked) -> Order:
    told: Mapping[str, Any] = asked.model_dump(exclude={"act", "unit", "evidence"})
    unit = None if asked.unit is None else unit_of(asked.unit)
    return Order(Act(asked.act), **told, unit=unit, evidence=tuple(asked.evidence))


def _not_allowed(error: NotAllowedError) -> problems.ProblemError:
    denied = error.denied
    more = {
        "detail_zh": denied.reason_zh,
        "needs": list(denied.needs),
        "possible": list(denied.possible),
        "who": {str(act): list(roles) for act, roles in denied.who.items()},
    }
    return problems.ProblemError(409, denied.reason_en, more=more)


def _answer(
    reads: ReadTransactions, subject: Subject, request: Request, response: Response, event_id: int
) -> schemas.CaseOut:
    known: Known = request.state.known
    with reads(subject) as connection:
        found = case_out(connection, known, event_id, utc_now())
    if found is None:
        raise problems.not_found("case", event_id, "The ids stand in /api/v1/cases.")
    response.headers["ETag"] = etag(found.version)
    return found
