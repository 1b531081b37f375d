"""The panel of trends: the first two indicators of a scene, one above the other on one time axis."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text

LARGE = 2


def trends(lang: str, indicators: int = LARGE) -> html.Section:
    """Return the panel with places for the large ones of so many indicators, empty until the first state comes."""
    places = [
        part
        for place in range(min(indicators, LARGE))
        for part in (html.Div(id=f"trend-head-{place}"), html.Div(id=f"trend-{place}", className="trend-chart"))
    ]
    source = html.Div(id="trend-source", className="trend-source")
    return panel(text(lang, "panel.trends"), *places, source, name="trends")
