"""Targets of policy over HTTP (政策目标): the newest value of each indicator, what it is to reach, and the gap."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.asked import DEFAULT_RANGE
from cityops.api.parameters import Code
from cityops.api.schemas.indicators import TargetOut
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket, Cell
from cityops.domain.indicators.privacy import may_see
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.targets import PolicyTarget, progress
from cityops.domain.regions import level_of
from cityops.indicators import in_force
from cityops.services.indicators.answering import AskedPeriods, Evaluation
from cityops.store.engine import reading

router = APIRouter(tags=["series"])


class TargetQuery(schemas.Query):
    """Of which indicator; all unless given."""

    indicator: Code | None = None


@router.get("/targets", responses=problems.documented(422, 503))
def get_targets(
    subject: Annotated[Subject, needs(Permission.SERIES_READ)],
    request: Request,
    query: Annotated[TargetQuery, Query()],
) -> list[TargetOut]:
    """Give the targets of policy with the newest value of each, what is missing yet, and the share of the way.

    A target stands in a document with its date, or is marked an example. A value whose period is not over is taken
    only where no whole one has come.
    """
    city: City = request.app.state.city
    every, now = city.indicators(), utc_now()
    wanted = [one for one in in_force().targets if query.indicator in {None, one.indicator}]
    told = [(one, every[one.indicator]) for one in wanted if one.indicator in every]
    with reading(city.engine, WHOLE_CITY) as connection:
        evaluation = Evaluation(connection, every, city.regions(), now)
        return [_target(city, evaluation, *one, now) for one in told if may_see(one[1], every, subject)]


def _target(city: City, evaluation: Evaluation, target: PolicyTarget, one: Indicator, now: datetime) -> TargetOut:
    bucket, cell = _newest(city, evaluation, target, one, now)
    zh, en = target.reached.words
    return TargetOut(
        **{name: getattr(one, name) for name in ("name_zh", "name_en", "unit", "decimals", "owner")},
        indicator=one.code,
        region_code=target.region,
        target=target.value,
        reached_zh=zh,
        reached_en=en,
        direction=target.reached,
        by=target.by.isoformat(),
        base=target.base,
        document_zh=target.document.zh,
        document_en=target.document.en,
        published=target.document.published.isoformat() if target.document.published else None,
        example=target.document.example,
        quality=cell.mark,
        **_come(target, bucket, cell, now),
    )


def _come(target: PolicyTarget, bucket: Bucket | None, cell: Cell, now: datetime) -> dict[str, Any]:
    """Return how far the indicator has come, all None where nothing is known."""
    names = ("value", "value_start", "value_end", "finished", "gap", "share", "is_reached")
    if bucket is None or cell.value is None:
        return dict.fromkeys(names)
    start, end = bucket
    return dict(zip(names, (cell.value, start, end, end <= now, *progress(target, cell.value)), strict=True))


def _newest(
    city: City, evaluation: Evaluation, target: PolicyTarget, one: Indicator, now: datetime
) -> tuple[Bucket | None, Cell]:
    """Return the newest whole period that has a value, with it; the running one where there is none."""
    grain = target.interval
    asked = AskedPeriods((target.region,), level_of(target.region), grain)
    try:
        questions.check(one, grain, asked.level, city.indicators())
    except RefusedQuestionError:
        return None, Cell()
    first = grain.floor(now - DEFAULT_RANGE[grain])
    buckets = [*grain.within(first, grain.ceiling(now))]
    cells = evaluation.cells(one, asked, buckets)
    known = [bucket for bucket in buckets if cells[target.region, bucket].value is not None]
    whole = [bucket for bucket in known if bucket[1] <= now]
    bucket = next(reversed(whole or known), None)
    return bucket, cells[target.region, bucket] if bucket else Cell()
