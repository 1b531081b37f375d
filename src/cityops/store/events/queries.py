"""Reads events: what is open and what came today by region, lists, counts and one case with its history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, case, func, select, text, tuple_

from cityops.domain.events.reported import ATTRIBUTES, Told
from cityops.domain.events.status import STAGE_OF, Severity, Stage, Status
from cityops.domain.regions import RegionLevel, is_city, level_of
from cityops.store import tables

_event = tables.event.c
CLOSED = tuple(status.value for status, stage in STAGE_OF.items() if stage is Stage.CLOSED)

# In the words of the partial index `ix_event_open`, or the planner would not see that it applies.
_IS_OPEN = text("event.status NOT IN ('closed', 'archived', 'void', 'merged')")

NAMES = {"source_system_code": "source"}
"""Of columns that are called otherwise where they are read."""


def columns(which: Callable[[Told], object]) -> list[ColumnElement[Any]]:
    """Return the attributes of a case that are told where `which` says, under the names they are read by."""
    return [_event[name].label(NAMES.get(name, name)) for name, told in ATTRIBUTES.items() if which(told)]


BRIEF = (_event.id, *columns(lambda told: told.in_lists))

_SEEN = func.least(_event.status_at, _event.received_at)
"""When a step was taken: by its source's clock, or by the receipt where that runs ahead."""


@dataclass(frozen=True, slots=True)
class EventTally:
    """Cases of one region: `key` is a status for open cases, a class for reported ones, None for closed ones."""

    region_code: str
    key: str | None
    n: int
    urgent: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Tallies:
    """What the state says of events, for all regions."""

    open: list[EventTally]
    reported: list[EventTally]
    closed: list[EventTally]


def tallies(connection: Connection, midnight: datetime) -> Tallies:
    """Count open cases, and those that occurred or were closed since `midnight`."""
    is_closed = _event.status.in_(CLOSED)
    return Tallies(
        _tally(connection, select(_event.region_code, _event.status).where(_IS_OPEN)),
        _tally(connection, select(_event.region_code, _event.class_code).where(_event.occurred_at >= midnight)),
        _tally(connection, select(_event.region_code).where(is_closed, _event.status_at >= midnight)),
    )


def _tally(connection: Connection, keys: Select[*tuple[str, ...]]) -> list[EventTally]:
    urgent = func.count().filter(_event.severity != Severity.NORMAL.value)
    statement = keys.add_columns(func.count(), urgent, func.max(_SEEN)).group_by(*keys.selected_columns)
    rows = [tuple(row) for row in connection.execute(statement)]
    return [EventTally(row[0], row[1] if len(row) == 5 else None, *row[-3:]) for row in rows]


def newest(connection: Connection, regions: Sequence[str] | None, limit: int) -> Sequence[RowMapping]:
    """Return the newest cases of these regions (None: all), newest first, with `seen_at` of their newest steps."""
    statement = (
        select(*BRIEF, _SEEN.label("seen_at")).order_by(_event.occurred_at.desc(), _event.id.desc()).limit(limit)
    )
    if regions is not None:
        statement = statement.where(_event.region_code.in_(regions))
    return connection.execute(statement).mappings().all()


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
    connection: Connection, wanted: EventFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return cases newest first, those that come after (time of occurrence, id) `before` in that order."""
    statement = filtered(select(*BRIEF), wanted).order_by(_event.occurred_at.desc(), _event.id.desc()).limit(limit)
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
    conditions = [column == str(value) for column, value in equal.items() if value is not None]
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
        conditions.append(_event.status.in_(CLOSED) if not wanted.open else _event.status.not_in(CLOSED))
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


def one(connection: Connection, event_id: int) -> tuple[RowMapping, Sequence[RowMapping]] | None:
    """Return a case with its history, oldest step first; None where there is no such case."""
    statement = select(*BRIEF, *columns(lambda told: not told.in_lists)).where(_event.id == event_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    step = tables.event_history.c
    steps = select(step.sequence, step.status, step.status_at, step.received_at).where(step.event_id == event_id)
    return row, connection.execute(steps.order_by(step.sequence)).mappings().all()
