"""Devices by their state, and by the system that they belong to."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def device_totals(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.device_totals"),
        html.Div(id="device_totals", className="tallies"),
        name="device-totals",
        aside=html.Div(id="device_totals-age", className="panel-aside"),
    )
