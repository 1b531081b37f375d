"""Several sources of one indicator over HTTP (数据打架): side by side, whose value wins, where they differ."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import regions_asked, span_of
from cityops.api.parameters import Moment, period
from cityops.api.routes.indicators.corrections import corrections_told
from cityops.api.schemas.indicators import ConflictOut, SourceName, SourcesAnswer, SourceSays, SourcesPoint
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.conflicts import SourcesBeside, SourceValue, beside
from cityops.domain.indicators.corrections import corrected
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import CODE, Pushed
from cityops.domain.indicators.privacy import LEAST_PERSONS, check_may_see, is_restricted, may_see
from cityops.domain.regions import RegionLevel, level_of
from cityops.reference import CITY_CODE
from cityops.store import sources as source_store
from cityops.store.engine import reading
from cityops.store.indicators import corrections as correction_store
from cityops.store.indicators import recorded

MOST_BESIDE = 10_000
"""Regions × periods of one answer."""

router = APIRouter(tags=["series"])
Names = Mapping[str, SourceName]


class SourcesQuery(schemas.Query):
    """Where and when; periods are those of the indicator."""

    region: schemas.RegionAsked = CITY_CODE
    level: RegionLevel | None = None
    start: Moment | None = None
    end: Moment | None = None


@router.get("/indicators/{code}/sources", responses=problems.documented(404, 422, 503))
def get_sources(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    code: Annotated[str, Path(pattern=CODE)],
    query: Annotated[SourcesQuery, Query()],
) -> SourcesAnswer:
    """Give what each source says of an indicator, side by side by region and period, and the rule by which one wins.

    Values are as they came (`value`) and with what corrects them (`shown`). Without `end` the time ends now; without
    `start` it is as long as that of /series.
    """
    city: City = request.app.state.city
    one, measure = _pushed(city.indicators(), code)
    check_may_see(one, city.indicators(), subject)
    assert one.declared is not None
    _, level, codes = regions_asked(city, query.region, query.level, subject)
    if level not in measure.levels:
        words = f"level: {code} comes by {' and '.join(measure.levels)}, not by {level}"
        raise problems.ProblemError(422, f"{words}; ask level={measure.levels[0]}.")
    now = utc_now()
    start, end = period(query.start, query.end, now, one.declared.period.usual_range)
    span = span_of(codes, one.declared.period, start, end)
    if len(codes) * span.bins > MOST_BESIDE:
        raise problems.ProblemError(422, f"More than {MOST_BESIDE} values: ask for one district, or a shorter time.")
    with reading(city.engine, WHOLE_CITY) as connection:
        found = _beside(connection, code, measure, codes, span.start, span.end)
        names = _names(connection)
    if level is RegionLevel.STREET and is_restricted(one, city.indicators()):
        found = [each for each in found if not _is_of_few(each)]
    return SourcesAnswer(
        **_told_of(one),
        start=span.start.astimezone(UTC),
        end=span.end.astimezone(UTC),
        as_of=now,
        tolerance_relative=measure.tolerance_relative,
        sources=[_named(names, each) for each in measure.sources],
        **_rule([_named(names, each) for each in measure.sources]),
        points=[_point(each, measure.tolerance_relative, now) for each in found],
        corrections=corrections_told(city, subject, code),
    )


@router.get("/conflicts", responses=problems.documented(422, 503))
def get_conflicts(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    _: Annotated[schemas.Query, Query()],
) -> list[ConflictOut]:
    """List the indicators whose sources differ by more than their declared tolerance, the newest difference first.

    Looked at is as long a time as /series gives by itself; what a correction mends is listed too, until the
    source says it right.
    """
    city: City = request.app.state.city
    every, now = city.indicators(), utc_now()
    several = [one for one in every.values() if len(_sources_of(one)) > 1 and may_see(one, every, subject)]
    with reading(city.engine, WHOLE_CITY) as connection:
        found = [_conflict(connection, city, subject, one, now) for one in several]
    told = [one for one in found if one is not None]
    return sorted(told, key=lambda one: (one.newest.end, one.indicator), reverse=True)


def _sources_of(one: Indicator) -> Sequence[str]:
    measure = one.declared.measure if one.declared else None
    return measure.sources if isinstance(measure, Pushed) else ()


def _pushed(every: Mapping[str, Indicator], code: str) -> tuple[Indicator, Pushed]:
    one = every.get(code)
    if one is None:
        raise problems.not_found("indicator", code, "The codes stand in /api/v1/indicators.")
    measure = one.declared.measure if one.declared else None
    if not isinstance(measure, Pushed):
        raise problems.ProblemError(
            422, f"code: {code} is not sent by source systems, it comes from {one.kind}; ask /api/v1/series for it."
        )
    return one, measure


def _beside(
    connection: Connection, code: str, measure: Pushed, codes: Sequence[str], start: datetime, end: datetime
) -> list[SourcesBeside]:
    said = recorded.values(connection, code, codes, start, end)
    shown = corrected(said, correction_store.in_force(connection, [code]), measure.scale)
    return list(beside(said, shown, measure.sources))


def _conflict(
    connection: Connection, city: City, subject: Subject, one: Indicator, now: datetime
) -> ConflictOut | None:
    declared = one.declared
    assert declared is not None
    measure = declared.measure
    assert isinstance(measure, Pushed)
    start = declared.period.floor(now - declared.period.usual_range)
    codes = _visible(city, subject, measure)
    found = _beside(connection, one.code, measure, codes, start, declared.period.ceiling(now))
    if is_restricted(one, city.indicators()):
        found = [
            each for each in found if level_of(each.region_code) is not RegionLevel.STREET or not _is_of_few(each)
        ]
    differing = [each for each in found if each.differs(measure.tolerance_relative)]
    if not differing:
        return None
    newest = max(differing, key=lambda each: (each.end, level_of(each.region_code) is RegionLevel.CITY))
    stale = {number for each in found for value in each.values for number in value.shown.stale}
    return ConflictOut(
        **_told_of(one),
        owner=one.owner,
        tolerance_relative=measure.tolerance_relative,
        differing=len(differing),
        since=start.astimezone(UTC),
        newest=_point(newest, measure.tolerance_relative, now),
        open_corrections=len(correction_store.in_force(connection, [one.code])),
        stale_corrections=len(stale),
    )


def _visible(city: City, subject: Subject, measure: Pushed) -> list[str]:
    return [
        one.code
        for one in city.regions().values()
        if one.level in measure.levels and (one.level is not RegionLevel.STREET or subject.scope.covers(one.code))
    ]


def _told_of(one: Indicator) -> dict[str, Any]:
    return {"indicator": one.code} | {name: getattr(one, name) for name in ("name_zh", "name_en", "unit", "decimals")}


def _names(connection: Connection) -> Names:
    rows = source_store.answering(connection)
    return {row["code"]: SourceName(**{name: row[name] for name in SourceName.model_fields}) for row in rows}


def _named(names: Names, code: str) -> SourceName:
    return names.get(code) or SourceName(code=code, name_zh=code, name_en=code)


def _rule(sources: Sequence[SourceName]) -> dict[str, Any]:
    """Return in words whose value is shown."""
    if len(sources) == 1:
        [only] = sources
        return {"rule_zh": f"只有一个来源：{only.name_zh}。", "rule_en": f"There is one source: {only.name_en}."}
    zh, en = (" › ".join(getattr(one, name) for one in sources) for name in ("name_zh", "name_en"))
    return {
        "rule_zh": f"按口径声明的来源次序，取第一个有值的：{zh}。被更正剔除的值，由下一个来源顶上。",
        "rule_en": f"The first that has a value, in the declared order: {en}. What a correction drops gives way.",
    }


def _point(one: SourcesBeside, tolerance: float, now: datetime) -> SourcesPoint:
    return SourcesPoint(
        region_code=one.region_code,
        start=one.start.astimezone(UTC),
        end=one.end.astimezone(UTC),
        finished=one.end <= now,
        values=[_says(value) for value in one.values],
        absolute=one.absolute,
        relative=one.relative,
        differs=one.differs(tolerance),
        winner=one.winner,
    )


def _says(one: SourceValue) -> SourceSays:
    return SourceSays(
        source=one.said.source,
        value=one.said.value,
        shown=one.shown.value,
        revision=one.said.revision,
        received_at=one.said.received_at,
        quality=one.shown.mark,
        corrections=list(one.shown.corrections),
        stale_corrections=list(one.shown.stale),
    )


def _is_of_few(one: SourcesBeside) -> bool:
    counts = [each.said.denominator if each.said.denominator is not None else each.said.value for each in one.values]
    return any(count is not None and 0 < count < LEAST_PERSONS for count in counts)
