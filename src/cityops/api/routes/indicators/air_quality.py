"""Air quality over time by region over HTTP: hourly rollups of six pollutants, judged by the standard of the day."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import PeriodSpan, check_hours, regions_asked, remarks, span_of
from cityops.api.parameters import Moment, period
from cityops.api.room import make_room
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.standards.air_quality.editions import CLASSES, changes_between
from cityops.domain.indicators.standards.air_quality.pollutants import Pollutant
from cityops.domain.regions import RegionLevel
from cityops.reference import CITY_CODE
from cityops.services.indicators.bulletins import ToldBulletin, told
from cityops.store.engine import reading

HOUR = timedelta(hours=1)
INTERVALS = {"hour": Grain.HOUR, "day": Grain.DAY}

router = APIRouter(tags=["series"])


class AirQualityQuery(schemas.Query):
    """Where, by hour or day, and when."""

    region: schemas.RegionAsked = CITY_CODE
    level: RegionLevel | None = None
    interval: Literal["hour", "day"] = "hour"
    start: Moment | None = None
    end: Moment | None = None


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
    start, end = period(query.start, query.end, utc_now(), interval.usual_range)
    span = span_of(codes, interval, start, end)
    check_hours(codes, span.grain, span.start, span.end)
    make_room(request, len(codes) * (span.end - span.start) // HOUR * len(Pollutant))
    now = utc_now()
    # Sums of what `regions_asked` has allowed; read by the subject's scope, those of others would be too small.
    with reading(city.engine, WHOLE_CITY) as connection:
        found = told(connection, city.indicators(), codes, span.grain, span.start, span.end, now)
    points = [_point(code, one, now) for code in sorted(codes) for one in found[code]]
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


def _point(code: str, one: ToldBulletin, now: datetime) -> schemas.AirQualityPoint:
    quality = one.bulletin.quality
    return schemas.AirQualityPoint(
        region_code=code,
        start=one.bulletin.start.astimezone(UTC),
        end=one.end.astimezone(UTC),
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
        coverage=one.coverage,
        finished=one.end <= now,
    )


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
