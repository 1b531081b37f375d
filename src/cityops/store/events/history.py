"""Writes event records: each step of a case goes into the append-only history, the newest one into `event`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple, get_args, get_type_hints

import psycopg
from psycopg.types.json import Jsonb

from cityops.domain.events.reported import ATTRIBUTES, EventStep


class Recorded(NamedTuple):
    """What became of a step: whether it was new, or else in which fields it differs from the one that is kept."""

    is_new: bool
    differs_in: tuple[str, ...] = ()


_KEY = "source_system_code, external_id"
_COLUMNS = ", ".join(ATTRIBUTES)
_FOLLOWING = [name for name in ATTRIBUTES if name not in {*_KEY.split(", "), "drill"}]
_TYPES: dict[object, str] = {bool: "bool", str: "text", int: "int", float: "float8", datetime: "timestamptz"}
_TYPED = [f"{name} {_TYPES[(get_args(kind) or [kind])[0]]}" for name, kind in get_type_hints(EventStep).items()]
_STEPS = f"jsonb_to_recordset(%(steps)s) AS step ({', '.join(_TYPED)})"
_NEWEST = f"""
    INSERT INTO event AS kept ({_COLUMNS})
    SELECT DISTINCT ON ({_KEY}) {_COLUMNS} FROM {_STEPS}
    ORDER BY {_KEY}, sequence DESC
    ON CONFLICT ({_KEY}) DO UPDATE SET
        ({", ".join(_FOLLOWING)}) = ({", ".join(f"excluded.{name}" for name in _FOLLOWING)})
    WHERE kept.sequence < excluded.sequence AND kept.master = 'source'
    """  # noqa: S608 - put in are names of columns alone
_PLAYED = f"""
    UPDATE event SET drill = true FROM {_STEPS}
    WHERE (event.source_system_code, event.external_id) = (step.source_system_code, step.external_id)
        AND step.drill AND NOT event.drill
    """  # noqa: S608 - as above
_HISTORY = f"""
    INSERT INTO event_history (event_id, sequence, status, status_at, received_at, reported)
    SELECT event.id, step.sequence, step.status, step.status_at, step.received_at,
           to_jsonb(step) - 'received_at'
    FROM {_STEPS} JOIN event USING ({_KEY})
    ORDER BY event.id, step.sequence
    ON CONFLICT DO NOTHING
    RETURNING (SELECT source_system_code FROM event WHERE id = event_id),
              (SELECT external_id FROM event WHERE id = event_id), sequence
    """  # noqa: S608 - as above


def record(cursor: psycopg.Cursor, steps: Sequence[EventStep]) -> list[Recorded]:
    """Add steps; return what became of each: of equal keys the first one stays.

    A step may come in any order: the history keeps them all, `event` shows the one with the highest sequence. A case
    that was taken over is moved by our acts alone: further steps of its source are kept, and do not move it.
    """
    first = {step.key: step for step in reversed(steps)}
    ordered = [first[key] for key in sorted(first)]  # the same lock order in every worker
    parameters = {"steps": Jsonb([_row(step) for step in ordered])}
    cursor.execute(_NEWEST, parameters)
    if any(step.drill for step in ordered):  # whichever step said so, and whenever it came
        cursor.execute(_PLAYED, parameters)
    cursor.execute(_HISTORY, parameters)
    new = {(row[0], row[1], row[2]) for row in cursor}
    kept = {key: _reported(step) for key, step in first.items() if key in new}
    kept |= _kept(cursor, [key for key in sorted(first) if key not in new])
    # The first of its key may be new; those after it are held against it like any other.
    return [Recorded(_remove(new, step.key), _differences(step, kept[step.key])) for step in steps]


_Key = tuple[str, str, int]


def _remove(keys: set[_Key], key: _Key) -> bool:
    """Remove a key; return whether it was there."""
    was_there = key in keys
    keys.discard(key)
    return was_there


def _kept(cursor: psycopg.Cursor, keys: Sequence[_Key]) -> dict[_Key, dict[str, Any]]:
    if not keys:
        return {}
    rows = cursor.execute(
        """
        SELECT asked.source, asked.external_id, asked.sequence, reported
        FROM unnest(%s::text[], %s::text[], %s::int[]) AS asked (source, external_id, sequence)
        JOIN event ON event.source_system_code = asked.source AND event.external_id = asked.external_id
        JOIN event_history AS history ON history.event_id = event.id AND history.sequence = asked.sequence
        """,
        [list(column) for column in zip(*keys, strict=True)],
    ).fetchall()
    return {(source, external_id, sequence): reported for source, external_id, sequence, reported in rows}


def _reported(step: EventStep) -> dict[str, Any]:
    return {name: value for name, value in _row(step).items() if name != "received_at"}


def _differences(step: EventStep, kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields in which a step is not as kept; one that was not kept yet when that came, is not compared."""
    said = _reported(step)
    return tuple(name for name, value in said.items() if name in kept and not _same(name, value, kept[name]))


def _same(name: str, one: Any, other: Any) -> bool:
    if name in {"occurred_at", "status_at"}:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return bool(one == other)


def _row(step: EventStep) -> dict[str, object]:
    told = asdict(step).items()
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told}
