"""The panel of vital signs: the scene's indicators that are not drawn large, a figure each with its day beside it."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def vitals(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(text(lang, "panel.vitals"), html.Div(id="vitals", className="vital-list"), name="vitals")
