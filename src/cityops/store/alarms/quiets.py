"""What keeps alarms quiet: silences and devices out of service by filter, shelves by the alarm, and their ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from cityops.domain.alarms.course import AlarmStep, Entry, QuietKind
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import RegionLevel, district_of, is_city, level_of
from cityops.reference import CITY_CODE
from cityops.store.alarms import entries

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


@dataclass(frozen=True, slots=True)
class Labelled:
    """An open alarm by its labels (`domain.alarms.matchers.LABELS`); `is_standing`: its cause is not gone."""

    id: int
    is_standing: bool
    quiet: str | None
    level: WarningLevel
    is_acknowledged: bool
    raised_at: datetime
    labels: Mapping[str, str]


def labelled(cursor: psycopg.Cursor) -> list[Labelled]:
    """Return all open alarms by their labels."""
    rows = cursor.execute(
        """
        SELECT alarm.id, gone_at IS NULL, quiet, level, acknowledged_at IS NOT NULL, raised_at,
               rule_code, alarm.class, alarm_rule.subject, alarm.metric, level, priority, device.kind,
               alarm.source_system_code, alarm.region_code, device.code
        FROM alarm LEFT JOIN device ON device.id = device_id
            LEFT JOIN alarm_rule ON alarm_rule.code = rule_code AND alarm_rule.version = rule_version
        WHERE cleared_at IS NULL
        """
    )
    return [Labelled(row[0], row[1], row[2], WarningLevel(row[3]), row[4], row[5], _labels(*row[6:])) for row in rows]


def _labels(
    rule: str,
    alarm_class: str,
    subject: str | None,
    metric: str | None,
    level: int,
    priority: int,
    kind: str | None,
    source: str | None,
    region: str,
    device: str | None,
) -> dict[str, str]:
    return {
        "rule": rule,
        "class": alarm_class,
        "subject": subject or "",
        "metric": metric or "",
        "level": WarningLevel(level).name.lower(),
        "priority": str(priority),
        "kind": kind or "",
        "source_system": source or "",
        "district": "" if is_city(region) else district_of(region),
        "street": region if level_of(region) is RegionLevel.STREET else "",
        "device": device or "",
    }


def suppress(cursor: psycopg.Cursor, alarms: Sequence[Labelled], by_rule: Mapping[int, str], now: datetime) -> None:
    """Suppress alarms, each by the rule whose alarm says the same; those that no rule does any more are heard again.

    What an operator or maintenance keeps quiet stays as it is.
    """
    new = [one.id for one in alarms if one.quiet is None and one.id in by_rule]
    over = [one.id for one in alarms if one.quiet == QuietKind.SUPPRESSED and one.id not in by_rule]
    if new:
        cursor.execute(
            """
            UPDATE alarm SET quiet = 'suppressed', quiet_by = rule, quiet_why = 'an alarm of this rule says the same'
            FROM unnest(%s::bigint[], %s::text[]) AS given (number, rule) WHERE id = number
            """,
            [new, [by_rule[number] for number in new]],
        )
    if over:
        cursor.execute("UPDATE alarm SET quiet = NULL, quiet_by = NULL, quiet_why = NULL WHERE id = ANY(%s)", [over])
    begun = [Entry(number, now, AlarmStep.SUPPRESSED, by=by_rule[number]) for number in new]
    entries.journal(cursor, [*begun, *(Entry(number, now, AlarmStep.UNQUIETED) for number in over)])
