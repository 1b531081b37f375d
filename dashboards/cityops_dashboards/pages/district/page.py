"""A district's page `/districts/<code>`: what an officer works with at a desk or on a phone; `?street=` narrows it.

Numbers come by push; devices and events are asked for when a tab opens and every half minute after.
"""

from typing import Any

from dash import Dash, Input, Output, dcc, html

from cityops import reference
from cityops.client import Client
from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.regions import Region
from cityops_dashboards import display
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.grid import grid, swipe
from cityops_dashboards.components.pagebar import pagebar
from cityops_dashboards.components.panel import panel
from cityops_dashboards.context import page_context
from cityops_dashboards.pages.district import answer as district_data
from cityops_dashboards.panels.device_health import device_health
from cityops_dashboards.panels.device_map import device_map
from cityops_dashboards.panels.headlines import headlines
from cityops_dashboards.panels.streets import street_choice, streets
from cityops_dashboards.panels.warnings import warnings
from cityops_dashboards.scenes.catalogue import FIGURES
from cityops_dashboards.scenes.filters import told
from cityops_dashboards.scenes.made import MADE
from cityops_dashboards.scenes.model import Panels, Scene
from cityops_dashboards.scenes.shelf import district_scene, of_district
from cityops_dashboards.tables import devices
from cityops_dashboards.tables import events as event_table
from cityops_dashboards.texts import name, text

TABS = {"overview": Permission.STATE_READ, "devices": Permission.DEVICE_READ, "events": Permission.EVENT_READ}
"""What each tab asks the API for; roles without it are not offered the tab."""
OWN = ("headlines", "device_health", "streets")
"""What the scripts draw beside the scene's panels; the map of devices is drawn by a callback."""
LEFT_OUT = {"map", "places"}
"""Figures of a scene in whose place the page has a map of devices and a table of streets, which can be sorted."""
ASIDE = {"cases", "roster", "classes"}
"""What stands in the right column."""
REFRESH_MS = 30_000


def code_in(path: str) -> str:
    """Return the region's code that a district's path ends with."""
    return path.rpartition("/")[2]


def layout(address: Address) -> html.Div:
    """Return the page of the district in the path, or of one of its streets."""
    regions = {one.code: one for one in reference.regions()}
    district = regions[code_in(address.path)]
    street = regions.get(address.query.get("street", ""))
    if street is not None and street.parent_code != district.code:
        street = None
    region, tab = street or district, _tab(address)
    scene = district_scene(district.code)
    context = page_context(address, region.code, _drawn(scene), _indicators(scene)) | {
        "filters": told(scene.alarms, scene.cases),
        "streets": {
            one.code: name(address.lang, one) for one in regions.values() if one.parent_code == district.code
        },
        "street": street.code if street else "",
        "headlines_measured": display.DISTRICT_TILES,
    }
    return html.Div(
        [
            dcc.Store(id="district-context", data=context),
            dcc.Store(id="district-up"),
            dcc.Store(id="district-webgl"),
            dcc.Store(id="district-region", data=region.code),
            dcc.Store(id="district-query", data=dict(address.query)),
            dcc.Interval(id="district-refresh", interval=REFRESH_MS),
            pagebar(address, _trail(address, district, street)),
            html.Main([_head(address, region), _tabs(address, tab), *_body(address, tab, region)]),
        ],
        className="page district",
    )


def _drawn(scene: Scene) -> list[str]:
    """Return the panels that the scripts draw."""
    of_scene = [FIGURES[one.figure].script for one in scene.figures if one.figure not in LEFT_OUT]
    return list(dict.fromkeys([*OWN[:1], *of_scene, *OWN[1:]]))


def _indicators(scene: Scene) -> Panels:
    """Return the indicators of the page; what its map offers is what most streets measure: the state says so."""
    told = (*scene.of("trends"), *scene.of("vitals"))
    return Panels(told, scene.of("trends"), map=(), cards=scene.of("indicators"))


def _tab(address: Address) -> str:
    asked = address.query.get("tab", "")
    return asked if asked in TABS else "overview"


def _trail(address: Address, district: Region, street: Region | None) -> list[tuple[str, str | None]]:
    lang = address.lang
    if street is None:
        return [(name(lang, district), None)]
    return [(name(lang, district), address.altered(street=None)), (name(lang, street), None)]


def _head(address: Address, region: Region) -> html.Div:
    lang = address.lang
    facts = [html.Li(fact) for fact in _facts(lang, region)]
    return html.Div(
        [
            html.Div(
                [html.H1(name(lang, region)), street_choice(), *_wall(address)],
                className="district-name",
            ),
            *([html.Ul(facts, className="facts")] if facts else []),
            headlines(),
        ],
        className="district-head",
    )


