"""The chart of the data page: lines of regions on one axis of time, and each by itself where they are many."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from urllib.parse import quote

import pandas as pd
from dash import dcc, html

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import Direction
from cityops.domain.regions import RegionLevel
from cityops_dashboards import theme
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures.multiples import multiples
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import LOW_COVERAGE, MOST_EQUAL, MOST_LINES, crowded_of, series
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice, regions_of
from cityops_dashboards.pages.data.fits import places
from cityops_dashboards.pages.data.heading import ages, title
from cityops_dashboards.pages.data.unusual import ahead, unusual
from cityops_dashboards.texts import name, text
from cityops_dashboards.theme import Look

Span = tuple[datetime, datetime]
Drawing = Mapping[str, Any]


def chart(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Section:
    """Return the chart with its notes and the names of its lines, or the sentence that there is nothing."""
    lang = choice.lang
    panels = [_panel(choice, part) for part in parts]
    names = _names(choice, panels)
    span = choice.interval.floor(choice.start), _last(choice, panels)
    figure = series(panels, names, span, choice.interval, lang, choice.lines, Look(choice.theme))
    graph = dcc.Graph(
        id="data-graph",
        figure=figure,
        style={"height": f"{figure['layout']['height']}px"},  # else it shrinks into the frame that it is to scroll in
        config=theme.graph_config(lang, mode_bar=True) | {"modeBarButtonsToRemove": ["select2d", "lasso2d"]},
        className="data-graph",
    )
    tall = max(len(one.regions) for one in panels) > MOST_LINES
    plot = html.Div(graph, className="data-plot is-tall" if tall else "data-plot")
    cards = {} if tall else _cards(choice, parts, panels, span)
    lines = [] if tall else _lines(lang, figure, list(names), choice.lines, cards)
    shown = [plot, *lines, *unusual(choice, parts)]
    if all(one.table.empty for one in panels):
        ahead = all(part.is_ahead for part in parts)
        shown = [html.P(text(lang, "data.ahead" if ahead else "data.empty"), className="nothing")]
    aside = ages(choice, parts)
    return panel(
        title(choice), *_notes(choice, parts, figure), *_breaks(choice, parts), *shown, name="data-chart", aside=aside
    )


def _panel(choice: Choice, part: IndicatorAnswer) -> Panel:
    lang = choice.lang
    limits, low_is_worse = thresholds(part)
    return Panel(
        part.indicator[f"name_{lang}"],
        part.unit(lang),
        part.indicator["decimals"],
        part.present,
        limits,
        low_is_worse,
        {level: text(lang, f"warning.{level}") for level in limits},
        [*_changes(choice, part)],
        part.usual,
        ahead(choice, part),
        _words(choice),
    )


def _last(choice: Choice, panels: Sequence[Panel]) -> datetime:
    """Return where the axis ends: with the period, or with what is foretold."""
    ends: list[datetime] = [
        one.ahead["start"].max() for one in panels if one.ahead is not None and not one.ahead.empty
    ]
    return max([choice.interval.ceiling(choice.end), *ends])


def _words(choice: Choice) -> dict[str, str]:
    """Return what the lines beside the values are called."""
    words = {key: text(choice.lang, f"data.beside.{key}") for key in ("usual", "outside", "ahead")}
    if choice.against:
        words["compared"] = text(choice.lang, f"data.compared.{choice.against.value}")
    return words


def thresholds(part: IndicatorAnswer) -> tuple[dict[int, float], bool]:
    """Return an indicator's thresholds by warning level, and whether low values are the worse ones."""
    one = part.indicator
    if one.get("direction") not in {Direction.HIGH, Direction.LOW}:
        return {}, False
    levels = enumerate((one[level] for level in ("blue", "yellow", "orange", "red")), start=1)
    known = {level: float(value) for level, value in levels if pd.notna(value)}
    return known, one["direction"] == Direction.LOW


def _changes(choice: Choice, part: IndicatorAnswer) -> Iterator[tuple[datetime, str]]:
    """Yield the midnights within the period from which the indicator's definition is another."""
    for one in part.indicator.get("definitions", ())[1:]:
        at = _midnight(one["since"])
        if choice.start < at < choice.end:
            yield at, text(choice.lang, "data.changed", version=one["version"], day=one["since"])


def _breaks(choice: Choice, parts: Sequence[IndicatorAnswer]) -> list[html.P]:
    """Return a sentence for each definition that another one follows within the period."""
    lang = choice.lang
    told = [
        text(lang, "data.break", day=one["since"], what=part.indicator[f"name_{lang}"], said=one[lang])
        for part in parts
        for one in part.indicator.get("definitions", ())[1:]
        if choice.start < _midnight(one["since"]) < choice.end
    ]
    return [html.P(one, className="hint data-break") for one in told]


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(str(day)), time(), CITY_ZONE)


