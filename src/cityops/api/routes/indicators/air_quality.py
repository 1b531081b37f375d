"""Air quality over time by region over HTTP: hourly rollups of six pollutants, judged by the standard of the day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import DEFAULT_RANGE, PeriodSpan, regions_asked, remarks, span_of
from cityops.api.parameters import Moment, period
from cityops.api.room import make_room
from cityops.api.routes.indicators.series import coverage_of
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.standards.air_quality.averages import is_valid_hour
from cityops.domain.indicators.standards.air_quality.bulletins import LEAD, AirBulletin, bulletins
from cityops.domain.indicators.standards.air_quality.editions import CLASSES, changes_between
from cityops.domain.indicators.standards.air_quality.pollutants import Pollutant
from cityops.domain.intervals import Interval
from cityops.domain.regions import RegionLevel
from cityops.reference import CITY_CODE
from cityops.store.engine import reading
from cityops.store.indicators import series as store

MOST_HOURS = 30_000
"""Hours of regions that one answer is computed from: of a region three years, of 11 districts three months."""

INTERVALS = {"hour": Grain.HOUR, "day": Grain.DAY}

router = APIRouter(tags=["series"])


class AirQualityQuery(schemas.Query):
    """Where, by hour or day, and when."""

    region: schemas.RegionAsked = CITY_CODE
    level: RegionLevel | None = None
    interval: Literal["hour", "day"] = "hour"
    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True)
class PollutantHours:
    """Hours of one pollutant in one region: the mean of each valid one, how many readings came, what is owed."""

    means: list[float | None]
    counts: list[int]
    owed: store.Expected


@router.get("/air-quality", response_model=schemas.AirQualitySeries, responses=problems.documented(404, 422, 503))
def get_air_quality(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    query: Annotated[AirQualityQuery, Query()],
) -> Response:
    """Give the air quality index by hour (实时报) or day (日报), by regions of one level inside a region.

    Computed from hourly means of all readings of a region by the edition of HJ 633 that was in force on the day:
    HJ 633-2026 from 2026-03-01 on, HJ 633-2012 before. `definition_changes` says where a period spans both. An hour
    needs readings of 45 minutes, a day 20 hours. Regions, level and period are as those of /series.
    """
    city: City = request.app.state.city
    interval = INTERVALS[query.interval]
    _, _, codes = regions_asked(city, query.region, query.level, subject)
    start, end = period(query.start, query.end, utc_now(), DEFAULT_RANGE[interval])
    span = span_of(codes, interval, start, end)
    hours = _hours_of(span)
    _check_hours(hours)
    make_room(request, len(codes) * hours.bins * len(Pollutant))
    now = utc_now()
    # Sums of what `regions_asked` has allowed; read by the subject's scope, those of others would be too small.
    with reading(city.engine, WHOLE_CITY) as connection:
        found = _read(connection, city.indicators(), hours)
    points = [point for code in sorted(codes) for point in _points(code, span, found[code], now)]
    answer = schemas.AirQualitySeries(
        interval=interval.interval,
        start=span.start.astimezone(UTC),
        end=span.end.astimezone(UTC),
        as_of=now,
        **remarks(span, now),
        definition_changes=_changes(span),
        classes=[schemas.AirClassOut(**one._asdict()) for one in CLASSES],
        pollutants=[_pollutant(one) for one in Pollutant],
        points=points,
    )
    return Response(answer.model_dump_json(), media_type="application/json")


def _hours_of(span: PeriodSpan) -> store.Span:
    """Return the hours that must be read for a period: by the hour also those that moving means reach back to."""
    lead = LEAD if span.grain is Grain.HOUR else timedelta(0)
    return store.Span(span.regions, Interval.HOUR, span.start - lead, span.end)


def _check_hours(hours: store.Span) -> None:
    if len(hours.regions) * hours.bins > MOST_HOURS:
        raise problems.ProblemError(
            422,
            f"{len(hours.regions)} regions × {hours.bins} hours are over the limit of {MOST_HOURS}. Ask for one "
            f"region, or for a period of {MOST_HOURS // len(hours.regions) // 24} days at most.",
        )


def _read(
    connection: Connection, indicators: Mapping[str, Indicator], hours: store.Span
) -> dict[str, dict[Pollutant, PollutantHours]]:
    """Return the hours of each region and pollutant, in order."""
    found: dict[str, dict[Pollutant, PollutantHours]] = {code: {} for code in hours.regions}
    for pollutant in Pollutant:
        expected = store.expected(connection, pollutant, hours.regions)
        for code in hours.regions:
            found[code][pollutant] = PollutantHours([], [], expected.get(code, store.Expected(0, 0.0)))
        for one in store.bins(connection, hours, indicators[pollutant]):
            into = found[one.region_code][pollutant]
            into.means.append(_mean(one, into.owed))
            into.counts.append(one.n)
    return found


def _mean(hour: store.Bin, owed: store.Expected) -> float | None:
    """Return the mean of an hour's readings, None where they cover too little of it."""
    if hour.sum is None or not is_valid_hour(hour.n, owed.readings_per_s):
        return None
    return hour.sum / hour.n


def _points(
    code: str, span: PeriodSpan, hours: Mapping[Pollutant, PollutantHours], now: datetime
) -> Iterator[schemas.AirQualityPoint]:
    for bulletin in bulletins(span.grain.interval, span.start, {one: of.means for one, of in hours.items()}):
        end, quality = bulletin.start + span.grain.interval.length, bulletin.quality
        yield schemas.AirQualityPoint(
            region_code=code,
            start=bulletin.start.astimezone(UTC),
            end=end.astimezone(UTC),
            standard=quality.edition.code,
            aqi=quality.aqi,
            grade=quality.air_class and quality.air_class.grade,
            class_zh=quality.air_class and quality.air_class.name_zh,
            class_en=quality.air_class and quality.air_class.name_en,
            primary=list(quality.primary),
            missing=list(quality.missing),
            items=[
                schemas.AirItemOut(item=item.code, concentration=None if value is None else float(value), iaqi=iaqi)
                for item, value, iaqi in quality.items
            ],
            coverage=_coverage(bulletin, end, hours, now),
            finished=end <= now,
        )


def _coverage(
    bulletin: AirBulletin, end: datetime, hours: Mapping[Pollutant, PollutantHours], now: datetime
) -> float | None:
    """Return the coverage of the pollutant of which least came; None where nothing is owed."""
    each = (
        coverage_of(bulletin.start, end, sum(one.counts[bulletin.first : bulletin.last]), one.owed, now)
        for one in hours.values()
    )
    return min((one for one in each if one is not None), default=None)


def _changes(span: PeriodSpan) -> list[schemas.DefinitionChangeOut]:
    return [
        schemas.DefinitionChangeOut(
            at=one.at.astimezone(UTC),
            before=one.before.code,
            after=one.after.code,
            note_zh=one.note_zh,
            note_en=one.note_en,
        )
        for one in changes_between(span.start, span.end)
    ]


def _pollutant(one: Pollutant) -> schemas.AirPollutantOut:
    return schemas.AirPollutantOut(code=one, name_zh=one.name_zh, name_en=one.name_en, unit=one.unit)
