"""Series of one or several indicators by region: lines for few regions, a heat map for many, on one time axis.

Tables have the client's columns region_code, start and end (aware, the city's zone), value (NaN where nothing
came) and finished.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cityops.domain.indicators.periods import Grain
from cityops_dashboards import theme
from cityops_dashboards.figures.axes import time_axis, times, wall
from cityops_dashboards.figures.bands import band, compared, foretold, outside
from cityops_dashboards.figures.marks import FONT_PX, marks
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.theme import Look

MOST_EQUAL = 4
"""More lines than this cannot be told apart by colour alone: one stands out, the others recede."""

MOST_LINES = theme.MOST_SERIES
"""More regions than colours to tell them apart by become a heat map."""

LOW_COVERAGE = 0.5
"""Share of the readings owed below which a value is drawn as one not to rely on."""

TITLE_PX, AXIS_PX, GAP_PX = 26, 40, 44

Domain = tuple[float, float]
Names = Mapping[str, str]


def series(
    panels: Sequence[Panel],
    names: Names,
    span: tuple[datetime, datetime],
    interval: Grain,
    lang: str,
    chosen: Collection[str] = (),
    look: Look = theme.DARK,
) -> dict[str, Any]:
    """Return a figure, as plain as plotly reads it, of panels one under the other; `span` is shown whole.

    `names` are those of the regions in order.

    A region has the same colour in all panels. The regions in `chosen` stand out; without them the worst does of the
    first panel that has more than a few. Values that are missing leave a gap in a line, a hole in a map; a bucket
    that is not over is shaded. Values that are not over, and those of which too little came, are hollow. Thresholds
    are lines with their names where they lie within or near the values; a change of the definition is a rule.

    A line's `meta` has its region's `code` and its `looks`, for the scripts.
    """
    as_map = max((len(panel.regions) for panel in panels), default=0) > MOST_LINES
    heights = [_map_px(panel) if as_map else _lines_px(len(panels)) for panel in panels]
    plot = sum(heights) + GAP_PX * max(len(panels) - 1, 0)
    axes: dict[str, Any] = {
        "xaxis": time_axis(span, interval, lang, as_map=as_map, panels=len(panels)) | _ruled(look)
    }
    traces: list[dict[str, Any]] = []
    titles, shapes = [], _running(panels, look)
    crowded = None if as_map else crowded_of(panels)
    for number, (panel, domain) in enumerate(zip(panels, _domains(heights, plot), strict=True)):
        suffix = str(number + 1) if number else ""
        axis, drawn = (_map_panel if as_map else _line_panel)(panel, names, interval, domain, plot, look)
        lines, words = marks(panel, {} if as_map else _near(panel, names), f"y{suffix}", domain, look)
        axes[f"yaxis{suffix}"] = axis | {"domain": domain, "automargin": True, "tickfont": {"size": FONT_PX - 1}}
        traces += [trace | {"yaxis": f"y{suffix}"} for trace in drawn]
        titles += [_title(panel, domain[1], look, raised=AXIS_PX if as_map and not number else 0), *words]
        shapes += lines
    _one_entry_each(traces)
    traces = traces if as_map else _looking(traces, chosen, crowded.worst if crowded else None)
    margins = {"top": TITLE_PX + AXIS_PX * as_map, "bottom": 8 if as_map else AXIS_PX}
    return theme.plain_figure(
        traces,
        look,
        **axes | {"annotations": titles, "shapes": shapes},
        height=plot + sum(margins.values()),
        margin={"l": 8, "r": 12, "t": margins["top"], "b": margins["bottom"]},
        hovermode="closest" if as_map else "x unified",
        **_manners(look),
    )


def _manners(look: Look) -> dict[str, Any]:
    """Return what all charts of series have in common."""
    return {
        "showlegend": False,  # the page has buttons in its place; a picture that is saved has this one
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        "font": {"family": theme.FONT, "size": FONT_PX, "color": look["ink-2"]},
        "hoverlabel": _hover(look),
        "dragmode": "zoom",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": look["ink-3"], "activecolor": look["accent"]},
    }


def crowded_of(panels: Sequence[Panel]) -> Panel | None:
    """Return the first panel with more lines than can be told apart, whose worst line stands out; None if none is."""
    return next((panel for panel in panels if len(panel.regions) > MOST_EQUAL), None)


def _looking(lines: list[dict[str, Any]], chosen: Collection[str], worst: str | None) -> list[dict[str, Any]]:
    """Let the chosen lines stand out, or the worst where none is; the others recede. With neither all are equal."""
    some = bool(set(chosen) & {line["meta"]["code"] for line in lines if "meta" in line})
    looked = []
    for line in lines:
        if "meta" not in line:
            looked.append(line)
            continue
        code, looks = line["meta"]["code"], line["meta"]["looks"]
        ahead = code in chosen if some else code == worst
        look = looks[("chosen" if some else "worst") if ahead else "back" if some or worst else "equal"]
        looked.append(line | look | {"marker": line["marker"] | look["marker"]})
    return looked


def _looks(colour: str, worst: str) -> dict[str, dict[str, Any]]:
    """Return how a line may be drawn: like all others, as one that stands out, or as one that recedes."""
    return {
        "equal": _look(colour, width=2),
        "chosen": _look(colour, width=3.5, above=1),
        "worst": _look(worst, width=3, above=1),
        "back": _look(colour, width=1.3, opacity=0.4),
    }


def _look(colour: str, width: float, opacity: float = 1, above: int = 0) -> dict[str, Any]:
    line = {"color": colour, "width": width}
    return {"line": line, "marker": {"color": colour}, "opacity": opacity, "zorder": above}


def _near(panel: Panel, names: Names) -> dict[int, float]:
    """Return the thresholds that lie among the values or near them, by level."""
    values = panel.table.loc[panel.table["region_code"].isin(list(names)), "value"].dropna()
    if values.empty:
        return {}
    room = max(values.max() - values.min(), abs(values.max()) * 0.2) * 0.6
    low, high = values.min() - room, values.max() + room
    return {level: value for level, value in panel.thresholds.items() if low <= value <= high}


Drawn = list[dict[str, Any]]


def _running(panels: Sequence[Panel], look: Look) -> list[dict[str, Any]]:
    """Return the shade over the bucket that is not over; buckets that lie ahead have nothing to shade."""
    tables = [panel.table[panel.table["value"].notna() & ~panel.table["finished"].astype(bool)] for panel in panels]
    spans = {
        (one["start"], one["end"])
        for table in tables
        for one in table[["start", "end"]].drop_duplicates().to_dict("records")
    }
    return [
        {
            "type": "rect",
            "xref": "x",
            "x0": wall(start).isoformat(),
            "x1": wall(end).isoformat(),
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "fillcolor": look["ink-2"],
            "opacity": 0.12,
            "line": {"width": 0},
            "layer": "below",
        }
        for start, end in sorted(spans)
    ]


def _lines_px(panels: int) -> int:
    return {0: 0, 1: 290, 2: 190}.get(panels, 150)


def _map_px(panel: Panel) -> int:
    rows = max(len(panel.regions), 1)
    return rows * (16 if rows > 40 else 20)


def _domains(heights: Sequence[int], plot: int) -> Iterator[Domain]:
    """Yield each panel's share of the plot, from the top down."""
    top = plot
    for height in heights:
        yield (top - height) / plot, top / plot
        top -= height + GAP_PX


