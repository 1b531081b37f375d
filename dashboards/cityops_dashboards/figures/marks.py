"""Rules across the lines of an indicator, with their words: thresholds, and where its definition changes."""

from collections.abc import Mapping
from typing import Any

from cityops_dashboards.figures.axes import wall
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.theme import Look

Drawn = list[dict[str, Any]]
Domain = tuple[float, float]
FONT_PX = 13


def marks(panel: Panel, limits: Mapping[int, float], axis: str, domain: Domain, look: Look) -> tuple[Drawn, Drawn]:
    """Return the lines of thresholds and changes of the definition, and their words."""
    shapes = _thresholds(limits, axis, look) + _changes(panel, domain, look)
    return shapes, _level_names(panel, limits, axis, look) + _change_names(panel, domain, look)


def _thresholds(limits: Mapping[int, float], axis: str, look: Look) -> list[dict[str, Any]]:
    """Return thresholds as dashed lines in their colours."""
    return [
        {
            "type": "line",
            "name": "threshold",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": axis,
            "y0": value,
            "y1": value,
            "line": {"color": look.warnings[level], "width": 1.5, "dash": "dash"},
            "layer": "below",
        }
        for level, value in limits.items()
    ]


def _level_names(panel: Panel, limits: Mapping[int, float], axis: str, look: Look) -> list[dict[str, Any]]:
    """Return the names of thresholds, above their lines at the left, where no time is running."""
    return [
        {
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "yref": axis,
            "y": value,
            "yanchor": "bottom",
            "text": f"{panel.level_names[level]} {value:g}",
            "showarrow": False,
            "font": {"size": FONT_PX - 1, "color": look.words[level]},
        }
        for level, value in limits.items()
        if level in panel.level_names
    ]


def _changes(panel: Panel, domain: Domain, look: Look) -> list[dict[str, Any]]:
    """Return a rule through a panel where its definition changes."""
    line = {"color": look["ink-2"], "width": 1.5, "dash": "dot"}
    place = {"type": "line", "name": "change", "xref": "x", "yref": "paper", "y0": domain[0], "y1": domain[1]}
    return [place | {"x0": at, "x1": at, "line": line} for at in (wall(one).isoformat() for one, _ in panel.changes)]


def _change_names(panel: Panel, domain: Domain, look: Look) -> list[dict[str, Any]]:
    place = {"xref": "x", "yref": "paper", "y": domain[1], "yanchor": "top", "xanchor": "left", "showarrow": False}
    font = {"size": FONT_PX - 1, "color": look["ink-2"]}
    return [place | {"x": wall(at).isoformat(), "text": word, "font": font} for at, word in panel.changes]
