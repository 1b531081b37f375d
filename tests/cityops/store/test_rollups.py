"""Hour and day rollups: whatever comes late and whenever they are made, the answer is that of the raw readings."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cityops import reference
from cityops.domain.access import WHOLE_CITY
from cityops.domain.indicators.definitions import indicators
from cityops.domain.intervals import Interval
from cityops.errors import CityopsError
from cityops.local.processes import wait_until
from cityops.store import rollups
from cityops.store.engine import connect, make_engine, reading
from cityops.store.indicators.series import Span, bins
from cityops.store.upkeep.verify import verify
from factories.world import STREET, World

DEPTH = indicators(reference.metrics(), {})["water_depth"]
DEVICES = {"WL-1": STREET, "WL-2": STREET, "WL-3": "440105001"}
DAYS = 3

Answer = dict[tuple[str, object], tuple[int, float, float, float]]


@pytest.fixture
def filled(world: World) -> World:
    """Give the world with three devices in two streets."""
    for code, region in DEVICES.items():
        world.device(code, region=region)
    return world


@pytest.fixture
def engine(migrated_database: str) -> Iterator[Engine]:
    """Give an engine on that world's database."""
    engine = make_engine(migrated_database)
    yield engine
    engine.dispose()


def answered(engine: Engine, world: World, interval: Interval) -> Answer:
    start = Interval.DAY.floor(world.now) - timedelta(days=DAYS)
    span = Span((STREET, "440105001"), interval, start, start + timedelta(days=DAYS + 1))
    with reading(engine, WHOLE_CITY) as connection:
        found = list(bins(connection, span, DEPTH))
    return {
        (one.region_code, one.start): (one.n, one.sum, one.min, one.max)
        for one in found
        if one.sum is not None and one.min is not None and one.max is not None
    }


def recomputed(world: World, interval: Interval) -> Answer:
    """Return the same from the raw readings, summed here."""
    values = defaultdict(list)
    rows = world.connection.execute(
        """
        SELECT region_code, ts, value FROM reading
        JOIN series ON series.id = series_id JOIN device ON device.id = device_id
        """
    )
    for region, ts, value in rows:
        values[region, interval.floor(ts)].append(value)
    return {key: (len(all_), sum(all_), min(all_), max(all_)) for key, all_ in values.items()}


def assert_exact(engine: Engine, world: World) -> None:
    for interval in Interval:
        assert answered(engine, world, interval) == recomputed(world, interval), interval


def assert_verified(world: World) -> None:
    assert [
        one for one in verify(world.connection, lambda _check: None) if "rollups" in one.check and one.wrong
    ] == []


def make(world: World) -> rollups.Made:
    return rollups.make(world.connection, lambda _day: None)


def made_rows(world: World) -> tuple[int, int]:
    hours, days = (
        world.connection.execute(f"SELECT coalesce(sum(n), 0)::int FROM reading_rollup_{level}").fetchone() or (0,)
        for level in ("hour", "day")
    )
    return hours[0], days[0]


_readings = st.tuples(st.sampled_from(list(DEVICES)), st.integers(0, DAYS * 24 * 12 - 1), st.integers(0, 300))


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.lists(_readings, max_size=5) | st.none(), min_size=2, max_size=6))
def test_answers_equal_the_raw_readings_however_late_they_come(
    steps: list[list[tuple[str, int, int]] | None], filled: World, engine: Engine
) -> None:
    filled.connection.execute("TRUNCATE reading, reading_rollup, reading_rollup_hour; SELECT 1")
    filled.connection.execute("TRUNCATE reading_rollup_day, rollup_touched, rollup_unmade, reading_latest")
    start = Interval.DAY.floor(filled.now) - timedelta(days=DAYS)
    for step in steps:
        if step is None:
            make(filled)
        for device, number, value in step or ():
            filled.says(device, "water_depth", value, start + timedelta(minutes=5 * number + 1))
        assert_exact(engine, filled)
    make(filled)
    assert_exact(engine, filled)
    assert_verified(filled)
    everything = sum(n for n, *_ in recomputed(filled, Interval.DAY).values())
    assert made_rows(filled) == (everything, everything)
    assert make(filled) == rollups.Made(0, 0)


def test_a_reading_under_way_while_its_hour_is_made_is_not_missed(
    filled: World, engine: Engine, migrated_database: str
) -> None:
    yesterday = filled.ago(86_400)
    filled.says("WL-1", "water_depth", 1, yesterday)
    with connect(migrated_database, "late") as late, connect(migrated_database, "maker") as maker:
        with late.transaction():
            World(late).says("WL-2", "water_depth", 2, yesterday)
            making = threading.Thread(target=rollups.make, args=(maker, lambda _day: None))
            making.start()
            taken = "SELECT count(*) FROM rollup_unmade"
            assert wait_until(lambda: filled.connection.execute(taken).fetchone() == (1,), seconds=20)
            assert_exact(engine, filled)
        making.join()
    assert made_rows(filled)[0] == 2
    assert_exact(engine, filled)


def test_a_transaction_that_does_not_end_is_named_and_costs_no_exactness(
    filled: World, engine: Engine, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "_PATIENCE_S", 0.1)
    filled.says("WL-1", "water_depth", 1, filled.ago(86_400))
    with connect(migrated_database, "forgotten") as late:
        with late.transaction():
            World(late).says("WL-2", "water_depth", 2, filled.ago(86_400))
            with pytest.raises(CityopsError, match=rf"process {late.info.backend_pid} .*\(forgotten\).*terminate"):
                make(filled)
        assert_exact(engine, filled)
    assert make(filled).hours == 1
    assert_exact(engine, filled)


@pytest.mark.parametrize("table", ["reading_rollup_hour", "reading_rollup_day"])
def test_damage_is_found(table: str, filled: World) -> None:
    filled.says("WL-1", "water_depth", 1, filled.ago(3 * 86_400))
    make(filled)
    filled.connection.execute(f"UPDATE {table} SET sum = sum + 0.001")
    assert [
        one.check
        for one in verify(filled.connection, lambda _check: None)
        if one.wrong and "equal those" in one.check
    ]


def test_a_missing_row_is_found(filled: World) -> None:
    filled.says("WL-1", "water_depth", 1, filled.ago(3 * 86_400))
    make(filled)
    filled.connection.execute("DELETE FROM reading_rollup_day")
    findings = verify(filled.connection, lambda _check: None)
    assert [one.check for one in findings if one.wrong and "rollups" in one.check] == [
        "day rollups equal those of hours"
    ]


def test_hours_that_were_there_before_these_rollups_are_marked(empty_database: str) -> None:
    from cityops.store.schema import migrations

    migrations.upgrade(empty_database, "2026_11_23_spine")
    with connect(empty_database, "test") as connection:
        connection.execute("INSERT INTO reading_rollup VALUES ('2026-11-20T03:05Z', 1, 1, 1, 1, 1, 1)")
        migrations.upgrade(empty_database)
        marked = [row[0].isoformat() for row in connection.execute("SELECT hour FROM rollup_unmade")]
    assert len(marked) == 7 * 24
    assert "2026-11-20T03:00:00+00:00" in marked