def _ruled(look: Look) -> dict[str, Any]:
    return {"gridcolor": look["hair"], "linecolor": look["hair-strong"]}


def _title(panel: Panel, top: float, look: Look, raised: int) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom"}
    return place | {
        "text": panel.head,
        "showarrow": False,
        "yshift": 4 + raised,
        "font": {"size": FONT_PX, "color": look["ink-1"]},
    }


def _hover(look: Look) -> dict[str, Any]:
    font = {"family": theme.FONT, "size": FONT_PX, "color": look["ink-1"]}
    return {"bgcolor": look["surface-1"], "bordercolor": look["accent"], "font": font, "namelength": -1}


def _line_panel(
    panel: Panel, names: Names, grain: Grain, _domain: Domain, _plot: int, look: Look
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    colours = dict(zip(names, look.series * (1 + len(names) // MOST_LINES), strict=False))
    axis = {"gridcolor": look["hair"], "zeroline": False, "nticks": 6, "separatethousands": True}
    return axis, [*_behind(panel, look), *_lines(panel, names, colours, grain, look), *_beside(panel, look)]


def _lines(panel: Panel, names: Names, colours: Mapping[str, str], grain: Grain, look: Look) -> Drawn:
    drawn: Drawn = []
    for key, table in panel.table.groupby("region_code", sort=False):
        code = str(key)
        looks = _looks(colours[code], look["ink-1"])
        line = _line(panel, table, names[code], grain) | {"meta": {"code": code, "looks": looks}}
        if "compared" in panel.words and len(panel.regions) <= MOST_EQUAL:
            name = f"{names[code]} {panel.words['compared']}"
            drawn.append(compared(line, table, panel.number, panel.unit, name))
        drawn.append(line)
    return drawn


def _behind(panel: Panel, look: Look) -> Drawn:
    if panel.usual is None:
        return []
    return band(panel.usual, look, panel.number, panel.unit, panel.words["usual"])


def _beside(panel: Panel, look: Look) -> Drawn:
    rings = [] if panel.usual is None else outside(panel.usual, look, panel.words["outside"])
    ahead = panel.ahead
    return rings + ([] if ahead is None else foretold(ahead, look, panel.number, panel.unit, panel.words["ahead"]))


def _line(panel: Panel, table: pd.DataFrame, name: str, grain: Grain) -> dict[str, Any]:
    values = table["value"].to_numpy(float)
    hollow = ~table["finished"].to_numpy(bool)
    if "coverage" in table:
        hollow |= table["coverage"].to_numpy(float) < LOW_COVERAGE
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "x": times(table["start"]),
        "y": values,
        "connectgaps": False,
        # a value between two gaps has no line to either side; of months each is a dot
        "marker": {
            "size": np.where(_alone(values) | hollow | bool(grain.months), 6, 0),
            "symbol": np.where(hollow, "circle-open", "circle").tolist(),
            "opacity": 1,
        },
        "hovertemplate": f"%{{y:{panel.number}}} {panel.unit}",
    }


def _alone(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    missing = np.concatenate(([True], np.isnan(values), [True]))
    return ~missing[1:-1] & missing[:-2] & missing[2:]


def _map_panel(
    panel: Panel, names: Names, interval: Grain, domain: Domain, plot: int, look: Look
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    table = panel.table.pivot_table(index="region_code", columns="start", values="value", dropna=False)
    table = table.loc[table.mean(axis=1).sort_values(na_position="first").index]  # plotly's first row is the lowest
    trace = {
        "type": "heatmap",
        "x": times(table.columns.to_series()),
        "xperiod": _cell(interval),  # a cell begins at its time, it does not lie around it
        "xperiodalignment": "middle",
        "y": [names[str(code)] for code in table.index],
        "z": table.to_numpy(float),
        "colorscale": [[place / (len(look.ramp) - 1), colour] for place, colour in enumerate(look.ramp)],
        "hoverongaps": False,
        "hovertemplate": f"%{{y}}<br>%{{x}}<br><b>%{{z:{panel.number}}}</b> {panel.unit}<extra></extra>",
        "colorbar": {
            "len": min(220, (domain[1] - domain[0]) * plot),
            "lenmode": "pixels",
            "y": domain[1],
            "yanchor": "top",
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"size": FONT_PX - 1},
        },
    }
    return {"type": "category", "showgrid": False, "dtick": 1, "linecolor": look["hair-strong"]}, [trace]


def _cell(grain: Grain) -> str | float:
    return f"M{grain.months}" if grain.months else grain.interval.length / timedelta(milliseconds=1)


def _one_entry_each(traces: list[dict[str, Any]]) -> None:
    """Leave one legend entry per region."""
    seen: set[str] = set()
    for trace in traces:
        name = trace.get("name")
        if trace.get("showlegend") is False:
            continue
        trace["showlegend"] = name is not None and name not in seen
        seen |= {name} if name else set()
