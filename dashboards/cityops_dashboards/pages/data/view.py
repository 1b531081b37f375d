"""What the data page shows of an answer: chart, table or map with the definitions beside, or why there is none."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from dash import dcc, html

from cityops.client import ApiError
from cityops_dashboards.components.grid import grid, swipe
from cityops_dashboards.components.panel import panel
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.chart import chart
from cityops_dashboards.pages.data.choice import Choice, regions_of
from cityops_dashboards.pages.data.choropleth import map_of
from cityops_dashboards.pages.data.definition import definitions
from cityops_dashboards.pages.data.fits import catalogue
from cityops_dashboards.pages.data.heading import ages, bar, files, title
from cityops_dashboards.pages.data.trouble import ChoiceTrouble, by_larger
from cityops_dashboards.tables import series as table
from cityops_dashboards.texts import name, text

MOST_ROWS, MOST_BELOW = 10_000, 2_000
"""Rows of the table alone, and of that below a chart; the newest ones where there are more, which is said."""


def results(choice: Choice, parts: Sequence[IndicatorAnswer]) -> list[Any]:
    """Return what is chosen to be shown of an answer; the chart has its table below."""
    shown = {
        "chart": lambda: [chart(choice, parts), _table(choice, parts)],
        "table": lambda: [_table(choice, parts)],
        "map": lambda: [map_of(choice, parts)],
    }
    return [bar(choice), *shown[choice.view](), definitions(choice.lang, parts)]


def refusal(choice: Choice, trouble: ChoiceTrouble) -> list[Any]:
    """Return the sentence on what cannot be answered, with a button for each thing that would work."""
    lang = choice.lang
    buttons = [
        dcc.Link(text(lang, key, **_worded(lang, values)), href=fit.address(), className="button is-strong")
        for key, values, fit in trouble.remedies
    ]
    taken = files(choice) if trouble.file else []
    return [_message(text(lang, trouble.key, **_worded(lang, trouble.values)), [*buttons, *taken])]


def failure(choice: Choice, error: ApiError, *, again: bool) -> list[Any]:
    """Return the sentence on an API that refuses or is gone; `again` says that the page will ask by itself."""
    lang = choice.lang
    key = {0: "gone", 404: "unknown", 422: "refused", 429: "busy", 503: "database"}.get(error.status, "error")
    said = html.P([text(lang, "data.failure.said"), html.Q(str(error), lang="en")], className="hint")
    waiting = [html.P(text(lang, "data.failure.again"), className="hint")] if again else []
    ways: list[Any] = [html.A(text(lang, "data.failure.now"), href=choice.address(), className="button is-strong")]
    if error.status == HTTPStatus.FORBIDDEN and (larger := by_larger(choice)):
        told = text(lang, "data.use_level", level=text(lang, f"data.level.{larger.level.value}"))
        ways.append(dcc.Link(told, href=larger.address(), className="button is-strong"))
    return [_message(text(lang, f"data.failure.{key}", status=error.status), ways, said, *waiting)]


def _message(sentence: str, buttons: Sequence[Any], *more: Any) -> html.Section:
    return html.Section(
        [html.P(sentence, className="sentence"), *more, html.Div(buttons, className="message-buttons")],
        className="panel data-message",
        role="alert",
    )


def _worded(lang: str, values: Any) -> dict[str, object]:
    """Put intervals and levels into words."""
    worded = dict(values)
    for key in ("interval", "level"):
        if key in worded:
            worded[key] = text(lang, f"data.{key}.{worded[key]}")
    if "indicator" in worded:
        worded["indicator"] = name(lang, catalogue()[str(worded["indicator"])])
    return worded


def _table(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    lang = choice.lang
    regions = {one.code: name(lang, one) for one in regions_of(choice)}
    alone = choice.view == "table"
    most = MOST_ROWS if alone else MOST_BELOW
    newest = [
        part.table.sort_values(["start", "region_code"], ascending=[False, True]).head(most // len(parts))
        for part in parts
    ]
    rows = [
        row
        for part, shown in zip(parts, newest, strict=True)
        for row in table.rows(
            shown,
            part.indicator[f"name_{lang}"],
            part.unit(lang),
            part.indicator["decimals"],
            regions,
            text(lang, "data.unfinished"),
        )
    ]
    shown = grid(
        "data-table",
        table.columns(lang, several=len(parts) > 1, is_exact=alone, is_compared=choice.against is not None),
        "id",
        lang,
        first=("region", "indicator", "start", "value", "exact", "change_percent", "unit", "running"),
        page_size=None,
    )
    shown.rowData = rows
    total = sum(len(part.table) for part in parts)
    counted = [text(lang, "data.rows", n=f"{total:,}")]
    if len(rows) < total:
        counted.append(text(lang, "data.rows_cut", n=f"{len(rows):,}"))
    if missing := sum(part.missing for part in parts):
        counted.append(text(lang, "data.missing", n=f"{missing:,}"))
    return panel(
        title(choice) if alone else text(lang, "data.table"),
        html.P(text(lang, "data.comma").join(counted), className="hint", id="data-counts"),
        swipe("data-table", lang),
        html.Div(shown, className="data-grid is-alone" if alone else "data-grid"),
        name="data-rows",
        aside=ages(choice, parts) if alone else None,
    )
