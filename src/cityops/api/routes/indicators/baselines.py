"""What is usual of an indicator over HTTP: its band by hours, when it stood out and why, and what is foretold."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import AskedSeries, SeriesQuery, resolve
from cityops.api.parameters import Code, Moment
from cityops.api.routes.indicators.series import Point, points
from cityops.api.state.city import City
from cityops.api.state.usual import Learnt
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.baselines.bands import UsualHour, usual_value
from cityops.domain.baselines.forecasts import Skill, forecast, skill_of
from cityops.domain.baselines.learning import LEAST_DAYS
from cityops.domain.baselines.seasons import DAY_HOURS, slot_of
from cityops.domain.baselines.series import place_of
from cityops.domain.indicators.periods import Grain
from cityops.domain.metrics import Metric
from cityops.reference import CITY_CODE
from cityops.store.engine import reading
from cityops.store.indicators import baselines as store
from cityops.store.indicators import series as series_store

HOUR = timedelta(hours=1)

router = APIRouter(tags=["series"])


class BaselineQuery(schemas.Query):
    """Of which indicator, where and when."""

    indicator: Annotated[Code, Field(examples=["pm25"])]
    region: schemas.RegionAsked = CITY_CODE
    start: Moment | None = None
    end: Moment | None = None


class KnownSeries(NamedTuple):
    """What was learnt of a series: where it stands, and how many devices a sum is of."""

    learnt: Learnt
    series: int
    metric: Metric
    devices: int


@router.get("/baselines", responses=problems.documented(404, 422, 503))
def get_baselines(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    query: Annotated[BaselineQuery, Query()],
) -> schemas.BaselineAnswer:
    """Give what is usual of a metric in each hour, beside its values; when it stood out, why and by how much.

    The band is of today's knowledge, also for hours that have gone; flags are as they were told then. Without `end`
    the period ends now, without `start` it is seven days long; 62 at most. A forecast of the next day is given only
    where forecasts a day ahead were better of late than the value of a week before.
    """
    city: City = request.app.state.city
    asked = resolve(city, SeriesQuery(**query.model_dump(), interval=Grain.HOUR), subject)
    metric = asked.indicator.metric
    if metric is None:
        raise problems.ProblemError(
            422, f"indicator: of {asked.indicator.code} nothing usual is learnt, it counts cases; ask for a metric."
        )
    registry, now = city.moment().snapshot.registry, utc_now()
    at = registry.metrics.index(next(one for one in registry.metrics if one.code == metric.code))
    place = registry.regions.index(asked.region.code)
    learnt = city.usual.newest(registry)
    with reading(city.engine, WHOLE_CITY) as connection:
        values = list(points(connection, asked, now))
        owed = series_store.expected(connection, metric.code, asked.span.regions).get(asked.region.code)
        flags = _flags(connection, registry.metric_ids[at], registry.region_ids[place], asked, learnt)
    devices = 0 if owed is None else owed.devices
    known = None if learnt is None else KnownSeries(learnt, place_of(registry, at, place), metric, devices)
    return _answer(asked, now, values, flags, known)


def _answer(
    asked: AskedSeries, now: datetime, values: list[Point], flags: list[schemas.UsualFlag], known: KnownSeries | None
) -> schemas.BaselineAnswer:
    told = list(_points(values, asked, known))
    is_known = any(one.usual is not None for one in told)
    return schemas.BaselineAnswer(
        indicator=asked.indicator.code,
        name_zh=asked.indicator.name_zh,
        name_en=asked.indicator.name_en,
        unit=asked.indicator.unit,
        region_code=asked.region.code,
        start=asked.span.start,
        end=asked.span.end,
        as_of=now,
        learnt_until=known and known.learnt.until,
        remark_zh=None if is_known else f"这些时段的数据不足 {LEAST_DAYS} 天，尚无通常范围。",
        remark_en=None if is_known else f"Of these hours fewer than {LEAST_DAYS} days are known: no band as yet.",
        points=told,
        flags=flags,
        forecast=_forecast(known),
    )


def _points(values: list[Point], asked: AskedSeries, known: KnownSeries | None) -> Iterator[schemas.UsualPoint]:
    bands = None if known is None else known.learnt.bands(asked.span.start, asked.span.end)
    digits = asked.indicator.decimals + 2
    for one in values:
        usual = None
        if bands is not None and known is not None:
            usual = bands.at(one.start, known.series, known.metric, known.devices)
        yield schemas.UsualPoint(
            start=one.start, end=one.end, value=one.value, finished=one.finished, **_usual(usual, one.value, digits)
        )


def _usual(usual: UsualHour | None, value: float | None, digits: int) -> dict[str, Any]:
    if usual is None:
        return dict.fromkeys(("low", "usual", "high", "deviations", "by_week"))
    deviations = None if value is None or not usual.deviation else (value - usual.middle) / usual.deviation
    numbers = {"low": usual.low, "usual": usual.middle, "high": usual.high}
    return {name: round(one, digits) + 0.0 for name, one in numbers.items()} | {
        "deviations": None if deviations is None else round(deviations, 2) + 0.0,
        "by_week": usual.by_week,
    }


def _flags(
    connection: Connection, metric: int, region: int, asked: AskedSeries, learnt: Learnt | None
) -> list[schemas.UsualFlag]:
    return [
        schemas.UsualFlag(
            reason=flag.reason,
            deviations=round(flag.deviations, 2),
            since=flag.since,
            until=until,
            is_open=learnt is not None and until == learnt.until,
        )
        for flag, until in store.flags(connection, metric, region, asked.span.start, asked.span.end)
    ]


def _forecast(known: KnownSeries | None) -> schemas.ForecastOut:
    skill = Skill(None, 0) if known is None else skill_of(known.learnt.baselines, known.series)
    mase = None if skill.mase is None else round(skill.mase, 3)
    offered = list(_foretold(known)) if known is not None and skill.is_offered else []
    if mase is None:
        zh, en = "数据不足，暂不预测。", "Too few hours are known to foretell any."
    elif offered:
        zh, en = f"误差为上周同时段的 {mase} 倍。", f"Its error is {mase} of that of the same hour a week before."
    else:
        zh = f"不提供预测：误差为上周同时段的 {mase} 倍，看上周即可。"
        en = f"None is offered: its error was {mase} times that of the same hour a week before. Look at that."
    return schemas.ForecastOut(
        is_offered=bool(offered), mase=mase, hours=skill.hours, remark_zh=zh, remark_en=en, points=offered
    )


def _foretold(known: KnownSeries) -> Iterator[schemas.ForecastPoint]:
    starts = [known.learnt.until + hour * HOUR for hour in range(DAY_HOURS)]
    slots = [slot_of(start, known.learnt.works) for start in starts]
    for start, one in zip(starts, forecast(known.learnt.baselines, known.series, slots), strict=True):
        value = None if one is None else usual_value(one, known.metric, known.devices)
        yield schemas.ForecastPoint(
            start=start, value=None if value is None else round(value, known.metric.decimals + 2) + 0.0
        )
