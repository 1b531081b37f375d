"""Lateness over HTTP: of each indicator from outside the newest period, since when the next is owed."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.schemas.indicators import IndicatorFreshness
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.lateness import Lateness, is_from_outside, lateness
from cityops.domain.indicators.privacy import made_of
from cityops.store.engine import reading
from cityops.store.indicators import freshness as store

router = APIRouter(prefix="/indicators", tags=["catalogue"])


@router.get("/freshness", dependencies=[needs(Permission.CATALOGUE_READ)], responses=problems.documented(422, 503))
def get_freshness(request: Request, _: Annotated[schemas.Query, Query()]) -> list[IndicatorFreshness]:
    """Give how each indicator stands whose values come from outside, or that is made of such.

    A value is late when its cadence and its grace have passed since the newest: since the end of its period, or since
    it came, where its period was not over then. By its tolerance the newest stands in meanwhile.
    """
    city: City = request.app.state.city
    every, now = city.indicators(), utc_now()
    with reading(city.engine, WHOLE_CITY) as connection:
        outside = [one for one in every.values() if is_from_outside(one)]
        newest = store.newest(connection, outside, city.regions().values())
    return [
        _told(one, lateness(one, every, newest, now))
        for one in every.values()
        if any(is_from_outside(each) for each in made_of(one, every))
    ]


def _told(one: Indicator, stands: Lateness) -> IndicatorFreshness:
    declared = one.declared
    assert isinstance(declared, IndicatorDeclaration)
    return IndicatorFreshness(
        indicator=one.code,
        newest_end=stands.newest_end,
        late_since=stands.late_since,
        stands_in_until=stands.stands_in_until,
        cadence_s=_seconds(declared.cadence),
        grace_s=_seconds(declared.grace),
        tolerance_s=_seconds(declared.tolerance),
    )


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
