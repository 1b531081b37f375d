"""Targets of policy over HTTP (政策目标): the newest value of each indicator, what it is to reach, and the gap."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.parameters import Code
from cityops.api.schemas.indicators import TargetOut
from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket, Cell
from cityops.domain.indicators.privacy import may_see
from cityops.domain.indicators.targets import PolicyTarget, progress
from cityops.indicators import in_force
from cityops.services.indicators.answering import Evaluation
from cityops.services.indicators.targets import reached
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
    bucket, cell = reached(evaluation, city.indicators(), target, now)
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
