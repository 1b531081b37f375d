"""What a district's page asks the API for by itself: devices for map and table, events with their histories."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, html, no_update

from cityops import reference
from cityops.client import ApiError, Client
from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.points import CHANNELS, PointState
from cityops.domain.regions import district_of, holds
from cityops_dashboards.addresses import Address
from cityops_dashboards.figures.device_map import STATES, density_map, device_map
from cityops_dashboards.tables import devices as device_table
from cityops_dashboards.tables import events as event_table
from cityops_dashboards.texts import name, text
from cityops_dashboards.theme import Look

PERIODS: dict[str, int | None] = {"open": None, "today": 0, "week": 6, "month": 29}
"""Choices of the event table: open cases, or those that occurred since the midnight so many days ago."""

Query = Mapping[str, str]

DRAWN: Mapping[str, str] = {
    PointState.FRESH: "fresh",
    PointState.LATE: "late",
    PointState.SILENT: "silent",
    PointState.NEVER: "silent",
    PointState.BLUE: "1",
    PointState.YELLOW: "2",
    PointState.ORANGE: "3",
    PointState.RED: "4",
}
"""How the API's states of points are drawn here; who has never spoken is silent."""

_REGION, _QUERY = State("district-region", "data"), State("district-query", "data")
_TICK = Input("district-refresh", "n_intervals")


def period_of(query: Query) -> str:
    """Return which choice of events an address names; the open ones unless it says otherwise."""
    asked = query.get("show", "")
    return asked if asked in PERIODS else "open"


def read_devices(client: Client, region: str, **filters: str) -> pd.DataFrame:
    """Return all devices of a region that filters let through."""
    pages = list(client.devices(region=region, **filters))
    what, place = ("code", "name_zh", "kind_en"), ("region_code", "lon", "lat")
    columns = [*what, *place, "freshness", "warning", "last_seen", "latest", "clock_ahead_s"]
    return pd.concat(pages, ignore_index=True) if pages else pd.DataFrame(columns=columns)


def filters(period: str, now: datetime) -> dict[str, str]:
    """Return what the API, its file too, is asked for by a choice in `PERIODS`."""
    days = PERIODS[period]
    if days is None:
        return {"open": "true"}
    return {"start": (Interval.DAY.floor(now) - timedelta(days=days)).isoformat()}


def read_events(client: Client, region: str, period: str, now: datetime) -> pd.DataFrame:
    """Return the events of a region that a choice in `PERIODS` names, newest first."""
    pages = list(client.events(region=region, **filters(period, now)))
    return pd.concat(pages, ignore_index=True) if pages else pd.DataFrame()


def read_map(client: Client, region: str, asked: Address, *, webgl: bool) -> Any:
    """Return the map of a region's devices, of the kind that the address names or of all; many are counted in a grid.

    First how many there are is asked for, which costs little; of few each comes with its newest values.
    """
    kind = kind_of(asked.query)
    chosen = {"kind": kind} if kind else {}
    told = client.page("/api/v1/map/points", region=region, **chosen)
    if told["cells"] is None and kind != CHANNELS:
        return map_figure(read_devices(client, region, **chosen), region, asked, webgl=webgl)
    words = _words(asked.lang, kind)
    if told["cells"] is None:
        return device_map(points_of(told, words), _feature(region), words, webgl=webgl, look=Look(asked.theme))
    return density_map(cells_of(told), _feature(region), words, webgl=webgl, look=Look(asked.theme))


def kind_of(query: Query) -> str:
    """Return the kind of devices that an address names, or `channel`; empty for all devices."""
    kinds = {kind.code for kind in reference.device_kinds()} | {CHANNELS}
    asked = query.get("devices", "")
    return asked if asked in kinds else ""


def points_of(told: Mapping[str, Any], words: Mapping[str, str]) -> pd.DataFrame:
    """Return points of the API as the map draws them."""
    columns = told["points"]
    states = [DRAWN[told["states"][state]] for state in columns["state"]]
    codes = columns["code"] or [""] * len(states)
    return pd.DataFrame(
        {
            "code": codes,
            "lon": columns["lon"],
            "lat": columns["lat"],
            "freshness": [state if not state.isdigit() else "fresh" for state in states],
            "warning": [int(state) if state.isdigit() else 0 for state in states],
            "text": [f"{code} {words[state]}".strip() for code, state in zip(codes, states, strict=True)],
        }
    )


def cells_of(told: Mapping[str, Any]) -> pd.DataFrame:
    """Return cells of the API as the map draws them: by their middles, each state that is drawn once."""
    columns = told["cells"]
    cells = pd.DataFrame({name: columns[name] for name in ("column", "row", "n")})
    cells["state"] = [DRAWN[told["states"][state]] for state in columns["state"]]
    cells = cells.groupby(["column", "row", "state"])[["n"]].sum().reset_index()
    deg = columns["cell_deg"]
    return cells.assign(lon=((cells["column"] + 0.5) * deg).round(6), lat=((cells["row"] + 0.5) * deg).round(6))


