"""The wall `/`: the whole city on one screen, drawn in the browser from the pushed state."""

from dash import Dash, Input, Output, State, dcc, html

from cityops import reference
from cityops_dashboards.addresses import Address
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.city_map import city_map_view
from cityops_dashboards.components.panel import panel
from cityops_dashboards.components.titlebar import titlebar
from cityops_dashboards.components.trends import trends
from cityops_dashboards.context import page_context
from cityops_dashboards.texts import text

TREND_ROW_PX = 58


def layout(address: Address) -> html.Div:
    """Return the wall; all that changes is drawn by the scripts from the pushed state."""
    return html.Div(
        [
            dcc.Store(id="wall-context", data=page_context(address, reference.CITY_CODE, "wall")),
            dcc.Store(id="wall-up"),
            html.Div(
                [titlebar(address), _headlines(), _left(address), _centre(address), _right(address)],
                className="canvas",
            ),
        ],
        className="screen",
    )


def _headlines() -> html.Div:
    return html.Div(id="headlines", className="headlines")


def _left(address: Address) -> html.Div:
    lang = address.lang
    return html.Div(
        [
            trends("trends", lang, TREND_ROW_PX),
            panel(
                text(lang, "panel.sources"),
                html.Div(id="sources", className="sources-body"),
                name="sources",
                aside=html.Div(id="sources-count", className="panel-aside"),
            ),
        ],
        className="column",
    )


def _centre(address: Address) -> html.Div:
    lang = address.lang
    return html.Div(
        [
            panel(
                text(lang, "panel.map"),
                html.Div([city_map_view(address), html.Div(id="ranking", className="ranking")], className="map-body"),
                name="map-panel",
                aside=html.Div(id="choices", className="chips"),
            )
        ],
        className="column",
    )


def _right(address: Address) -> html.Div:
    lang = address.lang
    return html.Div(
        [
            panel(
                text(lang, "panel.events"),
                html.Div(id="event-strip", className="event-strip"),
                html.Div(id="event-list", className="event-list"),
                name="events",
                aside=html.Div(id="events-today", className="panel-aside"),
            ),
            panel(
                text(lang, "panel.warning"),
                html.Div(id="warning-list", className="warning-list"),
                html.Div(id="health-line", className="health-line"),
                name="warnings",
                aside=html.Div(id="warning-counts", className="panel-aside"),
            ),
        ],
        className="column",
    )


def register(app: Dash) -> None:
    """Start the wall's scripts, which follow the pushed state by themselves, and open a district that is clicked."""
    draw(app, "page.watch", Output("wall-up", "data"), Input("wall-context", "data"))
    draw(app, "wall.openDistrict", Input("map", "clickData"), State("wall-context", "data"), State("map", "figure"))
