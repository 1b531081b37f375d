"""What can be asked for over HTTP: metrics, indicators and intervals, each list from its one declaration."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.indicators import indicator_out
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.state_numbers import COUNTED, StateNumber, metric_number
from cityops.domain.intervals import Interval
from cityops.domain.metrics import Metric
from cityops.store import metrics as metric_store
from cityops.store import sources as source_store
from cityops.store.alarms import queries as alarms
from cityops.store.engine import reading
from cityops.store.indicators import series

router = APIRouter(tags=["catalogue"], dependencies=[needs(Permission.CATALOGUE_READ)])
LEVELS = ("blue", "yellow", "orange", "red")
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
    """Give whatever can be asked for as a series or a CSV, with all that is declared of it.

    Every metric is one, in the order of display; behind them stand those that files declare, by theme.
    """
    return [indicator_out(one) for one in request.app.state.city.indicators().values()]


@router.get("/numbers", responses=_errors)
def get_numbers(
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.NumberOut]:
    """Give what each number of the state means: definition, numerator, denominator, thresholds, who answers for it.

    Metrics in their order of display, then counts.
    """
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        systems = source_store.answering(connection)
        feeds, marks = series.source_codes(connection), alarms.basis_marks(connection)
        declared = metric_store.metrics(connection).values()
    carriers = {kind: [row["code"] for row in systems if row["carries"] == kind] for kind in ("readings", "events")}
    return [
        *(_of_metric(one, marks.get(one.code), _sources(systems, feeds.get(one.code, ()))) for one in declared),
        *(_of_count(one, _sources(systems, carriers[one.carries])) for one in COUNTED),
    ]


def _sources(systems: Sequence[RowMapping], codes: Iterable[str]) -> list[schemas.NumberSource]:
    wanted = set(codes)
    told = (
        {name: row[name] for name in schemas.NumberSource.model_fields} for row in systems if row["code"] in wanted
    )
    return [schemas.NumberSource(**one) for one in told]


def _of_metric(metric: Metric, mark: str | None, sources: list[schemas.NumberSource]) -> schemas.NumberOut:
    told = ("unit", "aggregate", "direction", *LEVELS, "basis_zh", "basis_en")
    limits = any(getattr(metric, level) is not None for level in LEVELS)
    return schemas.NumberOut(
        **_means(metric_number(metric)),
        **{name: getattr(metric, name) for name in told},
        basis_mark=BasisMark(mark or BasisMark.DEFAULT) if limits else None,
        sources=sources,
    )


def _of_count(count: StateNumber, sources: list[schemas.NumberSource]) -> schemas.NumberOut:
    nothing: dict[str, Any] = dict.fromkeys(("aggregate", "direction", "basis_mark", *LEVELS))
    texts: dict[str, Any] = dict.fromkeys(("unit", "basis_zh", "basis_en"), "")
    return schemas.NumberOut(**_means(count), **nothing, **texts, sources=sources)


def _means(number: StateNumber) -> dict[str, Any]:
    return {name: told for name, told in asdict(number).items() if name != "carries"}


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
