"""Reads how cases were handled, as facts for rates: from acts and clocks, which nobody can rewrite, and nothing else.

Facts of a case that nothing runs on any more stand beside it, computed anew with each act on it: a year is counted
from them. Cases are put together that have the same facts, so that few rows are read.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Connection,
    Select,
    and_,
    any_,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
    update,
)

from cityops.domain.events.rates import SIGN_WITHIN, CaseFacts, CaseMeasure, Rate, packed, rates, unpacked
from cityops.domain.events.status import Status
from cityops.store import tables
from cityops.store.engine import WriteConnection
from cityops.store.events.queries import EventFilter, filtered

_event, _act, _clock = tables.event.c, tables.event_act.c, tables.deadline.c

_UNIT = case((_event.unit_code.is_(None), literal("-")), else_=_event.unit_kind + literal(":") + _event.unit_code)
BY: dict[str, ColumnElement[str]] = {
    "all": literal("all"),
    "district": func.left(_event.region_code, 6),
    "unit": _UNIT,
    "class": _event.class_code,
    "source": _event.source_system_code,
}
"""By what rates are told apart; `-` is the group of cases without a unit."""

_SENT = ("dispatch", "arbitrate", "forward")
_ENDS = ("sign", "return", "close", "void", "merge")
_AT_UNIT = _act.from_status.in_([Status.DISPATCHED.value, Status.SIGNED.value])
_RETURNED = and_(_act.act == "return", _AT_UNIT)
_IS_GOING = text("event.master = 'here' AND event.facts IS NULL")
"""In the words of the partial index `ix_event_going`, or the planner would not see that it applies."""
_MAYBE_UNKNOWN = {field.name for field in fields(CaseFacts) if field.default is None}
_NO: ColumnElement[Any] = null()


def by_group(
    connection: Connection, wanted: EventFilter, by: str, now: datetime
) -> dict[str, dict[CaseMeasure, Rate]]:
    """Return all rates of the cases that are handled here, by one of `BY`; what runs is judged as of `now`."""
    found: dict[str, list[tuple[CaseFacts, int]]] = defaultdict(list)
    for group, facts, number in (*_kept(connection, wanted, by), *_going(connection, wanted, by, now)):
        found[group].append((facts, number))
    return {group: rates(found[group]) for group in sorted(found)}


def keep(connection: WriteConnection, event_id: int, now: datetime) -> None:
    """Write beside a case with what facts it is over; nothing, as long as a clock of it runs."""
    running = exists().where(_clock.event_id == event_id, _clock.stopped_at.is_(None))
    mine = select(_event.id, BY["all"].label("group"), _event.status, _event.marks)
    for _, facts, _ in _facts(connection, mine.where(_event.id == event_id, ~running), now):
        connection.execute(update(tables.event).where(_event.id == event_id).values(facts=packed(facts)))


def _kept(connection: Connection, wanted: EventFilter, by: str) -> Iterator[tuple[str, CaseFacts, int]]:
    group = BY[by].label("group")
    mine = filtered(select(group, _event.facts, func.count()), wanted).where(~_event.drill)
    over = mine.where(_event.master == "here", _event.facts.is_not(None)).group_by(group, _event.facts)
    for name, facts, number in connection.execute(over):
        yield name, unpacked(facts), number


def _going(
    connection: Connection, wanted: EventFilter, by: str, now: datetime
) -> Iterator[tuple[str, CaseFacts, int]]:
    mine = filtered(select(_event.id, BY[by].label("group"), _event.status, _event.marks), wanted)
    yield from _facts(connection, mine.where(_IS_GOING, ~_event.drill), now)


def _facts(
    connection: Connection, mine: Select[*tuple[Any, ...]], now: datetime
) -> Iterator[tuple[str, CaseFacts, int]]:
    """Yield the facts of cases by their group, with how many have them, from their acts and clocks."""
    cases = mine.cte("cases")
    parts = [_acted(cases), _signed(cases, now), _contacted(cases, now), _late(cases, now)]
    known: dict[str, ColumnElement[Any]] = {
        column.name: column for part in parts for column in part.c if column.name != "event_id"
    }
    known["excused"] = literal("excused") == any_(cases.c.marks)
    told = [_fact(name.name, known[name.name]).label(name.name) for name in fields(CaseFacts)]
    statement = select(cases.c.group, *told, func.count().label("cases")).select_from(cases)
    for part in parts:
        statement = statement.outerjoin(part, part.c.event_id == cases.c.id)
    for group, *facts, number in connection.execute(statement.group_by(cases.c.group, *told)):
        yield group, CaseFacts(*facts), number


def _fact(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a fact as it is known; what nobody could not know is false."""
    return column if name in _MAYBE_UNKNOWN else func.coalesce(column, false())


