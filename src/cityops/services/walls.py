"""Acts on walls (推送): a scene sent to a named wall and held there, released; what a wall tells of itself."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, RowMapping

from cityops.domain.access import Scope, ScopeKind, Subject
from cityops.domain.audit import Action, Actor
from cityops.domain.modes.walls import check_push, may_push
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.access.accounts import present
from cityops.store.engine import WriteConnection
from cityops.store.modes import walls as store


class BoundError(CityopsError):
    """The display is bound to a page that has no scenes."""


def seen(connection: Connection, subject: Subject) -> Sequence[RowMapping]:
    """Return the walls that lie in somebody's area; a transaction without a scope reads them."""
    return [row for row in store.walls(connection) if subject.scope.includes(scope_of(row))]


def scope_of(row: RowMapping) -> Scope:
    """Return the area of a wall."""
    return Scope(ScopeKind(row["scope_kind"]), frozenset(row["scope_codes"] or ()))


def push(connection: WriteConnection, actor: Actor, subject: Subject, display: str, scene: str, minutes: int) -> None:
    """Send a scene to a wall, which holds it until it is released or the time is over; in the place of any other.

    Raises
    ------
    AbsentError
        There is no such wall in the subject's area.
    WallError, BoundError
        The time makes no sense; the display shows a page without scenes.
    """
    kept = _kept(connection, subject, display)
    if kept["page"] not in {None, "/"}:
        raise BoundError(f"wall: {kept['label']} is bound to {kept['page']}, which has no scenes to choose from")
    now = present(connection)
    until = now + timedelta(minutes=minutes)
    check_push(until, now)
    store.send(connection, display, scene, actor.name, until)
    detail = {"wall": kept["label"], "scene": scene, "until": until, "before": kept["scene"]}
    audit.record(connection, actor, Action.WALL_PUSH, f"display {display}", detail=detail)


def release(connection: WriteConnection, actor: Actor, subject: Subject, display: str) -> None:
    """Let a wall go: it shows again what it would by itself.

    Raises
    ------
    AbsentError
        There is no such wall in the subject's area, or nothing is held there.
    """
    kept = _kept(connection, subject, display)
    if not store.release(connection, display):
        raise AbsentError(f"nothing is held on the wall {kept['label']}")
    detail = {"wall": kept["label"], "scene": kept["scene"]}
    audit.record(connection, actor, Action.WALL_RELEASE, f"display {display}", detail=detail)


def _kept(connection: Connection, subject: Subject, display: str) -> RowMapping:
    kept = store.one(connection, display)
    if kept is None or not may_push(subject, scope_of(kept)):
        raise AbsentError(f"there is no wall {display}: the ids stand in /api/v1/walls")
    return kept
