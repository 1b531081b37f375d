"""Districts of the city, or streets of a district, by several indicators beside each other: the worst first."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def comparison(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    body = html.Div(id="comparison", className="tallies")
    return panel(text(lang, "panel.comparison"), body, name="comparison")
