"""What the platform holds and what comes in: counts that are kept, not rates that were promised."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def totals(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.totals"),
        html.Div(id="totals", className="tallies"),
        name="totals",
        aside=html.Div(id="totals-age", className="panel-aside"),
    )
