"""Colours, fonts and the chart template of all pages, for what is drawn; declared in `assets/css/00_tokens.css`.

Neutral in both themes: blue, yellow, orange and red are kept for the four warning levels and nothing else.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import plotly.graph_objects as go

THEMES = ("dark", "light")
_SHEET = (files(__package__) / "assets" / "css" / "00_tokens.css").read_text(encoding="utf-8")


def _declared(selector: str) -> dict[str, str]:
    """Return the tokens that the style sheet declares for a selector, by name, as they are written."""
    block = _SHEET.partition(f"\n{selector} {{\n")[2].partition("\n}")[0]
    return dict(re.findall(r"^  --([\w-]+): ([^;]+);", block, re.MULTILINE))


TOKENS: dict[str, dict[str, str]] = {"dark": _declared(":root")}
"""Every token by theme and name; the light theme has its own colours, and sizes in common with the dark one."""
TOKENS["light"] = TOKENS["dark"] | _declared(':root[data-theme="light"]')


@dataclass(frozen=True)
class Look:
    """The colours of a theme, for what is not drawn by the style sheets."""

    theme: str

    def __getitem__(self, name: str) -> str:
        """Return a token as it is written."""
        return TOKENS[self.theme][name]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Colours by level 1 to 4: blue, yellow, orange, red; a level is also always named in words."""
        return ("", *(self[f"state-{name}"] for name in ("blue", "yellow", "orange", "red")))

    @property
    def words(self) -> tuple[str, ...]:
        """Colours of words about level 1 to 4."""
        return ("", *(self[f"word-{name}"] for name in ("blue", "yellow", "orange", "red")))

    @property
    def ramp(self) -> tuple[str, ...]:
        """Six steps of an indicator, from the least on."""
        return tuple(self[f"ramp-{step}"] for step in range(1, 7))

    @property
    def series(self) -> tuple[str, ...]:
        """Lines of several regions; none of them has a warning's colour."""
        return tuple(self[f"series-{line}"] for line in range(1, 12))


DARK, LIGHT = Look("dark"), Look("light")

FONT = DARK["font"].replace('"', "'")
RAMP, BORDER, RIVER = DARK.ramp, DARK["edge"], DARK["river"]
MOST_SERIES = len(DARK.series)

BLANK = {
    "layout": {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
    }
}
"""A figure that shows nothing, for a chart whose data are still to come."""


def layout(look: Look = DARK, **changes: Any) -> dict[str, Any]:
    """Return a chart's layout in the house style; plotly's own default template would add 6.7 KB to each figure."""
    axis = {"gridcolor": look["hair"], "zeroline": False, "automargin": True} | dict.fromkeys(
        ("linecolor", "tickcolor"), look["hair-strong"]
    )
    base = {
        "template": None,
        "font": {"family": FONT, "size": 16, "color": look["ink-2"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": look["surface-1"],
            "bordercolor": look["accent"],
            "font": {"family": FONT, "size": 16, "color": look["ink-1"]},
        },
        "xaxis": axis,
        "yaxis": axis,
        "colorway": list(look.series),
        "uirevision": "constant",
    }
    return base | changes


def figure(traces: list[dict[str, Any]], look: Look = DARK, **changes: Any) -> go.Figure:
    """Return a figure of these traces in the house style."""
    return go.Figure({"data": traces, "layout": layout(look, **changes)})


def plain_figure(traces: list[dict[str, Any]], look: Look = DARK, **changes: Any) -> dict[str, Any]:
    """Return the same as plotly reads it, unchecked: checking long series costs more than making them."""
    return {"data": traces, "layout": layout(look, **changes)}


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
