"""Reads cases for those who act on them: lists with what is to be done, counts by group, one with who handles it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    SelectBase,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union,
)

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.events.acts import CaseKind, Mark, Master, Unit, UnitKind
from cityops.domain.events.status import Status
from cityops.domain.regions import RegionLevel, level_of
from cityops.store import tables
from cityops.store.events import queries
from cityops.store.events.queries import GROUPS, EventFilter, concerned, is_read

_event, _handler = tables.event.c, tables.event_handler.c

_OURS = (
    *(_event.sequence, _event.own_sequence, _event.master, _event.kind, _event.unit_kind, _event.unit_code),
    *(_event.standard_code, _event.due_at, _event.warn_at, _event.overdue, _event.marks),
)
BRIEF = (*queries.BRIEF, *_OURS)
_REST = (
    *(column for column in queries.columns(lambda told: not told.in_lists) if column.name != "sequence"),
    *(_event.standard_version, _event.parent_id, _event.merged_into, _event.remembered),
)

# In the words of the partial index `ix_event_here_open`, or the planner would not see that it applies.
_IS_OURS_AND_OPEN = text("event.master = 'here' AND event.status NOT IN ('closed', 'archived', 'void', 'merged')")
_HAS_MARKS = text("event.marks <> '{}'")
"""Likewise of `ix_event_marked`."""
_IS_TASK = text("event.kind = 'task'")
"""Likewise of `ix_event_task`."""


FEW, SOME = 5_000, 20_000
"""Up to so many cases are found one by one: for a list in order of time, and where all have to be looked at."""


_ALONE = text("SELECT set_config('max_parallel_workers_per_gather', '0', true)")
"""What desks ask for again and again takes longer where several processes begin and end for it: 0.27 s, not 0.18."""


class Todo(StrEnum):
    """What waits for somebody, of open cases that are handled here.

    待受理 待派遣 待签收 处置中 临期 超期 退回 待核查 延期待批: an open case waits in one of them at least.
    """

    TO_ACCEPT = "to_accept"
    TO_DISPATCH = "to_dispatch"
    TO_SIGN = "to_sign"
    TO_HANDLE = "to_handle"
    NEAR_DUE = "near_due"
    OVERDUE = "overdue"
    RETURNED = "returned"
    TO_CHECK = "to_check"
    TO_DECIDE = "to_decide"


@dataclass(frozen=True, slots=True)
class CaseFilter(EventFilter):
    """Which cases are wanted; None does not filter. `text` is a number's beginning, or a part of the title."""

    master: Master | None = None
    kind: CaseKind | None = None
    unit: Unit | None = None
    standard: str | None = None
    todo: Todo | None = None
    mark: Mark | None = None
    parent: int | None = None
    text: str | None = None


