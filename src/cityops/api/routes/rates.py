"""Rates of handling over HTTP: by district, unit, class or source, with numerators, denominators and definitions."""

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field
from sqlalchemy import Connection

from cityops import reference
from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.files.batches import SheetBatch, batched
from cityops.api.files.download import Contents, as_file
from cityops.api.files.offered import FILES, FileQuery
from cityops.api.parameters import Code, Moment, period
from cityops.api.routes.events import check_region
from cityops.api.routes.exports.naming import names_of, period_name
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.events.rates import DEFINITIONS, SMALL, CaseMeasure, Rate
from cityops.domain.exports.sheet import Cell, Language
from cityops.domain.exports.sheets import RATES, ZONE
from cityops.store import exports
from cityops.store.events import queries
from cityops.store.events import rates as store
from cityops.store.events.queries import EventFilter

router = APIRouter(prefix="/cases", tags=["events"])
files = APIRouter(prefix="/export", tags=["export"])
DEFAULT, LONGEST = timedelta(days=31), timedelta(days=366)


class RatesQuery(schemas.Query):
    """By what rates are told apart, and of which cases; the period is that of occurrence."""

    by: Literal["all", "district", "unit", "class", "source"] = "all"
    region: schemas.RegionAsked | None = None
    class_code: Code | None = Field(None, alias="class")
    source: Code | None = None
    start: Moment | None = None
    end: Moment | None = None

    def filter(self, start: datetime, end: datetime) -> EventFilter:
        """Return what the store filters by, with this period."""
        return EventFilter(region=self.region, class_code=self.class_code, source=self.source, start=start, end=end)


@router.get("/rates", responses=problems.documented(404, 422, 503))
def get_rates(
    subject: Annotated[Subject, needs(Permission.EVENT_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[RatesQuery, Query()],
) -> schemas.CaseRates:
    """Give rates of the cases that are handled here: answered, first dispatch right, signed and done in time, others.

    They come from what was done and when, which nobody can rewrite; of the last 31 days unless asked otherwise, of
    a year at most: for more add up numerators and denominators. A group of cases by unit is named by its kind and
    code, such as `department:water`; `-` is the group of cases without one.
    """
    check_region(request, query.region, subject)
    now = utc_now()
    start, end = _period(query, now)
    with reads(subject) as connection:
        found = store.by_group(connection, query.filter(start, end), query.by, now)
    items = [
        schemas.GroupRates(group=group, rates=[_rate(*one) for one in rates.items()])
        for group, rates in found.items()
    ]
    definitions = [schemas.MeasureDefinition(measure=one, **told._asdict()) for one, told in DEFINITIONS.items()]
    return schemas.CaseRates(by=query.by, as_of=now, items=items, definitions=definitions)


def _rate(measure: CaseMeasure, rate: Rate) -> schemas.CaseRate:
    return schemas.CaseRate(measure=measure, value=rate.value, **rate._asdict())


def _period(query: RatesQuery, now: datetime) -> tuple[datetime, datetime]:
    start, end = period(query.start, query.end, now, DEFAULT)
    if end - start > LONGEST:
        raise problems.ProblemError(
            422,
            f"The period has {(end - start).days} days; rates are counted over {LONGEST.days} at most: ask for parts"
            " of it, and add up numerators and denominators.",
        )
    return start, end


class RatesExport(RatesQuery, FileQuery):
    """By what rates are told apart, of which cases, and the form of the file."""


_BETTER = {"zh": {"high": "越高越好", "low": "越低越好"}, "en": {"high": "higher", "low": "lower"}}
_NOBODY = {"zh": "尚无承办单位", "en": "no unit yet"}
_ALL = {"zh": "合计", "en": "all"}
_BY_ZH = {"all": "合计", "district": "按区", "unit": "按单位", "class": "按类别", "source": "按来源"}


@files.get("/rates", response_class=StreamingResponse, responses=FILES)
@files.get("/rates.csv", include_in_schema=False)
def export_rates(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    query: Annotated[RatesExport, Query()],
) -> Response:
    """Give rates of handling as a file: a row for each group and measure, with what it was made of and what it means.

    The parameters are those of /cases/rates; a rate is empty where its denominator is 0.
    """
    check_region(request, query.region, subject)
    city: City = request.app.state.city
    now = utc_now()
    start, end = _period(query, now)

    def batches(connection: Connection) -> Generator[SheetBatch]:
        names = _group_names(connection, names_of(city, query.lang), query)
        found = store.by_group(connection, query.filter(start, end), query.by, now)
        yield from batched(
            [
                [query.by, group, names.get(group, group), *_told(*one, query.lang), start, end, ZONE, now]
                for group, rates in found.items()
                for one in rates.items()
            ]
        )

    def expected(connection: Connection) -> int:
        return sum(map(len, store.by_group(connection, query.filter(start, end), query.by, now).values()))

    span = period_name(start, end)
    name, plain = ["案件处置指标", _BY_ZH[query.by], span], ["rates", query.by, span]
    return as_file(request, query, Contents(RATES, batches, expected, subject.scope, name, plain))


def _told(measure: CaseMeasure, rate: Rate, lang: Language) -> list[Cell]:
    """Return the cells of a rate from its measure's code to the basis of that."""
    means = DEFINITIONS[measure]
    is_zh = lang == "zh"
    small = rate.denominator < SMALL
    counted: list[Cell] = [
        rate.value,
        rate.numerator,
        rate.denominator,
        rate.excused,
        small,
        _BETTER[lang][means.better],
    ]
    text = means.text_zh if is_zh else means.text_en
    name, basis = (means.name_zh, means.source) if is_zh else (means.name_en, means.source_en)
    return [measure.value, name, *counted, text, basis]


def _group_names(connection: Connection, regions: Mapping[str, str], query: RatesExport) -> Mapping[str, str]:
    """Return what the groups are called, by code."""
    at = query.lang != "zh"
    if query.by == "district":
        return regions
    if query.by == "class":
        return {code: names[at] for code, names in queries.classes(connection).items()}
    if query.by == "source":
        return {code: names[at] for code, names in exports.source_names(connection).items()}
    departments = {row["code"]: row[f"name_{query.lang}"] for row in reference.rows("departments")}
    units = {f"department:{code}": name for code, name in departments.items()}
    units |= {"-": _NOBODY[query.lang], "all": _ALL[query.lang]}
    return units | {f"{kind}:{code}": name for code, name in regions.items() for kind in ("district", "street")}
