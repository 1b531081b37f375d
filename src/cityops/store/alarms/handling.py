"""What people do with alarms, written with its line of the journal: acknowledged, shelved, reset, commented on.

Each takes several at once and returns those it was done to; what lies outside the transaction's scope is not there.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, or_, select, text, update

from cityops.domain.alarms.course import AlarmStep, QuietKind
from cityops.domain.regions import DISTRICT
from cityops.store import tables
from cityops.store.engine import WriteConnection

_alarm, _quiet = tables.alarm.c, tables.alarm_quiet.c


class Handled(NamedTuple):
    """An alarm before something is done to it: what decides whether it may be."""

    id: int
    priority: int
    is_open: bool
    is_gone: bool
    is_acknowledged: bool
    quiet: str | None
    latched: bool
    event_id: int | None


def locked(connection: WriteConnection, ids: Sequence[int]) -> list[Handled]:
    """Return those of these alarms that are there, and keep others from changing them until the transaction ends."""
    columns = (
        _alarm.id,
        _alarm.priority,
        _alarm.cleared_at.is_(None),
        _alarm.gone_at.is_not(None),
        _alarm.acknowledged_at.is_not(None),
        _alarm.quiet,
        _alarm.latched,
        _alarm.event_id,
    )
    statement = select(*columns).where(_alarm.id.in_(ids)).order_by(_alarm.id).with_for_update()
    return [Handled(*row) for row in connection.execute(statement)]


def of_group(connection: WriteConnection, alarm_id: int) -> list[int]:
    """Return the ids of the open alarms that are told together with an alarm at the desk, and its own in any case.

    They are of its rule, in its district (or of the whole city as it is), and not kept quiet, but for the sound.
    """
    group = select(_alarm.rule_code, func.left(_alarm.region_code, DISTRICT)).where(_alarm.id == alarm_id)
    heard = or_(_alarm.quiet.is_(None), _alarm.quiet == QuietKind.SILENCED)
    found = connection.execute(group).one_or_none()
    if found is None:
        return []
    rule_code, place = found
    same = (_alarm.rule_code == rule_code, func.left(_alarm.region_code, DISTRICT) == place)
    members = connection.scalars(select(_alarm.id).where(_alarm.cleared_at.is_(None), heard, *same))
    return sorted({alarm_id, *members})


def write(
    connection: WriteConnection,
    ids: Sequence[int],
    kind: AlarmStep,
    by: str,
    values: Mapping[str, Any],
    detail: Mapping[str, Any],
) -> None:
    """Set columns of alarms and write a line of the journal of each."""
    if not ids:
        return
    if values:
        connection.execute(update(tables.alarm).where(_alarm.id.in_(ids)).values(**values))
    line = text(
        "INSERT INTO alarm_change (alarm_id, kind, level, by, detail)"
        " SELECT id, :kind, level, :by, CAST(:detail AS jsonb) FROM alarm WHERE id = ANY(:ids) ORDER BY id"
    )
    connection.execute(line, {"kind": kind, "by": by, "detail": _json(detail), "ids": list(ids)})


def _json(detail: Mapping[str, Any]) -> str:
    return json.dumps({name: one.isoformat() if isinstance(one, datetime) else one for name, one in detail.items()})


def device_of(connection: Connection, code: str) -> tuple[int, str] | None:
    """Return the id and the region of a device; None where there is none of this code."""
    found = connection.execute(
        select(tables.device.c.id, tables.device.c.region_code).where(tables.device.c.code == code)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def keep_quiet(connection: WriteConnection, kind: QuietKind, by: str, row: Mapping[str, Any]) -> int:
    """Enter a silence or a device out of service; the job applies it to alarms within a second. Return its id."""
    made = connection.execute(insert(tables.alarm_quiet).values(kind=kind, by=by, **row).returning(_quiet.id))
    return int(made.scalar_one())


def end_quiet(connection: WriteConnection, number: int, by: str, now: datetime) -> bool:
    """End one before its time, and let its alarms be heard again; return whether there was one."""
    before = connection.execute(
        select(_quiet.kind, _quiet.ends_at, _quiet.by, _quiet.reason)
        .where(_quiet.id == number, _quiet.ends_at > now)
        .with_for_update()
    ).one_or_none()
    if before is None:
        return False
    connection.execute(update(tables.alarm_quiet).where(_quiet.id == number).values(ends_at=now, ended_by=by))
    kept = (_alarm.quiet == before.kind, _alarm.quiet_until == before.ends_at, _alarm.quiet_by == before.by)
    statement = update(tables.alarm).where(_alarm.cleared_at.is_(None), *kept, _alarm.quiet_why == before.reason)
    connection.execute(statement.values(quiet_until=now))
    return True
