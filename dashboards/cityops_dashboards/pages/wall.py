"""The wall `/`: the whole city on one screen by scenes, drawn in the browser from the pushed state."""

from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from cityops import reference
from cityops_dashboards.addresses import Address
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.titlebar import titlebar
from cityops_dashboards.context import page_context
from cityops_dashboards.panels.city_map import city_map
from cityops_dashboards.panels.device_health import health_line
from cityops_dashboards.panels.events import events
from cityops_dashboards.panels.situation import situation
from cityops_dashboards.panels.sources import sources
from cityops_dashboards.panels.trends import trends
from cityops_dashboards.panels.vitals import vitals
from cityops_dashboards.panels.warnings import warnings
from cityops_dashboards.scenes.model import Scene
from cityops_dashboards.scenes.shelf import chosen, in_force

PANELS = ("situation", "trends", "vitals", "sources", "city_map", "events", "warnings", "device_health")
"""What the scripts draw, in this order."""


def layout(address: Address) -> html.Div:
    """Return the wall in the scene that the address names; the scripts draw it, and change to another one."""
    scene = chosen(address.query.get("scene"))
    body = html.Div(_body(address, scene), id="wall-body", className="wall-body")
    return html.Div(
        [
            dcc.Store(id="wall-scene"),
            dcc.Store(id="wall-up"),
            html.Div([titlebar(address), _scenes(address.lang), body], className="canvas"),
        ],
        className="screen",
    )


def _scenes(lang: str) -> html.Nav:
    """Return the keys of the scenes, and the line that passes while the wall rotates."""
    keys = [
        html.Button(str(one.key), className="scene-key", title=one.title.in_(lang), **attributes(data_scene=one.id))
        for one in in_force()
    ]
    held = html.Span(id="scene-held", className="scene-held")
    return html.Nav([*keys, held, html.Div(id="scene-dwell", className="scene-dwell")], className="scenes")


def _body(address: Address, scene: Scene) -> list[Any]:
    lang = address.lang
    columns: dict[str, list[Any]] = {
        "left": [trends(lang, len(scene.panels.trends)), vitals(lang), health_line()],
        "map": [city_map(address)],
        "right": [warnings(lang), events(lang)],
    }
    return [
        dcc.Store(id="wall-context", data=_context(address, scene)),
        situation(),
        *(html.Div(column, className=f"column at-{place}") for place, column in columns.items()),
        sources(),
    ]


def _context(address: Address, scene: Scene) -> dict[str, Any]:
    lang = address.lang
    scenes = [
        {"id": one.id, "key": one.key, "title": one.title.in_(lang), "dwell": one.dwell}
        | {"headlines": one.panels.headlines}  # whose alarms bring it up
        for one in in_force()
    ]
    return page_context(address, reference.CITY_CODE, PANELS, scene.panels) | {"scenes": scenes, "scene": scene.id}


def register(app: Dash) -> None:
    """Start the wall's scripts, which follow the pushed state by themselves; answer their change of scene."""
    draw(app, "page.watch", Output("wall-up", "data"), Input("wall-context", "data"))

    @app.callback(
        Output("wall-body", "children"),
        Input("wall-scene", "data"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def change(scene: str, path: str | None, search: str | None) -> list[Any]:
        return _body(Address.parse(path, search), chosen(scene))
