"""Devices over HTTP: lists by page, one device, its readings within bounds, its alarms, and the cases around it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs
from cityops.api.case_views import case_brief
from cityops.api.connections import Reads
from cityops.api.pages import Keyset, PageQuery
from cityops.api.parameters import PRINTABLE, Code, Limit, Moment, period
from cityops.api.room import encoded, make_room
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.freshness import DeviceState
from cityops.store import device_states as states
from cityops.store import devices as store
from cityops.store.access.credentials import Known
from cityops.store.alarms import queries as alarms
from cityops.store.events import cases

LONGEST_RANGE = timedelta(days=7)
MOST_READINGS = 10_000
PIECES = 240
"""Of a curve: on a screen more cannot be told apart; of a day they are six minutes long."""

MOST_METRICS = 12
"""Of one device; room is made for so many curves."""

AROUND_SINCE = timedelta(days=30)
"""Cases around a device that are closed are told if they occurred within this time."""

router = APIRouter(prefix="/devices", tags=["devices"])
BY_CODE = Keyset(code=str)
_errors = problems.documented(404, 422, 503)

DeviceCode = Annotated[str, Path(min_length=1, max_length=128, pattern=PRINTABLE)]


class DeviceQuery(schemas.Query):
    """Filters of devices."""

    region: schemas.RegionAsked | None = None
    kind: Code | None = None
    source: Code | None = None
    state: DeviceState | None = Field(None, description="as of the page's `states_as_of`")
    warning: Annotated[int, Field(ge=1, le=4, description="at least this level")] | None = None
    clock_ahead: bool | None = Field(None, description="whether the device's clock runs ahead")
    q: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] | None = Field(
        None, description="beginning of code or name"
    )

    def filter(self) -> store.DeviceFilter:
        """Return what the store filters by."""
        return store.DeviceFilter(
            self.region, self.kind, self.source, self.state, self.warning, self.q, self.clock_ahead
        )


class DevicePageQuery(PageQuery, DeviceQuery):
    """Filters of devices, and which page."""


class ReadingQuery(schemas.Query):
    """Which readings of a device."""

    metric: Code | None = None
    start: Moment | None = None
    end: Moment | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_READINGS)] = MOST_READINGS


class TransitionQuery(schemas.Query):
    """How many transitions."""

    limit: Limit = 100


class CurveQuery(schemas.Query):
    """Of which period."""

    start: Moment | None = None
    end: Moment | None = None


class DeviceAlarmQuery(schemas.Query):
    """How many alarms."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AroundQuery(schemas.Query):
    """How far around, and how many cases."""

    within_m: Annotated[int, Field(ge=50, le=5_000)] = 1_000
    limit: Annotated[int, Field(ge=1, le=100)] = 20


