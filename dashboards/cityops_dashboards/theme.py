"""Colours, fonts and the chart template of all pages; `00_tokens.css` has the same colours for the style sheets.

One accent hue carries quantity. Blue, yellow, orange and red are kept for the four warning levels and nothing else.
"""

from typing import Any

import plotly.graph_objects as go

FONT = "'Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"

GROUND = "#06142b"
PANEL = "#0b2140"
LINE = "#1f4370"
TEXT = "#e3eefb"
QUIET = "#9db8d6"
STALE = "#5d6f86"
ACCENT = "#35c9ea"
RAMP = ("#153a63", "#1a5380", "#1f6f9e", "#2790bb", "#3fb4d6", "#86def1")
WARNING_COLOURS = ("", "#4f8dff", "#ffd633", "#ff9933", "#ff5252")
"""By level 1 to 4: blue, yellow, orange, red; a level is also always named in words."""

SERIES_COLOURS = (
    "#35c9ea", "#b79cff", "#6fe0b0", "#f2a7d8", "#9fd356", "#e6c79c",
    "#7fb2ff", "#d98cff", "#4fd6c9", "#c7d2e0", "#e59a8f",
)  # fmt: skip
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
    axis = {"gridcolor": "#173458", "zeroline": False, "linecolor": LINE, "tickcolor": LINE, "automargin": True}
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
