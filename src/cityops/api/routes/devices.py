"""Devices over HTTP: lists by page, one device, and its raw readings within bounds."""

from datetime import timedelta
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, needs
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

LONGEST_RANGE = timedelta(days=7)
MOST_READINGS = 10_000

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
    start, end = period(query.start, query.end, utc_now(), timedelta(days=1))
    if end - start > LONGEST_RANGE:
        raise problems.ProblemError(
            422,
            f"Raw readings are served for at most {LONGEST_RANGE.days} days at a time; ask for a shorter period, or "
            "take /api/v1/series for longer ones.",
        )
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


def _unknown(code: str) -> problems.ProblemError:
    return problems.not_found("device", code, "The codes stand in /api/v1/devices.")
