"""Indicators over time by region over HTTP: rollups or counts of cases, in buckets of the city's zone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, NamedTuple

import orjson
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import AskedSeries, PeriodSpan, SeriesQuery, remarks, resolve
from cityops.api.room import make_room
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import EMPTY, Bucket, Cell, change, earlier
from cityops.domain.indicators.lateness import Lateness, is_from_outside, lateness
from cityops.domain.indicators.marks import ValueMark
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.privacy import is_restricted, made_of, of_enough_persons
from cityops.domain.metrics import Aggregate
from cityops.domain.regions import RegionLevel
from cityops.domain.rollups import combine
from cityops.services.indicators.answering import AskedPeriods, Cells, Evaluation
from cityops.services.indicators.coverage import coverage_of
from cityops.store.engine import reading
from cityops.store.indicators import freshness
from cityops.store.indicators import series as store

MOST_POINTS = 60_000
"""Points of one answer: 11 districts in 5-minute buckets for 3 days are 9,504. Files have no such limit."""

PIECE = 2_000
"""Points that are encoded at a time."""

router = APIRouter(tags=["series"])


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
    request.app.state.usage.note(subject, asked.indicator.code)
    make_room(request, _points_of(asked.span))
    now = utc_now()
    # Sums of what `resolve` has allowed; read by the subject's scope, those of other districts would be too small.
    with reading(city.engine, WHOLE_CITY) as connection:
        marks = MarksCounted()
        found: Iterator[Point | ToldPoint] = told_points(connection, city, asked, now)
        if asked.is_plain:
            found = points(connection, asked, now)
        pieces = [_encoded(piece) for piece in _batched(_counting(found, marks))]
        stands = lateness_of(connection, city, asked.indicator, now)
    answer = schemas.Series(
        indicator=asked.indicator.code,
        name_zh=asked.indicator.name_zh,
        name_en=asked.indicator.name_en,
        unit=asked.indicator.unit,
        interval=asked.span.grain,
        compare=asked.compare,
        start=asked.span.start.astimezone(UTC),
        end=asked.span.end.astimezone(UTC),
        as_of=now,
        **remarks(asked.span, now),
        raw=asked.raw,
        corrected=marks.corrected,
        stale_corrections=sorted(marks.stale),
        late_since=stands.late_since,
        stands_in_until=stands.stands_in_until,
        points=[],
    )
    head = answer.model_dump_json().removesuffix("]}").encode()
    return Response(head + b",".join(pieces) + b"]}", media_type="application/json")


def _points_of(span: PeriodSpan) -> int:
    count = len(span.regions) * span.bins
    if count > MOST_POINTS:
        raise problems.ProblemError(
            422,
            f"{len(span.regions)} regions × {span.bins} buckets are over the limit of {MOST_POINTS} points. Ask for "
            "one district, a shorter period, a coarser interval, or take /api/v1/export/series.",
        )
    return count


def _batched(found: "Iterator[Point | ToldPoint]") -> "Iterator[list[Point | ToldPoint]]":
    while piece := list(islice(found, PIECE)):
        yield piece


@dataclass
class MarksCounted:
    """What is counted of an answer's points: those that a correction changed, and corrections that do not apply."""

    corrected: int = 0
    stale: set[int] = field(default_factory=set)


def _counting(found: "Iterator[Point | ToldPoint]", marks: MarksCounted) -> "Iterator[Point | ToldPoint]":
    for one in found:
        if isinstance(one, ToldPoint):
            marks.corrected += one.quality == ValueMark.CORRECTED
            marks.stale.update(one.stale_corrections)
        yield one


def lateness_of(connection: Connection, city: City, indicator: Indicator, now: datetime) -> Lateness:
    """Return whether an indicator is late, and how long its newest value may stand in."""
    every = city.indicators()
    outside = [one for one in made_of(indicator, every) if is_from_outside(one)]
    if not outside:
        return Lateness()
    return lateness(indicator, every, freshness.newest(connection, outside, city.regions().values()), now)


def _encoded(piece: "list[Point | ToldPoint]") -> bytes:
    """Return points as JSON without the brackets: as `schemas.SeriesPoint` has them, of which none is made."""
    told = [dict(zip(_TOLD, one, strict=False)) for one in piece]
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)[1:-1]


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


