"""Shifts handed over as they are kept: offered with what is open, settled once, listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, not_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.status import OPEN_STATUSES, STAGE_OF, Severity, Stage
from cityops.domain.handovers import HandoverOutcome
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import prefix
from cityops.store import tables
from cityops.store.engine import WriteConnection

_c = tables.handover.c
_event, _alarm = tables.event.c, tables.alarm.c

Counted = Mapping[str, Mapping[str, int]]
"""What is open, by noun and then by what it is counted as."""


def counted(connection: Connection, region_code: str) -> Counted:
    """Count the open cases and alarms of a region that lie in the scope.

    Cases: all of them, by stage, and those that are urgent. Alarms: all of them, by level, those that nobody has
    acknowledged, and those that are kept quiet, which whoever takes over does not hear.
    """
    return {"cases": _cases(connection, region_code), "alarms": _alarms(connection, region_code)}


def _cases(connection: Connection, region_code: str) -> Mapping[str, int]:
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
    return cases | {str(stage): number for stage, number in stages.items()}


def _alarms(connection: Connection, region_code: str) -> Mapping[str, int]:
    new = func.count().filter(_alarm.acknowledged_at.is_(None))
    quiet = func.count().filter(_alarm.quiet.is_not(None))
    statement = select(_alarm.level, func.count(), new, quiet).where(
        _alarm.cleared_at.is_(None), _alarm.region_code.startswith(prefix(region_code), autoescape=True)
    )
    rows = [tuple(row) for row in connection.execute(statement.group_by(_alarm.level))]
    levels = {level: number for level, number, _, _ in rows}
    named = {level.name.lower(): levels.get(level, 0) for level in reversed(WarningLevel) if level}
    totals = [sum(row[place] for row in rows) for place in (1, 2, 3)]
    return dict(zip(("open", "unacknowledged", "quiet"), totals, strict=True)) | named


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
    """Which handovers are wanted; None does not filter. `account` is that of either person.

    `sitting`: those by which each seat was taken over last, whose receivers sit there.
    """

    region: str | None = None
    seat: str | None = None
    account: str | None = None
    open: bool | None = None
    sitting: bool | None = None
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
    if wanted.sitting is not None:
        conditions.append(_sitting() if wanted.sitting else not_(_sitting()))
    if wanted.start is not None:
        conditions.append(_c.offered_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(_c.offered_at < wanted.end)
    if before is not None:
        conditions.append(tuple_(_c.offered_at, _c.id) < before)
    statement = select(tables.handover).where(*conditions).order_by(_c.offered_at.desc(), _c.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


def _sitting() -> ColumnElement[bool]:
    """Tell of each handover whether it was accepted, and nobody has taken its seat over since."""
    later = tables.handover.alias("later")
    accepted, is_since = later.c.outcome == HandoverOutcome.ACCEPTED.value, later.c.settled_at > _c.settled_at
    same_seat = and_(later.c.region_code == _c.region_code, later.c.seat == _c.seat)
    return and_(
        _c.outcome.is_not_distinct_from(HandoverOutcome.ACCEPTED.value),
        ~exists(select(later.c.id).where(same_seat, accepted, is_since)),
    )
