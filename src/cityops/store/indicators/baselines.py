"""Keeps what is usual, and when series stood out: written by the job of baselines, read by it and the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg
from sqlalchemy import Connection, select, text

from cityops.domain.baselines.flags import Flag, FlagReason
from cityops.store import tables

_piece = tables.baseline


class SeriesFlag(NamedTuple):
    """A flag of a metric in a region; `until` ends the last hour that is of it."""

    metric_id: int
    region_id: int
    flag: Flag
    until: datetime


class SeriesStanding(NamedTuple):
    """By how many deviations a metric of a region left what is usual, in the five minutes that ended at `ts`."""

    metric_id: int
    region_id: int
    ts: datetime
    deviations: float


def learnt_until(connection: Connection) -> datetime | None:
    """Return the end of the last hour that was learnt, None before the first."""
    found: datetime | None = connection.scalar(text("SELECT max(until) FROM baseline"))
    return found


def pieces(connection: Connection, after: datetime | None = None) -> dict[int, bytes]:
    """Return the pieces that were written after those of an hour, by slot; all of them without one."""
    statement = select(_piece.c.slot, _piece.c.data)
    if after is not None:
        statement = statement.where(_piece.c.until > after)
    return {slot: bytes(data) for slot, data in connection.execute(statement)}


def are_hours_made(connection: Connection, start: datetime, end: datetime) -> bool:
    """Tell whether all hours of a span were made of their five minutes since anything was written into them."""
    statement = text(
        "SELECT NOT EXISTS (SELECT FROM rollup_touched WHERE hour >= :start AND hour < :end)"
        " AND NOT EXISTS (SELECT FROM rollup_unmade WHERE hour >= :start AND hour < :end)"
    )
    return bool(connection.scalar(statement, {"start": start, "end": end}))


def keep(cursor: psycopg.Cursor, written: Mapping[int, bytes], until: datetime, found: Sequence[SeriesFlag]) -> None:
    """Write pieces as of the end of an hour, and flags: those that go on are made longer."""
    cursor.executemany(
        "INSERT INTO baseline (slot, until, data) VALUES (%s, %s, %s)"
        " ON CONFLICT (slot) DO UPDATE SET until = excluded.until, data = excluded.data",
        [(slot, until, data) for slot, data in written.items()],
    )
    cursor.executemany(
        "INSERT INTO baseline_flag AS kept (metric_id, region_id, since, reason, until, deviations)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (metric_id, region_id, since, reason) DO UPDATE SET"
        " until = excluded.until, deviations = CASE WHEN abs(excluded.deviations) > abs(kept.deviations)"
        " THEN excluded.deviations ELSE kept.deviations END",
        [
            (one.metric_id, one.region_id, one.flag.since, one.flag.reason, one.until, one.flag.deviations)
            for one in found
        ],
    )


def forget_flags(cursor: psycopg.Cursor, before: datetime) -> None:
    """Delete flags that ended before a moment."""
    cursor.execute("DELETE FROM baseline_flag WHERE until < %s", [before])


def flags(
    connection: Connection, metric_id: int, region_id: int, start: datetime, end: datetime
) -> list[tuple[Flag, datetime]]:
    """Return the flags of a metric in a region that touch a span, with their ends, in order of time."""
    flag = tables.baseline_flag.c
    statement = (
        select(flag.reason, flag.deviations, flag.since, flag.until)
        .where(flag.metric_id == metric_id, flag.region_id == region_id, flag.since < end, flag.until > start)
        .order_by(flag.since, flag.reason)
    )
    return [(Flag(FlagReason(row[0]), row[1], row[2]), row[3]) for row in connection.execute(statement)]


def keep_standings(cursor: psycopg.Cursor, found: Sequence[SeriesStanding]) -> None:
    """Write how series stand now; where one is not told, what was told of it before stays with its time."""
    cursor.executemany(
        "INSERT INTO baseline_standing (metric_id, region_id, ts, deviations) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (metric_id, region_id) DO UPDATE SET ts = excluded.ts, deviations = excluded.deviations",
        found,
    )


def metrics_of_rules(connection: Connection) -> set[int]:
    """Return the metrics of which a rule in force asks by how much they deviate."""
    statement = text(
        "SELECT metric.id FROM alarm_rule JOIN metric ON metric.code = definition->>'metric'"
        " WHERE until IS NULL AND definition->>'condition' = 'deviation'"
    )
    return set(connection.scalars(statement))


class RegionDeviation(NamedTuple):
    """A metric of a region, and by how much it deviated in the five minutes up to `ts`."""

    region_code: str
    ts: datetime
    deviations: float


def standings(cursor: psycopg.Cursor, metric: str) -> list[RegionDeviation]:
    """Return how the regions stand in a metric, each as of when it was last told."""
    rows = cursor.execute(
        "SELECT region.code, ts, deviations FROM baseline_standing JOIN region ON region.id = region_id"
        " JOIN metric ON metric.id = metric_id WHERE metric.code = %s",
        [metric],
    )
    return [RegionDeviation(*row) for row in rows]
