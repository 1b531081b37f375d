"""The scorecard of the source systems over some days, counted from ledger, rejects, devices and kept values."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, RowMapping

from cityops.api.schemas.resources import shapes
from cityops.clock import utc_now
from cityops.domain.access import Scope
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.resources.scores import scores
from cityops.store.engine import reading
from cityops.store.resources import scores as store

TICK_S = 60.0
"""Revisions are counted over all values of the window, 0.2 s for a month of the city; a minute is nothing to that."""


def first_day(days: int, now: datetime) -> date:
    """Return the first day, of the city, of a window of so many days that ends today."""
    return now.astimezone(CITY_ZONE).date() - timedelta(days=days - 1)


def looked_at(engine: Engine, scope: Scope, days: int) -> tuple[float, shapes.QualityOut]:
    """Return when the store was read (monotonic clock), and what a scope sees of the scorecard."""
    began, now = monotonic(), utc_now()
    with reading(engine, scope) as connection:
        first = store.counted_since(connection)
        today = now.astimezone(CITY_ZONE).date()
        since = max(first_day(days, now), first or today)
        since_at = datetime(since.year, since.month, since.day, tzinfo=CITY_ZONE)
        rows, refused = store.counted(connection, since, since_at), store.reasons(connection, since_at)
    why: dict[str, list[shapes.ReasonCount]] = defaultdict(list)
    for one in refused:
        why[one["source"]].append(shapes.ReasonCount(reason=one["reason"], count=one["count"]))
    counted = (today - since).days + 1
    told = [_scored(row, counted, why[row["code"]]) for row in rows]
    return began, shapes.QualityOut(as_of=now, since=since, days=counted, sources=told)


def _scored(row: RowMapping, days: int, reasons: list[shapes.ReasonCount]) -> shapes.SourceScores:
    found = {
        name: shapes.ScoreOut(part=one.part, whole=one.whole, share=one.share)
        for name, one in scores(dict(row), days).items()
    }
    names = {name: row[name] for name in ("code", "name_zh", "name_en", "department_zh", "department_en")}
    return shapes.SourceScores(**names, scores=found, reasons=reasons)
