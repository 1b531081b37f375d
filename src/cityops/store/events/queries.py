"""Reads events: what is open and what came today by region, lists, counts and one case with its history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    union,
)

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.events.reported import ATTRIBUTES, Told
from cityops.domain.events.status import STAGE_OF, Severity, Stage, Status
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel, is_city, level_of
from cityops.store import tables

_event = tables.event.c
CLOSED = tuple(status.value for status, stage in STAGE_OF.items() if stage is Stage.CLOSED)

# In the words of the partial index `ix_event_open`, or the planner would not see that it applies.
IS_OPEN = text("event.status NOT IN ('closed', 'archived', 'void', 'merged')")

_IS_URGENT_ROW = text("event.severity <> 'normal'")
"""Likewise of `ix_event_urgent`."""

_IS_URGENT = _event.severity != Severity.NORMAL.value

NAMES = {"source_system_code": "source"}
"""Of columns that are called otherwise where they are read."""


def columns(which: Callable[[Told], object]) -> list[ColumnElement[Any]]:
    """Return the attributes of a case that are told where `which` says, under the names they are read by."""
    return [_event[name].label(NAMES.get(name, name)) for name, told in ATTRIBUTES.items() if which(told)]


BRIEF = (_event.id, *columns(lambda told: told.in_lists))


def concerned(scope: Scope) -> ColumnElement[bool]:
    """Tell whether a unit of the scope has a case in hand, reported it, had it until it was closed, or is its source.

    What it had and gave back it sees, and is concerned with no more. Of the whole city nobody asks.
    """
    return false() if scope.kind is ScopeKind.CITY else func.scope_concerned(_event.id, type_=Boolean)


def is_read(scope: Scope) -> ColumnElement[bool]:
    """Tell whether the text and photos of a case are shown as they are, to who may read persons at all."""
    place = {ScopeKind.DISTRICTS: func.left(_event.region_code, 6), ScopeKind.STREETS: _event.region_code}
    if scope.kind in place:
        return or_(place[scope.kind].in_(sorted(scope.codes)), concerned(scope))
    return concerned(scope) if scope.kind is ScopeKind.DEPARTMENTS else true()


_SEEN = func.least(_event.status_at, _event.received_at)
"""When a step was taken: by its source's clock, or by the receipt where that runs ahead."""

_IN_HAND = (_event.master, _event.unit_kind, _event.unit_code, _event.due_at, _event.warn_at)
"""Who is on a case, and how long that may still take."""


NEWEST_WITHIN = timedelta(days=30)
"""Of a city's cases the newest ones are looked for no further back."""


@dataclass(frozen=True, slots=True)
class EventTally:
    """Cases of one region: `key` is a status for open cases, a class for reported ones, None for closed ones."""

    region_code: str
    key: str | None
    n: int
    urgent: int
    overdue: int
    near_due: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Tallies:
    """What the state says of events, for all regions."""

    open: list[EventTally]
    reported: list[EventTally]
    closed: list[EventTally]


def tallies(connection: Connection, midnight: datetime, now: datetime) -> Tallies:
    """Count open cases, which of them are late by `now`, and those that occurred or were closed since `midnight`.

    What is open is to be done, also what is only played; the figures of the day leave that out.
    """
    of_today, closed_today = _event.occurred_at >= midnight, _event.status_at >= midnight
    is_closed = _event.status.in_(CLOSED)
    return Tallies(
        _tally(connection, select(_event.region_code, _event.status).where(IS_OPEN), now),
        _tally(connection, select(_event.region_code, _event.class_code).where(of_today, ~_event.drill), now),
        _tally(connection, select(_event.region_code).where(is_closed, closed_today, ~_event.drill), now),
    )


def _tally(connection: Connection, keys: Select[*tuple[str, ...]], now: datetime) -> list[EventTally]:
    conditions = (_IS_URGENT, _event.due_at <= now, and_(_event.warn_at <= now, _event.due_at > now))
    counted = (func.count(), *(func.count().filter(condition) for condition in conditions), func.max(_SEEN))
    rows = [tuple(row) for row in connection.execute(keys.add_columns(*counted).group_by(*keys.selected_columns))]
    keyed = len(keys.selected_columns) > 1
    return [EventTally(row[0], row[1] if keyed else None, *row[-len(counted) :]) for row in rows]


