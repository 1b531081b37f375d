"""Reads where devices of a kind, or video channels, stand and how they are: each, or counted in a grid."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Integer, Select, Subquery, case, cast, func, select

from cityops.domain.points import ALARM_BASE, CHANNELS, OF_CHANNELS, OF_DEVICES, STATES, PointState
from cityops.domain.regions import is_city
from cityops.store import tables
from cityops.store.alarms.queries import IS_HEARD

_device, _state = tables.device.c, tables.device_state.c
_channel, _alarm = tables.video_channel.c, tables.alarm.c


class MapPoint(NamedTuple):
    """Where a device is and how; `state` is its place in `STATES`."""

    lon: float
    lat: float
    state: int
    code: str


class MapCell(NamedTuple):
    """How many devices of a state are in a cell, whose corner is at (column, row) times its width."""

    column: int
    row: int
    state: int
    n: int


def count(connection: Connection, kind: str | None, region: str) -> int:
    """Return how many there are whose place is known."""
    whole: FromClause = tables.video_channel if kind == CHANNELS else tables.device
    return connection.execute(select(func.count()).select_from(whole).where(*_within(kind, region))).scalar_one()


def each(connection: Connection, kind: str | None, region: str) -> list[MapPoint]:
    """Return each of them, in order of code."""
    points = _points(kind, region)
    return [MapPoint(*row) for row in connection.execute(select(*points.c).order_by(points.c.code))]


def cells(connection: Connection, kind: str | None, region: str, cell_deg: float) -> list[MapCell]:
    """Return how many there are of each state in each cell of a grid."""
    points = _points(kind, region)
    column, row = (cast(func.floor(one / cell_deg), Integer) for one in (points.c.lon, points.c.lat))
    grid = select(column.label("column"), row.label("row"), points.c.state).subquery("grid")
    counted: Select[Any] = select(*grid.c, func.count()).group_by(*grid.c).order_by(*grid.c)
    return [MapCell(*found) for found in connection.execute(counted)]


def _within(kind: str | None, region: str) -> list[ColumnElement[bool]]:
    of = _channel if kind == CHANNELS else _device
    inside = [] if is_city(region) else [of.region_code.startswith(region, autoescape=True)]
    if kind == CHANNELS:
        return [*inside, _channel.lon.is_not(None)]
    return inside if kind is None else [*inside, _device.kind == kind]


def _points(kind: str | None, region: str) -> Subquery:
    made = _of_channels() if kind == CHANNELS else _of_devices()
    return made.where(*_within(kind, region)).subquery("points")


def _of_channels() -> Select[Any]:
    state = _place_of(_channel.state, OF_CHANNELS)
    return select(_channel.lon, _channel.lat, state.label("state"), _channel.code)


def _of_devices() -> Select[Any]:
    """Return the query for devices; one with an open alarm is told by the gravest of its alarms."""
    worst = (
        select(_alarm.device_id, func.max(_alarm.level).label("level"))
        .where(IS_HEARD, _alarm.device_id.is_not(None))
        .group_by(_alarm.device_id)
        .subquery("worst")
    )
    state = func.coalesce(ALARM_BASE + worst.c.level, _place_of(_state.state, OF_DEVICES))
    return (
        select(_device.lon, _device.lat, state.label("state"), _device.code)
        .join_from(tables.device, tables.device_state, _state.device_id == _device.id)
        .outerjoin(worst, worst.c.device_id == _device.id)
    )


def _place_of(column: ColumnElement[str], states: Mapping[Any, PointState]) -> ColumnElement[int]:
    return case({kept.value: STATES.index(told) for kept, told in states.items()}, value=column)
