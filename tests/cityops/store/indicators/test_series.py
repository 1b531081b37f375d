"""Series: every bin of every region, also the empty ones, and each page of the range looked at a few times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, text

from cityops import reference
from cityops.domain.access import WHOLE_CITY
from cityops.domain.indicators.definitions import indicators
from cityops.domain.intervals import Interval
from cityops.domain.regions import RegionLevel
from cityops.reference import CITY_CODE, themes
from cityops.store import rollups
from cityops.store.engine import make_engine, reading
from cityops.store.indicators import series
from factories.world import STREET, World

INDICATORS = ("traffic_speed", "events_reported", "events_closed")
KNOWN = indicators(reference.metrics(), {}, themes.shipped().themes)
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


HAIZHU = "440105001"
PLACES = {
    RegionLevel.CITY: ("440100",),
    RegionLevel.DISTRICT: ("440106", "440105", "440103"),
    RegionLevel.STREET: (STREET, HAIZHU),
}


def lies_in(street: str, region: str) -> bool:
    return region == CITY_CODE or street.startswith(region)


@pytest.fixture
def cases(world: World) -> World:
    """Give cases of two districts and sources, some closed, over two days and on the borders of bins."""
    midnight = Interval.DAY.floor(world.now) - timedelta(days=2)
    minutes = (0, 1, 5, 59, 60, 60 * 24 - 1, 60 * 24, 60 * 30)
    for number, minute in enumerate(minutes):
        world.case(
            "closed" if number % 3 == 0 else "reported",
            at=midnight + timedelta(minutes=minute),
            region=STREET if number % 2 else HAIZHU,
            source="hotline-12345" if number % 4 else "grid-officer",
            external_id=f"T{number}",
        )
    return world


@pytest.mark.parametrize("indicator", ["events_reported", "events_closed", "orders_12345"])
def test_every_bin_counts_the_cases_of_its_region_and_time(indicator: str, cases: World, reader: Connection) -> None:
    """Held against a count of our own, at every interval and level."""
    start = Interval.DAY.floor(cases.now) - timedelta(days=2)
    rows = cases.connection.execute(
        "SELECT region_code, occurred_at, status, source_system_code FROM event"
    ).fetchall()
    wanted = [
        (region, at)
        for region, at, status, source in rows
        if (indicator != "events_closed" or status == "closed")
        and (indicator != "orders_12345" or source == "hotline-12345")
    ]
    for interval, (level, places) in product(Interval, PLACES.items()):
        span = series.Span(places, interval, start, start + timedelta(days=2))
        found = list(series.bins(reader, span, KNOWN[indicator]))
        assert len(found) == span.bins * len(places)
        assert [(one.region_code, one.start) for one in found] == sorted(
            (one.region_code, one.start) for one in found
        )
        for one in found:
            n = sum(lies_in(street, one.region_code) and interval.floor(at) == one.start for street, at in wanted)
            assert one[2:] == (n, None, None, None), (interval, level, one)


def test_where_nothing_came_a_bin_is_empty_and_there_all_the_same(world: World, reader: Connection) -> None:
    start = Interval.DAY.floor(world.now)
    for indicator in ("water_depth", "events_reported"):
        span = series.Span((STREET,), Interval.HOUR, start, start + timedelta(hours=3))
        assert [one[2:] for one in series.bins(reader, span, KNOWN[indicator])] == [(0, None, None, None)] * 3


def test_a_region_s_bin_is_the_sum_of_its_streets(world: World, reader: Connection) -> None:
    start = Interval.DAY.floor(world.now) - timedelta(days=1)
    for number, region in enumerate((STREET, "440106001", HAIZHU)):
        world.says(world.device(f"WL-{number}", region=region), "water_depth", 2**number, start + timedelta(hours=1))
    span = series.Span(("440106", "440105"), Interval.DAY, start, start + timedelta(days=1))
    found = {one.region_code: one for one in series.bins(reader, span, KNOWN["water_depth"])}
    assert found["440106"][2:] == (2, 3, 1, 2)
    assert found["440105"][2:] == (1, 4, 4, 4)
    whole = series.Span(("440100",), Interval.DAY, start, start + timedelta(days=1))
    [city] = series.bins(reader, whole, KNOWN["water_depth"])
    assert city[2:] == (3, 7, 1, 4)


def test_expected_are_the_devices_of_a_metric_and_what_they_owe(world: World, reader: Connection) -> None:
    world.device("WL-1", interval_s=60)
    world.device("WL-2", interval_s=30)
    world.device("WL-3", region=HAIZHU, interval_s=10)
    found = series.expected(reader, "water_depth", ("440106", "440105", "440103"))
    assert {code: one.devices for code, one in found.items()} == {"440106": 2, "440105": 1}
    assert found["440106"].readings_per_s == pytest.approx(1 / 60 + 1 / 30)
    assert series.expected(reader, "water_depth", (CITY_CODE,))[CITY_CODE].devices == 3
    assert series.expected(reader, "pm25", (CITY_CODE,)) == {}


def test_counts_are_of_buckets_that_begin_in_the_period(world: World) -> None:
    start = Interval.HOUR.floor(world.ago(7200))
    world.device("WL-1")
    for minute in (0, 4, 5, 10):
        world.says("WL-1", "water_depth", 1, start + timedelta(minutes=minute))
    counted = series.counts(world.connection, start, start + timedelta(minutes=10))
    first = int(start.timestamp() * 1000)
    assert counted == {("water_depth", first): 2, ("water_depth", first + 300_000): 1}
    assert series.counts(world.connection, start, start) == {}


def test_the_sources_behind_a_metric_are_named_once_in_order(world: World, reader: Connection) -> None:
    world.device("WL-1")
    world.device("WL-2")
    world.device("G-1", "gas")
    world.device("M-1", "manhole_cover")
    named = series.sources(reader)
    assert (named["water_depth"], named["gas_lel"]) == ("内涝监测系统", "燃气井室监测系统")
    assert set(named["battery_voltage"].split("、")) == {"智能井盖系统", "燃气井室监测系统"}
    assert "pm25" not in named


def test_bins_begin_at_the_city_s_midnight(world: World) -> None:
    start = Interval.DAY.floor(world.now)
    assert (start - rollups.ORIGIN) % timedelta(days=1) == timedelta(0)
    assert series.Span((STREET,), Interval.DAY, start, start + timedelta(days=3)).bins == 3
    assert series.Span((STREET,), Interval.FIVE_MINUTES, start, start).bins == 0
