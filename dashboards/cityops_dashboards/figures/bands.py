"""What stands behind and beside a line of the past: what is usual, what left it, what is foretold, an earlier period.

Tables are of one region, with the client's columns: `low`, `high` of a baseline, `compared_value` of a series.
"""

from typing import Any

import pandas as pd

from cityops_dashboards.figures.axes import times
from cityops_dashboards.theme import Look

Trace = dict[str, Any]
_AROUND = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False, "connectgaps": False}


def band(usual: pd.DataFrame, look: Look, number: str, unit: str, name: str) -> list[Trace]:
    """Return the usual range as an area; its edges stand in what is said of a value. None where nothing is usual."""
    known = usual[usual["low"].notna() & usual["high"].notna()]
    if known.empty:
        return []
    edge = _AROUND | {"x": times(known["start"]), "line": {"width": 0, "color": look["ink-3"]}}
    fill = {"fill": "tonexty", "fillcolor": _through(look["accent"], 0.18)}
    said = {
        "hoverinfo": "all",
        "name": name,
        "customdata": [[low, high] for low, high in zip(known["low"], known["high"], strict=True)],
        "hovertemplate": f"%{{customdata[0]:{number}}}–%{{customdata[1]:{number}}} {unit}",
    }
    return [edge | {"y": known["low"].tolist()}, edge | {"y": known["high"].tolist()} | fill | said]


def outside(usual: pd.DataFrame, look: Look, name: str) -> list[Trace]:
    """Return a ring around each value that is over and lies outside of the usual range."""
    over = usual[usual["finished"].astype(bool)]
    out = over[(over["value"] < over["low"]) | (over["value"] > over["high"])]
    if out.empty:
        return []
    ring = {"symbol": "circle-open", "size": 10, "color": look["ink-1"], "line": {"width": 2}}
    rings = {"mode": "markers", "x": times(out["start"]), "y": out["value"].tolist(), "marker": ring}
    return [_AROUND | rings | {"name": name, "hoverinfo": "all", "hovertemplate": "%{y}"}]


def foretold(ahead: pd.DataFrame, look: Look, number: str, unit: str, name: str) -> list[Trace]:
    """Return the forecast as a dotted line."""
    if ahead.empty:
        return []
    line = {"color": look["ink-1"], "width": 2, "dash": "dot"}
    said = {"name": name, "hoverinfo": "all", "hovertemplate": f"%{{y:{number}}} {unit}"}
    return [_AROUND | {"x": times(ahead["start"]), "y": ahead["value"].tolist(), "line": line} | said]


def compared(line: Trace, table: pd.DataFrame, number: str, unit: str, name: str) -> Trace:
    """Return the line of what a region's line is compared with, dashed in its colour, at the times of its own."""
    hidden = {"showlegend": False, "mode": "lines", "name": name, "y": table["compared_value"].tolist()}
    dashed = {kind: look | {"line": look["line"] | {"dash": "dash"}} for kind, look in line["meta"]["looks"].items()}
    said = {"hovertemplate": f"%{{y:{number}}} {unit}", "meta": line["meta"] | {"looks": dashed}}
    return line | hidden | said


def _through(colour: str, share: float) -> str:
    """Return a colour of six hexadecimal digits through which what lies behind is seen."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
