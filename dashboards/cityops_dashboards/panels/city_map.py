"""The panel of the city's map: polygons by plotly, over them labels that lead to the district pages; the ranking."""

from typing import Any

from dash import dcc, html

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops_dashboards import theme
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.panel import panel
from cityops_dashboards.figures import map as figures
from cityops_dashboards.figures.map import MapFrame
from cityops_dashboards.texts import name, text

AREA = (868, 746)
CITY = MapFrame(left=310, top=4, width=558, height=738, lon=113.495, lat=23.248, scale=528)
CORE = MapFrame(left=0, top=452, width=404, height=284, lon=113.306, lat=23.142, scale=1230)
"""The four central districts, which at the city's scale are smaller than their own names."""

CORE_DISTRICTS = ("440103", "440104", "440105", "440106")


def city_map(address: Address) -> html.Section:
    """Return the panel; the script fills map, ranking and the choice of metrics from the state."""
    body = html.Div([_map(address), html.Div(id="ranking", className="ranking")], className="map-body")
    choices = html.Div(id="choices", className="chips")
    return panel(text(address.lang, "panel.city_map"), body, name="map-panel", aside=choices)


def _map(address: Address) -> html.Div:
    """Return the map with its labels, frame, legend and attribution."""
    lang = address.lang
    figure = figures.city_map(reference.geojson("districts"), reference.geojson("rivers"), (CITY, CORE), AREA)
    return html.Div(
        [
            dcc.Graph(id="map", figure=figure, config=theme.graph_config(lang), className="map-graph"),
            html.Div(id="map-outlines", className="map-outlines"),
            html.Div(className="map-core-frame", style=_box(CORE)),
            html.Div(text(lang, "map.core"), className="map-core-name", style=_corner(CORE)),
            html.Div(className="map-core-mark", style=_mark()),
            html.Div([_label(address, one) for one in _districts()], id="map-labels"),
            html.Div(id="map-legend", className="map-legend"),
            html.Div(text(lang, "map.attribution"), className="map-attribution"),
        ],
        className="map",
    )


def _districts() -> list[Any]:
    return [one for one in reference.regions() if one.level is RegionLevel.DISTRICT]


def _label(address: Address, district: Any) -> html.A:
    frame = CORE if district.code in CORE_DISTRICTS else CITY
    x, y = frame.place(district.label_lon, district.label_lat)
    path = f"/districts/{district.code}"
    return html.A(
        [
            html.Span(id=f"map-mark-{district.code}", className="map-label-mark"),
            html.Span(name(address.lang, district), className="map-label-name"),
            html.Span(id=f"map-value-{district.code}", className="map-label-value"),
        ],
        href=address.to(path) if viewer.opens(path) else None,
        className="map-label",
        style={"left": f"{x:.0f}px", "top": f"{y:.0f}px"},
    )


def _box(frame: MapFrame) -> dict[str, str]:
    return {
        "left": f"{frame.left:.0f}px",
        "top": f"{frame.top:.0f}px",
        "width": f"{frame.width:.0f}px",
        "height": f"{frame.height:.0f}px",
    }


def _corner(frame: MapFrame) -> dict[str, str]:
    return {"left": f"{frame.left + 10:.0f}px", "top": f"{frame.top + 6:.0f}px"}


def _mark() -> dict[str, str]:
    """Return where the enlarged part lies on the map of the city."""
    half_x, half_y = CORE.width / 2 / CORE.scale, CORE.height / 2 / CORE.scale
    centre_x, centre_y = CITY.place(CORE.lon, CORE.lat)
    return _box(
        MapFrame(
            centre_x - half_x * CITY.scale,
            centre_y - half_y * CITY.scale,
            2 * half_x * CITY.scale,
            2 * half_y * CITY.scale,
            0,
            0,
            1,
        )
    )
