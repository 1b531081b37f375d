"""Keeps and reads how often indicators are read and exported: by day, role and area, never by person."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert

from cityops.store import tables
from cityops.store.engine import WriteConnection

_usage = tables.indicator_usage.c

UsageKey = tuple[date, str, str, str]
"""Day of the city, code of the indicator, role, area."""


def add(connection: WriteConnection, counts: Mapping[UsageKey, tuple[int, int]]) -> None:
    """Add reads and exports to what is counted; rows are taken in one order, so that two writers never lock up."""
    rows = [
        {"day": day, "code": code, "role": role, "area": area, "reads": reads, "exports": exports}
        for (day, code, role, area), (reads, exports) in sorted(counts.items())
    ]
    statement = insert(tables.indicator_usage)
    kept = tables.indicator_usage.c
    more = {name: kept[name] + statement.excluded[name] for name in ("reads", "exports")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["day", "code", "role", "area"], set_=more), rows
    )


def used(connection: Connection, since: date, code: str | None = None) -> Sequence[RowMapping]:
    """Return what was used from `since` on, by indicator, role and area, the most used first."""
    reads, exports = (func.sum(_usage[name]).label(name) for name in ("reads", "exports"))
    statement = (
        select(_usage.code, _usage.role, _usage.area, reads, exports, func.max(_usage.day).label("last"))
        .where(_usage.day >= since)
        .group_by(_usage.code, _usage.role, _usage.area)
        .order_by((reads + exports).desc(), _usage.code, _usage.role, _usage.area)
    )
    if code is not None:
        statement = statement.where(_usage.code == code)
    return connection.execute(statement).mappings().all()


def last_used(connection: Connection) -> dict[str, date]:
    """Return by indicator the day on which it was last read or exported."""
    statement = select(_usage.code, func.max(_usage.day).label("day")).group_by(_usage.code)
    return {row.code: row.day for row in connection.execute(statement)}


def counted_since(connection: Connection) -> date | None:
    """Return the first day of which anything is counted; None before the first use."""
    day: date | None = connection.scalar(select(func.min(_usage.day)))
    return day
