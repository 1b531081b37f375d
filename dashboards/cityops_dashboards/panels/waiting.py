"""What waits for whoever is on duty, and who that is."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def waiting(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    body = html.Div(id="waiting", className="tallies")
    return panel(text(lang, "panel.waiting"), body, html.Div(id="on-duty", className="on-duty"), name="waiting")