def _feature(region: str) -> dict[str, Any]:
    shapes = reference.geojson("districts")["features"]
    found: dict[str, Any] = next(shape for shape in shapes if shape["id"] == district_of(region))
    return found


def _words(lang: str, kind: str) -> dict[str, str]:
    """Return the words of the states; channels are on or off."""
    own = {"fresh": "online", "silent": "offline"} if kind == CHANNELS else {}
    return {
        state: text(lang, f"channels.state.{own[state]}")
        if state in own
        else text(lang, f"{'warning' if state.isdigit() else 'fresh'}.{state}")
        for state in STATES
    }


def map_figure(devices: pd.DataFrame, region: str, asked: Address, *, webgl: bool) -> Any:
    """Return the map of a region's devices in its district's outline."""
    lang = asked.lang
    words = [
        f"{device_table.called(one, lang)}<br>{device_table.values(one['latest'], lang)}"
        for one in devices.to_dict("records")
    ]
    look = Look(asked.theme)
    return device_map(devices.assign(text=words), _feature(region), _words(lang, ""), webgl=webgl, look=look)


def lies_in(event: dict[str, Any], region: str) -> bool:
    """Tell whether an event lies in a region; a page shows no other district's."""
    return holds(region, str(event["region_code"]))


def steps(event: dict[str, Any], lang: str) -> html.Div:
    """Return one event with its history, oldest step first.

    Its description is left out: it may name the citizen who reported.
    """
    history = [
        html.Li(
            [
                html.Span(text(lang, f"status.{step['status']}"), className="step-status"),
                html.Time(f"{_city_time(step['status_at']):%Y-%m-%d %H:%M:%S}"),
            ]
        )
        for step in event["history"]
    ]
    parts = [html.H3(event["title"]), html.P(event["address"] or ""), html.Ol(history, className="history")]
    return html.Div(parts, className="event-detail")


def _failed(lang: str, error: ApiError) -> str:
    """Return in the page's language why there is no answer."""
    key = {0: "reason.unreachable", 403: "reason.refused"}.get(error.status, "reason.http")
    return text(lang, "table.failed", reason=text(lang, key, code=error.status))


def _city_time(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(CITY_ZONE)


def _names(lang: str) -> dict[str, str]:
    return {one.code: name(lang, one) for one in reference.regions()}


def register(app: Dash, client: Client) -> None:
    """Fill map and tables; Dash calls these functions in threads."""
    _register_devices(app, client)
    _register_events(app, client)


def _register_devices(app: Dash, client: Client) -> None:
    @app.callback(Output("district-map", "figure"), Input("district-webgl", "data"), _TICK, _REGION, _QUERY)
    def show_map(webgl: bool | None, _: int | None, region: str, query: Query) -> Any:
        if webgl is None:
            return no_update
        try:
            return read_map(client, region, Address("", query), webgl=webgl)
        except ApiError:
            return no_update  # the banner says it; the last picture stays

    @app.callback(Output("device-grid", "rowData"), Output("device-count", "children"), _TICK, _REGION, _QUERY)
    def show_devices(_: int | None, region: str, query: Query) -> tuple[Any, Any]:
        lang = Address("", query).lang
        try:
            found = read_devices(client, region)
        except ApiError as error:
            return no_update, _failed(lang, error)
        return device_table.rows(found, _names(lang), lang), text(lang, "devices.count", n=len(found))


def _register_events(app: Dash, client: Client) -> None:
    @app.callback(Output("event-grid", "rowData"), Output("event-count", "children"), _TICK, _REGION, _QUERY)
    def show_events(_: int | None, region: str, query: Query) -> tuple[Any, Any]:
        lang = Address("", query).lang
        try:
            found = read_events(client, region, period_of(query), utc_now())
        except ApiError as error:
            return no_update, _failed(lang, error)
        return event_table.rows(found, _names(lang), lang), text(lang, "events.count", n=len(found))

    @app.callback(Output("event-detail", "children"), Input("event-grid", "cellClicked"), _REGION, _QUERY)
    def show_event(cell: dict[str, Any] | None, region: str, query: Query) -> Any:
        number = str(cell["rowId"]) if cell else query.get("event", "")
        if not number.isdecimal():
            return no_update
        lang = Address("", query).lang
        try:
            event = client.page(f"/api/v1/events/{number}")
        except ApiError as error:
            return _failed(lang, error)
        return steps(event, lang) if lies_in(event, region) else no_update
