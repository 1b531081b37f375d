"""Takes up rules that are new or changed, and lets go of those that are no more, in the job's transaction.

What stands already when a rule comes is not told by a new reading: the newest reading of each series that the rule
touches is hinted at, once at the beginning and once when every worker must have read the rule, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import psycopg

from cityops.store.alarms.hints import Touch

SETTLED_AFTER = timedelta(seconds=15)
"""Workers read the rules every 10 s (`catalog.REFRESH_S`); by then all go by them."""

NOT_OLDER = timedelta(hours=1)
"""A newest reading from longer ago says nothing of now."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Which version of a rule the job goes by."""

    rule_code: str
    rule_version: int
    taken_up_at: datetime
    is_settled: bool


def taken_up(cursor: psycopg.Cursor) -> list[TakenUp]:
    """Return the rules that the job goes by."""
    rows = cursor.execute("SELECT rule_code, rule_version, taken_up_at, is_settled FROM alarm_taken_up")
    return [TakenUp(*row) for row in rows]


def take_up(cursor: psycopg.Cursor, versions: Mapping[str, int], now: datetime) -> None:
    """Go by these versions from now on."""
    cursor.execute(
        """
        INSERT INTO alarm_taken_up (rule_code, rule_version, taken_up_at, is_settled)
        SELECT code, version, %s, false FROM unnest(%s::text[], %s::int[]) AS new (code, version)
        ON CONFLICT (rule_code) DO UPDATE SET
            rule_version = excluded.rule_version, taken_up_at = excluded.taken_up_at, is_settled = false
        """,
        [now, list(versions), list(versions.values())],
    )


def settle(cursor: psycopg.Cursor, rules: Sequence[str]) -> None:
    """Note that every worker goes by these rules."""
    cursor.execute("UPDATE alarm_taken_up SET is_settled = true WHERE rule_code = ANY(%s)", [list(rules)])


def let_go(cursor: psycopg.Cursor, rules: Sequence[str]) -> None:
    """Forget what is remembered under rules that are no more; their alarms are cleared by who calls."""
    for table in ("alarm_track", "alarm_taken_up"):
        cursor.execute(f"DELETE FROM {table} WHERE rule_code = ANY(%s)", [list(rules)])  # noqa: S608 - names are the constants above


def hint_at_newest(cursor: psycopg.Cursor, touch: Touch, rules: Sequence[str], now: datetime) -> None:
    """Hint at the newest reading of series that touch, and of those with something remembered under these rules.

    One that was evaluated by this version is not hinted at again.
    """
    rows = cursor.execute("SELECT series_id, value FROM reading_latest WHERE ts > %s", [now - NOT_OLDER]).fetchall()
    series = np.array([row[0] for row in rows], np.int32)
    value = np.array([row[1] for row in rows], np.float64)
    touching = series[touch.touched(series, value)]
    cursor.execute(
        """
        INSERT INTO alarm_hint (series_id, ts, value, is_late)
        SELECT series_id, ts, value, false FROM reading_latest AS newest
        WHERE (series_id = ANY(%(touching)s) OR series_id IN (
                SELECT track.series_id FROM alarm_track AS track JOIN alarm_taken_up USING (rule_code)
                WHERE rule_code = ANY(%(rules)s) AND track.rule_version <> alarm_taken_up.rule_version))
            AND NOT EXISTS (
                SELECT FROM alarm_track AS track JOIN alarm_taken_up USING (rule_code, rule_version)
                WHERE track.series_id = newest.series_id AND track.at >= newest.ts AND rule_code = ANY(%(rules)s))
        """,
        {"touching": touching.tolist(), "rules": list(rules)},
    )
