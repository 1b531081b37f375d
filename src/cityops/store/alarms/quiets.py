"""What keeps alarms quiet: silences and devices out of service by filter, shelves by the alarm, and their ends."""

from collections.abc import Sequence
from datetime import datetime

import psycopg

from cityops.domain.alarms.course import AlarmStep, Entry
from cityops.reference import CITY_CODE

_IN_FORCE = """
    starts_at <= %(now)s AND ends_at > %(now)s
    AND (found.region_code = %(city)s OR starts_with(alarm.region_code, found.region_code))
    AND (found.device_id IS NULL OR found.device_id = alarm.device_id)
    AND (found.rule_code IS NULL OR found.rule_code = alarm.rule_code)
    AND (found.class IS NULL OR found.class = alarm.class)
    AND (found.metric IS NULL OR found.metric = alarm.metric)
"""

_BEGIN = f"""
UPDATE alarm SET quiet = kind, quiet_by = by, quiet_why = reason, quiet_until = ends_at
FROM (
    SELECT DISTINCT ON (alarm.id) alarm.id AS alarm_id, found.*
    FROM alarm JOIN alarm_quiet AS found ON {_IN_FORCE}
    WHERE cleared_at IS NULL AND alarm.quiet IS NULL AND (%(ids)s::bigint[] IS NULL OR alarm.id = ANY(%(ids)s))
    ORDER BY alarm.id, kind, found.ends_at DESC
) AS chosen
WHERE alarm.id = alarm_id RETURNING alarm.id, kind, by, reason, ends_at
"""  # noqa: S608 - what is put in is the condition above


def begin(cursor: psycopg.Cursor, alarms: Sequence[int] | None, now: datetime) -> list[Entry]:
    """Keep open alarms quiet (these, or all) that a silence or work on a device is about; return the journal."""
    some = cursor.execute("SELECT FROM alarm_quiet WHERE starts_at <= %s AND ends_at > %s LIMIT 1", [now, now])
    if not some.fetchall():
        return []
    parameters = {"now": now, "city": CITY_CODE, "ids": None if alarms is None else list(alarms)}
    rows = cursor.execute(_BEGIN, parameters).fetchall()
    return [
        Entry(row[0], now, AlarmStep(row[1]), by=row[2], detail={"why": row[3], "until": row[4].isoformat()})
        for row in rows
    ]


def end(cursor: psycopg.Cursor, now: datetime) -> list[Entry]:
    """Let alarms be heard again whose quiet time is over; return the journal."""
    rows = cursor.execute(
        """
        UPDATE alarm SET quiet = NULL, quiet_by = NULL, quiet_why = NULL, quiet_until = NULL
        FROM (SELECT id, quiet FROM alarm WHERE cleared_at IS NULL AND quiet_until <= %s) AS before
        WHERE alarm.id = before.id RETURNING alarm.id, before.quiet
        """,
        [now],
    ).fetchall()
    return [
        Entry(row[0], now, AlarmStep.UNQUIETED, detail={"was": row[1], "why": "its time is over"}) for row in rows
    ]