def page(
    connection: Connection,
    wanted: CaseFilter,
    now: datetime,
    before: tuple[datetime, int] | None,
    limit: int,
    scope: Scope,
) -> Sequence[RowMapping]:
    """Return cases newest first, those that come after (time of occurrence, id) `before` in that order.

    `scope` is that of the connection, here and below; each case says whether it is `concerned`.
    """
    statement = _filtered(select(*BRIEF, concerned(scope).label("concerned")), wanted, now, scope)
    statement = _found(connection, statement, scope, FEW if wanted.text is None else SOME)
    if before is not None:
        statement = statement.where(tuple_(_event.occurred_at, _event.id) < before)
    statement = statement.order_by(_event.occurred_at.desc(), _event.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


def page_by_due(
    connection: Connection,
    wanted: CaseFilter,
    now: datetime,
    after: tuple[datetime | None, int] | None,
    limit: int,
    scope: Scope,
) -> Sequence[RowMapping]:
    """Return cases by when they are due, those without a clock last, that come after (due, id) `after`."""
    if after is None:
        return _by_due(connection, wanted, now, [], limit, scope)
    due, number = after
    rows: list[RowMapping] = []
    if due is not None:
        later = [tuple_(_event.due_at, _event.id) > (due, number)]
        rows += _by_due(connection, wanted, now, later, limit, scope)
    if len(rows) < limit:
        without = [_event.due_at.is_(None), *([_event.id > number] if due is None else [])]
        rows += _by_due(connection, wanted, now, without, limit - len(rows), scope)
    return rows


def _by_due(
    connection: Connection,
    wanted: CaseFilter,
    now: datetime,
    more: Sequence[ColumnElement[bool]],
    limit: int,
    scope: Scope,
) -> Sequence[RowMapping]:
    """Find the cases in `ix_event_here_due` alone, which holds what a to-do list asks for; then read those rows."""
    order = _event.due_at, _event.id
    mine = _filtered(select(_event.id), wanted, now, scope).where(*more)
    mine = _found(connection, mine, scope, FEW if wanted.text is None else SOME)
    found = mine.order_by(*order).limit(limit).subquery()
    statement = select(*BRIEF, concerned(scope).label("concerned")).where(_event.id.in_(select(found.c.id)))
    return connection.execute(statement.order_by(*order)).mappings().all()


_UNIT = case((_event.unit_code.is_(None), literal("-")), else_=_event.unit_kind + literal(":") + _event.unit_code)
BY: dict[str, ColumnElement[str]] = {
    **GROUPS,
    "district": func.left(_event.region_code, 6),
    "severity": _event.severity,
    "master": _event.master,
    "kind": _event.kind,
    "unit": _UNIT,
    "standard": func.coalesce(_event.standard_code, literal("-")),
}
"""By what cases are counted; `-` is the group of those without."""


def counts(connection: Connection, wanted: CaseFilter, by: str, now: datetime, scope: Scope) -> Sequence[RowMapping]:
    """Count cases by one of `BY`, most frequent first."""
    connection.execute(_ALONE)
    group = BY[by].label("group")
    statement = _filtered(select(group, func.count().label("count")), wanted, now, scope)
    statement = _found(connection, statement, scope, SOME)
    return connection.execute(statement.group_by(group).order_by(func.count().desc(), group)).mappings().all()


def todos(connection: Connection, wanted: CaseFilter, now: datetime, scope: Scope) -> dict[Todo, int]:
    """Count what waits for somebody; a case may wait in several ways."""
    connection.execute(_ALONE)
    others = [todo for todo in Todo if todo not in _STATUSES]
    columns = [_event.status, func.count(), *(func.count().filter(_waits(todo, now)) for todo in others)]
    ours = select(*columns).select_from(tables.event).where(_IS_OURS_AND_OPEN).group_by(_event.status)
    rows = [tuple(row) for row in connection.execute(_filtered(ours, wanted, now, scope))]
    found = {todo: sum(row[place] for row in rows) for place, todo in enumerate(others, 2)}
    found |= {todo: sum(row[1] for row in rows if row[0] in states) for todo, states in _STATUSES.items()}
    return {todo: found[todo] for todo in Todo}


def _found(
    connection: Connection, statement: Select[*tuple[Any, ...]], scope: Scope, most: int
) -> Select[*tuple[Any, ...]]:
    """Say once more what the row-level security lets a scope see, where that is few, so that no others are looked at.

    Of more than `most`, or where its own source systems report cases, looking at all of them in order is as fast.
    """
    if scope.kind is ScopeKind.DEPARTMENTS and not _has_sources(connection, scope):
        mine: SelectBase = _given(scope, UnitKind.DEPARTMENT)
    elif scope.kind is ScopeKind.STREETS:
        there = tables.event.alias("there").c
        lies = select(there.id).where(there.region_code.in_(sorted(scope.codes)))
        mine = lies.union_all(_given(scope, UnitKind.STREET))
    else:
        return statement
    beyond = select(mine.subquery().c[0]).offset(most).limit(1)
    return statement if connection.scalar(beyond) is not None else statement.where(_event.id.in_(mine))


def _given(scope: Scope, kind: UnitKind) -> Select[*tuple[Any, ...]]:
    mine = (_handler.unit_kind == kind.value, _handler.unit_code.in_(sorted(scope.codes)))
    return select(_handler.event_id).where(*mine)


def _has_sources(connection: Connection, scope: Scope) -> bool:
    source = tables.source_system.c
    own = (source.department_code.in_(sorted(scope.codes)), source.carries.in_(["events", "cases"]))
    return bool(connection.scalar(select(exists().where(*own))))


def _filtered(
    statement: Select[*tuple[Any, ...]], wanted: CaseFilter, now: datetime, scope: Scope
) -> Select[*tuple[Any, ...]]:
    equal: dict[ColumnElement[Any], object] = {
        _event.master: wanted.master,
        _event.unit_code: wanted.unit and wanted.unit.code,
        _event.unit_kind: wanted.unit and wanted.unit.kind,
        _event.standard_code: wanted.standard,
        _event.parent_id: wanted.parent,
    }
    conditions: list[Any] = [column == value for column, value in equal.items() if value is not None]
    if wanted.todo is not None:
        conditions += [_IS_OURS_AND_OPEN, _waits(wanted.todo, now)]
    if wanted.kind is not None:
        conditions.append(_IS_TASK if wanted.kind is CaseKind.TASK else _event.kind == wanted.kind.value)
    if wanted.mark is not None:
        conditions.append(_marked(wanted.mark))
    if wanted.text is not None:
        # What is found in titles that are shown masked would tell what the stars hide.
        in_title = and_(_event.title.contains(wanted.text, autoescape=True), is_read(scope))
        conditions.append(or_(_event.external_id.startswith(wanted.text, autoescape=True), in_title))
    return queries.filtered(statement, wanted).where(*conditions)


def _marked(mark: Mark) -> ColumnElement[bool]:
    return and_(_HAS_MARKS, _event.marks.contains([mark.value]))


_STATUSES = {
    Todo.TO_ACCEPT: (Status.REPORTED, Status.ACCEPTED, Status.VERIFYING),
    Todo.TO_DISPATCH: (Status.FILED,),
    Todo.TO_SIGN: (Status.DISPATCHED,),
    Todo.TO_HANDLE: (Status.SIGNED, Status.PROCESSING),
    Todo.TO_CHECK: (Status.DONE, Status.VERIFYING_RESULT),
}
"""What waits by its status alone, and so is counted by that in one go."""


def _waits(todo: Todo, now: datetime) -> ColumnElement[bool]:
    if todo in _STATUSES:
        return _event.status.in_([status.value for status in _STATUSES[todo]])
    waits: dict[Todo, ColumnElement[bool]] = {
        Todo.NEAR_DUE: and_(_event.warn_at <= now, _event.due_at > now),
        Todo.OVERDUE: _event.due_at <= now,
        Todo.RETURNED: _marked(Mark.RETURNED),
        Todo.TO_DECIDE: _marked(Mark.EXTENSION_ASKED),
    }
    return waits[todo]


KM = math.pi * 6371.0088 / 180
"""Of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Around:
    """Within so many metres of a place, or in its region where that is a street."""

    lon: float
    lat: float
    region_code: str
    within_m: int

    @property
    def away_m(self) -> ColumnElement[float]:
        """How far a case is, as the crow flies; null where its place is not known."""
        east = (_event.lon - self.lon) * math.cos(math.radians(self.lat))
        north = _event.lat - self.lat
        return func.sqrt(east * east + north * north) * KM * 1000

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether a case is meant."""
        degrees = self.within_m / 1000 / KM
        east = degrees / math.cos(math.radians(self.lat))
        is_near = and_(
            _event.lat.between(self.lat - degrees, self.lat + degrees),
            _event.lon.between(self.lon - east, self.lon + east),
            self.away_m <= self.within_m,
        )
        if level_of(self.region_code) is RegionLevel.STREET:
            return or_(is_near, _event.region_code == self.region_code)
        return is_near


def around(connection: Connection, wanted: Around, since: datetime, limit: int, scope: Scope) -> Sequence[RowMapping]:
    """Return cases around a place that are open, or occurred since then; the open ones first, newest first.

    Each row has its distance in metres as `away_m`, null where its place is not known, and `concerned` as in `page`.
    """
    chosen = union(
        select(_event.id).where(queries.IS_OPEN, wanted.condition),
        select(_event.id).where(_event.occurred_at >= since, wanted.condition),
    ).subquery()
    is_closed = _event.status.in_(queries.CLOSED)
    told = (wanted.away_m.label("away_m"), concerned(scope).label("concerned"))
    statement = select(*BRIEF, *told).where(_event.id.in_(select(chosen.c.id)))
    statement = statement.order_by(is_closed, _event.occurred_at.desc(), _event.id.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


@dataclass(frozen=True, slots=True)
class CaseWhole:
    """A case with all its columns, the steps of its source, who has or had it in hand, and what belongs to it."""

    row: RowMapping
    steps: Sequence[RowMapping]
    handlers: Sequence[RowMapping]
    children: Sequence[int]
    merged: Sequence[int]


def one(connection: Connection, event_id: int, scope: Scope) -> CaseWhole | None:
    """Return a case; None where there is none."""
    statement = select(*BRIEF, *_REST, concerned(scope).label("concerned")).where(_event.id == event_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    step = tables.event_history.c
    steps = select(step.sequence, step.status, step.status_at, step.received_at).where(step.event_id == event_id)
    handlers = select(_handler.unit_kind, _handler.unit_code, _handler.duty, _handler.since, _handler.until)
    return CaseWhole(
        row,
        connection.execute(steps.order_by(step.sequence)).mappings().all(),
        connection.execute(handlers.where(_handler.event_id == event_id).order_by(_handler.since)).mappings().all(),
        connection.scalars(select(_event.id).where(_event.parent_id == event_id).order_by(_event.id)).all(),
        connection.scalars(select(_event.id).where(_event.merged_into == event_id).order_by(_event.id)).all(),
    )
