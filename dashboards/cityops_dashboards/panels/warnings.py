"""The panel of the alarms: how many of each level are open, what is out, the gravest groups, what is left out."""

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
        html.Div(id="warning-rest", className="warning-rest"),
        *below,
        name="warnings",
        aside=html.Div(id="alarm-total", className="panel-aside"),
    )
