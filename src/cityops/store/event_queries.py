"""Reads events: what is open and what came today by region, lists, counts and one case with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, func, select, text

from cityops.domain.events import STAGE_OF, Severity, Stage
from cityops.store import tables

_event = tables.event.c
CLOSED = tuple(status.value for status, stage in STAGE_OF.items() if stage is Stage.CLOSED)

# In the words of the partial index `ix_event_open`, or the planner would not see that it applies.
_IS_OPEN = text("event.status NOT IN ('closed', 'archived', 'void', 'merged')")

BRIEF = (
    _event.id,
    _event.source_system_code.label("source"),
    _event.external_id,
    _event.class_code,
    _event.severity,
    _event.status,
    _event.title,
    _event.region_code,
    _event.occurred_at,
    _event.status_at,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Cases of one region: `key` is a status for open cases, a class for reported ones, None for closed ones."""

    region_code: str
    key: str | None
    n: int
    urgent: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Tallies:
    """What the state says of events, for all regions."""

    open: list[Tally]
    reported: list[Tally]
    closed: list[Tally]


def tallies(connection: Connection, midnight: datetime) -> Tallies:
    """Count open cases, and those that occurred or were closed since `midnight`."""
    is_closed = _event.status.in_(CLOSED)
    return Tallies(
        _tally(connection, select(_event.region_code, _event.status).where(_IS_OPEN)),
        _tally(connection, select(_event.region_code, _event.class_code).where(_event.occurred_at >= midnight)),
        _tally(connection, select(_event.region_code).where(is_closed, _event.status_at >= midnight)),
    )


def _tally(connection: Connection, keys: Select[*tuple[str, ...]]) -> list[Tally]:
    urgent = func.count().filter(_event.severity != Severity.NORMAL.value)
    statement = keys.add_columns(func.count(), urgent, func.max(_event.status_at)).group_by(*keys.selected_columns)
    rows = [tuple(row) for row in connection.execute(statement)]
    return [Tally(row[0], row[1] if len(row) == 5 else None, *row[-3:]) for row in rows]


def newest(connection: Connection, regions: Sequence[str] | None, limit: int) -> Sequence[RowMapping]:
    """Return the newest cases of these regions (None: all), newest first."""
    statement = select(*BRIEF).order_by(_event.occurred_at.desc(), _event.id.desc()).limit(limit)
    if regions is not None:
        statement = statement.where(_event.region_code.in_(regions))
    return connection.execute(statement).mappings().all()


def classes(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of each event class, by code."""
    columns = tables.event_class.c
    rows = connection.execute(select(columns.code, columns.name_zh, columns.name_en))
    return {row.code: (row.name_zh, row.name_en) for row in rows}
