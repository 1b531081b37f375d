"""Walls as they are kept: displays by name with what each shows, and the scenes that were sent to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.store import tables
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import WriteConnection

_wall, _display = tables.wall.c, tables.credential.c
_IS_HELD = _wall.held_until > func.now()
_SENT = ("scene", "sent_by", "sent_at", "held_until")
MOST = 500


def walls(connection: Connection) -> Sequence[RowMapping]:
    """Return the displays that are let in, by name; what was sent to one is told until its time is over.

    To be asked without a scope: a display lies in no part of the city, but has one.
    """
    return connection.execute(_valid().order_by(_display.label, _display.id).limit(MOST)).mappings().all()


def one(connection: Connection, display: str) -> RowMapping | None:
    """Return a display that is let in."""
    return connection.execute(_valid().where(_display.id == display)).mappings().one_or_none()


def _valid() -> Select[tuple[Any, ...]]:
    of_display = (
        _display.id,
        _display.label,
        _display.scene.label("page"),
        _display.scope_kind,
        _display.scope_codes,
    )
    held = [case((_IS_HELD, _wall[name])).label(name) for name in _SENT]
    joined = tables.credential.join(tables.wall, _wall.credential_id == _display.id, isouter=True)
    statement = select(*of_display, _wall.shows, _wall.answered_at, *held).select_from(joined)
    is_let_in = and_(
        _display.kind == CredentialKind.DISPLAY.value,
        _display.revoked_at.is_(None),
        _display.expires_at.is_(None) | (_display.expires_at > func.now()),
    )
    return statement.where(is_let_in)


def answer(connection: WriteConnection, display: str, shows: str) -> None:
    """Note what a wall shows now."""
    _put(connection, display, {"shows": shows, "answered_at": func.now()})


def send(connection: WriteConnection, display: str, scene: str, by: str, until: datetime) -> None:
    """Note which scene is held on a wall, in the place of any other."""
    _put(connection, display, {"scene": scene, "sent_by": by, "sent_at": func.now(), "held_until": until})


def release(connection: WriteConnection, display: str) -> bool:
    """Let a wall go; False where nothing is held there."""
    held = (_wall.credential_id == display, _IS_HELD)
    statement = update(tables.wall).where(*held).values(dict.fromkeys(_SENT))
    return connection.scalar(statement.returning(_wall.credential_id)) is not None


def _put(connection: WriteConnection, display: str, values: dict[str, Any]) -> None:
    statement = insert(tables.wall).values(credential_id=display, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[_wall.credential_id], set_=values))
