"""States of devices over HTTP, counted by district and kind, and outages: many silent devices as one fact."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.state.city import City
from cityops.api.state.inventory import device_counts
from cityops.api.state.outages import outages_in, within
from cityops.api.state.regions import region_of
from cityops.domain.access import Permission
from cityops.reference import CITY_CODE

router = APIRouter(prefix="/devices", tags=["devices"], dependencies=[needs(Permission.AGGREGATE_READ)])
_errors = problems.documented(404, 422, 503)


class AreaQuery(schemas.Query):
    """Which part of the city; a street stands for its district."""

    region: schemas.RegionAsked = CITY_CODE


@router.get("/counts", responses=_errors)
def get_device_counts(
    request: Request,
    query: Annotated[AreaQuery, Query()],
) -> schemas.DeviceCounts:
    """Count devices by district, kind and state."""
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept = city.device_counts()
    return schemas.DeviceCounts(
        states_as_of=kept.looked_at, items=device_counts(within(kept.tallies, query.region), kept.clocks_ahead)
    )


@router.get("/outages", responses=_errors)
def get_outages(
    request: Request,
    query: Annotated[AreaQuery, Query()],
) -> schemas.Outages:
    """Give what is out: most devices of a district, or of a source system or kind in it, silent together.

    A source that is out in all of its districts is one outage of the city.
    """
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    kept = city.device_counts()
    return schemas.Outages(states_as_of=kept.looked_at, items=outages_in(kept, city.regions(), query.region))