def _names(choice: Choice, panels: Sequence[Panel]) -> dict[str, str]:
    regions = regions_of(choice)
    if len(regions) > MOST_LINES:
        with_data = {code for one in panels for code in one.regions}
        regions = [one for one in regions if one.code in with_data]
    return {one.code: name(choice.lang, one) for one in regions}


def _cards(
    choice: Choice, parts: Sequence[IndicatorAnswer], panels: Sequence[Panel], span: Span
) -> dict[str, list[Any]]:
    """Return the small pictures of each region, one for each indicator; none where the lines can be told apart."""
    if crowded_of(panels) is None:
        return {}
    found: dict[str, list[Any]] = {}
    for part, one in zip(parts, panels, strict=True):
        newest = part.newest
        for code, picture in multiples(one, span, Look(choice.theme)).items():
            value = html.Span(f"{newest[code]:{one.number}} {one.unit}", className="small-value")
            drawn = html.Img(src=f"data:image/svg+xml,{quote(picture)}", alt="")
            label = [html.Span(one.title, className="small-name")] if len(parts) > 1 else []
            found.setdefault(code, []).append(html.Span([*label, value, drawn], className="small"))
    return found


def _lines(
    lang: str,
    figure: Drawing,
    order: Sequence[str],
    chosen: Collection[str],
    cards: Mapping[str, list[Any]],
) -> list[Any]:
    """Return the names of the lines in their regions' order, as buttons that choose; none for a line alone.

    With `cards` each has its small pictures.
    """
    entries = sorted(
        (trace for trace in figure["data"] if trace["showlegend"]),
        key=lambda trace: order.index(trace["meta"]["code"]),
    )
    if len(entries) < 2:
        return []
    buttons = [
        html.Button(
            [
                html.Span(className="line-mark", style={"backgroundColor": trace["line"]["color"]}),
                html.Span(trace["name"], className="line-name"),
                *cards.get(trace["meta"]["code"], ()),
            ],
            type="button",
            className="data-line",
            **attributes(data_line=trace["meta"]["code"], aria_pressed=str(trace["meta"]["code"] in chosen).lower()),
        )
        for trace in entries
    ]
    look = "data-lines is-small" if cards else "data-lines"
    group = html.Div(buttons, className=look, role="group", **attributes(aria_label=text(lang, "data.lines")))
    hints = [text(lang, "data.lines.hint"), *([text(lang, "data.small.hint")] if cards else [])]
    return [group, html.P(" ".join(hints), className="hint")]


def _notes(choice: Choice, parts: Sequence[IndicatorAnswer], figure: Drawing) -> list[Any]:
    lang = choice.lang
    notes: list[Any] = []
    absent = len(regions_of(choice)) - pd.concat([part.present for part in parts])["region_code"].nunique()
    kinds = {part.indicator.get("kind") for part in parts}
    if absent and choice.level is not RegionLevel.CITY and not all(part.is_ahead for part in parts):
        notes.append(text(lang, "data.absent" if kinds == {"readings"} else "data.absent.values", n=absent))
    if any(part.present["region_code"].nunique() > MOST_LINES for part in parts):
        notes.append(text(lang, "data.map_note"))
    elif leading := _leading(choice, parts):
        notes.append(leading)
    if any(shape.get("name") == "threshold" for shape in figure["layout"]["shapes"]):
        notes.append(text(lang, "data.thresholds"))
    if any(part.is_running for part in parts):
        notes.append(text(lang, "data.running"))
    if choice.against:
        few = all(part.present["region_code"].nunique() <= MOST_EQUAL for part in parts)
        notes.append(text(lang, "data.compared.drawn" if few else "data.compared.table"))
    if any((part.table["coverage"] < LOW_COVERAGE).any() for part in parts):
        notes.append(text(lang, "data.low_coverage", share=f"{LOW_COVERAGE:.0%}"))
    return [html.P([part for note in notes for part in (note, " ")], className="hint")] if notes else []


def _leading(choice: Choice, parts: Sequence[IndicatorAnswer]) -> html.Span | None:
    """Return the sentence on the worst line, which stands out while none is chosen; None where all are equal."""
    lang = choice.lang
    shown = crowded_of([_panel(choice, part) for part in parts])
    if shown is None or shown.worst is None:
        return None
    region = name(lang, places()[shown.worst])
    said = text(lang, "data.leading.low" if shown.low_is_worse else "data.leading", region=region)
    hidden = any(set(choice.lines) & set(part.present["region_code"]) for part in parts)
    return html.Span(said, className="data-leading", hidden=hidden, **attributes(data_worst=shown.worst))
