"""Rates of handling over HTTP: by district, unit, class or source, with numerators, denominators and definitions."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.parameters import Code, Moment, period
from cityops.api.routes.events import check_region
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.events.rates import DEFINITIONS, CaseMeasure, Rate
from cityops.store.events import rates as store
from cityops.store.events.queries import EventFilter

router = APIRouter(prefix="/cases", tags=["events"])
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
    start, end = period(query.start, query.end, now, DEFAULT)
    if end - start > LONGEST:
        raise problems.ProblemError(
            422,
            f"The period has {(end - start).days} days; rates are counted over {LONGEST.days} at most: ask for parts"
            " of it, and add up numerators and denominators.",
        )
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
