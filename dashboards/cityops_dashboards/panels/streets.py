"""The panel of a district's streets: a table of a metric that is chosen above it, and the choice of one street."""

from dash import html

from cityops_dashboards.components.grid import grid, swipe
from cityops_dashboards.components.panel import panel
from cityops_dashboards.tables import streets as table
from cityops_dashboards.texts import text


def streets(lang: str) -> html.Section:
    """Return the panel; the script gives its rows from the state."""
    first = ("name", "value", "warning")
    return panel(
        text(lang, "panel.streets"),
        html.Div(id="choices", className="chips"),
        swipe("street-grid", lang),
        grid("street-grid", table.columns(lang), "code", lang, first=first, page_size=None, is_pushed=True),
        name="streets",
    )


def street_choice() -> html.Div:
    """Return the place of the choice of a street, which stands beside the district's name."""
    return html.Div(id="street-choice")