def pressing(
    connection: Connection, regions: Sequence[str] | None, now: datetime, limit: int, of_class: int = 0
) -> Sequence[RowMapping]:
    """Return the cases of these regions (None: all) that press most, with who is on them and `seen_at`.

    What is overdue comes first, the longest before others; then what is near due, then open cases that are critical,
    then urgent ones, then the newest. Of all kinds no more than `limit` are looked at beyond the open cases. Behind
    them stand those that press most of each class, as many as `of_class`, in the same order.
    """
    within = [] if regions is None else [_event.region_code.in_(regions)]
    is_near = or_(_event.due_at <= now, _event.warn_at <= now)
    is_critical = _event.severity == Severity.CRITICAL.value
    said = (is_near.label("is_near"), is_critical.label("is_critical"), _IS_URGENT.label("is_urgent"))
    waiting = select(_event.id, _event.occurred_at, _event.due_at, *said)
    how = case((is_near, 0), (is_critical, 1), else_=2)
    pressing_first = (how, case((is_near, _event.due_at)), _event.occurred_at.desc())
    place = func.row_number().over(partition_by=_event.class_code, order_by=pressing_first).label("place_in_class")
    found = waiting.add_columns(place).where(IS_OPEN, or_(is_near, _IS_URGENT), *within)
    open_ = found.cte("waiting").prefix_with("MATERIALIZED")
    newest_first = open_.c.occurred_at.desc(), open_.c.id.desc()
    chosen = union(
        select(open_.c.id).where(open_.c.is_near).order_by(open_.c.due_at).limit(limit),
        select(open_.c.id).where(open_.c.is_urgent).order_by(open_.c.is_critical.desc(), *newest_first).limit(limit),
        select(_event.id)
        .where(_event.occurred_at > now - NEWEST_WITHIN, *within)
        .order_by(_event.occurred_at.desc(), _event.id.desc())
        .limit(limit),
        select(open_.c.id).where(open_.c.place_in_class <= of_class),
    )
    ids = connection.scalars(
        select(chosen.subquery().c.id)
    ).all()  # by themselves: a view of the past finds each by it
    runs_out = case((open_.c.is_near, open_.c.due_at))
    rank = case((open_.c.is_near, 0), (open_.c.is_critical, 1), (open_.c.is_urgent, 2), else_=3)
    statement = (
        select(*BRIEF, *_IN_HAND, _SEEN.label("seen_at"), (open_.c.place_in_class <= of_class).label("of_class"))
        .join_from(tables.event, open_, open_.c.id == _event.id, isouter=True)
        .where(_event.id.in_(ids))
        .order_by(rank, runs_out, _event.occurred_at.desc(), _event.id.desc())
    )
    rows = connection.execute(statement).mappings().all()
    return [row for place, row in enumerate(rows) if place < limit or row["of_class"]]


@dataclass(frozen=True, slots=True)
class MatterTally:
    """Cases of one class from one source: open ones of a status, else (None) those reported and closed today."""

    class_code: str
    source: str
    status: Status | None
    open: int = 0
    overdue: int = 0
    near_due: int = 0
    reported_today: int = 0
    closed_today: int = 0


def matters(
    connection: Connection, regions: Sequence[str] | None, midnight: datetime, now: datetime
) -> list[MatterTally]:
    """Count the cases of these regions (None: all) by class and source, as `tallies` does by region."""
    within = [] if regions is None else [_event.region_code.in_(regions)]
    keys, n = (_event.class_code, _event.source_system_code), func.count()
    late = (n.filter(_event.due_at <= now), n.filter(and_(_event.warn_at <= now, _event.due_at > now)))
    open_ = select(*keys, _event.status, n, *late).where(IS_OPEN, *within).group_by(*keys, _event.status)
    reported = select(*keys, n).where(_event.occurred_at >= midnight, *within).group_by(*keys)
    closed = select(*keys, n).where(_event.status.in_(CLOSED), _event.status_at >= midnight, *within).group_by(*keys)
    return [
        *(MatterTally(one[0], one[1], Status(one[2]), *one[3:]) for one in map(tuple, connection.execute(open_))),
        *(MatterTally(code, source, None, reported_today=n) for code, source, n in connection.execute(reported)),
        *(MatterTally(code, source, None, closed_today=n) for code, source, n in connection.execute(closed)),
    ]


def urgent_places(
    connection: Connection, regions: Sequence[str] | None, now: datetime, limit: int
) -> Sequence[RowMapping]:
    """Return where the open cases of these regions (None: all) are that are critical or urgent, in this order.

    Of one severity what is overdue comes first, then the newest.
    """
    within = [] if regions is None else [_event.region_code.in_(regions)]
    overdue = func.coalesce(_event.due_at <= now, false())
    columns = (
        *(_event.id, _event.external_id.label("number"), _event.lon, _event.lat, _event.severity),
        *(_event.title, _event.region_code, _event.status, _event.unit_kind, _event.unit_code, _event.drill),
        overdue.label("overdue"),
    )
    is_critical = _event.severity == Severity.CRITICAL.value
    there = (_event.lon.is_not(None), _event.lat.is_not(None))
    statement = select(*columns).where(_IS_URGENT_ROW, IS_OPEN, *there, *within)
    order = (is_critical.desc(), overdue.desc(), _event.occurred_at.desc(), _event.id.desc())
    return connection.execute(statement.order_by(*order).limit(limit)).mappings().all()


