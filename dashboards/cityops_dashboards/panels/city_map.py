"""The panel of the city's map, and beside it one of its core where that is wide; scripts draw them into any box."""

from typing import Any

from dash import html

from cityops.settings import settings
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.texts import text


def city_map(address: Address) -> html.Section:
    """Return the panel; the script fills maps, legend, choice of metrics and ranking from the state.

    The map of the core is seen where the panel is wide enough for both.
    """
    lang = address.lang
    over = (
        html.Div(id="choices", className="map-choices", **attributes(data_over="")),
        html.Div(id="map-levels", className="map-levels", **attributes(data_over="")),
    )
    maps = html.Div([_map("map", _over(lang)), _map("map-core", [_core_head(lang)]), *over], className="map-pair")
    return html.Section(maps, className="panel map-panel", **attributes(aria_label=text(lang, "panel.city_map")))


def _map(name: str, over: list[Any]) -> html.Div:
    """Return an empty map, and over it what its marks and labels are to leave free."""
    part = name.removeprefix("map-")
    picture = html.Div(id=f"{name}-picture", className="map-picture")
    return html.Div([picture, *over], id=name, className=f"map is-{part}", **attributes(data_map=part))


def _over(lang: str) -> list[Any]:
    free = attributes(data_over="")
    return [
        html.Div(
            [html.Div(id="map-legend", className="map-legend"), html.Div(id="map-devices", className="map-devices")],
            className="map-head",
            **free,
        ),
        html.Div(id="ranking", className="ranking", **free),
        html.Div(_foot(lang), className="map-foot", **free),
    ]


def _core_head(lang: str) -> html.Div:
    source = html.Span(id="map-core-source", className="map-source")
    return html.Div([html.B(text(lang, "map.core")), source], className="map-core-head", **attributes(data_over=""))


def _foot(lang: str) -> list[Any]:
    """Return what must stand under a map: what kind it is, whose data they are, its number with the map authority."""
    number = settings().map_number
    return [
        html.Span(id="map-source", className="map-source"),
        html.Span(attribution(lang), className="map-attribution"),
        *([html.Span(text(lang, "map.number", number=number), className="map-number")] if number else []),
        html.Button(text(lang, "map.view"), id="map-view", className="map-view", title=text(lang, "map.view_key")),
    ]


def attribution(lang: str) -> str:
    """Return whose data a map is drawn from."""
    return settings().map_attribution or text(lang, "map.attribution")
