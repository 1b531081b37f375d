"""The panel of indicators: what is told by days, months or years, a card each, with the periods before it."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def indicators(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.indicators"), html.Div(id="indicators", className="indicator-cards"), name="indicators"
    )