def points(connection: Connection, asked: AskedSeries, now: datetime) -> Iterator[Point]:
    """Yield the points ordered by region and time; a bucket that lies ahead of `now` has no value and no coverage.

    Values are not rounded, so that JSON, files and client tell the same number.
    """
    interval, indicator, owed = asked.span.grain.interval, asked.indicator, store.Expected(0, 0.0)
    length, span = interval.length, store.Span(asked.span.regions, interval, asked.span.start, asked.span.end)
    is_metric = indicator.metric is not None
    is_mean = indicator.metric is not None and indicator.metric.aggregate is Aggregate.MEAN
    expected = store.expected(connection, indicator.code, asked.span.regions) if is_metric else {}
    region = None
    for one in store.bins(connection, span, indicator):
        code, start, n, *_ = one
        end = start + length
        if not is_metric:
            yield Point(code, start, end, None if start > now else float(n), n, None, end <= now)
            continue
        if code != region:
            region, owed = code, expected.get(code, store.Expected(0, 0.0))
        value = _value(indicator, one, owed) if n else None
        parts = (one.sum, float(n)) if n and is_mean else (None, None)
        yield Point(code, start, end, value, n, coverage_of(start, end, n, owed, now), end <= now, *parts)


class ToldPoint(NamedTuple):
    """A point with what it was made of, and with what it is compared; fields as those of `schemas.SeriesPoint`."""

    region_code: str
    start: datetime
    end: datetime
    value: float | None
    n: int
    coverage: float | None
    finished: bool
    numerator: float | None
    denominator: float | None
    definition_version: int | None
    compared_value: float | None = None
    compared_start: datetime | None = None
    compared_end: datetime | None = None
    change_percent: float | None = None
    quality: str | None = None
    corrections: tuple[int, ...] = ()
    stale_corrections: tuple[int, ...] = ()


def told_points(connection: Connection, city: City, asked: AskedSeries, now: datetime) -> Iterator[ToldPoint]:
    """Yield the points of an indicator of any kind, ordered by region and time."""
    span, one = asked.span, asked.indicator
    of = AskedPeriods(span.regions, asked.level, span.grain)
    evaluation = Evaluation(connection, city.indicators(), city.regions(), now, raw=asked.raw)
    hides_few = asked.level is RegionLevel.STREET and is_restricted(one, city.indicators())
    buckets = span.buckets
    begun = [bucket for bucket in buckets if bucket[0] <= now]
    cells, before = _both(evaluation, one, of, begun, now, asked.compare)
    for code in span.regions:
        for bucket in buckets:
            cell = cells.get((code, bucket), EMPTY)
            cell = of_enough_persons(cell) if hides_few else cell
            start, end = _in_utc(bucket)
            point = ToldPoint(
                code,
                start,
                end,
                cell.value,
                cell.n,
                cell.coverage,
                end <= now,
                cell.numerator,
                cell.denominator,
                cell.definition_version,
                quality=cell.mark,
                corrections=cell.corrections,
                stale_corrections=cell.stale,
            )
            if bucket in before:
                (start, end), base = _in_utc(before[bucket][0]), before[bucket][1][code]
                base = of_enough_persons(base) if hides_few else base
                changed = change(cell.value, base.value)
                point = point._replace(compared_value=base.value, compared_start=start, compared_end=end)
                point = point._replace(change_percent=None if changed is None else round(changed, 4))
            yield point


def _in_utc(bucket: Bucket) -> Bucket:
    return bucket[0].astimezone(UTC), bucket[1].astimezone(UTC)


_Before = dict[Bucket, tuple[Bucket, dict[str, Cell]]]


def _both(
    evaluation: Evaluation,
    one: Indicator,
    of: AskedPeriods,
    begun: Sequence[Bucket],
    now: datetime,
    compare: Compared | None,
) -> tuple[Cells, _Before]:
    """Return the cells of the periods that have begun, and by period the span it is compared to with its cells."""

    def made(buckets: Sequence[Bucket]) -> Cells:
        if compare is Compared.TO_DATE:
            return evaluation.to_date(one, of, buckets, Grain.YEAR)
        return evaluation.cells(one, of, buckets)

    if compare is None:
        return made(begun), {}
    back = of.grain if compare is Compared.PREVIOUS else Grain.YEAR
    moved = {bucket: earlier(bucket, of.grain, now, back) for bucket in begun}
    told: Cells = {}
    for whole in (True, False):  # a part of a period may need finer bins than whole ones
        spans = sorted({span for bucket, span in moved.items() if (bucket[1] <= now) is whole})
        told |= made(spans)
    before = {bucket: (span, {code: told[code, span] for code in of.regions}) for bucket, span in moved.items()}
    return made(begun), before


def _value(indicator: Indicator, one: store.Bin, owed: store.Expected) -> float | None:
    if indicator.metric is None or one.sum is None or one.min is None or one.max is None:
        return None
    return combine(indicator.metric.aggregate, one.n, one.sum, one.min, one.max, owed.devices)
