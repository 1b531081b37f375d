"""What a state is computed from: registry, newest values, trends; renewed in part, these equal those read whole."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, text

from cityops.domain.access import WHOLE_CITY
from cityops.domain.metrics import Aggregate
from cityops.domain.state import region_slice
from cityops.store import state
from cityops.store.engine import make_engine, reading
from factories.world import STREET, World


@pytest.fixture
def connection(world: World, migrated_database: str) -> Iterator[Connection]:
    """Give a reader's connection to a world in which one device has spoken every twenty minutes for 30 hours."""
    device = world.device("A-1", "air")
    for step in range(90):
        world.says(device, "pm25", step, world.ago(step * 1200))
    engine = make_engine(migrated_database)
    with reading(engine, WHOLE_CITY) as connected:
        yield connected
    engine.dispose()


def test_a_trend_renewed_in_part_equals_one_read_whole(world: World, connection: Connection) -> None:
    registry = state.registry(connection)
    earlier = state.trend(connection, registry, world.now - timedelta(minutes=70))
    whole = state.trend(connection, registry, world.now)
    renewed = earlier.renewed(state.trend(connection, registry, world.now, steps=6))
    assert renewed.start == whole.start
    assert renewed.n.sum() > 60
    for part in ("n", "sum", "min", "max"):
        assert np.array_equal(getattr(renewed, part), getattr(whole, part)), part


def test_a_street_s_trend_is_that_of_its_district_when_it_is_alone(world: World, connection: Connection) -> None:
    registry = state.registry(connection)
    place = [metric.code for metric in registry.metrics].index("pm25")
    of_district, of_street = (
        trend.values(place, Aggregate.MEAN, region_slice(registry.regions, code), 1)
        for trend, code in (
            (state.trend(connection, registry, world.now), "440106"),
            (state.trend(connection, registry, world.now, street=STREET), STREET),
        )
    )
    assert of_district == of_street
    table = state.trend(connection, registry, world.now, street=STREET)
    assert table.n.shape[2] == 1  # the trends of all streets are kept side by side
    assert sum(value is not None for value in of_street) > 40


def test_the_cost_of_a_trend_does_not_grow_with_history(world: World, connection: Connection) -> None:
    """A rollup of last year lies in a chunk that a trend does not scan."""
    world.says("A-1", "pm25", 1, world.ago(365 * 86_400))
    registry = state.registry(connection)
    state.trend(connection, registry, world.now)
    state.around(connection, registry, world.now)
    state.readings_per_s(connection, world.now)
    scans = connection.execute(
        text(
            """
            SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) > 0
            FROM show_chunks('reading_rollup') WITH ORDINALITY AS chunk (name, place)
            JOIN pg_stat_xact_all_tables ON relid = chunk.name::oid
            ORDER BY (SELECT range_start FROM timescaledb_information.chunks
                      WHERE format('%I.%I', chunk_schema, chunk_name)::regclass = chunk.name)
            """
        )
    )
    scanned = list(scans.scalars())
    assert scanned[0] is False
    assert scanned[-1] is True


def test_an_empty_city_has_empty_columns(world: World, reader: Connection) -> None:
    registry = state.registry(reader)
    assert (len(registry.series_id), len(registry.device_id)) == (0, 0)
    assert [len(column) for column in state.latest(reader)] == [0, 0, 0]
    assert state.trend(reader, registry, world.now).n.sum() == 0
    assert state.readings_per_s(reader, world.now) is None


def test_the_registry_has_each_series_under_its_metric_street_and_device(world: World, reader: Connection) -> None:
    world.device("A-1", "air", region="440105001", interval_s=30)
    world.device("WL-1", interval_s=60)
    registry = state.registry(reader)
    told = {
        (registry.metrics[metric].code, registry.regions[region], int(registry.device_interval[device]))
        for metric, region, device in zip(registry.metric, registry.region, registry.device, strict=True)
    }
    assert ("water_depth", STREET, 60_000_000) in told
    assert ("pm25", "440105001", 30_000_000) in told
    assert len(told) == len(registry.series_id) == 10
    order = list(zip(registry.metric.tolist(), registry.region.tolist(), strict=True))
    assert order == sorted(order)
    assert list(registry.regions) == sorted(registry.regions)


def test_the_newest_values_are_of_their_receipt_where_a_clock_runs_ahead(world: World, reader: Connection) -> None:
    world.says(world.device("WL-1"), "water_depth", 1.5, world.ago(60))
    world.says(world.device("WL-2"), "water_depth", 2.5, world.ago(-300), received_at=world.ago(1))
    _, ts, value = state.latest(reader)
    expected = {1.5: world.ago(60), 2.5: world.ago(1)}
    assert dict(zip(value.tolist(), ts.tolist(), strict=True)) == {
        one: int(moment.timestamp() * 1_000_000) for one, moment in expected.items()
    }


def test_the_rate_is_that_of_the_last_whole_bucket(world: World, reader: Connection) -> None:
    at = world.now.replace(minute=world.now.minute // 5 * 5, second=0, microsecond=0)
    world.device("WL-1")
    for seconds in (-1, -100, -300, -301, 0):
        world.says("WL-1", "water_depth", 1, at + timedelta(seconds=seconds))
    assert state.readings_per_s(reader, at) == pytest.approx(3 / 300)
    assert state.readings_per_s(reader, at + timedelta(minutes=4, seconds=59)) == pytest.approx(3 / 300)
    assert state.readings_per_s(reader, at - timedelta(minutes=5)) == pytest.approx(1 / 300)
