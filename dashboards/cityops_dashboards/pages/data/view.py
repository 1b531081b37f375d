"""What the data page shows of an answer: chart, table, definition and the way to the CSV, or why there is none."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import dcc, html

from cityops import reference
from cityops.client import ApiError
from cityops.domain.access import Permission
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import Direction
from cityops.domain.regions import RegionLevel
from cityops_dashboards import display, theme
from cityops_dashboards.access import viewer
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.grid import grid, swipe
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures.series import MOST_LINES, Panel, crowded_of, series
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice, ChoiceTrouble, catalogue, places, regions_of
from cityops_dashboards.tables import series as table
from cityops_dashboards.texts import name, text
from cityops_dashboards.theme import Look

MOST_ROWS = 10_000
"""Rows of the table; the newest ones where there are more, which is said."""


def results(choice: Choice, parts: Sequence[IndicatorAnswer]) -> list[Any]:
    """Return the chart, the table and the definitions of an answer."""
    return [_chart(choice, parts), _table(choice, parts), _definitions(choice, parts)]


def refusal(choice: Choice, trouble: ChoiceTrouble) -> list[Any]:
    """Return the sentence on what cannot be answered, with a button for each thing that would work."""
    lang = choice.lang
    buttons = [
        dcc.Link(text(lang, key, **_worded(lang, values)), href=fit.address(), className="button is-strong")
        for key, values, fit in trouble.remedies
    ]
    files = _files(choice) if trouble.file else []
    return [_message(text(lang, trouble.key, **_worded(lang, trouble.values)), [*buttons, *files])]


def failure(choice: Choice, error: ApiError, *, again: bool) -> list[Any]:
    """Return the sentence on an API that refuses or is gone; `again` says that the page will ask by itself."""
    lang = choice.lang
    key = {0: "gone", 404: "unknown", 422: "refused", 429: "busy", 503: "database"}.get(error.status, "error")
    said = html.P([text(lang, "data.failure.said"), html.Q(str(error), lang="en")], className="hint")
    waiting = [html.P(text(lang, "data.failure.again"), className="hint")] if again else []
    link = html.A(text(lang, "data.failure.now"), href=choice.address(), className="button is-strong")
    return [_message(text(lang, f"data.failure.{key}", status=error.status), [link], said, *waiting)]


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
    return worded


def _chart(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    lang = choice.lang
    present = [part.present for part in parts]
    empty = all(one.empty for one in present)
    regions = regions_of(choice)
    if len(regions) > MOST_LINES:
        with_data = set(pd.concat(present)["region_code"])
        regions = [one for one in regions if one.code in with_data]
    panels = [
        Panel(
            part.indicator[f"name_{lang}"],
            part.unit(lang),
            part.indicator["decimals"],
            shown,
            *_thresholds(part.indicator["code"]),
        )
        for part, shown in zip(parts, present, strict=True)
    ]
    names = {one.code: name(lang, one) for one in regions}
    span = choice.interval.floor(choice.start), choice.end
    figure = series(panels, names, span, choice.interval, lang, choice.lines, Look(choice.theme))
    graph = dcc.Graph(
        id="data-graph",
        figure=figure,
        style={"height": f"{figure.layout.height}px"},  # else it shrinks into the frame that it is to scroll in
        config=theme.graph_config(lang, mode_bar=True) | {"modeBarButtonsToRemove": ["select2d", "lasso2d"]},
        className="data-graph",
    )
    tall = max(len(one.regions) for one in panels) > MOST_LINES
    plot = html.Div(graph, className="data-plot is-tall" if tall else "data-plot")
    shown = [plot] if tall else [plot, *_lines(lang, figure, list(names), choice.lines)]
    ahead = all(part.is_ahead for part in parts)
    if empty:
        shown = [html.P(text(lang, "data.ahead" if ahead else "data.empty"), className="nothing")]
    return panel(
        title(choice), *_chart_notes(choice, parts, figure), *shown, name="data-chart", aside=_ages(lang, parts)
    )


def _lines(lang: str, figure: go.Figure, order: Sequence[str], chosen: Collection[str]) -> list[Any]:
    """Return the names of the lines in their regions' order, as buttons that choose; none for a line alone."""
    entries = sorted(
        (trace for trace in figure.data if trace.showlegend), key=lambda trace: order.index(trace.meta["code"])
    )
    if len(entries) < 2:
        return []
    buttons = [
        html.Button(
            [html.Span(className="line-mark", style={"backgroundColor": trace.line.color}), trace.name],
            type="button",
            className="data-line",
            **attributes(data_line=trace.meta["code"], aria_pressed=str(trace.meta["code"] in chosen).lower()),
        )
        for trace in entries
    ]
    group = html.Div(buttons, className="data-lines", role="group", **attributes(aria_label=text(lang, "data.lines")))
    return [group, html.P(text(lang, "data.lines.hint"), className="hint")]


