"""Our acts on cases as they are kept: written once, never changed; and what must exist for an act to name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.acts import Unit, UnitKind
from cityops.domain.events.status import Status
from cityops.store import tables
from cityops.store.engine import WriteConnection

_act = tables.event_act.c


@dataclass(frozen=True, slots=True)
class KeptAct:
    """An act on a case: by whom, when, what it moved, and what came with it; one message's worth of data."""

    event_id: int
    own_sequence: int
    act: str
    at: datetime
    actor: str
    role: str | None
    unit: Unit | None
    from_status: Status | None
    to_status: Status
    asked_unit: Unit | None = None
    reason: str | None = None
    text: str | None = None
    evidence: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    token: str | None = None


def write(connection: WriteConnection, one: KeptAct) -> None:
    """Keep an act.

    Raises
    ------
    IntegrityError
        There is one of the same case and number, or of the same actor and token.
    """
    write_all(connection, [one])


def write_all(connection: WriteConnection, acts: Sequence[KeptAct]) -> None:
    """Keep acts as `write` keeps one; their cases are to have their numbers as versions of our side."""
    if acts:
        connection.execute(insert(tables.event_act), [_row(one) for one in acts])


def number(connection: WriteConnection, numbers: Mapping[int, int]) -> None:
    """Say of cases how far the acts on them have come."""
    if numbers:
        statement = update(tables.event).where(tables.event.c.id == bindparam("of"))
        told = [{"of": event_id, "own": own} for event_id, own in numbers.items()]
        connection.execute(statement.values(own_sequence=bindparam("own")), told)


def _row(one: KeptAct) -> dict[str, Any]:
    kind, code = one.unit or (None, None)
    asked_kind, asked_code = one.asked_unit or (None, None)
    return {
        "event_id": one.event_id,
        "own_sequence": one.own_sequence,
        "act": one.act,
        "at": one.at,
        "actor": one.actor,
        "role": one.role,
        "unit_kind": kind,
        "unit_code": code,
        "from_status": one.from_status,
        "to_status": one.to_status,
        "asked_unit_kind": asked_kind,
        "asked_unit_code": asked_code,
        "reason": one.reason,
        "text": one.text,
        "evidence": list(one.evidence),
        "data": one.data,
        "token": one.token,
    }


def of_case(connection: Connection, event_id: int, after: int = 0) -> Sequence[RowMapping]:
    """Return the acts on a case whose number is greater than `after`, oldest first."""
    mine = (_act.event_id == event_id, _act.own_sequence > after)
    return connection.execute(select(tables.event_act).where(*mine).order_by(_act.own_sequence)).mappings().all()


def last(connection: Connection, event_id: int, act: str) -> RowMapping | None:
    """Return the newest act of a kind on a case; None: there is none."""
    mine = (_act.event_id == event_id, _act.act == act)
    statement = select(tables.event_act).where(*mine).order_by(_act.own_sequence.desc()).limit(1)
    return connection.execute(statement).mappings().one_or_none()


def by_token(connection: Connection, actor: str, token: str) -> RowMapping | None:
    """Return the act that somebody sent under a token; None: there is none."""
    mine = (_act.actor == actor, _act.token == token)
    return connection.execute(select(tables.event_act).where(*mine)).mappings().one_or_none()


def department_of(connection: Connection, source: str) -> str | None:
    """Return the department that a source system belongs to."""
    columns = tables.source_system.c
    return connection.scalar(select(columns.department_code).where(columns.code == source))


def unit_exists(connection: Connection, unit: Unit) -> bool:
    """Return whether there is such a department, district or street."""
    region, department = tables.region.c, tables.department.c
    if unit.kind is UnitKind.DEPARTMENT:
        statement = select(department.code).where(department.code == unit.code)
    else:
        statement = select(region.code).where(region.code == unit.code, region.level == unit.kind.value)
    return connection.scalar(statement) is not None


def class_exists(connection: Connection, code: str) -> bool:
    """Return whether there is such a class of cases."""
    columns = tables.event_class.c
    return connection.scalar(select(columns.code).where(columns.code == code)) is not None


def region_exists(connection: Connection, code: str) -> bool:
    """Return whether there is such a region."""
    return connection.scalar(select(tables.region.c.code).where(tables.region.c.code == code)) is not None


def add_case(connection: WriteConnection, values: dict[str, Any]) -> int | None:
    """Add a case of our own and return its id; None where its number is taken."""
    statement = insert(tables.event).values(values).on_conflict_do_nothing()
    made: int | None = connection.scalar(statement.returning(tables.event.c.id))
    return made
