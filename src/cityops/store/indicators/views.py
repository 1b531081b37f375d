"""Views of the data page that persons keep: each sees their own, and those that others share with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from cityops.store.access.ownership import own
from cityops.store.engine import WriteConnection
from cityops.store.tables import saved_view

MOST = 50
"""Views of one person."""

_c = saved_view.c


def seen(connection: Connection, login: str) -> Sequence[RowMapping]:
    """Return somebody's own views and then those that are shared with them, each in order of names."""
    own(connection, login)
    shown = select(saved_view).order_by(_c.login != login, _c.name, _c.id)
    return connection.execute(shown).mappings().all()


def one(connection: Connection, login: str, number: int) -> RowMapping | None:
    """Return a view that somebody sees."""
    own(connection, login)
    return connection.execute(select(saved_view).where(_c.id == number)).mappings().one_or_none()


def add(
    connection: WriteConnection, login: str, name: str, question: Mapping[str, Any], area: str | None, *, shared: bool
) -> int | None:
    """Keep a view in place of the one of the same name; return its id, None where there is no room for one more.

    What keeps its question keeps its id: reports are made of a view by it.
    """
    own(connection, login)
    row = {"login": login, "name": name, "question": dict(question), "area_code": area, "shared": shared}
    same = (_c.login == login, _c.name == name)
    unchanged = update(saved_view).where(*same, _c.question == dict(question)).values(shared=shared)
    number: int | None = connection.scalar(unchanged.returning(_c.id))
    if number is not None:
        return number
    connection.execute(delete(saved_view).where(*same))
    count = connection.scalar(select(func.count()).select_from(saved_view).where(_c.login == login)) or 0
    if count >= MOST:
        return None
    added: int = connection.execute(insert(saved_view).values(row).returning(_c.id)).scalar_one()
    return added


def change(connection: WriteConnection, login: str, number: int, name: str, *, shared: bool) -> bool:
    """Call a view of somebody's own otherwise, share it or not; False where there is none."""
    own(connection, login)
    changed = update(saved_view).where(_c.id == number, _c.login == login).values(name=name, shared=shared)
    return connection.scalar(changed.returning(_c.id)) is not None


def remove(connection: WriteConnection, login: str, number: int) -> str | None:
    """Forget a view of somebody's own; return its name, None where there is none."""
    own(connection, login)
    gone = delete(saved_view).where(_c.id == number, _c.login == login).returning(_c.name)
    name: str | None = connection.scalar(gone)
    return name