@router.get("", response_model=schemas.DevicePage, responses=_errors)
def get_devices(
    subject: Annotated[Subject, needs(Permission.DEVICE_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[DevicePageQuery, Query()],
) -> Response:
    """Give devices in order of code, page by page: ask again with `after` set to the last answer's `next`."""
    if query.region is not None:
        check_touches(subject, query.region)
        region_of(request.app.state.city.regions(), query.region)
    with reads(subject) as connection:
        rows = store.page(connection, query.filter(), utc_now(), BY_CODE.after(query) or "", query.limit + 1)
        looked_at = states.looked_at(connection)
    made = BY_CODE.page(schemas.DevicePage, rows, query, lambda row: schemas.DeviceOut(**row), states_as_of=looked_at)
    return encoded(made)


@router.get("/{code}", responses=_errors)
def get_device(
    subject: Annotated[Subject, needs(Permission.DEVICE_READ)],
    reads: Reads,
    code: DeviceCode,
    _: Annotated[schemas.Query, Query()],
) -> schemas.DeviceOut:
    """Give one device with its newest values."""
    with reads(subject) as connection:
        row = store.one(connection, code, utc_now())
    if row is None:
        raise _unknown(code)
    return schemas.DeviceOut(**row)


@router.get("/{code}/readings", response_model=schemas.ReadingList, responses=_errors)
def get_readings(
    subject: Annotated[Subject, needs(Permission.READING_READ)],
    request: Request,
    reads: Reads,
    code: DeviceCode,
    query: Annotated[ReadingQuery, Query()],
) -> Response:
    """Give a device's raw readings, oldest first: the last 24 hours unless asked otherwise, 7 days at most."""
    start, end = _period(query)
    make_room(request, query.limit)
    with reads(subject) as connection:
        if store.id_of(connection, code) is None:
            raise _unknown(code)
        rows = store.readings(connection, code, query.metric, start, end, query.limit + 1)
    # As `schemas.ReadingList` has them, of which none is made: ten thousand are too many objects.
    items = [row._asdict() for row in rows[: query.limit]]
    answer = {"device_code": code, "items": items, "truncated": len(rows) > query.limit}
    return Response(orjson.dumps(answer, option=orjson.OPT_UTC_Z), media_type="application/json")


@router.get("/{code}/transitions", responses=_errors)
def get_transitions(
    subject: Annotated[Subject, needs(Permission.DEVICE_READ)],
    reads: Reads,
    code: DeviceCode,
    query: Annotated[TransitionQuery, Query()],
) -> schemas.TransitionList:
    """Give the newest changes of a device's state, newest first."""
    with reads(subject) as connection:
        device_id = store.id_of(connection, code)
        if device_id is None:
            raise _unknown(code)
        rows = states.transitions(connection, device_id, query.limit)
    return schemas.TransitionList(device_code=code, items=[schemas.Transition(**row._asdict()) for row in rows])


@router.get("/{code}/curves", response_model=schemas.DeviceCurves, responses=_errors)
def get_curves(
    subject: Annotated[Subject, needs(Permission.READING_READ)],
    request: Request,
    reads: Reads,
    code: DeviceCode,
    query: Annotated[CurveQuery, Query()],
) -> Response:
    """Give the curve of each metric of a device: the last 24 hours unless asked otherwise, 7 days at most.

    Of each of 240 pieces of the period the lowest and the highest reading are given, so that none that stands out is
    missed.
    """
    start, end = _period(query)
    make_room(request, PIECES * 2 * MOST_METRICS)
    with reads(subject) as connection:
        row = store.one(connection, code, utc_now())
        if row is None:
            raise _unknown(code)
        found = store.curves(connection, code, start, end, PIECES)
    first = min([row["registered_at"], *(one.lowest_at for pieces in found.values() for one in pieces[:1])])
    owed = max(timedelta(0), end - max(start, first)) / timedelta(seconds=row["expected_interval_s"])
    return encoded(
        schemas.DeviceCurves(
            device_code=code,
            start=start,
            end=end,
            piece_s=(end - start).total_seconds() / PIECES,
            expected=int(owed),
            items=[_curve(metric, pieces) for metric, pieces in found.items()],
        )
    )


def _curve(metric: str, pieces: Sequence[store.CurvePiece]) -> schemas.DeviceCurve:
    """Return a curve of the extremes of its pieces; where both are one reading, that is given once."""
    extremes = ({(one.lowest_at, one.lowest), (one.highest_at, one.highest)} for one in pieces)
    return schemas.DeviceCurve(
        metric=metric,
        n=sum(one.n for one in pieces),
        newest=schemas.CurvePoint(ts=pieces[-1].newest_at, value=pieces[-1].newest) if pieces else None,
        points=[schemas.CurvePoint(ts=ts, value=value) for piece in extremes for ts, value in sorted(piece)],
    )


@router.get("/{code}/alarms", responses=_errors)
def get_device_alarms(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    reads: Reads,
    code: DeviceCode,
    query: Annotated[DeviceAlarmQuery, Query()],
) -> schemas.DeviceAlarms:
    """Give the newest alarms of a device, open and past, with what has kept each quiet."""
    with reads(subject) as connection:
        if store.id_of(connection, code) is None:
            raise _unknown(code)
        rows = alarms.page(connection, alarms.AlarmFilter(device=code), None, query.limit + 1)
        lines = alarms.quieted(connection, [row["id"] for row in rows])
    items = [
        schemas.DeviceAlarm(**row, quieted=[schemas.AlarmLine(**_line(line)) for line in lines[row["id"]]])
        for row in rows[: query.limit]
    ]
    return schemas.DeviceAlarms(device_code=code, items=items, truncated=len(rows) > query.limit)


def _line(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in schemas.AlarmLine.model_fields}


@router.get("/{code}/cases", responses=_errors)
def get_cases_around(
    subject: Annotated[Subject, needs(Permission.EVENT_READ)],
    request: Request,
    reads: Reads,
    code: DeviceCode,
    query: Annotated[AroundQuery, Query()],
) -> schemas.CasesAround:
    """Give cases around a device, within a radius or in its street: open ones first, then those of 30 days."""
    now = utc_now()
    known: Known = request.state.known
    with reads(subject) as connection:
        place = store.place_of(connection, code)
        if place is None:
            raise _unknown(code)
        wanted = cases.Around(place.lon, place.lat, place.region_code, query.within_m)
        rows = cases.around(connection, wanted, now - AROUND_SINCE, query.limit + 1, subject.scope)
    return schemas.CasesAround(
        device_code=code,
        within_m=query.within_m,
        since=now - AROUND_SINCE,
        items=[_around(row, known, now) for row in rows[: query.limit]],
        truncated=len(rows) > query.limit,
    )


def _around(row: RowMapping, known: Known, now: datetime) -> schemas.CaseAround:
    """Return a case as a list has it, masked as there, with its distance."""
    brief = case_brief(row, known, now)
    away = None if row["away_m"] is None else round(row["away_m"])
    return schemas.CaseAround.model_construct(**dict(brief), distance_m=away)


def _period(query: ReadingQuery | CurveQuery) -> tuple[datetime, datetime]:
    start, end = period(query.start, query.end, utc_now(), timedelta(days=1))
    if end - start > LONGEST_RANGE:
        raise problems.ProblemError(
            422,
            f"Raw readings are served for at most {LONGEST_RANGE.days} days at a time; ask for a shorter period, or "
            "take /api/v1/series for longer ones.",
        )
    return start, end


def _unknown(code: str) -> problems.ProblemError:
    return problems.not_found("device", code, "The codes stand in /api/v1/devices.")
