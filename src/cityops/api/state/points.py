"""Makes of the devices of a kind what a map draws: few as points, many as counted cells; shared by all who ask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from cityops.clock import utc_now
from cityops.domain.access import Scope
from cityops.domain.points import CELL_DEG, CHANNELS, MOST_POINTS, STATES
from cityops.domain.regions import level_of
from cityops.store import device_states, points
from cityops.store.engine import reading

TICK_S = 10.0
"""States are judged every few seconds, and a map of them is looked at, not acted upon."""


@dataclass(frozen=True, slots=True)
class PointsAsked:
    """Of which kind and region, and how much of it may be seen."""

    kind: str | None
    region: str
    scope: Scope
    named: bool
    """Whether each may be told by its code."""


def serialiser(engine: Engine) -> Callable[[PointsAsked], tuple[float, tuple[bytes, str]]]:
    """Return the function from what is asked to when it was read, the answer as JSON, and its strong ETag."""

    def made(asked: PointsAsked) -> tuple[float, tuple[bytes, str]]:
        began = monotonic()
        with reading(engine, asked.scope) as connection:
            body = orjson.dumps(_told(connection, asked), option=orjson.OPT_UTC_Z)
        return began, (body, f'"{sha256(body).hexdigest()[:32]}"')

    return made


def _told(connection: Connection, asked: PointsAsked) -> dict[str, Any]:
    """Return what `schemas.MapPoints` promises, of which none is made: columns need no object for each number."""
    total = points.count(connection, asked.kind, asked.region)
    few = total <= MOST_POINTS
    # What sources say of channels is kept as it comes; devices are judged by their silence, now and then.
    as_of = utc_now() if asked.kind == CHANNELS else device_states.looked_at(connection)
    return {
        "kind": asked.kind,
        "region": asked.region,
        "as_of": as_of and as_of.replace(microsecond=0),
        "total": total,
        "states": [one.value for one in STATES],
        "points": _points(points.each(connection, asked.kind, asked.region), named=asked.named) if few else None,
        "cells": None if few else _cells(connection, asked),
    }


def _points(found: Sequence[points.MapPoint], *, named: bool) -> dict[str, list[Any]]:
    return {
        "lon": [round(one.lon, 5) for one in found],
        "lat": [round(one.lat, 5) for one in found],
        "state": [one.state for one in found],
        "code": [one.code for one in found] if named else [],
    }


def _cells(connection: Connection, asked: PointsAsked) -> dict[str, Any]:
    cell_deg = CELL_DEG[level_of(asked.region)]
    found = points.cells(connection, asked.kind, asked.region, cell_deg)
    return {"cell_deg": cell_deg} | {name: [getattr(one, name) for one in found] for name in points.MapCell._fields}
