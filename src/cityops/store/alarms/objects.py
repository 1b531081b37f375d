"""What alarms are of: series with their devices, devices by when they were heard, and shares of groups of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import psycopg


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series by what rules choose it by, and where its alarms belong."""

    series_id: int
    metric: str
    device_id: int
    device: str
    kind: str
    region_code: str
    source: str


def series(cursor: psycopg.Cursor, ids: Sequence[int]) -> list[SeriesFacts]:
    """Return what is known of these series."""
    if not ids:
        return []
    rows = cursor.execute(
        """
        SELECT series.id, metric.code, device.id, device.code, kind, region_code, source_system_code
        FROM series JOIN metric ON metric.id = metric_id JOIN device ON device.id = device_id
        WHERE series.id = ANY(%s)
        """,
        [list(ids)],
    )
    return [SeriesFacts(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class HeardDevice:
    """A device and when anything of it came last, by its own clock or, where that ran ahead, by its receipt."""

    device_id: int
    device: str
    kind: str
    region_code: str
    source: str
    interval_s: int
    newest: datetime


def not_online(cursor: psycopg.Cursor, others: Sequence[int]) -> list[HeardDevice]:
    """Return the devices that the watch found late or silent, and `others`; those that never spoke are not told."""
    rows = cursor.execute(
        """
        SELECT device.id, code, kind, region_code, source_system_code, expected_interval_s, heard.newest
        FROM device JOIN device_state ON device_id = device.id CROSS JOIN LATERAL (
            SELECT max(coalesce(received_at, ts)) AS newest
            FROM series JOIN reading_latest ON series_id = series.id WHERE series.device_id = device.id) AS heard
        WHERE (state IN ('late', 'silent') OR device.id = ANY(%s)) AND heard.newest IS NOT NULL
        """,
        [list(others)],
    )
    return [HeardDevice(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class HeardSeries(HeardDevice):
    """A metric of a device and when it came last."""

    series_id: int
    metric: str


def not_heard(
    cursor: psycopg.Cursor, metric: str, intervals: float, now: datetime, others: Sequence[int]
) -> list[HeardSeries]:
    """Return the series of a metric of which nothing came for so many expected intervals, and `others` of it."""
    rows = cursor.execute(
        """
        SELECT device.id, device.code, kind, region_code, source_system_code, expected_interval_s,
               coalesce(received_at, ts) AS newest, series.id, metric.code
        FROM metric JOIN series ON metric_id = metric.id JOIN device ON device.id = device_id
             JOIN reading_latest ON series_id = series.id
        WHERE metric.code = %s AND (series.id = ANY(%s)
              OR coalesce(received_at, ts) <= %s - make_interval(secs => %s * expected_interval_s))
        """,
        [metric, list(others), now, intervals],
    )
    return [HeardSeries(*row) for row in rows]


class DeviceShare(NamedTuple):
    """Devices of one kind and source system in a street: how many, and how many of them it is about."""

    region_code: str
    source: str
    kind: str
    devices: int
    concerned: int


def silent_shares(cursor: psycopg.Cursor) -> list[DeviceShare]:
    """Count the devices, and the silent ones among them."""
    rows = cursor.execute(
        """
        WITH kept AS MATERIALIZED (SELECT device_id, state FROM device_state)
        SELECT region_code, source_system_code, kind, count(*), count(*) FILTER (WHERE state = 'silent')
        FROM device JOIN kept ON device_id = id GROUP BY 1, 2, 3
        """
    )
    return [DeviceShare(*row) for row in rows]


def alarmed_shares(cursor: psycopg.Cursor, rule: str) -> list[DeviceShare]:
    """Count the devices, and those among them that have an open alarm under a rule."""
    rows = cursor.execute(
        """
        WITH alarmed AS MATERIALIZED (
            SELECT DISTINCT device_id FROM alarm WHERE rule_code = %s AND cleared_at IS NULL AND level > 0)
        SELECT region_code, source_system_code, kind, count(*), count(alarmed.device_id)
        FROM device LEFT JOIN alarmed ON alarmed.device_id = device.id GROUP BY 1, 2, 3
        """,
        [rule],
    )
    return [DeviceShare(*row) for row in rows]
