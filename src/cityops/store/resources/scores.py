"""Counts how good what each source system sends is, from what is kept of it; the scores are made by the domain."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, text

from cityops.domain.freshness import FRESH_INTERVALS

_COUNTED = text(
    """
    WITH accounts AS (
        SELECT source_system_code AS code, sum(received)::bigint AS received, sum(stored)::bigint AS stored,
               sum(duplicate)::bigint AS duplicate, sum(rejected)::bigint AS rejected,
               count(DISTINCT day) FILTER (WHERE received > 0) AS days_with
        FROM ingest_ledger_day WHERE day >= :since GROUP BY source_system_code
    ), looks AS (
        SELECT code, count(*) AS looks, count(*) FILTER (WHERE at - newest <= make_interval(secs => :fresh * every))
               AS on_time
        FROM (SELECT ledger_past.at, source_system_code AS code, max(last_received_at) AS newest,
                     min(expected_interval_s) AS every
              FROM ledger_past JOIN source_system ON source_system.code = source_system_code
              WHERE ledger_past.at >= :since_at GROUP BY ledger_past.at, source_system_code) AS told
        GROUP BY code
    ), devices AS (
        SELECT source_system_code AS code, count(*) AS devices, count(*) FILTER (WHERE state = 'online') AS online
        FROM device JOIN device_state ON device_id = device.id GROUP BY source_system_code
    ), periods AS (
        SELECT code, count(*) AS periods, count(*) FILTER (WHERE revisions > 1) AS revised
        FROM (SELECT source_system_code AS code, count(*) AS revisions FROM indicator_value
              WHERE received_at >= :since_at
              GROUP BY source_system_code, indicator_code, region_code, period_start, period_end) AS told
        GROUP BY code
    )
    SELECT source_system.code, source_system.name_zh, source_system.name_en, carries,
           department.name_zh AS department_zh, department.name_en AS department_en, department_code AS unit,
           received, stored, duplicate, rejected, days_with, looks, on_time, devices, online, periods, revised
    FROM source_system JOIN department ON department.code = department_code
         LEFT JOIN accounts ON accounts.code = source_system.code LEFT JOIN looks ON looks.code = source_system.code
         LEFT JOIN devices ON devices.code = source_system.code
         LEFT JOIN periods ON periods.code = source_system.code
    WHERE carries IN ('readings', 'events', 'indicators')
    ORDER BY source_system.code
    """
)

_REASONS = text(
    """
    SELECT source_system_code AS source, reason, sum(refusals)::bigint AS count
    FROM reject WHERE received_at >= :since_at GROUP BY source_system_code, reason ORDER BY count DESC, reason
    """
)


def counted(connection: Connection, since: date, since_at: datetime) -> Sequence[RowMapping]:
    """Return a row for each source system that sends here; what nothing is kept of is null."""
    asked = {"since": since, "since_at": since_at, "fresh": FRESH_INTERVALS}
    return connection.execute(_COUNTED, asked).mappings().all()


def reasons(connection: Connection, since_at: datetime) -> Sequence[RowMapping]:
    """Return how many items of each source were refused for which reason, the most frequent first."""
    return connection.execute(_REASONS, {"since_at": since_at}).mappings().all()


def counted_since(connection: Connection) -> date | None:
    """Return the first day of the accounts by day; None before the first message."""
    day: date | None = connection.scalar(text("SELECT min(day) FROM ingest_ledger_day"))
    return day