def _thresholds(code: str) -> tuple[dict[int, float], bool]:
    """Return an indicator's thresholds by warning level, and whether low values are the worse ones."""
    known = {metric.code: metric for metric in reference.metrics()}
    if code not in known:
        return {}, False
    levels = enumerate(display.thresholds(known[code]), start=1)
    return {level: value for level, value in levels if value is not None}, known[code].direction is Direction.LOW


def title(choice: Choice) -> str:
    """Return the view in words: which indicators, where, by what and how finely."""
    lang = choice.lang
    known = catalogue()
    indicators = text(lang, "data.and").join(name(lang, known[code]) for code in choice.indicators)
    by = text(lang, f"data.level.{choice.level.value}"), text(lang, f"data.interval.{choice.interval.value}")
    return " · ".join((indicators, name(lang, places()[choice.region]), *by))


def _chart_notes(choice: Choice, parts: Sequence[IndicatorAnswer], figure: go.Figure) -> list[Any]:
    lang = choice.lang
    notes: list[Any] = []
    absent = len(regions_of(choice)) - pd.concat([part.present for part in parts])["region_code"].nunique()
    if absent and choice.level is not RegionLevel.CITY and not all(part.is_ahead for part in parts):
        notes.append(text(lang, "data.absent", n=absent))
    if any(part.present["region_code"].nunique() > MOST_LINES for part in parts):
        notes.append(text(lang, "data.map_note"))
    elif leading := _leading(choice, parts):
        notes.append(leading)
    if any(shape.type == "line" for shape in figure.layout.shapes):
        notes.append(text(lang, "data.thresholds"))
    if any(part.is_running for part in parts):
        notes.append(text(lang, "data.running"))
    return [html.P([part for note in notes for part in (note, " ")], className="hint")] if notes else []


def _leading(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Span | None:
    """Return the sentence on the worst line, which stands out while none is chosen; None where all are equal."""
    lang = choice.lang
    shown = crowded_of([Panel("", "", 0, one.present, *_thresholds(one.indicator["code"])) for one in parts])
    if shown is None or shown.worst is None:
        return None
    region = name(lang, places()[shown.worst])
    said = text(lang, "data.leading.low" if shown.low_is_worse else "data.leading", region=region)
    hidden = any(set(choice.lines) & set(part.present["region_code"]) for part in parts)
    return html.Span(said, className="data-leading", hidden=hidden, **attributes(data_worst=shown.worst))


def _ages(lang: str, parts: Sequence[IndicatorAnswer]) -> html.Div:
    return html.Div([_age(lang, part, several=len(parts) > 1) for part in parts], className="data-ages")


def _age(lang: str, part: IndicatorAnswer, *, several: bool) -> html.Div:
    """Return the time of the newest reading; the scripts let its age grow."""
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


def _table(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    lang = choice.lang
    regions = {one.code: name(lang, one) for one in regions_of(choice)}
    newest = [
        part.table.sort_values(["start", "region_code"], ascending=[False, True]).head(MOST_ROWS // len(parts))
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
        table.columns(lang, several=len(parts) > 1),
        "id",
        lang,
        first=("region", "indicator", "start", "value", "unit", "running"),
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
        text(lang, "data.table"),
        html.P(text(lang, "data.comma").join(counted), className="hint", id="data-counts"),
        swipe("data-table", lang),
        html.Div(shown, className="data-grid"),
        name="data-rows",
        aside=html.Div(_files(choice), className="data-files"),
    )


FORMATS = {"xlsx": "XLSX", "parquet": "Parquet", "zip": "ZIP"}
"""Beside CSV."""


def _files(choice: Choice) -> list[Any]:
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


def _definitions(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    lang = choice.lang
    return panel(
        text(lang, "data.definition"),
        *(html.Div(_definition(lang, part), className="definition") for part in parts),
        name="data-definitions",
    )


def _definition(lang: str, part: IndicatorAnswer) -> list[Any]:
    one = part.indicator
    coverage = "—" if part.coverage is None else f"{part.coverage:.1%}"
    facts: dict[str, Any] = {
        "code": html.Code(one["code"]),
        "unit": part.unit(lang) or text(lang, "data.no_unit"),
        "aggregate": text(lang, f"data.aggregate.{one['aggregate']}"),
        "source": _source(lang, one["source_zh"]),
        "coverage": coverage,
    }
    pairs = [html.Div([html.Dt(text(lang, f"data.fact.{key}")), html.Dd(fact)]) for key, fact in facts.items()]
    return [html.H3(one[f"name_{lang}"]), html.P(one[f"definition_{lang}"]), html.Dl(pairs)]


def _source(lang: str, source_zh: str) -> str:
    """Return the names of the source systems in the page's language; the API gives them in Chinese only."""
    if lang == "zh":
        return source_zh or "—"
    english = {row["name_zh"]: row["name_en"] for row in reference.rows("source_systems")}
    others = text(lang, "data.all_sources")
    return ", ".join(english.get(one, others) for one in source_zh.split("、") if one) or "—"
