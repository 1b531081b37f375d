"""Reports over HTTP (日报, 周报, 专报): which there are, each as HTML, DOCX or its numbers, made now, drafts."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, model_validator
from sqlalchemy import Engine

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs, outside
from cityops.api.connections import Reads
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.routes.events import check_region
from cityops.api.routes.indicators.views import keeper
from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import Page, RegionCode, Shape
from cityops.domain.access import Permission, Subject
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.declared import ReportPeriod
from cityops.domain.reports.layout import laid_out
from cityops.indicators import reports_in_force
from cityops.reference import CITY_CODE
from cityops.services.reports import making, webpage
from cityops.services.reports.composing import ReportAsked
from cityops.services.reports.making import MadeReport
from cityops.store.engine import reading
from cityops.store.indicators import reports as store

router = APIRouter(prefix="/reports", tags=["reports"])
NEWEST = Keyset(period_start=instant, id=serial)
_Reader = Annotated[Subject, needs(Permission.REPORT_READ)]
_Maker = Annotated[Subject, needs(Permission.REPORT_MAKE)]
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Kind = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$", examples=["daily"])]
_acting = problems.documented(400, 404, 422, 503)


class ReportFormat(StrEnum):
    """How a report comes: for the screen and for print, for a word processor, its numbers alone."""

    HTML = "html"
    DOCX = "docx"
    JSON = "json"


MEDIA = {
    ReportFormat.HTML: "text/html; charset=utf-8",
    ReportFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ReportFormat.JSON: "application/json",
}


class ReportPageQuery(PageQuery):
    """Filters of reports, and which page."""

    kind: _Kind | None = None
    region: schemas.RegionAsked | None = None


class ReportFileQuery(schemas.Query):
    """In which format and language; numbers have no language."""

    format: ReportFormat = ReportFormat.JSON
    lang: Literal["zh", "en"] = "zh"


class ReportOf(schemas.Query):
    """Of what a report is: of a kind a day that lies in its period, or a mode; or a view."""

    kind: _Kind | None = None
    region: schemas.RegionAsked = CITY_CODE
    day: date | None = Field(default=None, description="a day of the period, as the city's calendar has it")
    mode: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = Field(default=None, description="of a report of a mode")

    view: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = Field(
        default=None, description="of a view in place of a kind; its region and time are those of the view"
    )

    @model_validator(mode="after")
    def _is_of_one(self) -> "ReportOf":
        if [self.day, self.mode, self.view].count(None) != 2:
            raise ValueError("name a day, a mode or a view")
        if (self.kind is None) != (self.view is not None):
            raise ValueError("name the kind with a day or a mode, and none with a view")
        return self


class DraftQuery(ReportOf):
    """Of what a draft is, in which format and language."""

    format: ReportFormat = ReportFormat.HTML
    lang: Literal["zh", "en"] = "zh"


class ReportAskedFor(ReportOf, Asked):
    """A report to be made now."""


class ReportKind(Shape):
    """A declared report."""

    kind: str
    title_zh: str
    title_en: str
    period: ReportPeriod
    levels: list[Literal["city", "district"]] = Field(description="of which regions it is made")
    closed_after_s: float = Field(description="so long after its end a period is closed")


class ReportOut(Shape):
    """A report of a closed period, as it was made and stays."""

    id: int
    kind: str
    region_code: RegionCode
    period_start: datetime
    period_end: datetime
    edition: int = Field(description="1 as it was first made; each further one names what has changed")
    title_zh: str
    title_en: str
    made_at: datetime
    made_by: str


class ReportPage(Page[ReportOut]):
    """One page of reports, newest period first; `next` is the cursor of the following page, null on the last."""


class ReportMade(Shape):
    """What making a report came to; without `id` its period is not closed, and it is a draft that nobody keeps."""

    id: int | None
    is_new: bool = Field(description="false: it was made before, and no number has changed since")
    edition: int
    corrections: int = Field(description="values that differ from the edition before")


@router.get("", responses=problems.documented(404, 422, 503))
def get_reports(subject: _Reader, reads: Reads, query: Annotated[ReportPageQuery, Query()]) -> ReportPage:
    """Give the reports of one's area page by page; a district's officer sees those of the district alone."""
    wanted = store.ReportFilter(query.kind, query.region)
    with reads(subject) as connection:
        rows = store.page(connection, wanted, NEWEST.after(query), query.limit + 1)
    return NEWEST.page(ReportPage, rows, query, lambda row: ReportOut(**row))


@router.get("/kinds")
def get_report_kinds(
    _: Annotated[Subject, needs(Permission.CATALOGUE_READ)], __: Annotated[schemas.Query, Query()]
) -> list[ReportKind]:
    """List the reports that are declared."""
    return [
        ReportKind(
            kind=one.report,
            title_zh=one.title.zh,
            title_en=one.title.en,
            period=one.period,
            levels=list(one.regions),
            closed_after_s=one.grace.total_seconds(),
        )
        for one in reports_in_force().values()
    ]


@router.post(
    "",
    response_model=ReportMade,
    status_code=201,
    responses={200: {"description": "Nothing new was kept", "model": ReportMade}, **_acting},
)
def make_report(subject: _Maker, request: Request, response: Response, asked: ReportAskedFor) -> ReportMade:
    """Make a report now: of a closed period it is kept; where numbers have changed since, as a further edition."""
    engine: Engine = request.app.state.engine
    made: MadeReport = making.make(engine, actor_of(request), _asked(request, subject, asked))
    response.status_code = 201 if made.is_new else 200
    told = made.snapshot
    return ReportMade(id=made.id, is_new=made.is_new, edition=told.edition, corrections=len(told.corrections))


@router.get("/draft", response_class=Response, responses={200: {"content": {}}, **problems.documented(404, 422, 503)})
def get_draft(subject: _Maker, request: Request, query: Annotated[DraftQuery, Query()]) -> Response:
    """Give a report as its numbers are now, kept or not; of a period that is not closed it says so."""
    engine: Engine = request.app.state.city.engine
    snapshot = making.composed(engine, _asked(request, subject, query))
    name = f"{snapshot.declared.report}-{snapshot.region.code}-{snapshot.start.astimezone(CITY_ZONE):%Y%m%d}-draft"
    if query.format is ReportFormat.JSON:
        return _file(snapshot.text().encode(), query.format, name)
    paper = laid_out(snapshot.model_copy(update={"edition": 0}), query.lang)
    if query.format is ReportFormat.HTML:
        return _file(webpage.html(paper), query.format, name)
    from cityops.services.reports.word import docx  # python-docx and lxml are 6 MB that few requests need

    return _file(docx(paper), query.format, name)


@router.get(
    "/{report_id}", response_class=Response, responses={200: {"content": {}}, **problems.documented(404, 422, 503)}
)
def get_report(
    subject: _Reader, reads: Reads, report_id: _Number, query: Annotated[ReportFileQuery, Query()]
) -> Response:
    """Give a report: its numbers, or a file as it was made, whose ETag is the SHA-256 of its bytes."""
    with reads(subject) as connection:
        kept = store.one(connection, report_id)
        if kept is None:
            raise problems.not_found("report", report_id, "The ids stand in /api/v1/reports.")
        if query.format is ReportFormat.JSON:
            return _file(kept["numbers"].encode(), query.format, "")
        found = store.file(connection, report_id, query.lang, query.format)
        assert found is not None  # each is kept with all of its files
    day = kept["period_start"].astimezone(CITY_ZONE)
    name = f"{kept['kind']}-{kept['region_code']}-{day:%Y%m%d}-{kept['edition']}-{query.lang}"
    return _file(found["content"], query.format, name, found["sha256"])


def _asked(request: Request, subject: Subject, asked: ReportOf) -> ReportAsked:
    found = _of_view(request, subject, asked.view) if asked.view else _of_kind(request, subject, asked)
    check_region(request, found.region_code, subject)
    if not subject.scope.covers(found.region_code):
        raise outside(subject, found.region_code)
    return found


def _of_view(request: Request, subject: Subject, number: int) -> ReportAsked:
    with reading(request.app.state.engine, subject.scope) as connection:
        return making.asked_of_view(connection, keeper(request), number)


def _of_kind(request: Request, subject: Subject, asked: ReportOf) -> ReportAsked:
    declared = reports_in_force().get(asked.kind or "")
    if declared is None:
        raise problems.not_found("report", asked.kind, "The kinds stand in /api/v1/reports/kinds.")
    if asked.mode is not None:
        with reading(request.app.state.city.engine, subject.scope) as connection:
            return making.asked_of_mode(connection, declared, asked.mode)
    assert asked.day is not None
    return making.asked_of_period(declared, asked.region, datetime.combine(asked.day, time(), CITY_ZONE))


def _file(content: bytes, form: ReportFormat, name: str, digest: str = "") -> Response:
    headers = {"Cache-Control": "private, no-cache"}
    if digest:
        headers["ETag"] = f'"{digest}"'
    if form is ReportFormat.HTML:  # a page of ours may show it in a frame
        headers |= {"Content-Security-Policy": webpage.policy(), "X-Frame-Options": "SAMEORIGIN"}
    if form is ReportFormat.DOCX:
        headers["Content-Disposition"] = f'attachment; filename="{name}.docx"'
    return Response(content, media_type=MEDIA[form], headers=headers)
