"""Keeps case standards in all their versions: what is in force, what there was, and a new set in place of the old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.acts import UnitKind
from cityops.domain.events.deadlines import Limit, LimitKind
from cityops.domain.events.standards import CaseStandard, KnownCodes, ProofAsked, in_force
from cityops.store import tables
from cityops.store.engine import WriteConnection

_c = tables.case_standard.c


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a new set changed, in numbers of standards."""

    added: int
    unchanged: int
    withdrawn: int


def every(connection: Connection) -> list[CaseStandard]:
    """Return all versions of all standards there have been, in order of display."""
    rows = connection.execute(select(tables.case_standard).order_by(*_ORDER)).mappings()
    return [_standard(row) for row in rows]


def valid(connection: Connection, day: date, class_code: str | None = None) -> list[CaseStandard]:
    """Return the standards by which a case is filed on a day of the city, in order of display."""
    statement = select(tables.case_standard).where(_c.withdrawn_at.is_(None))
    if class_code is not None:
        statement = statement.where(_c.class_code == class_code)
    return in_force([_standard(row) for row in connection.execute(statement.order_by(*_ORDER)).mappings()], day)


def versions(connection: Connection, code: str) -> list[CaseStandard]:
    """Return all versions of one standard, the newest first; none where there is no such code."""
    statement = select(tables.case_standard).where(_c.code == code).order_by(_c.version.desc())
    return [_standard(row) for row in connection.execute(statement).mappings()]


def one(connection: Connection, code: str, version: int) -> CaseStandard | None:
    """Return the standard that a case bears; None where there is none."""
    statement = select(tables.case_standard).where(_c.code == code, _c.version == version)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else _standard(row)


def known_codes(connection: Connection) -> KnownCodes:
    """Return the classes and departments that a standard may name."""
    classes = connection.scalars(select(tables.event_class.c.code)).all()
    return KnownCodes(frozenset(classes), frozenset(connection.scalars(select(tables.department.c.code)).all()))


def replace_all(connection: WriteConnection, standards: Sequence[CaseStandard], now: datetime) -> Replaced:
    """Put a whole set in force: new versions are added, what is not among them is withdrawn; nothing is deleted."""
    table = tables.case_standard
    rows = [_row(standard, place) | {"added_at": now} for place, standard in enumerate(standards)]
    added = insert_missing(connection, rows)
    named = tuple_(_c.code, _c.version).in_([standard.key for standard in standards])
    kept = _c.code.in_([standard.code for standard in standards])
    withdrawn = connection.execute(
        update(table).where(_c.withdrawn_at.is_(None), ~kept).values(withdrawn_at=now).returning(_c.code)
    ).all()
    connection.execute(update(table).where(named, _c.withdrawn_at.is_not(None)).values(withdrawn_at=None))
    return Replaced(added, len(rows) - added, len(withdrawn))


def seed_examples(connection: WriteConnection, standards: Sequence[CaseStandard]) -> int:
    """Add examples that are missing, unless the city has standards of its own; return how many."""
    if connection.scalar(select(func.count()).select_from(tables.case_standard).where(~_c.is_example)):
        return 0
    return insert_missing(connection, [_row(standard, place) for place, standard in enumerate(standards)])


def insert_missing(connection: WriteConnection, rows: Sequence[dict[str, Any]]) -> int:
    """Add what is not there yet and return how many that were."""
    statement = insert(tables.case_standard).on_conflict_do_nothing().returning(_c.code)
    return len(connection.execute(statement, rows).all())


_ORDER: tuple[ColumnElement[Any], ...] = (_c.position, _c.code, _c.version)


def _row(standard: CaseStandard, position: int) -> dict[str, Any]:
    own = {name: getattr(standard, name) for name in _OWN}
    return own | {"position": position, "limit_kind": standard.limit.kind, "limit_amount": standard.limit.amount}


_OWN = tuple(name for name in CaseStandard.__slots__ if name != "limit")


def _standard(row: RowMapping) -> CaseStandard:
    own = {name: row[name] for name in _OWN}
    enums = {"evidence": ProofAsked(row["evidence"]), "unit_kind": UnitKind(row["unit_kind"])}
    return CaseStandard(**own | enums | {"limit": Limit(LimitKind(row["limit_kind"]), row["limit_amount"])})
