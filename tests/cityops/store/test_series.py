"""Series look at each page of their range a few times, however the planner misjudges: counted by EXPLAIN ANALYZE."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, text

from cityops import reference
from cityops.domain.access import WHOLE_CITY
from cityops.domain.indicators import indicators
from cityops.domain.intervals import Interval
from cityops.domain.regions import RegionLevel
from cityops.reference import CITY_CODE
from cityops.store import series
from cityops.store.engine import make_engine, reading
from factories.world import World

INDICATORS = ("traffic_speed", "events_reported", "events_closed")
KNOWN = indicators(reference.metrics(), {})
REGIONS = {
    RegionLevel.CITY: (CITY_CODE,),
    RegionLevel.DISTRICT: tuple(one.code for one in reference.regions() if one.level is RegionLevel.DISTRICT),
    RegionLevel.STREET: tuple(one.code for one in reference.regions() if one.level is RegionLevel.STREET),
}
TIMES = 3
"""So often a page of the tables and their indexes may be looked at, though all of their rows are asked for."""

PAGES = {"Shared Hit Blocks", "Shared Read Blocks"}


@dataclass(frozen=True)
class City:
    """A day of rollups and cases in all streets, as the demo has them, and who reads it."""

    engine: Engine
    start: datetime


@pytest.fixture
def city(world: World, migrated_database: str) -> Iterator[City]:
    """Give a day of two metrics every five minutes in all streets, and a case a minute, with fresh statistics."""
    start = Interval.DAY.floor(world.now) - timedelta(days=1)
    world.connection.execute(
        """
        INSERT INTO reading_rollup (bucket, metric_id, region_id, n, sum, min, max)
        SELECT bucket, metric.id, region.id, 10, 100, 5, 20
        FROM generate_series(%s::timestamptz, %s::timestamptz - interval '5 min', interval '5 min') AS bucket,
             metric, region
        WHERE metric.code IN ('traffic_speed', 'noise_leq') AND region.level = 'street'
        """,
        [start, start + timedelta(days=1)],
    )
    world.connection.execute(
        """
        INSERT INTO rollup_touched SELECT DISTINCT date_trunc('hour', bucket) FROM reading_rollup;
        INSERT INTO event (source_system_code, external_id, sequence, class_code, severity, status, title,
                           region_code, occurred_at, status_at, received_at)
        SELECT 'hotline-12345', 'M' || n, 0, 'gas_leak', 'normal', 'closed', 'x', street.code, at, at, at
        FROM generate_series(1, 1440) AS n
        CROSS JOIN LATERAL (SELECT (SELECT min(bucket) FROM reading_rollup) + n * interval '1 min' AS at) AS when_
        JOIN (SELECT code, row_number() OVER () - 1 AS place FROM region WHERE level = 'street') AS street
            ON place = n % 176
        """
    )
    for number in range(40):
        world.device(f"T-{number}", "traffic")
    world.connection.execute("ANALYZE")
    engine = make_engine(migrated_database)
    yield City(engine, start)
    engine.dispose()


def pages_of(connection: Connection, asked: series.Statement) -> int:
    """Return how many pages a statement has looked at; numbers of rows do not show what an index costs."""
    explained = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {asked.sql}")
    [plan] = connection.execute(explained, asked.parameters).one()
    return sum(number for name, number in plan[0]["Plan"].items() if name in PAGES)


def all_pages(connection: Connection, *tables: str) -> int:
    """Return how many pages tables, their chunks and their indexes have."""
    size = text("SELECT sum(hypertable_size(CAST(name AS regclass))) FROM unnest(CAST(:names AS text[])) AS name")
    plain = text("SELECT sum(pg_total_relation_size(name)) FROM unnest(CAST(:names AS text[])) AS name")
    names = {"names": list(tables)}
    found = connection.scalar(size, names) if "reading_rollup" in tables else connection.scalar(plain, names)
    return int(found) // 8192


def test_no_page_of_the_range_is_looked_at_often(city: City) -> None:
    with reading(city.engine, WHOLE_CITY) as connection:
        most = TIMES * (all_pages(connection, "reading_rollup") + all_pages(connection, "event", "region"))
        for indicator, level, interval in product(INDICATORS, RegionLevel, Interval):
            span = series.Span(REGIONS[level], interval, city.start, city.start + timedelta(days=1))
            asked = series.statement(span, KNOWN[indicator])
            assert pages_of(connection, asked) <= most, (indicator, level, interval)


def test_devices_are_counted_in_one_go(city: City) -> None:
    with reading(city.engine, WHOLE_CITY) as connection:
        most = TIMES * all_pages(connection, "series", "device", "metric")
        assert pages_of(connection, series.expected_statement("traffic_speed")) <= most
        for level in RegionLevel:
            found = series.expected(connection, "traffic_speed", REGIONS[level])
            assert sum(one.devices for one in found.values()) == 40
            assert {len(code) for code in found} == {len(REGIONS[level][0])}
