"""Corrections over HTTP: what is known to be wrong with values from outside, listed, made, followed up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Writes
from cityops.api.pages import LARGEST_ID
from cityops.api.parameters import Code
from cityops.api.routes.events import check_region
from cityops.api.schemas.indicators import CorrectionAsked, CorrectionOut, CorrectionStepAsked
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.privacy import may_see
from cityops.domain.regions import RegionLevel, level_of
from cityops.services.indicators import corrections as acts
from cityops.store.engine import reading
from cityops.store.indicators import corrections as store

router = APIRouter(prefix="/corrections", tags=["series"])
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Steward = Annotated[Subject, needs(Permission.INDICATOR_CORRECT)]
_acting = problems.documented(400, 404, 409, 422, 503)


class CorrectionQuery(schemas.Query):
    """Filters of corrections."""

    indicator: Code | None = None
    holding: bool | None = None


@router.get("", responses=problems.documented(422, 503))
def get_corrections(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    query: Annotated[CorrectionQuery, Query()],
) -> list[CorrectionOut]:
    """List corrections newest first, at most 500: what each changes, and whether the source still says what it did.

    `state` is stale where some value that a correction names is not as expected any more: that value is shown as the
    source says it, and the correction should be ended, or made anew.
    """
    return corrections_told(request.app.state.city, subject, query.indicator, query.holding)


@router.post("", status_code=201, responses=_acting)
def add_correction(subject: _Steward, request: Request, writes: Writes, asked: CorrectionAsked) -> CorrectionOut:
    """Make a correction; it holds at once, for every screen, file and client."""
    check_region(request, asked.region, subject)
    city: City = request.app.state.city
    with writes(subject) as connection:
        number = acts.add(connection, actor_of(request), asked.correction(), city.indicators())
    return _one(city, number)


@router.post("/{correction_id}/status", responses=_acting)
def step_correction(
    subject: _Steward,
    request: Request,
    writes: Writes,
    correction_id: _Number,
    asked: CorrectionStepAsked,
) -> CorrectionOut:
    """Say how far the source has come with a correction; fixed_upstream and withdrawn end it."""
    city: City = request.app.state.city
    with writes(subject) as connection:
        acts.step(connection, actor_of(request), correction_id, asked.status, city.indicators(), asked.to, asked.note)
    return _one(city, correction_id)


def corrections_told(
    city: City, subject: Subject, indicator: str | None = None, holding: bool | None = None
) -> list[CorrectionOut]:
    """Return the corrections that a subject may see, with what each does now."""
    every = city.indicators()
    with reading(city.engine, WHOLE_CITY) as connection:  # what a correction does is counted over all its regions
        rows = [row for row in store.listed(connection, indicator, holding=holding) if _is_in_area(row, subject)]
        rows = [row for row in rows if row["indicator_code"] in every]
        rows = [row for row in rows if may_see(every[row["indicator_code"]], every, subject)]
        return _told(rows, store.effects(connection, rows, [*city.regions()]), utc_now())


def _one(city: City, number: int) -> CorrectionOut:
    with reading(city.engine, WHOLE_CITY) as connection:
        row = store.one(connection, number)
        assert row is not None
        return _told([row], store.effects(connection, [row], [*city.regions()]), utc_now())[0]


def _told(
    rows: Sequence[dict[str, Any]], effects: dict[int, store.CorrectionEffect], now: datetime
) -> list[CorrectionOut]:
    nothing = store.CorrectionEffect(0, 0)
    return [CorrectionOut.of(row, *effects.get(row["id"], nothing), now) for row in rows]


def _is_in_area(row: dict[str, Any], subject: Subject) -> bool:
    code = row["region_code"]
    return code is None or level_of(code) is not RegionLevel.STREET or subject.scope.covers(code)
