"""What a turn of the job of alarms takes from the store and gives back, all in its one transaction.

Hints and the readings that left them become visible together, so within one snapshot nothing is missed and nothing
seen twice; what was evaluated is told by the time up to which each track has come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

MOST_SERIES = 2_000
"""Series of one turn: a flood of 5,000 is worked off in three, and the others come in between."""

MOST_READINGS = 1_000
"""Readings of one series in one turn; what is beyond is left for the next."""


class Hint(NamedTuple):
    """A new reading that touched a limit."""

    id: int
    series_id: int
    ts: datetime
    value: float
    is_late: bool


@dataclass(slots=True)
class KeptTrack:
    """What is remembered of an object under a rule; `at` is the newest reading dealt with."""

    rule_code: str
    object: str
    rule_version: int
    series_id: int | None
    is_at_rest: bool
    at: datetime | None
    due_at: datetime | None
    track: Any


def begin(cursor: psycopg.Cursor) -> datetime:
    """Make the transaction one snapshot; return the database's clock."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    row = cursor.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


_SERIES = """
WITH hinted AS (
    SELECT series_id FROM alarm_hint GROUP BY series_id ORDER BY min(id) LIMIT %(most)s
), heard AS (
    SELECT alarm_track.series_id FROM alarm_track JOIN reading_latest USING (series_id)
    WHERE NOT is_at_rest AND (alarm_track.at IS NULL OR reading_latest.ts > alarm_track.at)
    ORDER BY evaluated_at LIMIT %(most)s
), due AS (
    SELECT series_id FROM alarm_track WHERE due_at <= %(elapsed)s AND series_id IS NOT NULL
    ORDER BY due_at LIMIT %(most)s
)
SELECT series_id FROM hinted UNION SELECT series_id FROM heard UNION SELECT series_id FROM due
"""


def series_to_evaluate(cursor: psycopg.Cursor, elapsed: datetime) -> list[int]:
    """Return the series with hints, with readings that a track waits for, or with delays that are over."""
    return sorted(row[0] for row in cursor.execute(_SERIES, {"most": MOST_SERIES, "elapsed": elapsed}))


def hints(cursor: psycopg.Cursor, series: Sequence[int]) -> list[Hint]:
    """Return all hints of these series, oldest reading first."""
    rows = cursor.execute(
        "SELECT id, series_id, ts, value, is_late FROM alarm_hint WHERE series_id = ANY(%s) ORDER BY ts",
        [list(series)],
    )
    return [Hint(*row) for row in rows]


_TRACK = "rule_code, object, rule_version, series_id, is_at_rest, at, due_at, track"


def tracks(cursor: psycopg.Cursor, series: Sequence[int]) -> list[KeptTrack]:
    """Return what is remembered of these series."""
    rows = cursor.execute(f"SELECT {_TRACK} FROM alarm_track WHERE series_id = ANY(%s)", [list(series)])  # noqa: S608 - names are the constants above
    return [KeptTrack(*row) for row in rows]


def tracks_of_others(cursor: psycopg.Cursor, rules: Sequence[str]) -> list[KeptTrack]:
    """Return what is not at rest under these rules, and of devices, groups and silences under any: rules change."""
    rows = cursor.execute(
        f"SELECT {_TRACK} FROM alarm_track WHERE NOT is_at_rest AND (series_id IS NULL OR rule_code = ANY(%s))",  # noqa: S608 - names are the constants above
        [list(rules)],
    )
    return [KeptTrack(*row) for row in rows]


_READINGS = f"""
SELECT asked.series_id, found.ts, found.value
FROM unnest(%(series)s::int[], %(since)s::timestamptz[]) AS asked (series_id, since) CROSS JOIN LATERAL (
    SELECT ts, value FROM reading
    WHERE reading.series_id = asked.series_id AND ts >= asked.since AND ts >= %(floor)s
    ORDER BY ts LIMIT {MOST_READINGS}
) AS found
"""  # noqa: S608 - what is put in is the constant


def readings(cursor: psycopg.Cursor, since: Mapping[int, datetime]) -> dict[int, list[tuple[datetime, float]]]:
    """Return of each of these series the readings from a time on, in order of time, at most `MOST_READINGS`."""
    found: dict[int, list[tuple[datetime, float]]] = {series: [] for series in since}
    if since:
        asked = {"series": list(since), "since": list(since.values()), "floor": min(since.values())}
        for series, ts, value in cursor.execute(_READINGS, asked):
            found[series].append((ts, value))
    return found


_KEEP = """
INSERT INTO alarm_track AS kept (
    rule_code, object, rule_version, series_id, is_at_rest, at, due_at, track, evaluated_at)
SELECT *, %s FROM unnest(
    %s::text[], %s::text[], %s::int[], %s::int[], %s::bool[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[])
ON CONFLICT (rule_code, object) DO UPDATE SET
    rule_version = excluded.rule_version, series_id = excluded.series_id, is_at_rest = excluded.is_at_rest,
    at = excluded.at, due_at = excluded.due_at, track = excluded.track, evaluated_at = excluded.evaluated_at
"""


def keep(cursor: psycopg.Cursor, kept: Sequence[KeptTrack], now: datetime) -> None:
    """Remember how far these tracks have come."""
    if kept:
        columns = [
            [getattr(one, name) for one in kept]
            for name in ("rule_code", "object", "rule_version", "series_id", "is_at_rest", "at", "due_at")
        ]
        cursor.execute(_KEEP, [now, *columns, [Jsonb(one.track) for one in kept]])


def forget(cursor: psycopg.Cursor, keys: Sequence[tuple[str, str]]) -> None:
    """Forget what is remembered of these objects, each by rule and object."""
    cursor.execute(
        "DELETE FROM alarm_track USING unnest(%s::text[], %s::text[]) AS given (rule, one)"
        " WHERE rule_code = rule AND object = one",
        [[rule for rule, _ in keys], [one for _, one in keys]],
    )


def done(cursor: psycopg.Cursor, evaluated: Iterable[Hint]) -> None:
    """Delete hints that were dealt with."""
    ids = [one.id for one in evaluated]
    if ids:
        cursor.execute("DELETE FROM alarm_hint WHERE id = ANY(%s)", [ids])


def note_late(cursor: psycopg.Cursor, late: Sequence[Hint], now: datetime) -> None:
    """Note what touched a limit too late to raise anything, by series."""
    if late:
        cursor.execute(
            """
            INSERT INTO alarm_late (noted_at, series_id, n, first_ts, last_ts, lowest, highest)
            SELECT %s, series_id, count(*), min(ts), max(ts), min(value), max(value)
            FROM alarm_hint WHERE id = ANY(%s) GROUP BY series_id
            """,
            [now, [one.id for one in late]],
        )
