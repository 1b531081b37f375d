"""The panel of the cases: the steps of the closed loop with their counts, and those that press most."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def events(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.events"),
        html.Div(id="event-strip", className="event-strip"),
        html.Div(id="event-late", className="event-late"),
        html.Div(id="event-list", className="event-list"),
        name="events",
        aside=html.Div(id="events-today", className="panel-aside"),
    )
