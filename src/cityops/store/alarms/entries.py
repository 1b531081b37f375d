"""Alarms as the job writes them: the newest of each object, new and changed ones, and what the journal says."""

from collections.abc import Iterable, Sequence

import psycopg
from psycopg.types.json import Jsonb

from cityops.domain.alarms.course import Alarm, Entry

_COLUMNS = {
    "id": "bigint",
    "rule_code": "text",
    "rule_version": "int",
    "class": "text",
    "priority": "smallint",
    "object": "text",
    "series_id": "int",
    "device_id": "int",
    "region_code": "text",
    "source_system_code": "text",
    "metric": "text",
    "level": "smallint",
    "worst_level": "smallint",
    "value_raised": "float8",
    "value_worst": "float8",
    "onset": "timestamptz",
    "raised_at": "timestamptz",
    "gone_at": "timestamptz",
    "cleared_at": "timestamptz",
    "cleared_why": "text",
    "acknowledged_at": "timestamptz",
    "acknowledged_by": "text",
    "latched": "bool",
    "quiet": "text",
    "quiet_by": "text",
    "quiet_why": "text",
    "quiet_until": "timestamptz",
    "chattering": "bool",
    "previous_id": "bigint",
    "mode_id": "bigint",
}
"""The columns of an alarm that the job knows, in the order of `Alarm`'s fields, with their types."""

_CHANGING = (
    *("priority", "level", "worst_level", "value_worst", "gone_at", "cleared_at", "cleared_why"),
    *("acknowledged_at", "acknowledged_by", "latched", "quiet", "quiet_by", "quiet_why", "quiet_until", "chattering"),
)
_NAMES = ", ".join(_COLUMNS)
_UNNEST = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())

Key = tuple[str, str]
"""Rule and object."""


def newest(cursor: psycopg.Cursor, keys: Sequence[Key]) -> dict[Key, Alarm]:
    """Return the newest alarm of each of these objects; locked, so that nobody acknowledges what is being changed."""
    rows = cursor.execute(
        f"""
        SELECT {_NAMES} FROM alarm WHERE id IN (
            SELECT found.id FROM unnest(%s::text[], %s::text[]) AS asked (rule_code, object) CROSS JOIN LATERAL (
                SELECT id FROM alarm WHERE alarm.rule_code = asked.rule_code AND alarm.object = asked.object
                ORDER BY id DESC LIMIT 1) AS found)
        """,  # noqa: S608 - names are the constants above
        [[rule for rule, _ in keys], [one for _, one in keys]],
    )
    return {(alarm.rule_code, alarm.object): alarm for alarm in (Alarm(*row) for row in rows)}


def of_rules_gone(cursor: psycopg.Cursor, in_force: Sequence[str]) -> list[Alarm]:
    """Return the open alarms of rules that are in force no more."""
    rows = cursor.execute(
        f"SELECT {_NAMES} FROM alarm WHERE cleared_at IS NULL AND NOT rule_code = ANY(%s)",  # noqa: S608 - names are the constants above
        [list(in_force)],
    )
    return [Alarm(*row) for row in rows]


def chattering(cursor: psycopg.Cursor) -> list[Alarm]:
    """Return the open alarms that chattered and whose cause is gone."""
    rows = cursor.execute(
        f"SELECT {_NAMES} FROM alarm WHERE cleared_at IS NULL AND chattering AND gone_at IS NOT NULL"  # noqa: S608 - names are the constants above
    )
    return [Alarm(*row) for row in rows]


def new_ids(cursor: psycopg.Cursor, count: int) -> list[int]:
    """Take numbers for new alarms."""
    rows = cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('alarm', 'id')) FROM generate_series(1, %s)", [count]
    )
    return [row[0] for row in rows]


def add(cursor: psycopg.Cursor, alarms: Sequence[Alarm]) -> None:
    """Write new alarms.

    Raises
    ------
    psycopg.errors.UniqueViolation
        Another process has opened one of the same object meanwhile; the transaction is lost, and done again finds it.
    """
    if alarms:
        cursor.execute(f"INSERT INTO alarm ({_NAMES}) SELECT * FROM unnest({_UNNEST})", _arrays(alarms))  # noqa: S608 - names are the constants above


def change(cursor: psycopg.Cursor, alarms: Sequence[Alarm]) -> None:
    """Write what has become of alarms."""
    if alarms:
        changes = ", ".join(f"{name} = given.{name}" for name in _CHANGING)
        cursor.execute(
            f"UPDATE alarm SET {changes} FROM unnest({_UNNEST}) AS given ({_NAMES}) WHERE alarm.id = given.id",  # noqa: S608 - names are the constants above
            _arrays(alarms),
        )


def journal(cursor: psycopg.Cursor, entries: Iterable[Entry]) -> None:
    """Write lines of the journal, in this order."""
    rows = [
        (one.alarm_id, one.at, one.kind, one.ts, one.level, one.value, one.by, Jsonb(dict(one.detail)))
        for one in entries
    ]
    if rows:
        cursor.executemany(
            "INSERT INTO alarm_change (alarm_id, at, kind, ts, level, value, by, detail)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _arrays(alarms: Sequence[Alarm]) -> list[list[object]]:
    names = Alarm.__slots__
    return [[getattr(alarm, name) for alarm in alarms] for name in names]
