"""An entry of the catalogue of indicators over HTTP: its declaration, formula, newest values, and its uses."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from cityops import reference
from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.indicators import indicator_out
from cityops.api.parameters import Code
from cityops.api.schemas.indicators import entries as shapes
from cityops.api.state.city import City
from cityops.api.state.vital_signs import NewestValue, newest_values, present_values
from cityops.clock import utc_now
from cityops.declarations import meant
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import Cumulative, Derived, Filled, FromAlarms, FromCases, Pushed, Ratio
from cityops.domain.indicators.privacy import may_see
from cityops.domain.indicators.vital_signs.indices import WhyMissing
from cityops.domain.indicators.vital_signs.tree import VitalSignTree
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import forms_in_force, in_force, reports_in_force
from cityops.store.alarms import rules
from cityops.store.engine import reading

router = APIRouter(tags=["catalogue"])


@router.get("/indicators/{code}", responses=problems.documented(404, 422, 503))
def get_indicator(
    subject: Annotated[Subject, needs(Permission.AGGREGATE_READ)],
    request: Request,
    code: Code,
    _: Annotated[schemas.Query, Query()],
) -> shapes.IndicatorEntry:
    """Give all of one indicator: what is declared, how it comes about, its newest values, what makes use of it.

    Of a restricted one its owner and the centre are told values; others are told the declaration alone.
    """
    city: City = request.app.state.city
    every = city.indicators()
    found = every.get(code)
    if found is None:
        raise problems.not_found("indicator", code, f"The codes stand in /api/v1/indicators{meant(code, [*every])}")
    with reading(city.engine, WHOLE_CITY) as connection:
        shown = may_see(found, every, subject)
        newest = [*_newest(connection, city, found)] if shown else []
        on_it = [one for one in rules.in_force(connection) if one.metric == code]
    owner = next((row for row in reference.rows("departments") if row["code"] == found.owner), None)
    return shapes.IndicatorEntry(
        declared=indicator_out(found),
        owner_zh=owner["name_zh"] if owner else "",
        owner_en=owner["name_en"] if owner else "",
        formula=_formula(found, every),
        newest=newest,
        withheld=not shown,
        uses=shapes.IndicatorUses(
            indicators=[*_made_of_it(code, every)],
            alarm_rules=[shapes.RuleUse(code=one.code, name_zh=one.name.zh, name_en=one.name.en) for one in on_it],
            vital_signs=[*_signs(found, in_force().signs)],
            forms=[*_forms(code)],
            targets=[*_targets(code)],
            reports=[
                shapes.ReportUse(code=one.report, title_zh=one.title.zh, title_en=one.title.en)
                for one in reports_in_force().values()
                if any(code in view.indicators for view in one.views.values())
            ],
        ),
    )


def _forms(code: str) -> Iterator[shapes.FormUse]:
    for form in forms_in_force().forms.values():
        if code in form.fields:
            yield shapes.FormUse(code=form.form, title_zh=form.title.zh, title_en=form.title.en)


def _targets(code: str) -> Iterator[shapes.TargetUse]:
    for one in in_force().targets:
        if one.indicator == code:
            zh, en = one.reached.words
            yield shapes.TargetUse(
                region_code=one.region,
                reached_zh=zh,
                reached_en=en,
                target=one.value,
                by=one.by,
                example=one.document.example,
            )


def _newest(connection: Connection, city: City, one: Indicator) -> Iterator[shapes.NewestOut]:
    """Yield the newest value of the city, and of its districts."""
    regions = [each for each in city.regions().values() if each.level is not RegionLevel.STREET]
    told = _of_all(connection, city, one, regions)
    for region in regions:
        value, as_of, why = told[region.code]
        if why is not WhyMissing.NO_LEVEL:
            yield shapes.NewestOut(region_code=region.code, value=value, as_of=as_of, why=why)


def _of_all(connection: Connection, city: City, one: Indicator, regions: list[Region]) -> Mapping[str, NewestValue]:
    if one.declared is None:
        moment = city.moment()
        return {each.code: present_values(moment, each)[one.code] for each in regions}
    found = newest_values(connection, city, [one], regions, utc_now())
    return {region: told for (_, region), told in found.items()}


def _formula(one: Indicator, every: Mapping[str, Indicator]) -> shapes.FormulaOut:
    measure = one.declared.measure if one.declared else None
    counted = measure.model_dump_json(exclude={"kind"}) if isinstance(measure, FromCases | FromAlarms) else ""
    return shapes.FormulaOut(
        expression=measure.expression if isinstance(measure, Derived) else "",
        scale=measure.scale if isinstance(measure, Ratio | Pushed | Filled) else None,
        since=measure.grain_to_date if isinstance(measure, Cumulative) else None,
        inputs=[*_inputs(one, every)],
        sources=[*measure.sources] if isinstance(measure, Pushed) else [],
        counted=counted,
    )


def _inputs(one: Indicator, every: Mapping[str, Indicator]) -> Iterator[shapes.FormulaInput]:
    """Yield what an indicator is made of, by the name that its formula gives it."""
    if one.declared is None:
        return
    measure = one.declared.measure
    for path, code in one.declared.inputs().items():
        moved = measure.inputs[path[2]] if isinstance(measure, Derived) else None
        yield shapes.FormulaInput(
            name=path[2] if moved else path[1],
            indicator=code,
            name_zh=every[code].name_zh,
            name_en=every[code].name_en,
            offset=moved.offset if moved else 0,
            grain=moved.grain if moved else None,
        )


def _made_of_it(code: str, every: Mapping[str, Indicator]) -> Iterator[shapes.FormulaInput]:
    """Yield the indicators that are made of one, each once."""
    for one in every.values():
        used = next((each for each in _inputs(one, every) if each.indicator == code), None)
        if used is not None:
            named = {"indicator": one.code, "name_zh": one.name_zh, "name_en": one.name_en}
            yield used.model_copy(update=named)


def _signs(one: Indicator, tree: VitalSignTree | None) -> Iterator[shapes.SignUse]:
    for (theme_code, topic_code, code), leaf in (tree.places() if tree else {}).items():
        if tree is not None and code == one.code:
            theme = tree.themes[theme_code]
            topic = theme.topics[topic_code]
            for at, sign in ((theme_code, theme), (topic_code, topic)):
                yield shapes.SignUse(code=at, name_zh=sign.name.zh, name_en=sign.name.en, weight=sign.weight)
            yield shapes.SignUse(code=code, name_zh=one.name_zh, name_en=one.name_en, weight=leaf.weight)
