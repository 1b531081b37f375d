"""Readings: each is kept once, the first stays, and rollups and latest values are those of what is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.store import readings, registry
from cityops.store.readings import Inserted, ReadingColumns
from cityops.store.upkeep.retention import DroppedTimeError
from factories.world import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BASE = datetime(2026, 11, 20, tzinfo=UTC)
METRIC, REGION = 1, 2
Row = tuple[int, int, float, int]
"""Seconds after BASE, series, value, quality."""

_rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from([0.0, -1.5, 0.1, 7.0]), st.integers(0, 2)),
    max_size=9,
)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def columns(rows: Sequence[Row], received: datetime = BASE + timedelta(days=1), step_s: int = 100) -> ReadingColumns:
    count = len(rows)
    return ReadingColumns(
        np.array([microseconds(BASE + timedelta(seconds=step_s * row[0])) for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.int16),
        np.full(count, METRIC, np.int16),
        np.full(count, REGION, np.int16),
        np.full(count, microseconds(received), np.int64),
    )


def insert(world: World, given_: ReadingColumns, *, presumed_new: bool = False) -> Inserted:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        return readings.insert(cursor, given_, np.full(len(given_), presumed_new))


@pytest.mark.parametrize(
    ("column", "of"),
    [("ts", np.float64), ("series", np.int64), ("value", np.float32), ("quality", np.int8), ("received", np.int32)],
)
def test_a_column_of_another_type_is_refused_by_name(column: str, of: type) -> None:
    given_ = {name: getattr(columns([]), name) for name in ReadingColumns.__dataclass_fields__}
    with pytest.raises(TypeError, match=f"column {column} is of type"):
        ReadingColumns(**given_ | {column: np.empty(0, of)})


def test_rows_are_taken_in_the_order_asked_for() -> None:
    taken = columns([(0, 1, 1.0, 0), (1, 2, 2.0, 1), (2, 3, 3.0, 2)]).take(np.array([2, 0]))
    assert (len(taken), taken.series.tolist(), taken.value.tolist()) == (2, [3, 1], [3.0, 1.0])
    assert len(columns([])) == 0


@given(rows=_rows)
def test_the_first_of_each_series_and_time_is_found_in_order_of_these(rows: list[Row]) -> None:
    first: dict[tuple[int, int], int] = {}
    for place, (second, series, _, _) in enumerate(rows):
        first.setdefault((series, second), place)
    assert readings.first_of_each(columns(rows)).tolist() == [first[key] for key in sorted(first)]


@given(rows=_rows, kept=st.sampled_from([0.0, 0.1, 7.0]))
def test_those_conflict_that_say_something_else_than_is_kept(rows: list[Row], kept: float) -> None:
    """All are in the store already, with one value and quality 0."""
    given_ = columns(rows)
    first = readings.first_of_each(given_)
    count = len(first)
    inserted = Inserted(np.zeros(count, bool), np.full(count, kept), np.zeros(count, np.int16))
    found = readings.conflicting(given_, first, inserted).tolist()
    assert found == [place for place, row in enumerate(rows) if row[2:] != (kept, 0)]


@pytest.mark.parametrize(("value", "conflicts"), [(0.1, False), (float(np.float32(0.1)), False), (0.1000001, True)])
def test_a_value_of_32_bits_is_the_same_as_that_of_64(value: float, conflicts: bool) -> None:
    given_ = columns([(0, 1, 0.1, 0), (0, 1, value, 0)])
    first = readings.first_of_each(given_)
    inserted = Inserted(np.ones(1, bool), np.array([0.1]), np.zeros(1, np.int16))
    assert readings.conflicting(given_, first, inserted).tolist() == ([1] if conflicts else [])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(_rows, max_size=4))
def test_in_whatever_batches_they_come_the_first_of_each_is_kept_and_summed_once(
    batches: list[list[Row]], world: World
) -> None:
    with world.connection.transaction(force_rollback=True):
        kept: dict[tuple[int, int], tuple[float, int]] = {}
        for rows in batches:
            given_ = columns(rows)
            distinct = given_.take(readings.first_of_each(given_))
            keys = [(row.item(), ts.item()) for row, ts in zip(distinct.series, distinct.ts, strict=True)]
            new = [key not in kept for key in keys]
            for place, key in enumerate(keys):
                kept.setdefault(key, (distinct.value[place].item(), distinct.quality[place].item()))
            inserted = insert(world, distinct)
            assert inserted.is_new.tolist() == new
            told = list(zip(inserted.value.tolist(), inserted.quality.tolist(), strict=True))
            assert told == [kept[key] for key in keys]
        assert stored(world.connection) == {key: value for key, (value, _) in kept.items()}
        assert_summed(world.connection)


def stored(connection: psycopg.Connection) -> dict[tuple[int, int], float]:
    rows = connection.execute("SELECT series_id, ts, value FROM reading")
    return {(series, microseconds(ts)): value for series, ts, value in rows}


def assert_summed(connection: psycopg.Connection) -> None:
    """Assert that rollups and latest values are those of the raw readings; series have no device here."""
    rollups = connection.execute("SELECT bucket, n, min, max FROM reading_rollup ORDER BY bucket").fetchall()
    recomputed = connection.execute(
        "SELECT date_bin('5 min', ts, 'epoch'), count(*), min(value), max(value) FROM reading GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert rollups == recomputed
    assert dict(zip(*(column.tolist() for column in readings.latest_times(connection)), strict=True)) == {
        series: microseconds(ts)
        for series, ts in connection.execute("SELECT series_id, max(ts) FROM reading GROUP BY 1")
    }


def test_what_is_presumed_new_and_is_not_loses_the_transaction(world: World) -> None:
    rows = [(0, 1, 1.0, 0), (1, 1, 2.0, 0)]
    assert insert(world, columns(rows), presumed_new=True).is_new.tolist() == [True, True]
    before = stored(world.connection)
    with pytest.raises(psycopg.errors.UniqueViolation):
        insert(world, columns([(2, 1, 3.0, 0), *rows[:1]]), presumed_new=True)
    assert stored(world.connection) == before
    assert_summed(world.connection)


def test_new_and_doubtful_ones_may_come_together(world: World) -> None:
    insert(world, columns([(0, 1, 1.0, 0)]))
    together = columns([(0, 1, 9.0, 2), (1, 1, 2.0, 0), (2, 1, 3.0, 1)])
    with world.connection.transaction(), world.connection.cursor() as cursor:
        inserted = readings.insert(cursor, together, np.array([False, True, False]))
    assert inserted.is_new.tolist() == [False, True, True]
    assert (inserted.value.tolist(), inserted.quality.tolist()) == ([1.0, 2.0, 3.0], [0, 0, 1])
    assert_summed(world.connection)


def test_nothing_to_insert_is_nothing_inserted(world: World) -> None:
    assert len(insert(world, columns([])).is_new) == 0
    series, times = readings.latest_times(world.connection)
    assert (len(series), len(times)) == (0, 0)


def latest(world: World) -> tuple[datetime, float, datetime | None, datetime | None]:
    rows = world.connection.execute("SELECT ts, value, received_at, ahead_until FROM reading_latest").fetchall()
    [(ts, value, received_at, ahead_until)] = rows
    return ts, value, received_at, ahead_until


def test_a_reading_that_comes_late_does_not_become_the_latest(world: World) -> None:
    insert(world, columns([(9, 1, 9.0, 0)]))
    insert(world, columns([(1, 1, 1.0, 0)]))
    assert latest(world) == (BASE + timedelta(seconds=900), 9.0, None, None)


@pytest.mark.parametrize(("ahead_s", "is_ahead"), [(2, False), (3, True)])
def test_a_clock_that_runs_ahead_is_noted_beyond_its_tolerance(ahead_s: int, is_ahead: bool, world: World) -> None:
    insert(world, columns([(ahead_s, 1, 9.0, 0)], received=BASE, step_s=1))
    said = BASE + timedelta(seconds=ahead_s)
    assert latest(world) == (said, 9.0, BASE if is_ahead else None, said if is_ahead else None)


def test_a_clock_that_was_set_right_is_believed_again(world: World) -> None:
    """What it said from ahead counts as of its receipt, so that a later reading with an earlier time is newer."""
    insert(world, columns([(300, 1, 1.0, 0)], received=BASE, step_s=1))
    insert(world, columns([(60, 1, 2.0, 0)], received=BASE + timedelta(seconds=61), step_s=1))
    assert latest(world) == (BASE + timedelta(seconds=60), 2.0, None, BASE + timedelta(seconds=300))


def test_what_lies_before_the_edge_is_refused_and_nothing_of_its_batch_is_kept(world: World) -> None:
    world.connection.execute("UPDATE retention SET kept_from = now() - interval '30 d' WHERE relation = 'reading'")
    old = world.now - timedelta(days=31)
    world.device("WL-1")
    with pytest.raises(DroppedTimeError, match="a reading lies before"):
        world.says("WL-1", "water_depth", 1, old)
    assert stored(world.connection) == {}
    assert len(registry.devices(world.connection)) == 1
