"""What can be asked for over HTTP: metrics, indicators and intervals, each list from its one declaration."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.intervals import Interval
from cityops.store import metrics as metric_store
from cityops.store.engine import reading

router = APIRouter(tags=["catalogue"], dependencies=[needs(Permission.CATALOGUE_READ)])
_errors = problems.documented(422, 503)


@router.get("/metrics", responses=_errors)
def get_metrics(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.MetricOut]:
    """Give the declared metrics in their order of display, with their thresholds."""
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        return [schemas.MetricOut(**asdict(metric)) for metric in metric_store.metrics(connection).values()]


@router.get("/indicators", responses=_errors)
def get_indicators(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.Indicator]:
    """Give whatever can be asked for as a series or a CSV: every metric, and counts of cases."""
    return [
        schemas.Indicator(**{name: getattr(one, name) for name in schemas.Indicator.model_fields})
        for one in request.app.state.city.indicators().values()
    ]


@router.get("/intervals", responses=problems.documented(422))
def get_intervals(_: Annotated[schemas.Query, Query()]) -> list[schemas.IntervalLimit]:
    """Give the intervals of a series and the longest range each serves."""
    return [
        schemas.IntervalLimit(
            interval=interval,
            length_s=int(interval.length.total_seconds()),
            longest_range_s=int(interval.longest_range.total_seconds()),
        )
        for interval in Interval
    ]
