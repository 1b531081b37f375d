"""Made-up devices of a kind on the map for previews, the same each time: around where people live, a few silent."""

from collections import Counter
from datetime import datetime
from typing import Any

from cityops import reference
from cityops.domain.points import CELL_DEG, MOST_POINTS, STATES, PointState
from cityops.domain.regions import RegionLevel, holds
from cityops_dashboards.scenes.days import ago, dice

MANY = {"manhole_cover": 84_000, "street_light": 84_000, "traffic": 1_640, "channel": 36_000}
"""How many of a kind there are; of any other a few hundred."""
FEW = 420
SHARES = ((0.965, PointState.FRESH), (0.98, PointState.LATE), (0.998, PointState.SILENT), (1.0, PointState.NEVER))
ALL_SILENT = (SHARES[2], SHARES[3])


def scattered(kind: str, region: str, at: datetime, silenced: str | None = None) -> dict[str, Any]:
    """Return the devices of a kind as the API tells them (`api.schemas.MapPoints`), silent if their source is."""
    districts = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT and holds(region, one.code)]
    people = sum(one.population or 0 for one in reference.regions() if one.level is RegionLevel.DISTRICT)
    rng, found = dice("scattered", kind, region), []
    shares = ALL_SILENT if silenced and silenced in _sources(kind) else SHARES
    for one in districts:
        reach = 0.0011 * (one.area_km2 or 40) ** 0.5
        for _ in range(MANY.get(kind, FEW) * (one.population or 0) // people):
            lon = rng.gauss(one.label_lon or 113.3, reach)
            lat = rng.gauss(one.label_lat or 23.1, reach)
            drawn = rng.random()
            found.append((lon, lat, STATES.index(next(state for share, state in shares if drawn <= share))))
    told = {"kind": kind, "region": region, "as_of": ago(at, 6), "total": len(found), "states": list(STATES)}
    few = len(found) <= MOST_POINTS
    return told | {"points": _points(found) if few else None, "cells": None if few else _cells(found)}


def _sources(kind: str) -> set[str]:
    return {one.source_system_code for one in reference.device_kinds() if one.code == kind}


def _points(found: list[tuple[float, float, int]]) -> dict[str, list[Any]]:
    lon, lat, state = ([one[place] for one in found] for place in range(3))
    return {"lon": lon, "lat": lat, "state": state, "code": [f"MADE-UP-{place}" for place in range(len(found))]}


def _cells(found: list[tuple[float, float, int]]) -> dict[str, Any]:
    deg = CELL_DEG[RegionLevel.CITY]
    counts = Counter((int(lon // deg), int(lat // deg), state) for lon, lat, state in found)
    column, row, state = ([key[place] for key in counts] for place in range(3))
    return {"cell_deg": deg, "column": column, "row": row, "state": state, "n": [*counts.values()]}
