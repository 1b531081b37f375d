"""The wall `/`: the whole city on one screen, drawn in the browser from the pushed state."""

from dash import Dash, Input, Output, State, dcc, html

from cityops import reference
from cityops_dashboards.addresses import Address
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.titlebar import titlebar
from cityops_dashboards.context import page_context
from cityops_dashboards.panels.city_map import city_map
from cityops_dashboards.panels.device_health import health_line
from cityops_dashboards.panels.events import events
from cityops_dashboards.panels.headlines import headlines
from cityops_dashboards.panels.sources import sources
from cityops_dashboards.panels.trends import trends
from cityops_dashboards.panels.warnings import warnings

PANELS = ("headlines", "trends", "sources", "city_map", "events", "warnings", "device_health")
"""What the scripts draw, in this order."""
TREND_ROW_PX = 58


def layout(address: Address) -> html.Div:
    """Return the wall; all that changes is drawn by the scripts from the pushed state."""
    lang = address.lang
    columns = (
        (trends(lang, TREND_ROW_PX), sources(lang)),
        (city_map(address),),
        (events(lang), warnings(lang, health_line())),
    )
    return html.Div(
        [
            dcc.Store(id="wall-context", data=page_context(address, reference.CITY_CODE, PANELS)),
            dcc.Store(id="wall-up"),
            html.Div(
                [
                    titlebar(address),
                    headlines(),
                    *(html.Div(list(column), className="column") for column in columns),
                ],
                className="canvas",
            ),
        ],
        className="screen",
    )


def register(app: Dash) -> None:
    """Start the wall's scripts, which follow the pushed state by themselves, and open a district that is clicked."""
    draw(app, "page.watch", Output("wall-up", "data"), Input("wall-context", "data"))
    draw(app, "city_map.open", Input("map", "clickData"), State("wall-context", "data"), State("map", "figure"))
