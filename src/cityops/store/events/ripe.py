"""Finds cases for which the time of something has come that the platform does by itself; read by the job `cases`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Text, cast, exists, func, literal, or_, select, text

from cityops.domain.events.acts import Clock, Mark
from cityops.domain.events.status import Status
from cityops.domain.events.supervision import Supervision
from cityops.store import tables
from cityops.store.events.standings import version
from cityops.store.tables.declaration import MOMENT

_event, _act, _run = tables.event.c, tables.event_act.c, tables.deadline.c

# In the words of the partial index `ix_event_here_open`, or the planner would not see that it applies.
_IS_OURS_AND_OPEN = text("event.master = 'here' AND event.status NOT IN ('closed', 'archived', 'void', 'merged')")
_IS_OURS_AND_CLOSED = text("event.master = 'here' AND event.status = 'closed'")
"""Likewise of `ix_event_to_archive`."""
_WAITS = or_(_event.marks.contains([Mark.POSTPONED.value]), _event.marks.contains([Mark.SUSPENDED.value]))
_LOCKED = _event.marks.contains([Mark.LOCKED.value])
_WITH_THE_UNIT = (Status.DISPATCHED.value, Status.SIGNED.value, Status.PROCESSING.value)


class RipeCase(NamedTuple):
    """A case whose time has come, as it stood then: who was first meanwhile is found out by the version."""

    id: int
    version: str
    due_at: datetime | None
    token: str | None = None
    """Under which the act is done once."""


def to_resume(connection: Connection, now: datetime, limit: int) -> list[RipeCase]:
    """Return postponed and suspended cases that wait no longer, but for locked ones."""
    until = _event.remembered["until"].astext.cast(MOMENT)
    return _found(
        connection,
        _cases()
        .where(_IS_OURS_AND_OPEN, _event.status.in_(_WITH_THE_UNIT), _WAITS, ~_LOCKED, until <= now)
        .order_by(_event.id)
        .limit(limit),
    )


def to_archive(connection: Connection, closed_by: datetime, limit: int) -> list[RipeCase]:
    """Return cases that were closed by a moment and against which no appeal is open, the oldest first."""
    appealed = _event.marks.contains([Mark.APPEAL_OPEN.value])
    closed = _cases().where(_IS_OURS_AND_CLOSED, _event.status_at <= closed_by)
    return _found(connection, closed.where(~appealed).order_by(_event.status_at, _event.id).limit(limit))


def to_supervise(connection: Connection, rung: Supervision, before: datetime, by: str, limit: int) -> list[RipeCase]:
    """Return cases that lie with a unit, were due before a moment, and in this round were told of no rung so grave.

    `by` is the name under which the platform acts.
    """
    rungs = list(Supervision)
    mine = (_run.event_id == _event.id, _run.clock == Clock.UNIT.value, _run.stopped_at.is_(None))
    number = select(func.max(_run.round)).where(*mine).scalar_subquery()
    which = literal("-") + cast(_event.id, Text) + "-" + cast(number, Text)
    tokens = [literal(one.value) + which for one in rungs[rungs.index(rung) :]]
    told = exists().where(_act.actor == by, _act.token.in_(tokens))
    return _found(
        connection,
        _cases()
        .add_columns(tokens[0])
        .where(_IS_OURS_AND_OPEN, _event.status.in_(_WITH_THE_UNIT), ~_WAITS, _event.due_at < before, ~told)
        .order_by(_event.due_at, _event.id)
        .limit(limit),
    )


def _cases() -> Select[*tuple[Any, ...]]:
    return select(_event.id, _event.sequence, _event.own_sequence, _event.due_at)


def _found(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[RipeCase]:
    rows: Sequence[Sequence[Any]] = connection.execute(statement).all()
    return [RipeCase(id_, version(told, own), due, *token) for id_, told, own, due, *token in rows]
