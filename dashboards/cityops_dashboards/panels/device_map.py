"""The panel of a district's devices on a map; its figure comes from a callback of the page."""

from dash import dcc, html

from cityops_dashboards import theme
from cityops_dashboards.components.panel import panel
from cityops_dashboards.texts import text


def device_map(lang: str) -> html.Section:
    """Return the panel with a map that shows nothing yet."""
    graph = dcc.Graph(
        id="district-map",
        figure=theme.BLANK,  # else white, with axes, until the devices are there
        config=theme.graph_config(lang) | {"scrollZoom": True},
        className="device-map",
    )
    attribution = html.Div(text(lang, "map.attribution"), className="map-attribution")
    return panel(text(lang, "panel.device_map"), graph, attribution, name="device-map-panel")
