"""The controls of the data page: what, where, how finely and when. A script writes them into the address."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dash import dcc, html

from cityops import reference
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.intervals import Interval
from cityops.domain.regions import RegionLevel
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.pages.data.choice import (
    MOST_INDICATORS,
    QUICK,
    Choice,
    catalogue,
    levels_in,
    places,
    wall_time,
)
from cityops_dashboards.texts import name, text

Values = Mapping[str, Any]


def controls(choice: Choice) -> html.Form:
    """Return the controls, set to a choice."""
    lang = choice.lang
    words = {key: text(lang, f"data.list.{key}") for key in ("search", "clear_search", "no_options_found")}
    chosen = {
        "clear_selection": text(lang, "data.list.clear"),
        "selected_count": text(lang, "data.list.count", num_selected="{num_selected}"),
    }
    shared: dict[str, Any] = {"labels": words | chosen, "maxHeight": 420, "optionHeight": 34}
    values = set_to(choice)
    indicators = dcc.Dropdown(id="data-indicator", clearable=False, **shared, **values["indicator"])
    compare = dcc.Dropdown(
        id="data-compare",
        multi=True,
        debounce=True,
        placeholder=text(lang, "data.compare.none", n=MOST_INDICATORS - 1),
        **shared,
        **values["compare"],
    )
    region = dcc.Dropdown(id="data-region", clearable=False, **shared, **values["region"])
    return html.Form(
        [
            _group(lang, "indicator", indicators),
            _group(lang, "compare", compare),
            _group(lang, "region", region),
            _group(lang, "level", dcc.RadioItems(id="data-level", className="switch", **values["level"])),
            _group(lang, "interval", dcc.RadioItems(id="data-interval", className="switch", **values["interval"])),
            _group(lang, "period", _quick(lang)),
            *(_time(lang, end, values[end]["value"]) for end in ("start", "end")),
            html.P(text(lang, "data.zone"), className="hint"),
        ],
        className="data-controls",
        id="data-controls",
    )


def set_to(choice: Choice) -> dict[str, Values]:
    """Return the properties of each control for a choice."""
    lang = choice.lang
    indicators = [_option(lang, one) for one in catalogue().values()]
    possible = levels_in(choice.region)
    levels = [
        {"label": text(lang, f"data.level.{one.value}"), "value": one.value, "disabled": one not in possible}
        for one in RegionLevel
    ]
    intervals = [{"label": text(lang, f"data.interval.{one.value}"), "value": one.value} for one in Interval]
    return {
        "indicator": {"options": indicators, "value": choice.indicator},
        "compare": {
            "options": [one for one in indicators if one["value"] != choice.indicator],
            "value": list(choice.compare),
        },
        "region": {"options": _regions(choice), "value": choice.region},
        "level": {"options": levels, "value": choice.level.value},
        "interval": {"options": intervals, "value": choice.interval.value},
        "start": {"value": wall_time(choice.start)},
        "end": {"value": wall_time(choice.end)},
    }


def _option(lang: str, one: Indicator) -> dict[str, Any]:
    """Return an indicator as it stands in a list: found by both names, its theme and its code."""
    label, theme = name(lang, one), ""
    if one.theme:
        theme = one.theme.title.zh if lang == "zh" else one.theme.title.en
    shown = html.Span([label, html.Span(theme, className="option-theme")])
    return {"label": shown, "value": one.code, "search": f"{one.name_zh} {one.name_en} {theme} {one.code}"}


def _regions(choice: Choice) -> list[dict[str, str]]:
    offered = [one for one in places().values() if one.level is not RegionLevel.STREET or one.code == choice.region]
    whole = text(choice.lang, "data.whole_city")
    labels = {one.code: name(choice.lang, one) for one in offered} | {reference.CITY_CODE: whole}
    return [{"label": label, "value": code} for code, label in labels.items()]


def _group(lang: str, key: str, control: Any) -> html.Fieldset:
    # Dash's dropdown names itself by its value and heeds no label; inside a named group it has a name all the same
    return html.Fieldset([html.Legend(text(lang, f"data.{key}")), control], className="field")


def _quick(lang: str) -> html.Div:
    buttons = [
        html.Button(
            text(lang, f"data.quick.{key}"),
            type="button",
            className="chip",
            disabled=True,  # until the script knows what a click stands for: an earlier one would be lost
            **attributes(data_hours=str(span // timedelta(hours=1)), aria_pressed="false"),
        )
        for key, span in QUICK.items()
    ]
    return html.Div(buttons, className="chips", id="data-quick")


def _time(lang: str, end: str, value: str) -> html.Div:
    # the browser's own calendar and clock; Dash lists fewer types of inputs than it hands on
    kind = attributes(type="datetime-local")
    clock = dcc.Input(id=f"data-{end}", value=value, debounce=1.0, required=True, **kind)
    return html.Div([html.Label(text(lang, f"data.{end}"), htmlFor=f"data-{end}"), clock], className="field")
