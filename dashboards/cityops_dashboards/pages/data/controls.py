"""The controls of the data page: what, where, how finely and when. A script writes them into the address."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from dash import dcc, html

from cityops import reference
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.views import MOST_INDICATORS
from cityops.domain.regions import RegionLevel
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.pages.data.choice import (
    PRESETS,
    Choice,
    levels_in,
    offered_regions,
    wall_time,
)
from cityops_dashboards.pages.data.fits import catalogue, places
from cityops_dashboards.texts import name, text

Values = Mapping[str, Any]
THEME = "theme:"
"""How the value of a heading in the list of indicators begins."""


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
    everywhere = text(lang, "data.only.all")
    only = dcc.Dropdown(id="data-only", multi=True, debounce=True, placeholder=everywhere, **shared, **values["only"])
    region = dcc.Dropdown(id="data-region", clearable=False, **shared, **values["region"])
    return html.Form(
        [
            _group(lang, "indicator", indicators),
            _group(lang, "compare", compare),
            _group(lang, "region", region),
            _group(lang, "level", dcc.RadioItems(id="data-level", className="switch", **values["level"])),
            _group(lang, "only", only),
            _group(lang, "interval", dcc.RadioItems(id="data-interval", className="switch", **values["interval"])),
            _group(lang, "period", _quick(lang)),
            html.Div([_time(lang, end, values[end]["value"]) for end in ("start", "end")], className="data-times"),
            html.P(text(lang, "data.zone"), className="hint", id="data-time-form"),
            _group(lang, "against", dcc.RadioItems(id="data-against", className="switch", **values["against"])),
        ],
        className="data-controls",
        id="data-controls",
    )


def written(at: datetime) -> str:
    """Return a time as it stands in its field: that of addresses, with a space between."""
    return wall_time(at).replace("T", " ")


def set_to(choice: Choice) -> dict[str, Values]:
    """Return the properties of each control for a choice."""
    lang = choice.lang
    fits = choice.fits
    possible = [level for level in levels_in(choice.region) if level in fits.levels]
    levels = [
        {"label": text(lang, f"data.level.{one.value}"), "value": one.value, "disabled": one not in possible}
        for one in RegionLevel
    ]
    intervals = [
        {"label": text(lang, f"data.interval.{one.value}"), "value": one.value, "disabled": one not in fits.grains}
        for one in Grain
    ]
    among = [{"label": name(lang, one), "value": one.code} for one in offered_regions(choice)]
    return {
        "indicator": {"options": _by_theme(lang, set(catalogue())), "value": choice.indicator},
        "compare": {
            "options": _by_theme(lang, set(catalogue()) - {choice.indicator}),
            "value": list(choice.compare),
        },
        "region": {"options": _regions(choice), "value": choice.region},
        "level": {"options": levels, "value": choice.level.value},
        "only": {"options": among, "value": list(choice.only)},
        "interval": {"options": intervals, "value": choice.interval.value},
        "start": {"value": written(choice.start)},
        "end": {"value": written(choice.end)},
        "against": {"options": _against(choice), "value": choice.against.value if choice.against else ""},
    }


def _against(choice: Choice) -> list[dict[str, Any]]:
    """Return with what the values may be compared, nothing first."""
    nothing = {"label": text(choice.lang, "data.against.none"), "value": ""}
    return [nothing] + [
        {
            "label": text(choice.lang, f"data.against.{one.value}"),
            "value": one.value,
            "disabled": one is Compared.TO_DATE and not choice.fits.to_date,
        }
        for one in Compared
    ]


def _by_theme(lang: str, codes: Collection[str]) -> list[dict[str, Any]]:
    """Return the options of these indicators, under the names of their themes, which cannot be chosen."""
    options: list[dict[str, Any]] = []
    shown: str | None = None
    for one in catalogue().values():
        if one.code not in codes:
            continue
        theme = _theme(lang, one)
        if theme != shown:
            heading = html.Span(theme, className="option-heading")
            options.append({"label": heading, "value": f"{THEME}{theme}", "search": theme, "disabled": True})
            shown = theme
        options.append(_option(lang, one))
    return options


def _theme(lang: str, one: Indicator) -> str:
    if one.theme is None:
        return text(lang, "data.theme.none")
    return one.theme.title.zh if lang == "zh" else one.theme.title.en


def _option(lang: str, one: Indicator) -> dict[str, Any]:
    """Return an indicator as it stands in a list: found by both names, its theme and its code."""
    return {
        "label": name(lang, one),
        "value": one.code,
        "search": f"{one.name_zh} {one.name_en} {_theme(lang, one)} {one.code}",
    }


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
            **attributes(data_period=key, aria_pressed="false"),
        )
        for key in PRESETS
    ]
    return html.Div(buttons, className="chips", id="data-quick")


def _time(lang: str, end: str, value: str) -> html.Div:
    # Text in the order of ISO 8601: a browser's own calendar speaks the browser's language, whatever the page's is
    clock = dcc.Input(
        id=f"data-{end}",
        type="text",
        value=value,
        debounce=1.0,
        required=True,
        autoComplete="off",
        maxLength=16,
        pattern=r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d)?",
    )
    return html.Div([html.Label(text(lang, f"data.{end}"), htmlFor=f"data-{end}"), clock], className="field")
