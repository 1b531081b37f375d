"""Filters of cases that somebody keeps under names: each sees their own alone, by the row-level security too."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from cityops.store.access.ownership import own
from cityops.store.engine import WriteConnection
from cityops.store.tables import saved_filter

MOST = 9
"""Filters of one person: a key each."""

_c = saved_filter.c


def owned(connection: Connection, login: str) -> Sequence[RowMapping]:
    """Return somebody's filters in order of their places."""
    own(connection, login)
    shown = select(_c.place, _c.name, _c.todo, _c.q).where(_c.login == login)
    return connection.execute(shown.order_by(_c.place)).mappings().all()


def save(connection: WriteConnection, login: str, name: str, todo: str, q: str | None) -> int | None:
    """Keep a filter under its name, or what was kept under it anew; return its place, None where all are taken.

    A new one takes the first place that is free. Another transaction that takes it meanwhile makes this one fail.
    """
    own(connection, login)
    mine = update(saved_filter).where(_c.login == login, _c.name == name).values(todo=todo, q=q)
    kept: int | None = connection.scalar(mine.returning(_c.place))
    return _placed(connection, login, name, todo, q) if kept is None else kept


def _placed(connection: WriteConnection, login: str, name: str, todo: str, q: str | None) -> int | None:
    taken = {*connection.scalars(select(_c.place).where(_c.login == login))}
    place = next((one for one in range(1, MOST + 1) if one not in taken), None)
    if place is not None:
        row = {"login": login, "place": place, "name": name, "todo": todo, "q": q}
        connection.execute(insert(saved_filter).values(row))
    return place


def remove(connection: WriteConnection, login: str, name: str) -> bool:
    """Forget a filter; False where there is none of this name."""
    own(connection, login)
    gone = delete(saved_filter).where(_c.login == login, _c.name == name).returning(_c.place)
    return connection.scalar(gone) is not None
