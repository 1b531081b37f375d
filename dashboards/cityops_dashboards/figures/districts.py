"""The districts of the city in the ramp of one indicator, true to scale, each with its name and value: pure.

Values come by district's code, None where nothing is known of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from cityops import reference
from cityops.domain.regions import Region
from cityops_dashboards import theme
from cityops_dashboards.figures.map import SQUEEZE, outline
from cityops_dashboards.theme import Look

HEIGHT = 560
SMALL_KM2 = 150
"""Of smaller districts the map has room for the value alone; the pointer, and the table beside it, tell the name."""

FONT_PX = 14


@dataclass(frozen=True)
class Ramp:
    """Even steps of values, one for each colour of the ramp."""

    low: float
    high: float

    def steps(self, look: Look) -> list[tuple[float, str]]:
        """Return where each step begins, and its colour."""
        each = (self.high - self.low) / len(look.ramp)
        return [(self.low + place * each, colour) for place, colour in enumerate(look.ramp)]

    def colour(self, value: float, look: Look) -> str:
        """Return a value's colour; what lies beyond the ends has that of the end."""
        share = (value - self.low) / (self.high - self.low or 1.0)
        return look.ramp[min(max(int(share * len(look.ramp)), 0), len(look.ramp) - 1)]


def ramp_of(values: Sequence[float], usual: tuple[float, float] | None) -> Ramp:
    """Return the ramp of the usual span, which the wall has too; from 0 to the highest where there is none."""
    if usual is not None:
        return Ramp(*usual)
    return Ramp(min([0.0, *values]), max([0.0, *values]) or 1.0)


def districts(
    regions: Sequence[Region],
    names: Mapping[str, str],
    values: Mapping[str, float | None],
    faint: Sequence[str],
    ramp: Ramp,
    number: str,
    look: Look,
) -> go.Figure:
    """Return the map of these districts; `number` formats a value, `faint` are those of which too little came.

    A district of which nothing is known is hatched. The others of the city are ground.
    """
    known = {one.code: one for one in regions}
    traces = [
        outline(feature) | _filled(values.get(feature["id"]), feature["id"] in faint, ramp, look)
        for feature in reference.geojson("districts")["features"]
        if feature["id"] in known
    ]
    traces.append(_labels(regions, names, values, number, look))
    axis = {"visible": False, "fixedrange": True}
    return theme.figure(
        traces,
        look,
        xaxis=axis | {"constrain": "domain"},
        yaxis=axis | {"scaleanchor": "x", "scaleratio": 1 / SQUEEZE, "constrain": "domain"},
        height=HEIGHT,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        dragmode=False,
    )


def _filled(value: float | None, is_faint: bool, ramp: Ramp, look: Look) -> dict[str, Any]:
    line = {"color": look["edge"], "width": 1.2}
    if value is None:
        hatch = {"shape": "/", "fgcolor": look["ink-3"], "bgcolor": look["unknown"], "size": 9, "solidity": 0.15}
        return {"fillpattern": hatch, "fillcolor": look["unknown"], "line": line}
    return {"fillcolor": ramp.colour(value, look), "line": line | {"dash": "dot" if is_faint else "solid"}}


def _labels(
    regions: Sequence[Region],
    names: Mapping[str, str],
    values: Mapping[str, float | None],
    number: str,
    look: Look,
) -> dict[str, Any]:
    told = {one.code: "—" if values.get(one.code) is None else format(values[one.code], number) for one in regions}
    return {
        "type": "scatter",
        "mode": "text",
        "x": [one.label_lon for one in regions],
        "y": [one.label_lat for one in regions],
        "text": [
            f"<b>{told[one.code]}</b>"
            if (one.area_km2 or 0) < SMALL_KM2
            else f"{names[one.code]}<br><b>{told[one.code]}</b>"
            for one in regions
        ],
        "hovertext": [f"{names[one.code]} {told[one.code]}" for one in regions],
        "textfont": {"size": FONT_PX, "color": look["ink-1"], "family": theme.FONT},
        "hoverinfo": "text",
        "showlegend": False,
    }
