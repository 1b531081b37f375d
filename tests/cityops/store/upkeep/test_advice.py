"""What the database's own statistics say to an operator: how old, how large, for how long, what needs attention."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.store.upkeep import advice
from cityops.store.upkeep.advice import ReadingSpan, Space
from factories.world import World

GB = 10**9


def test_an_empty_store_has_no_readings_and_a_size(world: World) -> None:
    assert advice.span(world.connection) == ReadingSpan(None, None)
    space = advice.space(world.connection, world.now)
    assert space.per_day == 0
    assert space.used > 1_000_000
    assert space.days_left is None


def test_readings_span_from_the_oldest_chunk_to_the_newest_value(world: World) -> None:
    world.device("WL-1")
    for days in (40, 1, 20):
        world.says("WL-1", "water_depth", 1, world.ago(days * 86_400))
    span = advice.span(world.connection)
    assert span.newest == world.ago(86_400)
    assert span.oldest is not None
    assert timedelta(0) <= world.ago(40 * 86_400) - span.oldest < timedelta(days=1)


def test_what_a_clock_said_from_ahead_is_as_new_as_its_receipt(world: World) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(-300), received_at=world.now)
    assert advice.span(world.connection).newest == world.now


@pytest.mark.parametrize(
    ("space", "days_left"),
    [
        (Space(GB, GB, 10 * GB), 10),
        (Space(GB, 2 * GB, GB), 0.5),
        (Space(GB, GB, 0), 0),
        (Space(GB, 0, GB), None),
        (Space(GB, GB, None), None),
    ],
)
def test_days_are_left_where_growth_and_room_are_known(space: Space, days_left: float | None) -> None:
    assert space.days_left == days_left


def test_growth_is_that_of_the_whole_chunks_of_the_last_day(world: World) -> None:
    world.device("WL-1")
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    world.says("WL-1", "water_depth", 1, noon - timedelta(days=9))
    world.says("WL-1", "water_depth", 1, noon + timedelta(minutes=1))
    assert advice.space(world.connection, noon).per_day == 0  # the running chunk is not whole
    world.says("WL-1", "water_depth", 1, noon - timedelta(hours=7))
    of_one_chunk = advice.space(world.connection, noon).per_day
    assert of_one_chunk > 0
    world.says("WL-1", "water_depth", 1, noon - timedelta(hours=13))
    assert advice.space(world.connection, noon).per_day == of_one_chunk  # the mean of two that are alike


def test_the_disk_is_looked_at_where_the_database_is_on_this_machine(world: World) -> None:
    free = advice.space(world.connection, world.now).free
    assert free is not None
    assert free > 0


def test_the_largest_tables_are_named_with_all_that_belongs_to_them(world: World) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.now)
    world.connection.execute("CREATE TABLE beside AS SELECT repeat(n::text, 90) FROM generate_series(1, 20000) AS n")
    tables = advice.largest_tables(world.connection)
    assert len(tables) == advice.LARGEST
    assert tables[0][0] == "beside"
    sizes = [size for _, size in tables]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1_000_000


def test_chunks_count_with_their_table_and_not_beside_it(world: World) -> None:
    world.device("WL-1")
    for days in range(30):
        world.says("WL-1", "water_depth", 1, world.ago(days * 86_400))
    largest = dict(advice.largest_tables(world.connection))
    assert "reading" in largest
    assert not any("hyper" in name for name in largest)


def test_where_all_is_well_nothing_is_said(world: World) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.now)
    assert list(advice.concerns(world.connection)) == []


def test_dead_rows_that_stay_are_named_with_what_to_do(world: World) -> None:
    execute = world.connection.execute
    execute("CREATE TABLE heavy (n int) WITH (autovacuum_enabled = false)")
    execute("INSERT INTO heavy SELECT generate_series(1, 15000)")
    execute("UPDATE heavy SET n = n + 1")
    execute("SELECT pg_stat_force_next_flush()")
    execute("SELECT pg_stat_clear_snapshot()")
    [concern] = advice.concerns(world.connection)
    assert concern.startswith("heavy has 15,000 dead rows beside 15,000 live ones")
    assert concern.endswith("look for transactions that stay open, then VACUUM (ANALYZE) heavy.")
    assert "vacuumed by itself never" in concern


def test_few_dead_rows_are_no_concern(world: World) -> None:
    execute = world.connection.execute
    execute("CREATE TABLE light (n int) WITH (autovacuum_enabled = false)")
    execute("INSERT INTO light SELECT generate_series(1, 50000)")
    execute("UPDATE light SET n = n + 1 WHERE n <= 12000")  # many, but a small share
    execute("CREATE TABLE small (n int) WITH (autovacuum_enabled = false)")
    execute("INSERT INTO small SELECT generate_series(1, 100)")
    execute("DELETE FROM small")  # a large share, but few
    execute("SELECT pg_stat_force_next_flush()")
    execute("SELECT pg_stat_clear_snapshot()")
    assert list(advice.concerns(world.connection)) == []
