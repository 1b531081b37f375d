"""The source systems as a table: whose each is, how much it brings, how old its newest is."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def source_totals(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    body = html.Div(id="source_totals", className="tallies")
    return panel(text(lang, "panel.source_totals"), body, name="source-totals")