def _acted(cases: CTE) -> CTE:
    """Return of each case what acts have been done on it, ever."""
    units = _act.asked_unit_kind + literal(":") + _act.asked_unit_code
    dispatched = _act.act.in_(("dispatch", "arbitrate"))
    elsewhere = func.count(units.distinct()).filter(dispatched) > 1
    columns = {
        "dispatched": func.bool_or(dispatched),
        "redirected": or_(func.bool_or(and_(_RETURNED, _act.to_status == Status.FILED.value)), elsewhere),
        "returned": func.bool_or(_RETURNED),
        "done": func.bool_or(_act.act == "feed_back"),
        "reworked": func.bool_or(_act.act == "rework"),
        "closed": func.bool_or(_act.act == "close"),
        "reopened": func.bool_or(_act.act == "reopen"),
        "solved": func.bool_and(_act.data["solved"].astext.cast(Boolean)),
        "satisfied": func.bool_and(_act.data["satisfied"].astext.cast(Boolean)),
    }
    told = [column.label(name) for name, column in columns.items()]
    return select(_act.event_id, *told).join(cases, cases.c.id == _act.event_id).group_by(_act.event_id).cte("acted")


def _signed(cases: CTE, now: datetime) -> CTE:
    """Return of each case whether every unit that it was sent to signed in time."""
    window: dict[str, Any] = {"partition_by": _act.event_id, "order_by": _act.own_sequence}
    turns = (
        select(
            *(_act.event_id, _act.act, _act.at),
            func.lead(_act.act).over(**window).label("next"),
            func.lead(_act.at).over(**window).label("next_at"),
        )
        .join(cases, cases.c.id == _act.event_id)
        .where(_act.act.in_(_SENT + _ENDS))
        .cte("turn")
    )
    until = turns.c.at + literal(SIGN_WITHIN)
    in_time = case(
        (turns.c.next == "sign", turns.c.next_at <= until),
        (func.coalesce(turns.c.next_at, now) > until, false()),
        else_=_NO,
    )
    told = func.bool_and(in_time).label("signed")
    return select(turns.c.event_id, told).where(turns.c.act.in_(_SENT)).group_by(turns.c.event_id).cte("signing")


def _contacted(cases: CTE, now: datetime) -> CTE:
    """Return of each case whether in each round the citizen was contacted in time: that its clock stops is none."""
    mine = (_act.event_id == _clock.event_id, _act.act == "contact", _act.at >= _clock.started_at)
    at = select(func.min(_act.at)).where(*mine).scalar_subquery()
    in_time = case(
        (at <= _clock.due_at, true()),
        (_clock.due_at < now, false()),
        (cases.c.status == Status.MERGED.value, _NO),  # the other case's answer is for this one too
        (_clock.stopped_at.is_not(None), false()),
        else_=_NO,
    )
    rounds = select(_clock.event_id, func.bool_and(in_time).label("contacted"))
    of_cases = rounds.join(cases, cases.c.id == _clock.event_id).where(_clock.clock == "citizen")
    return of_cases.group_by(_clock.event_id).cte("contact")


def _late(cases: CTE, now: datetime) -> CTE:
    """Return of each case whether the time of some round ran out."""
    late = func.bool_or(func.coalesce(_clock.overdue, _clock.due_at < now))
    told = case((late, true()), (func.bool_or(_clock.stopped_at.is_not(None)), false()), else_=_NO)
    rounds = select(_clock.event_id, told.label("late"))
    of_cases = rounds.join(cases, cases.c.id == _clock.event_id).where(_clock.clock == "unit")
    return of_cases.group_by(_clock.event_id).cte("round")
