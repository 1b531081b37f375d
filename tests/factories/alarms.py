"""A city with alarm rules for tests: rules in force, readings as the ingest stores them, and turns of the job."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from cityops.clock import utc_now
from cityops.jobs import alarms
from cityops.store import readings, registry
from cityops.store.alarms import touching
from factories.world import World

LIMITS = {"blue": "10", "yellow": "20", "orange": "30", "red": "40"}


def rule(connection: psycopg.Connection, code: str = "depth", **cells: str) -> None:
    """Put a rule in force, on the water depth unless told otherwise; one of the same code before it ends."""
    connection.execute("UPDATE alarm_rule SET until = clock_timestamp() WHERE code = %s AND until IS NULL", [code])
    row = {
        "code": code,
        "name_zh": "积水",
        "name_en": "Ponding",
        "class": "flood",
        "subject": "metric",
        "metric": "water_depth",
        "condition": "threshold",
        "direction": "high",
        "priority": "2",
        "basis_mark": "default",
        "on_delay_s": "0",
        "off_delay_s": "0",
        **LIMITS,
        **cells,
    }
    connection.execute(
        """
        INSERT INTO alarm_rule (code, version, class, subject, metric, definition, since, set_by)
        SELECT %(code)s, coalesce(max(version), 0) + 1, 'flood', 'metric', 'water_depth', %(row)s,
               clock_timestamp(), 'test'
        FROM alarm_rule WHERE code = %(code)s
        """,
        {"code": code, "row": Jsonb({name: cell for name, cell in row.items() if cell})},
    )


def without_rules(connection: psycopg.Connection) -> None:
    """Take all rules out, those that are shipped among them."""
    connection.execute("UPDATE alarm_rule SET until = clock_timestamp() WHERE until IS NULL")


def retire(connection: psycopg.Connection, code: str) -> None:
    """Take a rule out."""
    connection.execute("UPDATE alarm_rule SET until = clock_timestamp() WHERE code = %s AND until IS NULL", [code])


def says(
    world: World,
    device: str,
    *values: tuple[datetime, float],
    metric: str = "water_depth",
    connection: psycopg.Connection | None = None,
) -> None:
    """Store readings of a device in one transaction as the ingest does, with hints of those that touch a limit."""
    by = connection or world.connection
    [known] = registry.devices(by, [device])
    metric_id = {one.code: one.id for one in registry.metrics(by)}[metric]
    series = registry.series_ids(by, [known.id])[known.id, metric_id]
    now = int(utc_now().timestamp() * 1e6)
    count = len(values)
    columns = readings.ReadingColumns(
        np.array([round(ts.timestamp() * 1e6) for ts, _ in values], np.int64),
        np.full(count, series, np.int32),
        np.array([value for _, value in values], np.float64),
        np.zeros(count, np.int16),
        np.full(count, metric_id, np.int16),
        np.full(count, known.region_id, np.int16),
        np.full(count, now, np.int64),
    )
    touch = touching.renewed(by, touching.NONE_YET).touch
    with by.transaction(), by.cursor() as cursor:
        keep = readings.first_of_each(columns)
        readings.insert(cursor, columns.take(keep), np.zeros(len(keep), bool), touch)


def turn(world: World) -> None:
    """Let the job do a turn, as a process does that was started just now."""
    alarms.alarms().turn(world.connection)


def rows(connection: psycopg.Connection, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """Return columns of all alarms, oldest first."""
    order = "" if columns[0].startswith("count") else " ORDER BY id"
    return connection.execute(f"SELECT {', '.join(columns)} FROM alarm WHERE {where}{order}").fetchall()


def journal(connection: psycopg.Connection) -> Sequence[tuple[str, int | None, float | None]]:
    """Return what the journal says: kind, level and value, oldest first."""
    return connection.execute("SELECT kind, level, value FROM alarm_change ORDER BY id").fetchall()
