"""Source systems and platform totals over HTTP: who sends, how fresh, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.state.sources import platform, source_states
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.store import sources as store
from cityops.store.engine import reading

router = APIRouter(tags=["platform"], dependencies=[needs(Permission.PLATFORM_READ)])
_errors = problems.documented(422, 503)


@router.get("/sources", responses=_errors)
def get_sources(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.SourceState]:
    """Give the source systems with their accounts since the first start and the age of their newest message."""
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        return source_states(store.sources(connection), utc_now())


@router.get("/platform", responses=_errors)
def get_platform(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> schemas.Platform:
    """Give the platform's totals."""
    city = request.app.state.city
    moment = city.moment()
    with reading(city.engine, WHOLE_CITY) as connection:
        sources = source_states(store.sources(connection), moment.at)
    return platform(moment, sources, city.trends(None).readings_per_s)
