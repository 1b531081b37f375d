"""States of devices over HTTP, counted by district and kind, and outages: many silent devices as one fact."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine

from cityops.api import problems, schemas
from cityops.api import schemas_devices as shapes
from cityops.api.city import City, Kept
from cityops.api.regions import region_of
from cityops.domain.freshness import DeviceState
from cityops.domain.outages import Outage, Tally, counted, outages
from cityops.domain.regions import Region
from cityops.reference import CITY_CODE
from cityops.store import device_states as store
from cityops.store.engine import reading

router = APIRouter(prefix="/devices", tags=["devices"])
_errors = problems.documented(404, 422, 503)


KEPT_S = 2.0
"""Counting all devices takes a tenth of a second, and the watch looks every ten: many who ask are told the same."""


@dataclass(frozen=True)
class Counts:
    """The devices counted, and when their states were last judged."""

    looked_at: datetime | None
    tallies: list[Tally]
    names: store.Names


class DeviceStates:
    """Counts the devices for all who ask, at most once in `KEPT_S`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts: Kept[Counts] = Kept(KEPT_S)

    def counts(self) -> Counts:
        """Return the counts, at most `KEPT_S` old."""
        return self._counts.get(self._read)

    def _read(self) -> Counts:
        with reading(self._engine) as connection:
            return Counts(store.looked_at(connection), store.tallies(connection), store.names(connection))


class AreaQuery(schemas.Query):
    """Which part of the city; a street stands for its district."""

    region: schemas.RegionCode = CITY_CODE


@router.get("/counts", responses=_errors)
def get_device_counts(request: Request, query: Annotated[AreaQuery, Query()]) -> shapes.DeviceCounts:
    """Count devices by district, kind and state."""
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept: Counts = request.app.state.device_states.counts()
    return shapes.DeviceCounts(states_as_of=kept.looked_at, items=_counts(_within(kept.tallies, query.region)))


@router.get("/outages", responses=_errors)
def get_outages(request: Request, query: Annotated[AreaQuery, Query()]) -> shapes.Outages:
    """Give what is out: most devices of a district, or of a source system or kind in it, silent together.

    A source that is out in all of its districts is one outage of the city.
    """
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept: Counts = request.app.state.device_states.counts()
    found = outages(_within(kept.tallies, query.region), CITY_CODE)
    items = [_outage(one, city.regions()[one.region_code], kept.names) for one in found]
    return shapes.Outages(states_as_of=kept.looked_at, items=items)


def _within(tallies: Iterable[Tally], region: str) -> list[Tally]:
    return [one for one in tallies if region == CITY_CODE or one.district == region[:6]]


def _counts(tallies: Iterable[Tally]) -> list[shapes.DeviceCount]:
    return [
        shapes.DeviceCount(
            region_code=district,
            kind=kind,
            devices=states.total(),
            online=states[DeviceState.ONLINE],
            late=states[DeviceState.LATE],
            silent=states[DeviceState.SILENT],
            never=states[DeviceState.NEVER],
        )
        for (district, kind), states in counted(tallies, lambda one: (one.district, one.kind))
    ]


def _outage(outage: Outage, region: Region, names: store.Names) -> shapes.Outage:
    of_zh, of_en = names.of(outage)
    return shapes.Outage(
        **asdict(outage),
        region_zh=region.name_zh,
        region_en=region.name_en,
        text_zh=outage.in_chinese(region.name_zh, of_zh),
        text_en=outage.in_english(region.name_en, of_en),
    )
