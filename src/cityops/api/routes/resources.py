"""Data resources over HTTP: datasets, who answers for them, quality, exchange by day, and what is used."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection, RowMapping

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.pages import Keyset, PageQuery
from cityops.api.parameters import PRINTABLE, Code
from cityops.api.room import encoded
from cityops.api.schemas.resources import shapes
from cityops.api.state.kept import PATIENCE_S
from cityops.api.state.scorecards import first_day
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.resources.datasets import Cadence, CrossBorder, Sharing
from cityops.domain.resources.officers import chain, veiled
from cityops.store import sources
from cityops.store.resources import datasets as store
from cityops.store.resources import officers, usage

router = APIRouter(prefix="/resources", tags=["resources"])
BY_CODE = Keyset(code=str)
UNUSED_DAYS = 90
"""After so many days without use an indicator is proposed to be retired."""
_errors = problems.documented(404, 422, 503)
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
DatasetCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class DatasetQuery(PageQuery):
    """Filters of datasets, and which page."""

    q: Word | None = Field(None, description="part of a name, or beginning of a code")
    provider: Code | None = None
    theme: Word | None = None
    sharing: Sharing | None = None
    cross_border: CrossBorder | None = None
    indicator: Code | None = None
    overdue: bool = Field(False, description="only those exchanged longer ago than their cadence allows")


class WindowQuery(schemas.Query):
    """How many days back, today among them."""

    days: Annotated[int, Field(ge=1, le=366)] = 30

    def since(self, now: datetime) -> date:
        """Return the first day of the window, of the city."""
        return first_day(self.days, now)


@router.get("/datasets", response_model=shapes.DatasetPage, responses=_errors)
def get_datasets(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    reads: Reads,
    query: Annotated[DatasetQuery, Query()],
) -> Response:
    """Give datasets in order of code, page by page: ask again with `after` set to the last answer's `next`."""
    now = utc_now()
    equal = (query.provider, query.theme, query.sharing, query.cross_border, query.indicator)
    wanted = store.DatasetFilter(query.q, *equal, now if query.overdue else None)
    with reads(subject) as connection:
        rows = store.page(connection, wanted, BY_CODE.after(query) or "", query.limit + 1)
        total = store.count(connection, wanted)
    return encoded(BY_CODE.page(shapes.DatasetPage, rows, query, lambda row: _dataset(row, now), total=total))


@router.get("/datasets/{code}", responses=_errors)
def get_dataset(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    reads: Reads,
    code: DatasetCode,
    _: Annotated[schemas.Query, Query()],
) -> shapes.DatasetOut:
    """Give one dataset."""
    with reads(subject) as connection:
        row = store.one(connection, code)
    if row is None:
        raise problems.not_found("dataset", code, "The codes stand in /api/v1/resources/datasets.")
    return _dataset(row, utc_now())


def _dataset(row: RowMapping, now: datetime) -> shapes.DatasetOut:
    longest, last = Cadence(row["cadence"]).longest, row["last_exchange"]
    return shapes.DatasetOut(**row, overdue=longest is not None and last is not None and last < now - longest)


@router.get("/counts", responses=problems.documented(422, 503))
def get_resource_counts(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)], reads: Reads, _: Annotated[schemas.Query, Query()]
) -> shapes.ResourceCounts:
    """Count the register: datasets by sharing type, theme and unit, those that are restricted or overdue."""
    now = utc_now()
    with reads(subject) as connection:
        counts = dict(store.tallies(connection, now))
        themes, units = store.themes(connection), store.providers(connection)
    return shapes.ResourceCounts(
        as_of=now,
        sharing={one: counts.pop(f"sharing_{one.value}") for one in Sharing},
        by_theme=[
            shapes.NamedCount(code=one["theme"], name_zh=one["theme"], name_en=one["theme"], datasets=one["datasets"])
            for one in themes
        ],
        by_unit=[shapes.NamedCount(**one) for one in units],
        **counts,
    )


class ChainQuery(schemas.Query):
    """Whose chain: that of a unit, or of the department that answers for an indicator."""

    unit: Code | None = None
    indicator: Code | None = None


