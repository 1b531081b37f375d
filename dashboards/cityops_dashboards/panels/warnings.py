"""The panel of the current warnings: how many of each level, what is out, the gravest; how many alarms are open."""

from typing import Any

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def warnings(lang: str, *below: Any) -> html.Section:
    """Return the panel, empty until the first state comes; `below` stands below its list."""
    return panel(
        text(lang, "panel.warnings"),
        html.Div(id="alarm-counts", className="alarm-counts"),
        html.Div(id="warning-list", className="warning-list"),
        *below,
        name="warnings",
        aside=html.Div(id="warning-counts", className="panel-aside"),
    )
