"""The wall `/`: one screen by scenes, which say what stands where; drawn in the browser from the pushed state."""

import re
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from cityops import reference
from cityops_dashboards.access import viewer
from cityops_dashboards.access.door import outside
from cityops_dashboards.addresses import Address
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.components.titlebar import titlebar
from cityops_dashboards.context import page_context
from cityops_dashboards.panels.situation import situation
from cityops_dashboards.panels.sources import sources
from cityops_dashboards.scenes.catalogue import FIGURES
from cityops_dashboards.scenes.filters import told
from cityops_dashboards.scenes.frame import FORMS, UNDER, ScreenForm, by_tile
from cityops_dashboards.scenes.made import MADE
from cityops_dashboards.scenes.model import Scene
from cityops_dashboards.scenes.shelf import asked, together
from cityops_dashboards.texts import name

OWN = ("situation", "sources", "device_health")
"""What the wall shows in every scene: the situation, the sources, what is wrong with devices themselves."""
PANELS = tuple(dict.fromkeys([*OWN, *(figure.script for figure in FIGURES.values())]))
"""All that the scripts can draw, in this order."""
MOST_ACROSS = 5
"""With more tiles than that head and strip stand as with so many, and the rail goes on."""
TILES = re.compile(r"([1-9]|1[0-2])x([1-9]|1[0-2])")


def layout(address: Address) -> html.Div:
    """Return the wall in the scene that the address names; the scripts draw it, and change to another one."""
    scene = asked(address.query)
    canvas = html.Div(
        [
            titlebar(address),
            html.Nav(_keys(address.lang, scene), id="wall-scenes", className="scenes"),
            html.Div(_body(address, scene), id="wall-body", className="wall-body"),
            *_seams(address),
        ],
        id="wall-canvas",
        className="canvas",
        style=_grids(address, scene),
        **_across(address),
    )
    return html.Div([dcc.Store(id="wall-scene"), dcc.Store(id="wall-up"), canvas], className="screen")


def _seams(address: Address) -> list[html.Div]:
    """Return the seams of a wall of tiles, which nobody sees: what the map places keeps out of them."""
    across, down = _tiles(address) or (1, 1)
    lefts = [{"left": f"{100 * number / across:.3f}%"} for number in range(1, across)]
    tops = [{"top": f"{100 * number / down:.3f}%"} for number in range(1, down)]
    seams = [*(("is-upright", style) for style in lefts), *(("is-level", style) for style in tops)]
    return [html.Div(className=f"seam {look}", style=style, **attributes(data_over="seam")) for look, style in seams]


def _across(address: Address) -> dict[str, Any]:
    """Return how many tiles are beside each other, by which head, strip and rail stand."""
    across, _ = _tiles(address) or (1, 1)
    looks = {"data_tiles": str(across), "data_across": str(min(across, MOST_ACROSS))}
    return attributes(**looks) if across > 1 else {}


def _keys(lang: str, scene: Scene) -> list[Any]:
    """Return the keys of the scenes, and the line that passes while the wall rotates."""
    keys = [
        html.Button(one.key, className="scene-key", title=one.title.in_(lang), **attributes(data_scene=one.id))
        for one in together(scene)
        if one.key
    ]
    held = html.Span(id="scene-held", className="scene-held")
    return [*keys, held, html.Div(id="scene-dwell", className="scene-dwell")]


def _body(address: Address, scene: Scene) -> list[Any]:
    """Return the panels that the scene names, each in its slot, between the wall's own."""
    return [
        dcc.Store(id="wall-context", data=_context(address, scene)),
        _slot(address, scene, "sit", situation()),
        *(_slot(address, scene, slot, MADE[one.figure](address, one)) for slot, one in scene.panels.items()),
        _slot(address, scene, "rail", sources()),
    ]


def _slot(address: Address, scene: Scene, slot: str, panel: Any) -> html.Div:
    """Return a panel in its place: where a form has none for it, it is off there; a map may stand over two."""
    classes = ["slot", f"slot-{slot}"]
    for one in _frames(address, scene):
        if slot not in one.slots:
            is_over = any(UNDER.get(other) == slot for other in one.slots)
            classes.append(f"{'over' if is_over else 'off'}-{one.name}")
    return html.Div(panel, className=" ".join(classes), style={"--slot": slot})


def _frames(address: Address, scene: Scene) -> list[ScreenForm]:
    """Return where slots stand on screens of each form, on a wall of tiles by their seams: `?tiles=4x2`."""
    tiles = _tiles(address)
    frames = [scene.frame(one.code) for one in FORMS]
    return [one.tiled(*tiles) for one in frames] if tiles else frames


def _tiles(address: Address) -> tuple[int, int] | None:
    """Return how many tiles the wall has across and down; None where it is one piece."""
    found = TILES.fullmatch(address.query.get("tiles", ""))
    return (int(found[1]), int(found[2])) if found else None


def _grids(address: Address, scene: Scene) -> dict[str, str]:
    """Return the grids that differ from those of the style sheet."""
    pairs = zip(FORMS, _frames(address, scene), strict=True)
    grids = {f"--grid-{usual.name}": one.template for usual, one in pairs if one != usual}
    across, _ = _tiles(address) or (1, 1)
    return grids | ({"--by-tile": by_tile(across)} if across > 1 else {})


def _context(address: Address, scene: Scene) -> dict[str, Any]:
    region = scene.region or reference.CITY_CODE
    figures = {FIGURES[one.figure].script for one in scene.figures}
    panels = [one for one in PANELS if one in figures or one in OWN]
    known = page_context(address, region, panels, scene.shown)
    streets = {one.code: name(address.lang, one) for one in reference.regions() if one.parent_code == region}
    return known | {
        "scene": scene.id,
        "scenes": [_told(address.lang, one) for one in together(scene)],
        "places": scene.of("places"),
        "filters": told(scene.alarms, scene.cases),
        "devices": scene.map.devices if scene.map else None,
        "main_points": scene.map.main_points if scene.map else False,
        "children": streets,
        **({"streets": streets} if scene.region else {}),
    }


def _told(lang: str, scene: Scene) -> dict[str, Any]:
    """Return what the scripts know of a scene that they may change to."""
    hold = scene.hold
    return {
        "id": scene.id,
        "key": scene.key,
        "title": scene.title.in_(lang),
        "dwell": scene.dwell,
        "rotates": scene.rotates,
        "modes": scene.when.mode if scene.when else None,
        "hold": {"levels": hold.levels, "metrics": hold.metrics} if hold else None,
    }


def register(app: Dash) -> None:
    """Start the wall's scripts, which follow the pushed state by themselves; answer their change of scene."""
    draw(app, "page.watch", Output("wall-up", "data"), Input("wall-context", "data"))

    @app.callback(
        Output("wall-body", "children"),
        Output("wall-canvas", "style"),
        Output("wall-scenes", "children"),
        Input("wall-scene", "data"),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def change(code: str, path: str | None, search: str | None) -> tuple[list[Any], dict[str, str], list[Any]]:
        address = Address.parse(path, search)
        address = Address(address.path, {**address.query, "scene": code})
        known, scene = viewer.current(), asked(address.query)
        if known and outside(address, known):
            raise PreventUpdate
        return _body(address, scene), _grids(address, scene), _keys(address.lang, scene)
