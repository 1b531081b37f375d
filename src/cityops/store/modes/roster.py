"""The roster as it is kept: duties in force, and with them those that were changed or taken out, and when."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, literal, select, text, tuple_, update

from cityops.domain.modes.modes import ModeKind
from cityops.domain.modes.roster import AHEAD, RosterDuty
from cityops.store import tables
from cityops.store.engine import WriteConnection

_c = tables.duty.c
_IN_FORCE = _c.removed_at.is_(None)
_COLUMNS = tuple(_c[name] for name in RosterDuty.__slots__)
_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtext('cityops.duty'))")


def around(connection: Connection, at: datetime) -> list[RosterDuty]:
    """Return the duties of a day before a moment and a day after it."""
    near = (_c.ends_at > at - AHEAD, _c.starts_at < at + AHEAD)
    return [_duty(row) for row in connection.execute(select(*_COLUMNS).where(_IN_FORCE, *near)).mappings()]


def is_used(connection: Connection) -> bool:
    """Tell whether there has ever been a roster."""
    return connection.scalar(select(literal(1)).select_from(tables.duty).limit(1)) is not None


def hold(connection: WriteConnection) -> None:
    """Have whoever else changes the roster wait until this transaction is over."""
    connection.execute(_ONE_BY_ONE)


def in_force(connection: Connection, since: datetime | None = None) -> list[RosterDuty]:
    """Return the duties in force by region, role, order and time; those alone that are not over by a time."""
    statement = select(*_COLUMNS).where(_IN_FORCE, *(() if since is None else (_c.ends_at > since,)))
    ordered = statement.order_by(_c.region_code, _c.role, _c.place, _c.starts_at)
    return [_duty(row) for row in connection.execute(ordered).mappings()]


def remove(connection: WriteConnection, duties: Collection[RosterDuty]) -> None:
    """Take duties out; they stay with when that was."""
    if duties:
        keys = [(*one.key[:4], sorted(one.kinds)) for one in duties]
        key = tuple_(_c.region_code, _c.role, _c.place, _c.starts_at, _c.kinds)
        connection.execute(update(tables.duty).where(_IN_FORCE, key.in_(keys)).values(removed_at=func.now()))


def add(connection: WriteConnection, duties: Collection[RosterDuty], by: str) -> None:
    """Put duties in force."""
    rows = [
        {name: getattr(one, name) for name in RosterDuty.__slots__} | {"kinds": sorted(one.kinds)} for one in duties
    ]
    if rows:
        connection.execute(insert(tables.duty), [row | {"set_by": by} for row in rows])


def _duty(row: RowMapping) -> RosterDuty:
    return RosterDuty(**{**row, "kinds": frozenset(map(ModeKind, row["kinds"]))})
