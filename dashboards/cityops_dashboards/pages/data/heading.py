"""What stands above the answer of the data page: the question in words, the data's age, ways to look, files."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from dash import dcc, html

from cityops.domain.access import Permission
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import write
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import VIEWS, Choice
from cityops_dashboards.pages.data.fits import catalogue, places
from cityops_dashboards.texts import name, text

FORMATS = {"xlsx": "XLSX", "parquet": "Parquet", "zip": "ZIP"}
"""Beside CSV."""


def bar(choice: Choice) -> html.Div:
    """Return the ways to look at the answer, each with its address, and the files of it."""
    lang = choice.lang
    nav = html.Nav(
        [_way(choice, one) for one in VIEWS], className="data-views", **attributes(aria_label=text(lang, "data.view"))
    )
    return html.Div([nav, _keeping(choice), html.Div(files(choice), className="data-files")], className="data-bar")


def _keeping(choice: Choice) -> html.Div:
    """Return the way to keep this view under a name, and to those that are kept; for people, as keys keep none."""
    if not viewer.is_person():
        return html.Div()
    seen = {"view": choice.view, "lines": ",".join(choice.lines), "lang": choice.lang, "theme": choice.theme}
    lang, kept = choice.lang, write("/views", {"lang": choice.lang, "theme": choice.theme})
    return html.Div(
        [
            html.A(text(lang, "views.keep"), href=write("/views", choice.question() | seen), className="button"),
            html.A(
                text(lang, "views.title"),
                href=kept,
                className="button",
            ),
        ],
        className="data-keeping",
    )


def _way(choice: Choice, view: str) -> Any:
    label = text(choice.lang, f"data.view.{view}")
    if view == choice.view:
        return html.Span(label, className="view", **attributes(aria_current="page"))
    return dcc.Link(label, href=replace(choice, view=view).address(), className="view")


def files(choice: Choice) -> list[Any]:
    """Return links to the file of all indicators and a button that copies its address, for roles that take files."""
    if not viewer.may(Permission.EXPORT_READ):
        return []
    lang, href = choice.lang, choice.export()
    return [
        html.Span(text(lang, "data.file_rows", n=f"{choice.rows:,}"), className="hint"),
        html.A(text(lang, "data.csv"), href=href, className="button is-strong data-csv"),
        *(
            html.A(name, href=choice.export(form), className="button", title=text(lang, f"data.{form}_title"))
            for form, name in FORMATS.items()
        ),
        html.Button(
            text(lang, "data.copy"),
            type="button",
            className="button",
            title=text(lang, "data.copy_title"),
            **attributes(data_copy=href, data_copied=text(lang, "data.copied"), aria_live="polite"),
        ),
    ]


def title(choice: Choice) -> str:
    """Return the view in words: which indicators, where, by what and how finely."""
    lang = choice.lang
    known = catalogue()
    indicators = text(lang, "data.and").join(name(lang, known[code]) for code in choice.indicators)
    by = [text(lang, f"data.level.{choice.level.value}"), text(lang, f"data.interval.{choice.interval.value}")]
    if choice.only:
        by[0] = text(lang, "data.only.count", n=len(choice.only))
    if choice.against:
        by.append(text(lang, f"data.against.{choice.against.value}"))
    return " · ".join((indicators, name(lang, places()[choice.region]), *by))


def period_in_words(choice: Choice, start: datetime) -> str:
    """Return a period as it is named: 2026-11-20 09:00–10:00, 2026-11-20, 2026-11, 2026-Q4 or 2026."""
    grain, local = choice.interval, start.astimezone(CITY_ZONE)
    if grain is Grain.QUARTER:
        return f"{local:%Y}-Q{(local.month + 2) // 3}"
    form = {Grain.DAY: "%Y-%m-%d", Grain.MONTH: "%Y-%m", Grain.YEAR: "%Y"}.get(grain)
    if form:
        return f"{local:{form}}"
    return f"{local:%Y-%m-%d %H:%M}–{grain.shifted(local, 1):%H:%M}"


def ages(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Div:
    """Return how old the newest data of each indicator are."""
    return html.Div([_age(choice, part, several=len(parts) > 1) for part in parts], className="data-ages")


def _age(choice: Choice, part: IndicatorAnswer, *, several: bool) -> html.Div:
    """Return the time of the newest reading, whose age the scripts let grow, or the newest period with a value."""
    lang = choice.lang
    if part.as_of is None and part.indicator["kind"] != "readings" and part.newest_period:
        key = "data.newest_period_of" if several else "data.newest_period"
        label = html.Span(text(lang, key, what=part.indicator[f"name_{lang}"]), className="quiet")
        return html.Div([label, html.Span(period_in_words(choice, part.newest_period[0]))], className="as-of-data")
    key = "data.newest_of" if several else "data.newest"
    label = html.Span(text(lang, key, what=part.indicator[f"name_{lang}"]), className="quiet")
    if part.as_of is None:
        return html.Div([label, html.Span("—")])
    local = part.as_of.astimezone(CITY_ZONE)
    age = html.Span(
        className="age", **attributes(data_as_of=part.as_of.isoformat(), data_cadence=str(part.cadence_s))
    )
    return html.Div(
        [label, html.Time(f"{local:%Y-%m-%d %H:%M:%S}", dateTime=part.as_of.isoformat()), age],
        className="as-of-data",
        **attributes(data_judged=part.freshness),
    )