def classes(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of each event class, by code."""
    columns = tables.event_class.c
    rows = connection.execute(select(columns.code, columns.name_zh, columns.name_en))
    return {row.code: (row.name_zh, row.name_en) for row in rows}


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which cases are wanted; None does not filter. `region` is a code's beginning, the period that of occurrence."""

    region: str | None = None
    class_code: str | None = None
    group: str | None = None
    status: Status | None = None
    stage: Stage | None = None
    open: bool | None = None
    severity: Severity | None = None
    source: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection,
    wanted: EventFilter,
    before: tuple[datetime, int] | None,
    limit: int,
    scope: Scope = WHOLE_CITY,
) -> Sequence[RowMapping]:
    """Return cases newest first, those that come after (time of occurrence, id) `before` in that order.

    `scope` is that of the connection; each case says whether it is `concerned`.
    """
    statement = filtered(select(*BRIEF, concerned(scope).label("concerned")), wanted)
    statement = statement.order_by(_event.occurred_at.desc(), _event.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(tuple_(_event.occurred_at, _event.id) < before)
    return connection.execute(statement).mappings().all()


def filtered(statement: Select[*tuple[Any, ...]], wanted: EventFilter) -> Select[*tuple[Any, ...]]:
    """Return a query on `event` with the conditions of a filter."""
    equal = {
        _event.class_code: wanted.class_code,
        _event.status: wanted.status,
        _event.severity: wanted.severity,
        _event.source_system_code: wanted.source,
    }
    conditions: list[Any] = [column == str(value) for column, value in equal.items() if value is not None]
    if wanted.region and level_of(wanted.region) is RegionLevel.STREET:
        conditions.append(_event.region_code == wanted.region)
    elif wanted.region and not is_city(wanted.region):
        conditions.append(_event.region_code.startswith(wanted.region, autoescape=True))
    if wanted.group:
        members = select(tables.event_class.c.code).where(tables.event_class.c.group_code == wanted.group)
        conditions.append(_event.class_code.in_(members))
    if wanted.stage:
        conditions.append(_event.status.in_([one.value for one in STAGE_OF if one.stage is wanted.stage]))
    if wanted.open is not None:
        conditions.append(IS_OPEN if wanted.open else _event.status.in_(CLOSED))
    if wanted.severity not in {None, Severity.NORMAL}:
        conditions.append(_IS_URGENT_ROW)
    if wanted.start:
        conditions.append(_event.occurred_at >= wanted.start)
    if wanted.end:
        conditions.append(_event.occurred_at < wanted.end)
    return statement.where(*conditions)


_STAGE = case({status.value: stage.value for status, stage in STAGE_OF.items()}, value=_event.status)
GROUPS: dict[str, ColumnElement[str]] = {
    "status": _event.status,
    "stage": _STAGE,
    "class": _event.class_code,
    "region": _event.region_code,
    "source": _event.source_system_code,
}


def counts(connection: Connection, wanted: EventFilter, by: str) -> Sequence[RowMapping]:
    """Count cases by one of `GROUPS`, most frequent first."""
    group = GROUPS[by].label("group")
    statement = filtered(select(group, func.count().label("count")), wanted)
    statement = statement.group_by(group).order_by(func.count().desc(), group)
    return connection.execute(statement).mappings().all()


def per_day(connection: Connection, since: datetime) -> Sequence[tuple[date, int]]:
    """Count cases by the city's day on which they occurred, from `since` on."""
    day = func.date(func.timezone(CITY_ZONE.key, _event.occurred_at))
    statement = select(day, func.count()).where(_event.occurred_at >= since).group_by(day)
    return [(row[0], row[1]) for row in connection.execute(statement)]


def one(
    connection: Connection, event_id: int, scope: Scope = WHOLE_CITY
) -> tuple[RowMapping, Sequence[RowMapping]] | None:
    """Return a case as `page` does, with its history, oldest step first; None where there is no such case."""
    rest = columns(lambda told: not told.in_lists)
    statement = select(*BRIEF, *rest, concerned(scope).label("concerned")).where(_event.id == event_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    step = tables.event_history.c
    steps = select(step.sequence, step.status, step.status_at, step.received_at).where(step.event_id == event_id)
    return row, connection.execute(steps.order_by(step.sequence)).mappings().all()
