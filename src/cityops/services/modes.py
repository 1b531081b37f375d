"""Acts on modes (平急结合): started, prolonged and ended by who is over the region; each stands in the audit."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from cityops.domain.audit import Action, Actor
from cityops.domain.modes.modes import ModeError, NewMode, check_over, check_start, check_until
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.access.accounts import present
from cityops.store.engine import WriteConnection
from cityops.store.modes import modes as store


class InForceError(CityopsError):
    """As things stand it cannot be done: another mode is in force there, or this one no more."""


def start(connection: WriteConnection, actor: Actor, mode: NewMode) -> int:
    """Put a mode in force and return its id.

    Raises
    ------
    ModeError
        It makes no sense so, or the region is for somebody else (`NotOverItError`).
    InForceError
        The region has one already; end it first, so that its end is written down.
    """
    _check_over(actor, mode.region_code)
    check_start(mode, present(connection))
    store.end_lapsed(connection, mode.region_code)
    number = store.start(connection, mode, actor.name)
    if number is None:
        other = store.of_region(connection, mode.region_code)
        named = f"{other['title_zh']} (mode {other['id']})" if other else "another one"
        raise InForceError(f"region: {mode.region_code} is in {named} already; end that first")
    told: dict[str, Any] = {"region": mode.region_code, "kind": mode.kind, "matter": mode.matter, "grade": mode.grade}
    told |= {"title": mode.titles[0], "why": mode.reason, "approver": mode.approver}
    told |= {"until": mode.until, "drill": mode.drill}
    audit.record(connection, actor, Action.MODE_START, f"mode {number}", detail=told)
    return number


def prolong(connection: WriteConnection, actor: Actor, number: int, until: datetime | None) -> None:
    """Give a mode another planned end; None: it has none, which a drill must.

    Raises
    ------
    AbsentError
        There is no such mode.
    ModeError, InForceError
        The end makes no sense, the region is for somebody else; the mode is in force no more.
    """
    kept = _kept(connection, actor, number)
    check_until(until, present(connection), drill=kept["drill"])
    if not store.prolong(connection, number, until):
        raise _over(connection, number)
    detail = {"region": kept["region_code"], "until": until, "before": kept["until"]}
    audit.record(connection, actor, Action.MODE_PROLONG, f"mode {number}", detail=detail)


def end(connection: WriteConnection, actor: Actor, number: int, reason: str) -> None:
    """End a mode, for good.

    Raises
    ------
    AbsentError
        There is no such mode.
    ModeError, InForceError
        The region is for somebody else; the mode is in force no more.
    """
    kept = _kept(connection, actor, number)
    if not store.end(connection, number, actor.name):
        raise _over(connection, number)
    detail = {"region": kept["region_code"], "title": kept["title_zh"], "why": reason}
    audit.record(connection, actor, Action.MODE_END, f"mode {number}", detail=detail)


def _kept(connection: WriteConnection, actor: Actor, number: int) -> RowMapping:
    kept = store.one(connection, number)
    if kept is None:
        raise AbsentError(f"there is no mode {number}: the ids stand in /api/v1/modes")
    _check_over(actor, kept["region_code"])
    return kept


def _check_over(actor: Actor, region_code: str) -> None:
    if actor.scope is None:
        raise ModeError("a mode is changed by somebody with an area")
    check_over(actor.scope, region_code)


def _over(connection: WriteConnection, number: int) -> InForceError:
    kept = store.one(connection, number)
    assert kept is not None
    return InForceError(f"mode {number} has been over since {kept['ended_at']:%Y-%m-%d %H:%M} UTC")
