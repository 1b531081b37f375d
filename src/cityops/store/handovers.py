"""Shifts handed over as they are kept: offered with what is open, settled once, listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.status import OPEN_STATUSES, STAGE_OF, Severity, Stage
from cityops.domain.handovers import HandoverOutcome
from cityops.domain.regions import prefix
from cityops.store import tables
from cityops.store.engine import WriteConnection

_c = tables.handover.c
_event = tables.event.c

Counted = Mapping[str, Mapping[str, int]]
"""What is open, by noun and then by what it is counted as."""


def counted(connection: Connection, region_code: str) -> Counted:
    """Count the open cases of a region that lie in the scope: all of them, by stage, and those that are urgent."""
    total, urgent = func.count(), func.count().filter(_event.severity != Severity.NORMAL.value)
    statement = select(_event.status, total, urgent).where(
        _event.status.in_([one.value for one in OPEN_STATUSES]),
        _event.region_code.startswith(prefix(region_code), autoescape=True),
    )
    rows = [tuple(row) for row in connection.execute(statement.group_by(_event.status))]
    stages: dict[Stage, int] = {stage: 0 for stage in Stage if stage is not Stage.CLOSED}
    for status, number, _ in rows:
        stages[STAGE_OF[status]] += number
    cases = {"open": sum(stages.values()), "urgent": sum(row[2] for row in rows)}
    return {"cases": cases | {str(stage): number for stage, number in stages.items()}}


def offer(
    connection: WriteConnection,
    *,
    region_code: str,
    seat: str,
    from_account: str,
    to_account: str,
    notes: str,
    counted: Counted,
) -> int | None:
    """Enter an offer and return its id; None where this seat is offered to somebody already."""
    row = {"region_code": region_code, "seat": seat, "from_account": from_account, "to_account": to_account}
    statement = insert(tables.handover).values(row | {"notes": notes, "counted": counted})
    number: int | None = connection.scalar(statement.on_conflict_do_nothing().returning(_c.id))
    return number


def one(connection: Connection, number: int) -> RowMapping | None:
    """Return a handover in the scope."""
    return connection.execute(select(tables.handover).where(_c.id == number)).mappings().one_or_none()


def offered(connection: Connection, region_code: str, seat: str) -> RowMapping | None:
    """Return the open offer of a seat."""
    mine = (_c.region_code == region_code, _c.seat == seat, _c.settled_at.is_(None))
    return connection.execute(select(tables.handover).where(*mine)).mappings().one_or_none()


def settle(connection: WriteConnection, number: int, outcome: HandoverOutcome, reason: str | None) -> bool:
    """Say how a handover ended; False where that was said already."""
    values: dict[str, Any] = {"settled_at": func.now(), "outcome": outcome.value, "reason": reason}
    statement = update(tables.handover).where(_c.id == number, _c.settled_at.is_(None)).values(values)
    return connection.scalar(statement.returning(_c.id)) is not None


@dataclass(frozen=True, slots=True)
class HandoverFilter:
    """Which handovers are wanted; None does not filter. `account` is that of either person."""

    region: str | None = None
    seat: str | None = None
    account: str | None = None
    open: bool | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection, wanted: HandoverFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return handovers newest first, those that come after (time of offer, id) `before` in that order."""
    conditions = []
    if wanted.region is not None:
        conditions.append(_c.region_code == wanted.region)
    if wanted.seat is not None:
        conditions.append(_c.seat == wanted.seat)
    if wanted.account is not None:
        conditions.append((_c.from_account == wanted.account) | (_c.to_account == wanted.account))
    if wanted.open is not None:
        conditions.append(_c.settled_at.is_(None) if wanted.open else _c.settled_at.is_not(None))
    if wanted.start is not None:
        conditions.append(_c.offered_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(_c.offered_at < wanted.end)
    if before is not None:
        conditions.append(tuple_(_c.offered_at, _c.id) < before)
    statement = select(tables.handover).where(*conditions).order_by(_c.offered_at.desc(), _c.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()
