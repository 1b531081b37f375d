"""Indicators over time by region over HTTP: rollups or counts of cases, in buckets of the city's zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, NamedTuple

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs, outside
from cityops.api.parameters import Code, Moment, period
from cityops.api.room import make_room
from cityops.api.state.city import City
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.metrics import Aggregate
from cityops.domain.regions import Region, RegionLevel, holds
from cityops.domain.rollups import combine
from cityops.reference import CITY_CODE
from cityops.store import series as store
from cityops.store.engine import reading

MOST_POINTS = 60_000
"""Points of one answer: 11 districts in 5-minute buckets for 3 days are 9,504. Files have no such limit."""

PIECE = 2_000
"""Points that are encoded at a time."""

DEFAULT_RANGE = {
    Interval.FIVE_MINUTES: timedelta(hours=24),
    Interval.HOUR: timedelta(days=7),
    Interval.DAY: timedelta(days=30),
}

router = APIRouter(tags=["series"])


class SeriesQuery(schemas.Query):
    """Which indicator, where, how finely and when."""

    indicator: Annotated[Code, Field(examples=["pm25"])]
    region: schemas.RegionAsked = CITY_CODE
    level: RegionLevel | None = None
    interval: Interval = Interval.HOUR
    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True)
class AskedSeries:
    """A query that can be answered."""

    indicator: Indicator
    region: Region
    level: RegionLevel
    span: store.Span


@router.get("/series", response_model=schemas.Series, responses=problems.documented(404, 422, 503))
def get_series(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    query: Annotated[SeriesQuery, Query()],
) -> Response:
    """Give an indicator over time, by regions of one level inside a region.

    Buckets begin at whole hours and midnights of Asia/Shanghai; the period is widened to whole buckets. Every bucket
    of every region is there: value null and n 0 where no reading came. `level` is that of `region` unless given.
    Without `end` the period ends now; without `start` it is 24 hours (5min), 7 days (hour) or 30 days (day) long.
    """
    city: City = request.app.state.city
    asked = resolve(city, query, subject)
    count = len(asked.span.regions) * asked.span.bins
    if count > MOST_POINTS:
        raise problems.ProblemError(
            422,
            f"{len(asked.span.regions)} regions × {asked.span.bins} buckets are over the limit of {MOST_POINTS} "
            "points. Ask for one district, a shorter period, a coarser interval, or take /api/v1/export/series.",
        )
    make_room(request, count)
    now = utc_now()
    # Sums of what `resolve` has allowed; read by the subject's scope, those of other districts would be too small.
    with reading(city.engine, WHOLE_CITY) as connection:
        pieces = [_encoded(piece) for piece in _batched(points(connection, asked, now))]
    answer = schemas.Series(
        indicator=asked.indicator.code,
        name_zh=asked.indicator.name_zh,
        name_en=asked.indicator.name_en,
        unit=asked.indicator.unit,
        interval=asked.span.interval,
        start=asked.span.start.astimezone(UTC),
        end=asked.span.end.astimezone(UTC),
        as_of=now,
        **remarks(asked.span, now),
        points=[],
    )
    head = answer.model_dump_json().removesuffix("]}").encode()
    return Response(head + b",".join(pieces) + b"]}", media_type="application/json")


def _batched(found: Iterator["Point"]) -> Iterator[list["Point"]]:
    while piece := list(islice(found, PIECE)):
        yield piece


def _encoded(piece: list["Point"]) -> bytes:
    """Return points as JSON without the brackets: as `schemas.SeriesPoint` has them, of which none is made."""
    told = [dict(zip(_TOLD, one, strict=False)) for one in piece]
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)[1:-1]


def remarks(span: store.Span, now: datetime) -> dict[str, str | None]:
    """Return in both languages what is unfinished about a period; None where all of it is over."""
    if span.start > now:
        return {
            "remark_zh": "所选时段尚未开始，还没有数据。",
            "remark_en": "This period lies ahead: there are no data yet.",
        }
    if span.end <= now:
        return {"remark_zh": None, "remark_en": None}
    running = span.interval.floor(now)
    from_, until = (
        moment.astimezone(CITY_ZONE).strftime("%m-%d %H:%M") for moment in (running, running + span.interval.length)
    )
    ahead = span.end > running + span.interval.length
    return {
        "remark_zh": f"{from_} 至 {until} 尚未结束，数值还会变化" + ("；之后的时段尚未开始。" if ahead else "。"),
        "remark_en": f"{from_} to {until} is not over, and its value still changes"
        + ("; what follows lies ahead." if ahead else "."),
    }


def resolve(city: City, query: SeriesQuery, subject: Subject) -> AskedSeries:
    """Find out what a query asks for: sums of the city and its districts for all, those of streets within the scope.

    Raises
    ------
    problems.ProblemError
        It names what is not there, or more than is served.
    """
    indicator = city.indicators().get(query.indicator)
    if indicator is None:
        raise problems.not_found("indicator", query.indicator, "The codes stand in /api/v1/indicators.")
    if not indicator.is_binned:
        raise problems.ProblemError(422, f"indicator: {indicator.code} is {indicator.kind}, which is not served yet.")
    region, level, wanted = regions_asked(city, query.region, query.level, subject)
    start, end = period(query.start, query.end, utc_now(), DEFAULT_RANGE[query.interval])
    return AskedSeries(indicator, region, level, span_of(wanted, query.interval, start, end))


class RegionsAsked(NamedTuple):
    """A region, and the codes of those of a level in it."""

    region: Region
    level: RegionLevel
    codes: tuple[str, ...]


def regions_asked(city: City, code: str, asked_level: RegionLevel | None, subject: Subject) -> RegionsAsked:
    """Find out which regions a query is about, as `resolve` does.

    Raises
    ------
    problems.ProblemError
        There is no such region or level in it, or streets of it lie outside the subject's area.
    """
    regions = city.regions()
    region = region_of(regions, code)
    level = asked_level or region.level
    wanted = tuple(one.code for one in regions.values() if one.level is level and holds(region.code, one.code))
    if not wanted:
        raise problems.ProblemError(
            422, f"level: no {level} lies inside {region.level} {region.code}; ask for its own level or a finer one."
        )
    if level is RegionLevel.STREET:
        check_touches(subject, region.code)
        wanted = tuple(code for code in wanted if subject.scope.covers(code))
        if not wanted:  # a department's rows lie all over the city: no street is its own
            raise outside(subject, region.code)
    return RegionsAsked(region, level, wanted)


def span_of(regions: tuple[str, ...], interval: Interval, start: datetime, end: datetime) -> store.Span:
    """Return a period in whole buckets.

    Raises
    ------
    problems.ProblemError
        It is longer than the interval serves; the text says what would work.
    """
    if end - start > interval.longest_range:
        fitting = Interval.finest_for(end - start)
        remedy = f"take interval={fitting}" if fitting else f"no interval serves more than {_days(Interval.DAY)}"
        raise problems.ProblemError(
            422,
            f"interval: {interval} serves at most {_days(interval)}, but {(end - start) / timedelta(days=1):.1f} "
            f"days are asked for; {remedy}, or shorten the period to {_days(interval)}.",
        )
    first, last = interval.floor(start), interval.floor(end)
    return store.Span(regions, interval, first, last if last == end else last + interval.length)


def _days(interval: Interval) -> str:
    return f"{interval.longest_range.days} days"


class Point(NamedTuple):
    """One bucket of a series in one region; fields as those of `schemas.SeriesPoint`, and what a mean is made of."""

    region_code: str
    start: datetime
    end: datetime
    value: float | None
    n: int
    coverage: float | None
    finished: bool
    numerator: float | None = None
    denominator: float | None = None


_TOLD = tuple(schemas.SeriesPoint.model_fields)


def points(connection: Connection, asked: AskedSeries, now: datetime, *, exact: bool = False) -> Iterator[Point]:
    """Yield the points ordered by region and time; a bucket that lies ahead of `now` has no value and no coverage.

    Values are rounded to the indicator's decimals + 2 unless they are to be `exact`, as in files.
    """
    length, indicator, owed = asked.span.interval.length, asked.indicator, store.Expected(0, 0.0)
    is_metric = indicator.metric is not None
    is_mean = indicator.metric is not None and indicator.metric.aggregate is Aggregate.MEAN
    expected = store.expected(connection, indicator.code, asked.span.regions) if is_metric else {}
    region = None
    for one in store.bins(connection, asked.span, indicator):
        code, start, n, *_ = one
        end = start + length
        if not is_metric:
            yield Point(code, start, end, None if start > now else float(n), n, None, end <= now)
            continue
        if code != region:
            region, owed = code, expected.get(code, store.Expected(0, 0.0))
        value = _value(indicator, one, owed, exact=exact) if n else None
        parts = (one.sum, float(n)) if n and is_mean else (None, None)
        yield Point(code, start, end, value, n, coverage_of(start, end, n, owed, now), end <= now, *parts)


def _value(indicator: Indicator, one: store.Bin, owed: store.Expected, *, exact: bool) -> float | None:
    if indicator.metric is None or one.sum is None or one.min is None or one.max is None:
        return None
    value = combine(indicator.metric.aggregate, one.n, one.sum, one.min, one.max, owed.devices)
    return value if value is None or exact else round(value, indicator.decimals + 2) + 0.0


def coverage_of(start: datetime, end: datetime, n: int, owed: store.Expected, now: datetime) -> float | None:
    """Return readings that came over readings owed so far; the running bucket owes only what is past of it."""
    elapsed = (min(end, now) - start).total_seconds()
    if elapsed <= 0 or not owed.devices:
        return None
    return round(min(1.0, n / (owed.readings_per_s * elapsed)), 4)
