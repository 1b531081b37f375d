"""The panel of a district's devices on a map; its figure comes from a callback of the page."""

from dash import dcc, html

from cityops import reference
from cityops.domain.access import Permission
from cityops.domain.points import CHANNELS
from cityops_dashboards import theme
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.panel import panel
from cityops_dashboards.panels.city_map import attribution
from cityops_dashboards.texts import text


def device_map(address: Address, chosen: str) -> html.Section:
    """Return the panel with a map that shows nothing yet; a list leads to each kind alone, empty is all of them."""
    lang = address.lang
    graph = dcc.Graph(
        id="district-map",
        figure=theme.BLANK,  # else white, with axes, until the devices are there
        config=theme.graph_config(lang) | {"scrollZoom": True},
        className="device-map",
    )
    source = html.Div(attribution(lang), className="map-attribution")
    kinds = _kinds(address, chosen)
    return panel(text(lang, "panel.device_map"), graph, source, name="device-map-panel", aside=kinds)


def _kinds(address: Address, chosen: str) -> html.Details:
    lang = address.lang
    names = {"": text(lang, "map.devices.all")}
    names |= {kind.code: getattr(kind, f"name_{lang}") for kind in reference.device_kinds()}
    names[CHANNELS] = text(lang, "map.devices.channel")
    links = [
        html.A(
            words,
            href=address.altered(devices=code or None),
            className="chip is-chosen" if code == chosen else "chip",
        )
        for code, words in names.items()
        if code != CHANNELS or viewer.may(Permission.CHANNEL_READ)
    ]
    return html.Details([html.Summary(names[chosen]), html.Div(links, className="chips")], className="device-kinds")
