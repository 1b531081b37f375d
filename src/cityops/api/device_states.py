"""States of devices over HTTP, counted by district and kind, and outages: many silent devices as one fact."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api import schemas_devices as shapes
from cityops.api.access import needs
from cityops.api.city import City, DeviceCounts
from cityops.api.regions import region_of
from cityops.domain.access import Permission
from cityops.domain.freshness import DeviceState
from cityops.domain.outages import Outage, Tally, counted, outages
from cityops.domain.regions import Region, district_of, is_city
from cityops.reference import CITY_CODE
from cityops.store import device_states as store

router = APIRouter(prefix="/devices", tags=["devices"], dependencies=[needs(Permission.AGGREGATE_READ)])
_errors = problems.documented(404, 422, 503)


class AreaQuery(schemas.Query):
    """Which part of the city; a street stands for its district."""

    region: schemas.RegionAsked = CITY_CODE


@router.get("/counts", responses=_errors)
def get_device_counts(
    request: Request,
    query: Annotated[AreaQuery, Query()],
) -> shapes.DeviceCounts:
    """Count devices by district, kind and state."""
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept = city.device_counts()
    return shapes.DeviceCounts(
        states_as_of=kept.looked_at, items=_counts(_within(kept.tallies, query.region), kept.clocks_ahead)
    )


@router.get("/outages", responses=_errors)
def get_outages(
    request: Request,
    query: Annotated[AreaQuery, Query()],
) -> shapes.Outages:
    """Give what is out: most devices of a district, or of a source system or kind in it, silent together.

    A source that is out in all of its districts is one outage of the city.
    """
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept = city.device_counts()
    return shapes.Outages(states_as_of=kept.looked_at, items=outages_in(kept, city.regions(), query.region))


def outages_in(counts: DeviceCounts, regions: Mapping[str, Region], region: str) -> list[schemas.Outage]:
    """Return the outages of the city, or of a region's district."""
    found = outages(_within(counts.tallies, region), CITY_CODE)
    return [_outage(one, regions[one.region_code], counts.names) for one in found]


def _within(tallies: Iterable[Tally], region: str) -> list[Tally]:
    return [one for one in tallies if is_city(region) or one.district == district_of(region)]


def _counts(tallies: Iterable[Tally], ahead: Mapping[tuple[str, str], int]) -> list[shapes.DeviceCount]:
    return [
        shapes.DeviceCount(
            region_code=district,
            kind=kind,
            devices=states.total(),
            online=states[DeviceState.ONLINE],
            late=states[DeviceState.LATE],
            silent=states[DeviceState.SILENT],
            never=states[DeviceState.NEVER],
            clock_ahead=ahead.get((district, kind), 0),
        )
        for (district, kind), states in counted(tallies, lambda one: (one.district, one.kind))
    ]


def _outage(outage: Outage, region: Region, names: store.Names) -> schemas.Outage:
    of_zh, of_en = names.of(outage)
    return schemas.Outage(
        **asdict(outage),
        region_zh=region.name_zh,
        region_en=region.name_en,
        name_zh=of_zh,
        name_en=of_en,
        text_zh=outage.in_chinese(region.name_zh, of_zh),
        text_en=outage.in_english(region.name_en, of_en),
    )
