"""Colours, fonts and the chart template of all pages, for what is drawn; declared in `assets/css/00_tokens.css`.

One accent hue carries quantity. Blue, yellow, orange and red are kept for the four warning levels and nothing else.
"""

import re
from importlib.resources import files
from typing import Any

import plotly.graph_objects as go

_SHEET = files(__package__) / "assets" / "css" / "00_tokens.css"
TOKENS = dict(re.findall(r"^  --([\w-]+): ([^;]+);", _SHEET.read_text(encoding="utf-8"), re.MULTILINE))
"""Every token by its name, as it is written in the style sheet."""

FONT = TOKENS["font"].replace('"', "'")
ABYSS, GROUND = TOKENS["abyss"], TOKENS["ground"]
PANEL, PANEL_HIGH, ROW_ODD = TOKENS["panel"], TOKENS["panel-high"], TOKENS["row-odd"]
LINE, GRID, BORDER, RIVER = TOKENS["line"], TOKENS["grid"], TOKENS["border"], TOKENS["river"]
TEXT, QUIET, FAINT = TOKENS["text"], TOKENS["quiet"], TOKENS["faint"]
STALE, SILENT, UNKNOWN = TOKENS["stale"], TOKENS["silent"], TOKENS["unknown"]
ACCENT = TOKENS["accent"]
RAMP = tuple(TOKENS[f"ramp-{step}"] for step in range(1, 7))
WARNING_COLOURS = ("", TOKENS["blue"], TOKENS["yellow"], TOKENS["orange"], TOKENS["red"])
"""By level 1 to 4: blue, yellow, orange, red; a level is also always named in words."""

SERIES_COLOURS = tuple(TOKENS[f"series-{line}"] for line in range(1, 12))
"""Lines of several regions; none of them is one of the warning colours."""


BLANK = {
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    }
}
"""A figure that shows nothing, for a chart whose data are still to come."""


def layout(**changes: Any) -> dict[str, Any]:
    """Return a chart's layout in the house style; plotly's own default template would add 6.7 KB to each figure."""
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": LINE, "tickcolor": LINE, "automargin": True}
    base = {
        "template": None,
        "font": {"family": FONT, "size": 16, "color": QUIET},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hoverlabel": {"bgcolor": PANEL, "bordercolor": ACCENT, "font": {"family": FONT, "size": 16, "color": TEXT}},
        "xaxis": axis,
        "yaxis": axis,
        "colorway": list(SERIES_COLOURS),
        "uirevision": "constant",
    }
    return base | changes


def figure(traces: list[dict[str, Any]], **changes: Any) -> go.Figure:
    """Return a figure of these traces in the house style."""
    return go.Figure({"data": traces, "layout": layout(**changes)})


def graph_config(lang: str, *, mode_bar: bool = False) -> Any:
    """Return the settings of a graph: no upload button, no address of the maker's, month names in the language."""
    return {
        "displayModeBar": mode_bar,
        "displaylogo": False,
        "showSendToCloud": False,
        "showEditInChartStudio": False,
        "plotlyServerURL": "",
        "topojsonURL": "/map/",
        "locale": "zh-CN" if lang == "zh" else "en",
        "responsive": True,
        "doubleClick": "reset" if mode_bar else False,
        "scrollZoom": False,
    }
