"""The devices' own health, such as batteries: a panel of its own, or a line of counts where there is little room."""

from dash import html

from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def device_health(lang: str) -> html.Section:
    """Return the panel, empty until the first state comes."""
    return panel(
        text(lang, "panel.device_health"),
        html.Div(id="health-list", className="warning-list"),
        name="warnings",
        aside=html.Div(id="health-counts", className="panel-aside"),
    )


def health_line() -> html.Div:
    """Return the line, which takes no room while there is nothing to tell."""
    return html.Div(id="health-line", className="health-line")
