"""Source systems and platform totals over HTTP: who sends, how fresh, and what became of it."""

from collections.abc import Generator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.access.rates import is_service
from cityops.api.connections import Reads
from cityops.api.files.batches import SheetBatch, batched
from cityops.api.files.download import Contents, as_file
from cityops.api.files.offered import FILES, FileQuery
from cityops.api.state.inventory import Asking, inventory
from cityops.api.state.sources import platform, source_states
from cityops.api.words import FRESHNESS, word
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.exports.sheet import Cell, Language
from cityops.domain.exports.sheets import SOURCES, ZONE
from cityops.domain.grants import SERVICE
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reach import Reach
from cityops.services.processes import noted
from cityops.store import sources as store
from cityops.store.engine import reading

router = APIRouter(tags=["platform"])
files = APIRouter(prefix="/export", tags=["export"])
_errors = problems.documented(422, 503)


@router.get("/sources", responses=_errors, dependencies=[needs(Permission.PLATFORM_READ)])
def get_sources(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.SourceState]:
    """Give the source systems with their accounts since the first start and the age of their newest message."""
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        return source_states(store.sources(connection), utc_now())


@router.get("/platform", responses=_errors, dependencies=[needs(Permission.PLATFORM_READ)])
def get_platform(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> schemas.Platform:
    """Give the platform's totals."""
    city = request.app.state.city
    moment = city.moment()
    with reading(city.engine, WHOLE_CITY) as connection:
        sources = source_states(store.sources(connection), moment.at)
    return platform(moment, sources, city.trends(None).readings_per_s)


@router.get("/platform/inventory", responses=_errors)
def get_inventory(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ, Reach.INSIDE)],
    request: Request,
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> schemas.Inventory:
    """Give what the platform is connected to and keeps, the last fourteen days one by one, and what each source sent.

    Districts, devices, readings and cases by day are those inside the area; a source's accounts and the departments
    are the whole platform's, for a message has no area.
    """
    city = request.app.state.city
    with reads(subject) as connection:
        return inventory(city, request.app.state.summing.get(), Asking.of(subject, city), connection)


@router.post("/platform/processes", responses=problems.documented(403, 422, 503))
def note_process(
    _subject: Annotated[Subject, needs(Permission.PLATFORM_READ)], request: Request, asked: schemas.ProcessNoted
) -> list[schemas.ProcessDifference]:
    """Note that a dashboard runs, which has no database, and tell in what processes beside it differ from it.

    For the dashboard's own key alone. Nothing of the others' digests is told.
    """
    if not is_service(request.state.known):
        raise problems.ProblemError(403, f"Only the key called {SERVICE} notes processes: `cityops keys list`.")
    told = asked.model_dump(exclude={"clock"})
    found = noted(request.app.state.engine, told, asked.clock)
    return [schemas.ProcessDifference(**asdict(one)) for one in found]


@files.get("/sources", response_class=StreamingResponse, responses=FILES)
@files.get("/sources.csv", include_in_schema=False)
def export_sources(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    request: Request,
    query: Annotated[FileQuery, Query()],
) -> Response:
    """Give the source systems as a file: who answers for each, how fresh it is, and what became of what it sent."""
    now = utc_now()

    def batches(connection: Connection) -> Generator[SheetBatch]:
        today = now.astimezone(CITY_ZONE).date()
        days = {(row["source"], row["day"]): row for row in store.days(connection, today - timedelta(days=1))}
        rows: list[list[Cell]] = []
        for one in source_states(store.sources(connection), now):
            sent = (days.get((one.code, day)) for day in (today, today - timedelta(days=1)))
            counted: list[Cell] = [row[name] if row else 0 for row in sent for name in ("received", "rejected")]
            rows.append([*_source_cells(one, query.lang), *counted, ZONE, now])
        yield from batched(rows)

    def expected(connection: Connection) -> int:
        return len(store.sources(connection))

    name, plain = _dated("来源系统", now.astimezone(CITY_ZONE).date()), _dated("sources", now.date())
    return as_file(request, query, Contents(SOURCES, batches, expected, subject.scope, name, plain))


def _dated(what: str, day: date) -> list[str]:
    return [what, f"{day:%Y%m%d}"]


def _source_cells(one: schemas.SourceState, lang: Language) -> list[Cell]:
    """Return the cells of a source up to its accounts since the first start."""
    is_zh = lang == "zh"
    name, department = (one.name_zh, one.department_zh) if is_zh else (one.name_en, one.department_en)
    assert one.freshness is not None  # of now it is known
    fresh: list[Cell] = [one.last_received_at, one.freshness.value, word(FRESHNESS, one.freshness.value, lang)]
    who: list[Cell] = [one.code, name, department, one.data_officer, one.carries, one.expected_interval_s]
    return [*who, *fresh, one.devices, one.received, one.stored, one.duplicate, one.rejected]
