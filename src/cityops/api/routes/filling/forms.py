"""Forms over HTTP: what is declared, what is due, and what filling in costs."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.connections import Reads
from cityops.api.parameters import Code, Limit
from cityops.api.routes.filling import shapes
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.filling.burden import FormBurden, asked_by_level, burden_of, share_prefilled
from cityops.domain.filling.due import FillingPeriod, SheetStanding, newest_start, periods_asked, regions_for
from cityops.domain.filling.forms import FillingForm, parts_of
from cityops.domain.filling.review import SheetState
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Filled
from cityops.domain.indicators.periods import Grain, months_later
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel
from cityops.indicators import forms_in_force
from cityops.reference.forms import Forms
from cityops.store.indicators import filling as store
from cityops.store.indicators.filling import KeptSheet, SheetKey
from cityops.store.workdays import work_calendar

router = APIRouter()
MEASURED_MONTHS = 12
_Filler = Annotated[Subject, needs(Permission.FORM_FILL)]


@router.get("/forms", responses=problems.documented(422, 503))
def get_forms(subject: _Filler, request: Request, _: Annotated[schemas.Query, Query()]) -> list[shapes.FormOut]:
    """Give the forms as they are declared, each with its fields."""
    forms, regions = forms_in_force(), [*request.app.state.city.regions().values()]
    return [form_out(one, forms, len(regions_for(one, regions, subject.scope))) for one in forms.forms.values()]


class DueQuery(schemas.Query):
    """Which of the sheets that are asked for are wanted."""

    form: Code | None = None
    region: schemas.RegionAsked | None = None
    standing: Annotated[list[SheetStanding], Field(default_factory=list, max_length=10)]
    limit: Limit = 100


@router.get("/due", responses=problems.documented(422, 503))
def get_due(
    subject: _Filler, request: Request, reads: Reads, query: Annotated[DueQuery, Query()]
) -> shapes.DueSheets:
    """Give the sheets of the own regions that are asked for, with how each stands: late, returned, soon and so on.

    Of each form these are the newest periods that are over: seven days, three months, two quarters, one year.
    """
    now = utc_now()
    with reads(subject) as connection:
        every = due(connection, request.app.state.city, subject, forms_in_force(), now)
    asked = [one for one in every if query.form in {None, one.form} and query.region in {None, one.region_code}]
    wanted = [one for one in asked if not query.standing or one.standing in query.standing]
    order = [*SheetStanding]
    wanted.sort(key=lambda one: (order.index(one.standing), one.due_at, one.form, one.region_code))
    counts = Counter(one.standing for one in asked)
    told = {standing: counts[standing] for standing in order}
    return shapes.DueSheets(as_of=now, counts=told, total=len(wanted), items=wanted[: query.limit])


def due(connection: Connection, city: City, subject: Subject, forms: Forms, now: datetime) -> list[shapes.DueSheet]:
    """Return all sheets that are asked of the regions in a subject's scope."""
    calendar, regions = work_calendar(connection), [*city.regions().values()]
    asked = {code: periods_asked(form, now, calendar) for code, form in forms.forms.items()}
    first = min((one.start for periods in asked.values() for one in periods), default=now)
    kept = store.sheets(connection, asked, first)
    return [
        due_out(form, region.code, period, kept.get(SheetKey(code, region.code, period.start)), now)
        for code, form in forms.forms.items()
        for region in regions_for(form, regions, subject.scope)
        for period in asked[code]
    ]


def due_out(
    form: FillingForm, region: str, period: FillingPeriod, kept: KeptSheet | None, now: datetime
) -> shapes.DueSheet:
    """Return how a sheet stands."""
    state = kept.state if kept else SheetState.OPEN
    return shapes.DueSheet(
        form=form.form,
        title_zh=form.title.zh,
        title_en=form.title.en,
        region_code=region,
        start=period.start,
        end=period.end,
        due_at=period.due_at,
        standing=period.standing(state, now),
        state=state,
        version=kept.version if kept else 0,
    )


def form_out(form: FillingForm, forms: Forms, regions: int) -> shapes.FormOut:
    """Return a form as the API tells it."""
    burden, limit = burden_of(form, forms.indicators), form.due.limit
    newest = newest_start(form, utc_now())
    return shapes.FormOut(
        code=form.form,
        title_zh=form.title.zh,
        title_en=form.title.en,
        owner=form.owner,
        level=form.level,
        period=form.period,
        due_zh=str(limit),
        due_en=f"{limit.amount} {limit.kind.name_en}",
        fields=[_field_out(code, form, forms.indicators[code]) for code in form.fields],
        cells=burden.cells,
        prefilled=burden.prefilled,
        per_month=round(burden.per_month, 2),
        newest=newest and newest.astimezone(CITY_ZONE).date(),
        regions=regions,
    )


def _field_out(code: str, form: FillingForm, one: IndicatorDeclaration) -> shapes.FormFieldOut:
    assert isinstance(one.measure, Filled)
    defined = one.definition[-1]
    return shapes.FormFieldOut(
        indicator=code,
        name_zh=one.name.zh,
        name_en=one.name.en,
        definition_zh=defined.zh,
        definition_en=defined.en,
        unit=one.unit,
        decimals=one.decimals,
        parts=[*parts_of(one)],
        scale=one.measure.scale,
        valid=one.valid,
        usual=form.fields[code].usual,
    )


@router.get("/burden", responses=problems.documented(422, 503))
def get_burden(
    subject: _Filler, request: Request, reads: Reads, _: Annotated[schemas.Query, Query()]
) -> shapes.BurdenOut:
    """Tell what filling in costs: cells asked by region and month as declared, and what was approved of a year."""
    forms, now = forms_in_force(), utc_now()
    burdens = [burden_of(one, forms.indicators) for one in forms.forms.values()]
    since = months_later(Grain.MONTH.floor(now), -MEASURED_MONTHS)
    with reads(subject) as connection:
        measured = [shapes.FormMeasured(**row) for row in store.measured(connection, since)]
    city: City = request.app.state.city
    regions = Counter(one.level for one in city.regions().values())
    asked = asked_by_level(burdens)
    levels = [_level(level, [one for one in burdens if one.level is level], asked) for level in RegionLevel]
    whole = [one for one in burdens for _ in range(regions[one.level])]
    cells = sum(one.cells for one in measured)
    return shapes.BurdenOut(
        levels=[one for one in levels if one.forms],
        share_prefilled=share_prefilled(whole),
        since=since.astimezone(CITY_ZONE).date(),
        measured=measured,
        measured_share_prefilled=sum(one.prefilled for one in measured) / cells if cells else None,
        measured_share_taken=sum(one.taken for one in measured) / cells if cells else None,
    )


def _level(level: RegionLevel, burdens: list[FormBurden], asked: dict[RegionLevel, float]) -> shapes.LevelBurden:
    return shapes.LevelBurden(
        level=level,
        forms=len(burdens),
        cells_per_month=round(asked.get(level, 0.0), 2),
        share_prefilled=share_prefilled(burdens),
    )
