"""Source systems and platform totals over HTTP: who sends, how fresh, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access import needs
from cityops.api.city import Moment
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.freshness import Freshness, freshness
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


def source_states(rows: Sequence[RowMapping], now: datetime) -> list[schemas.SourceState]:
    """Return the source systems, each with how fresh its newest message is `now`."""
    return [
        schemas.SourceState(**row, freshness=_freshness(row["last_received_at"], now, row["expected_interval_s"]))
        for row in rows
    ]


def _freshness(last: datetime | None, now: datetime, expected_interval_s: int) -> Freshness:
    return freshness(None if last is None else (now - last).total_seconds(), expected_interval_s)


def platform(
    moment: Moment, sources: Sequence[schemas.SourceState], readings_per_s: float | None
) -> schemas.Platform:
    """Compose the totals: devices and series as registered, items as the ledger has them."""
    registry = moment.snapshot.registry
    return schemas.Platform(
        **moment.totals,
        devices=len(registry.device_id),
        series=len(registry.series_id),
        sources=len(sources),
        sources_fresh=sum(source.freshness is Freshness.FRESH for source in sources),
        readings_per_s=None if readings_per_s is None else round(readings_per_s, 2),
    )
