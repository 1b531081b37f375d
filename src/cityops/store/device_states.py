"""Keeps the state of each device (online, late, silent, never) and its transitions, and counts them.

A state follows from the newest reading of any of the device's series, which `reading_latest` has anyway; so nothing
is written per message. A look judges all devices in one statement and writes only those whose state has changed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg
from sqlalchemy import Connection, select, text

from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS, DeviceState
from cityops.domain.outages import DeviceTally, Outage
from cityops.store import tables

_ADVISORY_LOCK = 0x6465_7669  # "devi": one process looks, however many watch

# A transition is dated when it came to be, not when it was seen, but never before the one that went before it:
# so the record stays true while nobody watched, and in order when late readings come.
_LOOK = f"""
WITH seen AS MATERIALIZED (
    SELECT device_id, max(coalesce(received_at, ts)) AS at
    FROM reading_latest JOIN series ON series.id = series_id GROUP BY device_id
), judged AS (
    SELECT device.id, kept.state AS before, kept.since, seen.at AS seen, expected_interval_s AS interval_s,
           CASE WHEN seen.at IS NULL THEN 'never'
                WHEN seen.at >= %(now)s - make_interval(secs => {FRESH_INTERVALS} * expected_interval_s) THEN 'online'
                WHEN seen.at >= %(now)s - make_interval(secs => {LATE_INTERVALS} * expected_interval_s) THEN 'late'
                ELSE 'silent' END AS state
    FROM device JOIN device_state AS kept ON kept.device_id = device.id LEFT JOIN seen ON seen.device_id = device.id
), changed AS (
    UPDATE device_state AS kept
    SET state = judged.state,
        since = greatest(CASE WHEN before <> 'never' THEN judged.since END, least(%(now)s, CASE judged.state
            WHEN 'online' THEN judged.seen
            WHEN 'late' THEN judged.seen + make_interval(secs => {FRESH_INTERVALS} * interval_s)
            WHEN 'silent' THEN judged.seen + make_interval(secs => {LATE_INTERVALS} * interval_s)
            ELSE %(now)s END))
    FROM judged WHERE kept.device_id = judged.id AND kept.state <> judged.state
    RETURNING kept.since, kept.device_id, judged.before, kept.state AS after
), noted AS (
    INSERT INTO device_transition (at, device_id, before, after)
    SELECT since, device_id, before, after FROM changed
    RETURNING before, after
), looked AS (
    INSERT INTO device_watch (one, looked_at) VALUES (true, %(now)s)
    ON CONFLICT (one) DO UPDATE SET looked_at = excluded.looked_at
)
SELECT before, after, count(*) FROM noted GROUP BY before, after
"""  # noqa: S608 - what is put in are the two constants


class StateChange(NamedTuple):
    """How many devices went from one state to another in a look."""

    before: DeviceState
    after: DeviceState
    devices: int


def look(connection: psycopg.Connection, now: datetime) -> list[StateChange] | None:
    """Judge all devices as of `now` and write what has changed; None where another process looks."""
    with connection.transaction():
        row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_LOCK]).fetchone()
        if row is None or not row[0]:
            return None
        rows = connection.execute(_LOOK, {"now": now}).fetchall()
    return [StateChange(DeviceState(before), DeviceState(after), devices) for before, after, devices in rows]


def looked_at(connection: Connection) -> datetime | None:
    """Return when the states were last judged, None before the first look."""
    return connection.execute(select(tables.device_watch.c.looked_at)).scalar()


def states(connection: Connection) -> list[tuple[int, DeviceState]]:
    """Return the devices that are not online, with what they are."""
    rows = connection.execute(text("SELECT device_id, state FROM device_state WHERE state <> 'online'"))
    return [(row[0], DeviceState(row[1])) for row in rows]


def tallies(connection: Connection) -> list[DeviceTally]:
    """Count the devices by district, source system, kind and state, the silent ones also by the minute of `since`."""
    # Materialized: the policy on states makes the planner fear each of them, and look them up one by one.
    rows = connection.execute(
        text(
            """
            WITH kept AS MATERIALIZED (SELECT device_id, state, since FROM device_state)
            SELECT left(region_code, 6), source_system_code, kind, state,
                   CASE state WHEN 'silent' THEN date_trunc('minute', since) END, count(*)
            FROM device JOIN kept ON device_id = id GROUP BY 1, 2, 3, 4, 5
            """
        )
    )
    return [DeviceTally(row[0], row[1], row[2], DeviceState(row[3]), row[4], row[5]) for row in rows]


def clocks_ahead(connection: Connection) -> dict[tuple[str, str], int]:
    """Count the devices whose clock ran ahead at a newest reading, by district and kind; none are left out."""
    rows = connection.execute(
        text(
            """
            SELECT left(region_code, 6), kind, count(DISTINCT device.id)
            FROM reading_latest JOIN series ON series.id = series_id JOIN device ON device.id = device_id
            WHERE received_at IS NOT NULL GROUP BY 1, 2
            """
        )
    )
    return {(row[0], row[1]): row[2] for row in rows}


class Names(NamedTuple):
    """Names in Chinese and English of kinds and of source systems, by code."""

    kinds: dict[str, tuple[str, str]]
    sources: dict[str, tuple[str, str]]

    def of(self, outage: Outage) -> tuple[str, str]:
        """Return the name of the source or kind that is out, empty for a whole region."""
        if outage.source:
            return self.sources[outage.source]
        return self.kinds[outage.kind] if outage.kind else ("", "")


def names(connection: Connection) -> Names:
    """Return what kinds and source systems are called."""
    kinds, sources = (
        {row.code: (row.name_zh, row.name_en) for row in connection.execute(select(*columns))}
        for columns in (
            (table.c.code, table.c.name_zh, table.c.name_en) for table in (tables.device_kind, tables.source_system)
        )
    )
    return Names(kinds, sources)


class Transition(NamedTuple):
    """One change of a device's state."""

    at: datetime
    before: DeviceState
    after: DeviceState


def transitions(connection: Connection, device_id: int, limit: int) -> Sequence[Transition]:
    """Return a device's newest transitions, newest first."""
    noted = tables.device_transition.c
    rows = connection.execute(
        select(noted.at, noted.before, noted.after)
        .where(noted.device_id == device_id)
        .order_by(noted.at.desc())
        .limit(limit)
    )
    return [Transition(row.at, DeviceState(row.before), DeviceState(row.after)) for row in rows]
