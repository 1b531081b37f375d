"""Corrections as they are kept: added with their steps, listed, and those that hold as values are read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.indicators.corrections import CorrectionInForce, NewCorrection, corrected
from cityops.domain.indicators.marks import CorrectionAction, CorrectionStatus
from cityops.domain.indicators.revisions import KeptValue
from cityops.store import tables
from cityops.store.engine import WriteConnection
from cityops.store.indicators import recorded

_c, _step = tables.correction.c, tables.correction_step.c
_OVER = [one.value for one in CorrectionStatus if one.is_over]


def shown(
    connection: Connection, code: str, regions: Sequence[str], start: datetime, end: datetime, scale: float
) -> list[KeptValue]:
    """Return the values of an indicator as they are shown: what the sources say, with what corrects them now.

    Arguments and order are those of `recorded.values`; `scale` is that of a ratio.
    """
    said = recorded.values(connection, code, regions, start, end)
    return corrected(said, in_force(connection, [code]), scale)


def shown_since(
    connection: Connection,
    since: Mapping[str, datetime],
    scales: Mapping[str, float],
    regions: Sequence[str],
    until: datetime,
) -> dict[str, list[KeptValue]]:
    """Return what `shown` does of many indicators at once, by code, each from a moment of its own."""
    said = recorded.values_since(connection, since, regions, until)
    held: defaultdict[str, list[CorrectionInForce]] = defaultdict(list)
    for one in in_force(connection, list(since)):
        held[one.indicator_code].append(one)
    return {code: corrected(values, held[code], scales[code]) for code, values in said.items()}


def in_force(connection: Connection, codes: Sequence[str]) -> list[CorrectionInForce]:
    """Return the corrections of some indicators that hold now, the oldest first."""
    over = select(_step.correction_id).where(_step.status.in_(_OVER))
    names = ("id", *NewCorrection.__dataclass_fields__)
    holds = (
        _c.indicator_code.in_(codes),
        or_(_c.expires_at.is_(None), _c.expires_at > func.now()),
        _c.id.not_in(over),
    )
    rows = connection.execute(select(*(_c[name] for name in names)).where(*holds).order_by(_c.id)).mappings()
    return [CorrectionInForce(**{**row, "action": CorrectionAction(row["action"])}) for row in rows]


def newest_step(connection: Connection) -> int:
    """Return the id of the newest step of any correction, 0 where there is none: each change is one."""
    newest: int = connection.execute(select(func.coalesce(func.max(_step.id), 0))).scalar_one()
    return newest


def add(connection: WriteConnection, one: NewCorrection, by: str) -> int:
    """Keep a correction, open, and return its id."""
    row: dict[str, Any] = asdict(one) | {"by": by, "action": one.action.value}
    number: int = connection.execute(insert(tables.correction).values(row).returning(_c.id)).scalar_one()
    step(connection, number, CorrectionStatus.OPEN, by, None, None)
    return number


def step(
    connection: WriteConnection, number: int, status: CorrectionStatus, by: str, to: str | None, note: str | None
) -> bool:
    """Add a step to a correction; False where somebody else has taken it just now."""
    row = {"correction_id": number, "status": status.value, "by": by, "to": to, "note": note}
    statement = insert(tables.correction_step).values(row).on_conflict_do_nothing()
    return connection.scalar(statement.returning(_step.id)) is not None


def listed(
    connection: Connection, code: str | None = None, *, holding: bool | None = None, limit: int = 500
) -> list[dict[str, Any]]:
    """Return corrections newest first, each with its `status` and its `steps`; `holding`: those that hold, or not."""
    statement = _asked().order_by(_c.id.desc()).limit(limit)
    if code is not None:
        statement = statement.where(_c.indicator_code == code)
    if holding is not None:
        over = _c.id.in_(select(_step.correction_id).where(_step.status.in_(_OVER))) | (_c.expires_at <= func.now())
        statement = statement.where(over.is_not(True) if holding else over)
    return list(_with_steps(connection, connection.execute(statement).mappings().all()))


def one(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a correction with its status and steps."""
    rows = connection.execute(_asked().where(_c.id == number)).mappings().all()
    return next(_with_steps(connection, rows), None)


def _asked() -> Select[tuple[Any, ...]]:
    return select(*_c)


def _with_steps(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[dict[str, Any]]:
    numbers = [row["id"] for row in rows]
    asked = select(*_step).where(_step.correction_id.in_(numbers)).order_by(_step.id)
    steps = [dict(row) for row in connection.execute(asked).mappings()] if numbers else []
    for row in rows:
        own = [each for each in steps if each["correction_id"] == row["id"]]
        told = [{name: each[name] for name in ("status", "to", "note", "by", "at")} for each in own]
        yield {**row, "status": own[-1]["status"], "steps": told}


class CorrectionEffect(NamedTuple):
    """Of how many values a correction still expects what is said, and of how many not."""

    applies: int
    stale: int


def effects(
    connection: Connection, rows: Sequence[Mapping[str, Any]], regions: Sequence[str]
) -> dict[int, CorrectionEffect]:
    """Return what each correction of `listed` does; one that holds no more does nothing."""
    found: dict[int, CorrectionEffect] = {}
    for code in {row["indicator_code"] for row in rows}:
        for each in in_force(connection, [code]):
            named = regions if each.region_code is None else [each.region_code]
            said = recorded.values(connection, code, named, each.period_start, each.period_end)
            about = [one.value for one in said if one.value is not None and each.is_about(one)]
            applies = sum(each.is_expected(one) for one in about)
            found[each.id] = CorrectionEffect(applies, len(about) - applies)
    return found
