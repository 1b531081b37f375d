"""Reads and writes the runs of the clocks of cases, in table `deadline`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.acts import Clock
from cityops.domain.events.deadlines import ClockSpan, Extension, Limit, LimitKind, Pause, PauseReason
from cityops.domain.events.runs import SECONDS, AnyLimit, Reckoned, Run, Seconds, kind_of
from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops.domain.events.workdays import Why
from cityops.store.engine import WriteConnection
from cityops.store.tables import deadline, event, event_act

_c, _event, _act = deadline.c, event.c, event_act.c
_MOVED = ("pauses", "extensions", "due_at", "provisional", "stopped_at", "overdue", "spans")


def runs(connection: Connection, event_id: int) -> list[Run]:
    """Return all runs of a case's clocks, oldest round first."""
    statement = select(deadline).where(_c.event_id == event_id).order_by(_c.clock, _c.round)
    return [_run(row) for row in connection.execute(statement).mappings()]


def kept_spans(connection: Connection, event_id: int) -> dict[tuple[Clock, int], list[ClockSpan]]:
    """Return how stopped runs were counted, by clock and round: as it was told when they stopped."""
    statement = select(_c.clock, _c.round, _c.spans).where(_c.event_id == event_id, _c.spans.is_not(None))
    return {(Clock(row.clock), row.round): [_span(one) for one in row.spans] for row in connection.execute(statement)}


class RunningCase(NamedTuple):
    """A run that goes on by the working calendar, of which case, and how far the acts on that have come."""

    event_id: int
    own_sequence: int
    status: Status
    run: Run


def lock_open(connection: WriteConnection) -> None:
    """Have nobody else move an open case of ours before the transaction ends; locked in order of id."""
    ours = (_event.master == "here", _event.status.in_([status.value for status in OPEN_STATUSES]))
    connection.execute(select(_event.id).where(*ours).order_by(_event.id).with_for_update())


def by_calendar(connection: WriteConnection) -> list[RunningCase]:
    """Return the runs of open cases that count by the working calendar, in order of the cases' ids."""
    kinds = [kind.value for kind in LimitKind if kind.by_calendar]
    columns = (_event.id, _event.own_sequence, _event.status)
    statement = (
        select(deadline, *(column.label(f"case_{column.name}") for column in columns))
        .join(event, _event.id == _c.event_id)
        .where(_c.stopped_at.is_(None), _c.limit_kind.in_(kinds))
        .where(_event.status.in_([status.value for status in OPEN_STATUSES]))
        .order_by(_event.id, _c.clock, _c.round)
    )
    return [
        RunningCase(row["case_id"], row["case_own_sequence"], Status(row["case_status"]), _run(row))
        for row in connection.execute(statement).mappings()
    ]


def move(connection: WriteConnection, moved: Sequence[tuple[RunningCase, Reckoned]]) -> None:
    """Write when runs are due from now on, and of those of units also where lists look for it."""
    ours = (_c.event_id == bindparam("of"), _c.clock == bindparam("which"), _c.round == bindparam("turn"))
    values: dict[str, Any] = {"due_at": bindparam("due"), "provisional": bindparam("unsure")}
    told = [
        {
            "of": one.event_id,
            "which": one.run.clock.value,
            "turn": one.run.round,
            "due": found.due,
            "unsure": found.provisional,
        }
        for one, found in moved
    ]
    if told:
        connection.execute(update(deadline).where(*ours).values(values), told)
    values = {"due_at": bindparam("due"), "warn_at": bindparam("warn")}
    units = [
        {"of": one.event_id, "due": found.due, "warn": found.due and found.warn_at}
        for one, found in moved
        if one.run.clock is Clock.UNIT
    ]
    if units:
        connection.execute(update(event).where(_event.id == bindparam("of")).values(values), units)


class RefusableCase(NamedTuple):
    """A case that its unit may still return: since when it has it, and until when that was said to be possible."""

    event_id: int
    own_sequence: int
    status: Status
    since: datetime
    until: datetime


def refusable(connection: WriteConnection, acts: Iterable[str]) -> list[RefusableCase]:
    """Return the cases that lie with a unit for it to sign or return; one of `acts` has given it the case."""
    lie_with = [Status.DISPATCHED.value, Status.SIGNED.value]
    given = (_act.event_id == _event.id, _act.act.in_(list(acts)), _act.to_status.in_(lie_with))
    since = select(func.max(_act.at)).where(*given).scalar_subquery()
    until = _event.remembered["refuse_until"].astext
    ours = (_event.master == "here", _event.status.in_(lie_with), until.is_not(None))
    statement = select(_event.id, _event.own_sequence, _event.status, since, until).where(*ours).order_by(_event.id)
    rows = connection.execute(statement)
    return [RefusableCase(of, own, Status(status), at, _at(text)) for of, own, status, at, text in rows if at]


def refuse_until(connection: WriteConnection, moments: Mapping[int, datetime]) -> None:
    """Write of cases, by id, until when their unit may return them."""
    told = func.jsonb_build_object("refuse_until", bindparam("until", type_=Text))
    statement = update(event).where(_event.id == bindparam("of")).values(remembered=_event.remembered.concat(told))
    if moments:
        connection.execute(statement, [{"of": of, "until": _text(until)} for of, until in moments.items()])


def put(connection: WriteConnection, event_id: int, changed: Iterable[tuple[Run, Reckoned]]) -> None:
    """Write runs as they are now, those that were there in their place; a stopped one with how it was counted."""
    for run, found in changed:
        statement = insert(deadline).values(_row(event_id, run, found))
        moved = {name: statement.excluded[name] for name in _MOVED}
        keys = ["event_id", "clock", "round"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=moved))


def _row(event_id: int, run: Run, found: Reckoned) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "clock": run.clock,
        "round": run.round,
        "limit_kind": kind_of(run.limit),
        "amount": run.limit.amount,
        "started_at": run.started_at,
        "pauses": [[_text(one.start), _text(one.end), one.reason] for one in run.pauses],
        "extensions": [[_text(one.asked), one.amount] for one in run.extensions],
        "due_at": run.due,
        "provisional": run.provisional,
        "stopped_at": run.stopped_at,
        "overdue": run.overdue,
        "spans": None if run.stopped_at is None else [_told(span) for span in found.spans],
    }


def _run(row: RowMapping) -> Run:
    return Run(
        Clock(row["clock"]),
        row["round"],
        _limit(row["limit_kind"], row["amount"]),
        row["started_at"],
        tuple(Pause(_at(start), _moment(end), PauseReason(why)) for start, end, why in row["pauses"]),
        tuple(Extension(_at(asked), amount) for asked, amount in row["extensions"]),
        row["due_at"],
        row["provisional"],
        row["stopped_at"],
        row["overdue"],
    )


def _limit(kind: str, amount: int) -> AnyLimit:
    return Seconds(amount) if kind == SECONDS else Limit(LimitKind(kind), amount)


def _told(span: ClockSpan) -> list[Any]:
    return [_text(span.start), _text(span.end), span.counted, span.why]


def _span(kept: Sequence[Any]) -> ClockSpan:
    start, end, counted, why = kept
    return ClockSpan(_at(start), _moment(end), counted, Why(why))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _at(text)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
