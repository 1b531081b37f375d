"""The map of the data page: districts in the ramp of the first indicator, and all values beside it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from dash import dcc, html

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops_dashboards import display, theme
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures.districts import Ramp, districts, ramp_of
from cityops_dashboards.figures.series import LOW_COVERAGE
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice, regions_of
from cityops_dashboards.pages.data.heading import ages, period_in_words, title
from cityops_dashboards.texts import name, text
from cityops_dashboards.theme import Look


def map_of(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    """Return the map of the last period that is over, with its table, or what can be shown in place of it."""
    lang, aside = choice.lang, ages(choice, parts)
    if choice.level is not RegionLevel.DISTRICT:
        by_district = replace(choice, region=reference.CITY_CODE, level=RegionLevel.DISTRICT, only=())
        link = dcc.Link(text(lang, "data.use_city"), href=by_district.address(), className="button is-strong")
        instead = html.P([text(lang, "data.map.districts_only"), " ", link], className="nothing")
        return panel(title(choice), instead, name="data-map", aside=aside)
    shown = parts[0].last_finished
    if shown.empty:
        return panel(
            title(choice), html.P(text(lang, "data.empty"), className="nothing"), name="data-map", aside=aside
        )
    start = shown["start"].iloc[0]
    said = text(lang, "data.map.of", what=parts[0].indicator[f"name_{lang}"], period=period_in_words(choice, start))
    body = html.Div(
        [html.Div(_drawn(choice, parts[0], shown)), _values(choice, parts, start)], className="data-places"
    )
    return panel(title(choice), html.P(said, className="hint"), body, name="data-map", aside=aside)


def _drawn(choice: Choice, part: IndicatorAnswer, shown: pd.DataFrame) -> list[Any]:
    lang, look = choice.lang, Look(choice.theme)
    values = {row["region_code"]: _known(row["value"]) for row in shown.to_dict("records")}
    faint = shown.loc[shown["coverage"] < LOW_COVERAGE, "region_code"].tolist()
    known = {metric.code: metric for metric in reference.metrics()}
    declared = part.indicator.get("usual")
    usual = (declared[0], declared[1]) if isinstance(declared, list | tuple) else None
    if part.indicator["code"] in known:
        usual = display.span(known[part.indicator["code"]])
    ramp = ramp_of([value for value in values.values() if value is not None], usual)
    names = {one.code: name(lang, one) for one in regions_of(choice)}
    number = f",.{part.indicator['decimals']}f"
    figure = districts(regions_of(choice), names, values, faint, ramp, number, look)
    graph = dcc.Graph(id="data-places", figure=figure, config=theme.graph_config(lang), className="data-ground")
    return [
        _legend(part.unit(lang), ramp, look, number),
        graph,
        html.P(text(lang, "data.map.hint"), className="hint"),
    ]


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _legend(unit: str, ramp: Ramp, look: Look, number: str) -> html.Div:
    steps = [
        html.Span([html.I(style={"backgroundColor": colour}), f"{low:{number}}"], className="ramp-step")
        for low, colour in ramp.steps(look)
    ]
    return html.Div([*steps, html.Span(unit, className="quiet")], className="ramp-steps")


def _values(choice: Choice, parts: Sequence[IndicatorAnswer], start: datetime) -> html.Table:
    """Return all indicators of that period by district, the highest of the first on top."""
    lang = choice.lang
    by_part = [part.table[part.table["start"] == start].set_index("region_code") for part in parts]
    order = by_part[0]["value"].sort_values(ascending=False, na_position="last").index
    names = {one.code: name(lang, one) for one in regions_of(choice)}
    heads = [
        text(lang, "data.column.region"),
        *(f"{one.indicator[f'name_{lang}']} {one.unit(lang)}" for one in parts),
    ]
    pairs = [*zip(by_part, parts, strict=True)]
    rows = [html.Tr([html.Th(names[code], scope="row"), *(_cell(code, *one) for one in pairs)]) for code in order]
    head = html.Thead(html.Tr([html.Th(one, scope="col") for one in heads]))
    return html.Table([head, html.Tbody(rows)], className="data-values")


def _cell(code: str, table: pd.DataFrame, part: IndicatorAnswer) -> html.Td:
    """Return a value as the map shows it, and to the last digit as its datum."""
    value = _known(table["value"].get(code, float("nan")))
    if value is None:
        return html.Td("—")
    return html.Td(html.Data(f"{value:,.{part.indicator['decimals']}f}", value=repr(value)))
