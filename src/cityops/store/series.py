"""Reads indicators over time: rollups or cases, binned in the city's zone and folded to the wanted regions.

A bin begins at a whole multiple of its width after a midnight of the city. China keeps no summer time, so a fixed
origin does what a named zone would, and cannot lose rows as named zones in TimescaleDB's aggregates do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import psycopg
from sqlalchemy import Connection, text

from cityops.domain.indicators import Indicator
from cityops.domain.intervals import Interval
from cityops.store import rollups
from cityops.store.streams import streamed_rows


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for: bins of `interval` from `start` to `end` (both on bin borders), folded to `regions`."""

    regions: tuple[str, ...]
    interval: Interval
    start: datetime
    end: datetime

    @property
    def bins(self) -> int:
        """Number of bins."""
        return (self.end - self.start) // self.interval.length


class Bin(NamedTuple):
    """One bin of one region; without readings `n` is 0 and the rest None."""

    region_code: str
    start: datetime
    n: int
    sum: float | None
    min: float | None
    max: float | None


class Expected(NamedTuple):
    """Devices registered for a metric in a region, and the readings they owe per second."""

    devices: int
    readings_per_s: float


# A region's own rows are those of the streets whose code begins with its code; the city's code covers all.
_FOLDED = """
    wanted AS (SELECT code, CASE WHEN level = 'city' THEN '' ELSE code END AS prefix
               FROM region WHERE code = ANY(:regions)),
    folded AS MATERIALIZED (SELECT region.id, region.code AS own, wanted.code
                            FROM region JOIN wanted ON starts_with(region.code, wanted.prefix)),
    bins AS (SELECT code, bin FROM wanted, generate_series(CAST(:start AS timestamptz),
                 CAST(:end AS timestamptz) - CAST(:width AS interval), CAST(:width AS interval)) AS bin)
"""


def _of_metric(interval: Interval) -> str:
    return f"""
        WITH {_FOLDED}, {rollups.kept(interval)}, found AS (
            SELECT folded.code, date_bin(:width, bucket, :origin) AS bin,
                   sum(n)::bigint AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max
            FROM kept JOIN folded ON folded.id = region_id
            GROUP BY 1, 2
        )
        SELECT code AS region_code, bin AS start, coalesce(n, 0) AS n, sum, min, max
        FROM bins LEFT JOIN found USING (code, bin) ORDER BY code, bin
    """  # noqa: S608 - statements of our own, never input


def _of_events(at: str) -> str:
    assert at in {"occurred_at", "status_at"}
    return f"""
        WITH {_FOLDED}, found AS (
            SELECT folded.code, date_bin(:width, {at}, :origin) AS bin, count(*) AS n
            FROM event JOIN folded ON folded.own = region_code
            WHERE {at} >= :start AND {at} < :end
                AND (CAST(:statuses AS text[]) IS NULL OR status = ANY(:statuses))
                AND (CAST(:source AS text) IS NULL OR source_system_code = :source)
            GROUP BY 1, 2
        )
        SELECT code AS region_code, bin AS start, coalesce(n, 0) AS n, NULL AS sum, NULL AS min, NULL AS max
        FROM bins LEFT JOIN found USING (code, bin) ORDER BY code, bin
    """  # noqa: S608 - one of the two columns above


def bins(connection: Connection, span: Span, indicator: Indicator) -> Iterator[Bin]:
    """Yield every bin of every region, ordered by region and time, also those into which nothing fell."""
    statement = _of_metric(span.interval) if indicator.events is None else _of_events(indicator.events.at)
    parameters: dict[str, object] = {
        "regions": list(span.regions),
        "width": span.interval.length,
        "start": span.start,
        "end": span.end,
        "origin": rollups.ORIGIN,
        "metric": indicator.code,
    }
    if indicator.events is not None:
        statuses = indicator.events.statuses
        parameters["statuses"] = None if statuses is None else [status.value for status in statuses]
        parameters["source"] = indicator.events.source
    yield from map(Bin._make, streamed_rows(connection, text(statement), parameters))


def expected(connection: Connection, metric: str, regions: Sequence[str]) -> dict[str, Expected]:
    """Return, for each region that has any, the devices registered for a metric."""
    rows = connection.execute(
        text(
            """
            WITH wanted AS (SELECT code, CASE WHEN level = 'city' THEN '' ELSE code END AS prefix
                            FROM region WHERE code = ANY(:regions)),
            counted AS (
                SELECT region_code, count(*) AS devices, sum(1.0::float8 / expected_interval_s) AS readings_per_s
                FROM series JOIN device ON device.id = device_id
                WHERE metric_id = (SELECT id FROM metric WHERE code = :metric)
                GROUP BY region_code
            )
            SELECT code, sum(devices)::bigint, sum(readings_per_s)
            FROM counted JOIN wanted ON starts_with(region_code, prefix)
            GROUP BY code
            """
        ),
        {"regions": list(regions), "metric": metric},
    )
    return {row[0]: Expected(row[1], row[2]) for row in rows}


def counts(connection: psycopg.Connection, start: datetime, end: datetime) -> dict[tuple[str, int], int]:
    """Return how many readings of each metric the 5-minute buckets that begin in [start, end) hold, city-wide.

    The keys are the metric's code and the bucket's beginning in milliseconds since 1970 UTC.
    """
    rows = connection.execute(
        """
        SELECT metric.code, (extract(epoch FROM bucket) * 1000)::bigint, sum(n)::bigint
        FROM reading_rollup JOIN metric ON metric.id = metric_id
        WHERE bucket >= %s AND bucket < %s GROUP BY 1, 2
        """,
        [start, end],
    )
    return {(row[0], row[1]): row[2] for row in rows}


def sources(connection: Connection) -> dict[str, str]:
    """Return the Chinese names of the source systems behind each metric, by the metric's code."""
    rows = connection.execute(
        text(
            """
            SELECT metric.code, string_agg(DISTINCT source_system.name_zh, '、' ORDER BY source_system.name_zh)
            FROM (SELECT DISTINCT metric_id, source_system_code
                  FROM series JOIN device ON device.id = device_id) AS fed
            JOIN metric ON metric.id = metric_id
            JOIN source_system ON source_system.code = source_system_code
            GROUP BY metric.code
            """
        )
    )
    return {row[0]: row[1] for row in rows}
