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

from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import FromAlarms
from cityops.domain.intervals import Interval
from cityops.domain.regions import prefix
from cityops.store import rollups
from cityops.store.cursors import streamed_rows


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for: bins of `interval` from `start` to `end` (both on bin borders), folded to `regions`.

    These are of one level, and at least one.
    """

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


class Statement(NamedTuple):
    """A question to the database."""

    sql: str
    parameters: dict[str, object]


# A region's own rows are those of the streets whose codes begin with its own (`place`), all for the city. Rows are
# folded by this beginning and only then held against the regions wanted. Joined to these before, by `starts_with`,
# the planner expected one region, got 188, and read all rows of the range as often.
_BINS = """
    bins AS (SELECT code, place, bin
             FROM unnest(CAST(:regions AS text[]), CAST(:places AS text[])) AS wanted (code, place),
                  generate_series(CAST(:start AS timestamptz), CAST(:end AS timestamptz) - CAST(:width AS interval),
                                  CAST(:width AS interval)) AS bin)
"""


def _of_metric(interval: Interval) -> str:
    return f"""
        WITH {_BINS}, {rollups.kept(interval)}, found AS MATERIALIZED (
            SELECT left(region.code, :digits) AS place, date_bin(:width, bucket, :origin) AS bin,
                   sum(n)::bigint AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max
            FROM kept JOIN region ON region.id = region_id
            GROUP BY 1, 2
        )
        SELECT code AS region_code, bin AS start, coalesce(n, 0) AS n, sum, min, max
        FROM bins LEFT JOIN found USING (place, bin) ORDER BY code, bin
    """  # noqa: S608 - statements of our own, never input


def _of_events(at: str) -> str:
    assert at in {"occurred_at", "status_at"}
    return f"""
        WITH {_BINS}, found AS MATERIALIZED (
            SELECT left(region_code, :digits) AS place, date_bin(:width, {at}, :origin) AS bin, count(*) AS n
            FROM event
            WHERE {at} >= :start AND {at} < :end AND NOT drill
                AND (CAST(:statuses AS text[]) IS NULL OR status = ANY(:statuses))
                AND (CAST(:source AS text) IS NULL OR source_system_code = :source)
                AND (CAST(:classes AS text[]) IS NULL OR class_code = ANY(:classes))
            GROUP BY 1, 2
        )
        SELECT code AS region_code, bin AS start, coalesce(n, 0) AS n, NULL AS sum, NULL AS min, NULL AS max
        FROM bins LEFT JOIN found USING (place, bin) ORDER BY code, bin
    """  # noqa: S608 - one of the two columns above


_OF_ALARMS = f"""
    WITH {_BINS}, found AS MATERIALIZED (
        SELECT left(region_code, :digits) AS place, date_bin(:width, raised_at, :origin) AS bin, count(*) AS n
        FROM alarm WHERE raised_at >= :start AND raised_at < :end AND worst_level >= :level
        GROUP BY 1, 2
    )
    SELECT code AS region_code, bin AS start, coalesce(n, 0) AS n, NULL AS sum, NULL AS min, NULL AS max
    FROM bins LEFT JOIN found USING (place, bin) ORDER BY code, bin
"""  # noqa: S608 - of our own


def statement(span: Span, indicator: Indicator) -> Statement:
    """Return the question for every bin of every region, ordered by region and time, also the empty ones."""
    places = [prefix(code) for code in span.regions]
    parameters: dict[str, object] = {
        "regions": list(span.regions),
        "places": places,
        "digits": len(places[0]),
        "width": span.interval.length,
        "start": span.start,
        "end": span.end,
        "origin": rollups.ORIGIN,
        "metric": indicator.code,
    }
    counts = indicator.counts
    if counts is None:
        return Statement(_of_metric(span.interval), parameters)
    if isinstance(counts, FromAlarms):
        return Statement(_OF_ALARMS, parameters | {"level": counts.level})
    statuses = None if counts.statuses is None else [status.value for status in counts.statuses]
    classes = None if counts.classes is None else [*counts.classes]
    told = {"statuses": statuses, "source": counts.source, "classes": classes}
    return Statement(_of_events(counts.at), parameters | told)


def bins(connection: Connection, span: Span, indicator: Indicator) -> Iterator[Bin]:
    """Yield every bin of every region, ordered by region and time, also those into which nothing fell."""
    asked = statement(span, indicator)
    yield from map(Bin._make, streamed_rows(connection, text(asked.sql), asked.parameters))


def expected_statement(metric: str) -> Statement:
    """Return the question for the devices of a metric and what they owe, by street."""
    return Statement(
        """
        SELECT region_code, count(*), sum(1.0::float8 / expected_interval_s)
        FROM series JOIN device ON device.id = device_id
        WHERE metric_id = (SELECT id FROM metric WHERE code = :metric)
        GROUP BY region_code
        """,
        {"metric": metric},
    )


def expected(connection: Connection, metric: str, regions: Sequence[str]) -> dict[str, Expected]:
    """Return, for each of these regions of one level that has any, the devices registered for a metric."""
    wanted = {prefix(code): code for code in regions}
    digits = len(next(iter(wanted)))
    counted: dict[str, Expected] = {}
    asked = expected_statement(metric)
    for street, devices, per_s in connection.execute(text(asked.sql), asked.parameters):
        code = wanted.get(street[:digits])
        if code is not None:
            before = counted.get(code, Expected(0, 0.0))
            counted[code] = Expected(before.devices + devices, before.readings_per_s + per_s)
    return counted


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


def source_codes(connection: Connection) -> dict[str, list[str]]:
    """Return the codes of the source systems behind each metric, by the metric's code."""
    rows = connection.execute(
        text(
            """
            SELECT metric.code, array_agg(DISTINCT source_system_code)
            FROM (SELECT DISTINCT metric_id, source_system_code
                  FROM series JOIN device ON device.id = device_id) AS fed
            JOIN metric ON metric.id = metric_id GROUP BY metric.code
            """
        )
    )
    return {row[0]: row[1] for row in rows}