def _wall(address: Address) -> list[html.A]:
    """Return the link to the district's wall, for whoever may open it."""
    code = code_in(address.path)
    if not viewer.opens("/") or of_district(code) is None:
        return []
    return [html.A(text(address.lang, "nav.own_wall"), href=address.to("/", region=code), className="button")]


def _facts(lang: str, region: Region) -> list[str]:
    """Return what is known of the region itself: of a street nothing, for the statistics are by district."""
    streets = sum(one.parent_code == region.code for one in reference.regions())
    facts = {
        "population": f"{region.population:,}" if region.population else None,
        "area": f"{region.area_km2:,.1f}" if region.area_km2 else None,
        "streets": str(streets) if streets else None,
    }
    return [text(lang, f"facts.{key}", n=value) for key, value in facts.items() if value is not None]


def _tabs(address: Address, tab: str) -> html.Nav:
    return html.Nav(
        [
            html.A(
                text(address.lang, f"tab.{one}"),
                href=address.altered(tab=None if one == "overview" else one),
                className="page-tab is-chosen" if one == tab else "page-tab",
            )
            for one, permission in TABS.items()
            if viewer.may(permission)
        ],
        className="tabs",
    )


def _body(address: Address, tab: str, region: Region) -> list[Any]:
    """Return what stands below the tabs; a sentence where the address names a tab that the role may not see."""
    if viewer.may(TABS[tab]):
        return _BODIES[tab](address, region)
    known = viewer.current()
    role = viewer.role(address.lang, known.subject) if known else ""
    return [html.P(text(address.lang, f"tab.{tab}.refused", role=role), className="nothing")]


def _overview(address: Address, region: Region) -> list[Any]:
    """Return what must be done first, and where everything stands below it."""
    lang, scene = address.lang, district_scene(code_in(address.path))
    columns: dict[bool, list[Any]] = {False: [], True: []}
    for one in scene.figures:
        if one.figure not in LEFT_OUT:
            made = warnings(lang) if one.figure == "alarms" else MADE[one.figure](address, one)
            columns[one.figure in ASIDE].append(made)
    return [
        html.Div(
            [
                html.Div(columns[False], className="stack"),
                html.Div([*columns[True], device_health(lang)], className="stack"),
            ],
            className="row",
        ),
        html.Div(
            [
                *(
                    [device_map(address, district_data.kind_of(address.query))]
                    if viewer.may(Permission.DEVICE_READ)
                    else []
                ),
                *([streets(lang)] if region.code == code_in(address.path) else []),
            ],
            className="row",
        ),
    ]


def _devices(address: Address, region: Region) -> list[Any]:
    lang = address.lang
    return [
        panel(
            text(lang, "tab.devices"),
            html.Div([html.Div(id="device-count"), *_file(address, region, "devices")], className="table-note"),
            swipe("device-grid", lang),
            grid("device-grid", devices.columns(lang), "code", lang, first=("name", "state", "warning", "values")),
            name="table",
        )
    ]


def _events(address: Address, region: Region) -> list[Any]:
    lang, shown = address.lang, district_data.period_of(address.query)
    periods = [
        html.A(
            text(lang, f"period.{one}"),
            href=address.altered(show=None if one == "open" else one),
            className="chip is-chosen" if one == shown else "chip",
        )
        for one in district_data.PERIODS
    ]
    return [
        panel(
            text(lang, "tab.events"),
            html.Div(
                [
                    html.Div(periods, className="chips"),
                    html.Div(id="event-count"),
                    *_file(address, region, "events", **district_data.filters(shown, utc_now())),
                ],
                className="table-note",
            ),
            html.Div(id="event-detail"),
            swipe("event-grid", lang),
            grid(
                "event-grid", event_table.columns(lang), "id", lang, first=("title", "status", "severity", "occurred")
            ),
            name="table",
        )
    ]


def _file(address: Address, region: Region, what: str, **filters: str) -> list[html.A]:
    """Return the link to the CSV of what a table lists, for roles that take files."""
    if not viewer.may(Permission.EXPORT_READ):
        return []
    href = write(f"/export/{what}.csv", {"region": region.code, "lang": address.lang, **filters})
    return [html.A(text(address.lang, "data.csv"), href=href, className="button is-strong data-csv")]


_BODIES = {"overview": _overview, "devices": _devices, "events": _events}


def register(app: Dash, client: Client) -> None:
    """Start the page's scripts, which follow the pushed state by themselves, and tie its tables to the API."""
    draw(app, "page.watch", Output("district-up", "data"), Input("district-context", "data"))
    draw(app, "page.webgl", Output("district-webgl", "data"), Input("district-context", "data"))
    draw(app, "district.openStreet", Input("street-grid", "cellClicked"))
    draw(app, "district.nameEvent", Input("event-grid", "cellClicked"))
    district_data.register(app, client)
