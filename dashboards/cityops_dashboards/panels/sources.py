"""The panel of the source systems: who is late, and how much comes in."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def sources(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    count = html.Div(id="sources-count", className="panel-aside")
    return panel(
        text(lang, "panel.sources"), html.Div(id="sources", className="sources-body"), name="sources", aside=count
    )