@router.get("/chain", responses=_errors)
def get_chain(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[ChainQuery, Query()],
) -> list[shapes.ChainOut]:
    """Give who answers for data by unit: first the levels at which nobody does; without a filter of all units.

    An indicator's chain is that of the units whose datasets it comes from, and of the department that owns it.
    """
    with reads(subject) as connection:
        named = _units(connection)
        wanted = list(named) if query.unit is None else [query.unit]
        if query.indicator is not None:
            known = request.app.state.city.indicators()
            if query.indicator not in known:
                raise problems.not_found("indicator", query.indicator, "The codes stand in /api/v1/indicators.")
            rows = store.page(connection, store.DatasetFilter(indicator=query.indicator), "", 500)
            owners = [known[query.indicator].owner, *(row["provider_code"] for row in rows)]
            wanted = [one for one in dict.fromkeys(owners) if one]
        found = officers.officers(connection, wanted)
    if query.unit is not None and query.unit not in named:
        raise problems.not_found("unit", query.unit, "The units stand in /api/v1/resources/counts.")
    may_see = subject.may(Permission.PERSON_READ)
    return [_chain(unit, named.get(unit, (unit, unit)), found, may_see=may_see) for unit in wanted]


def _units(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the names of the units that provide datasets, and of the departments that have source systems."""
    rows = sources.departments(connection)
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in (*rows, *store.providers(connection))}


def _chain(unit: str, names: tuple[str, str], known: Any, *, may_see: bool) -> shapes.ChainOut:
    found = chain(unit, known)
    told = [
        shapes.OfficerOut(
            level=one.level,
            unit_code=one.unit_code,
            office=one.office,
            person=one.person if may_see else veiled(one.person),
            phone=one.phone if may_see else veiled(one.phone),
        )
        for one in found.officers
    ]
    return shapes.ChainOut(unit_code=unit, unit_zh=names[0], unit_en=names[1], gaps=[*found.gaps], officers=told)


@router.get("/quality", responses=problems.documented(422, 503))
async def get_quality(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    request: Request,
    query: Annotated[WindowQuery, Query()],
) -> shapes.QualityOut:
    """Give the scorecard of the source systems: on_time, exchanged, complete, rejected, duplicate and revised.

    Each is a share of what is counted over the window; `complete` is of devices as they are now. A window that begins
    before the accounts by day do is cut to these. Counted at most once in a minute for all who see the same; `as_of`
    says when.
    """
    found: shapes.QualityOut = await request.app.state.quality.get((subject.scope, query.days), PATIENCE_S)
    return found


@router.get("/exchange", responses=problems.documented(422, 503))
def get_exchange(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)], reads: Reads, query: Annotated[WindowQuery, Query()]
) -> list[shapes.ExchangeDay]:
    """Give what came of each source system by day of the city on which it was received, exactly, oldest first."""
    with reads(subject) as connection:
        rows = sources.days(connection, query.since(utc_now()))
    return [shapes.ExchangeDay(**row) for row in sorted(rows, key=lambda row: (row["day"], row["source"]))]


@router.get("/usage", responses=problems.documented(422, 503))
def get_usage(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)], reads: Reads, query: Annotated[WindowQuery, Query()]
) -> shapes.UsageOut:
    """Give how often each indicator was asked for as a series or exported, by role and area, the most used first."""
    since = query.since(utc_now())
    with reads(subject) as connection:
        items = [shapes.IndicatorUse(**row) for row in usage.used(connection, since)]
        return shapes.UsageOut(since=since, counted_since=usage.counted_since(connection), items=items)


@router.get("/unused", responses=problems.documented(422, 503))
def get_unused(
    subject: Annotated[Subject, needs(Permission.PLATFORM_READ)],
    request: Request,
    reads: Reads,
    _: Annotated[schemas.Query, Query()],
) -> shapes.UnusedOut:
    """Give the indicators that nobody has asked for as a series or exported in 90 days, as proposals to retire.

    What walls show of the state is not counted.
    """
    since = utc_now().astimezone(CITY_ZONE).date() - timedelta(days=UNUSED_DAYS)
    with reads(subject) as connection:
        last, of = usage.last_used(connection), store.of_indicators(connection)
        counted_since = usage.counted_since(connection)
    items = [
        shapes.UnusedIndicator(
            code=one.code,
            name_zh=one.name_zh,
            name_en=one.name_en,
            owner=one.owner,
            last=last.get(one.code),
            datasets=of.get(one.code, []),
        )
        for one in request.app.state.city.indicators().values()
        if last.get(one.code, date.min) < since
    ]
    return shapes.UnusedOut(since=since, counted_since=counted_since, items=items)
