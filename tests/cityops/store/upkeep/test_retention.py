"""Retention: an edge on the border of a chunk, what lies before it gone, counted, and kept from coming in again."""

from datetime import datetime, timedelta

import numpy as np
import psycopg
import pytest

from cityops.domain.readings import EARLIEST
from cityops.store.upkeep import retention
from cityops.store.upkeep.retention import Dropped, DroppedTimeError
from factories.world import World

DAY = 86_400
KEEP = timedelta(days=30)
DAYS_AGO = (0, 20, 40, 50)


@pytest.fixture
def filled(world: World) -> World:
    """Give a world with a reading on each of some days."""
    world.device("WL-1")
    for days in DAYS_AGO:
        world.says("WL-1", "water_depth", days, world.ago(days * DAY))
    return world


def drop(world: World, hypertable: str = "reading", keep: timedelta = KEEP) -> Dropped:
    return retention.drop(world.connection, hypertable, keep, lambda _what: None)


def days_kept(world: World) -> list[int]:
    rows = world.connection.execute("SELECT value::int FROM reading ORDER BY ts DESC").fetchall()
    return [row[0] for row in rows]


def refuse(world: World, *moments: datetime) -> None:
    ts = np.array([int(moment.timestamp() * 1e6) for moment in moments], np.int64)
    with world.connection.cursor() as cursor:
        retention.refuse_dropped(cursor, ts)


def test_a_new_store_keeps_everything(world: World) -> None:
    for hypertable in ("reading", "reading_rollup", "audit", "device_transition", "nothing"):
        assert retention.kept_from(world.connection, hypertable) <= EARLIEST
        assert retention.old_chunks(world.connection, hypertable, world.now) == []
        assert retention.would_drop(world.connection, hypertable, KEEP).chunks == 0


def test_old_chunks_end_before_the_time_and_come_oldest_first(filled: World) -> None:
    before = filled.ago(30 * DAY)
    chunks = retention.old_chunks(filled.connection, "reading", before)
    assert len(chunks) == 2
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
    for chunk, days in zip(chunks, (50, 40), strict=True):
        assert chunk.start <= filled.ago(days * DAY) < chunk.end <= before
    [exact] = retention.old_chunks(filled.connection, "reading", chunks[0].end)
    assert exact == chunks[0]
    assert retention.old_chunks(filled.connection, "reading", chunks[0].end - timedelta(microseconds=1)) == []


def test_what_would_be_dropped_is_what_is_dropped(filled: World) -> None:
    would = retention.would_drop(filled.connection, "reading", KEEP)
    assert days_kept(filled) == list(DAYS_AGO)
    assert retention.kept_from(filled.connection, "reading") <= EARLIEST
    done = drop(filled)
    assert (done.chunks, done.kept_from, done.problem) == (would.chunks, would.kept_from, "")
    assert done.rows == 2
    assert days_kept(filled) == [0, 20]


def test_the_rows_of_a_preview_are_the_planner_s_estimate(filled: World) -> None:
    filled.connection.execute("ANALYZE")
    assert retention.would_drop(filled.connection, "reading", KEEP).rows == 2


def test_the_edge_lies_between_what_goes_and_what_stays(filled: World) -> None:
    edge = drop(filled).kept_from
    assert filled.ago(40 * DAY) < edge <= filled.ago(30 * DAY)
    assert retention.kept_from(filled.connection, "reading") == edge


def test_what_goes_is_counted_and_nothing_goes_twice(filled: World) -> None:
    first = drop(filled)
    assert drop(filled) == Dropped(0, 0, first.kept_from)
    assert drop(filled, keep=timedelta(days=10)).rows == 1
    assert days_kept(filled) == [0]
    row = filled.connection.execute("SELECT dropped FROM retention WHERE relation = 'reading'").fetchone()
    assert row == (len(DAYS_AGO) - 1,)


def test_keeping_for_longer_does_not_move_the_edge_back(filled: World) -> None:
    edge = drop(filled).kept_from
    assert drop(filled, keep=timedelta(days=300)) == Dropped(0, 0, edge)
    assert retention.kept_from(filled.connection, "reading") == edge


def test_progress_names_each_chunk_by_its_beginning(filled: World) -> None:
    chunks = retention.old_chunks(filled.connection, "reading", filled.ago(30 * DAY))
    told: list[str] = []
    retention.drop(filled.connection, "reading", KEEP, told.append)
    assert told == [f"dropping reading of {chunk.start:%Y-%m-%d %H:%M} UTC" for chunk in chunks]


def test_other_tables_are_not_touched(filled: World) -> None:
    drop(filled)
    count = "SELECT count(*) FROM reading_rollup"
    assert filled.connection.execute(count).fetchone() == (len(DAYS_AGO),)
    assert retention.kept_from(filled.connection, "reading_rollup") <= EARLIEST


def test_rollups_of_5_minutes_stay_while_their_readings_are_kept(filled: World) -> None:
    filled.connection.execute("DELETE FROM rollup_touched")
    assert drop(filled, "reading_rollup").chunks == 0
    drop(filled)
    assert drop(filled, "reading_rollup").rows >= 1
    left = filled.connection.execute("SELECT min(bucket) FROM reading_rollup").fetchone() or (None,)
    assert left[0] >= retention.kept_from(filled.connection, "reading_rollup")


@pytest.mark.parametrize("table", ["rollup_touched", "rollup_unmade"])
def test_rollups_of_5_minutes_stay_while_an_hour_of_theirs_is_marked(table: str, filled: World) -> None:
    drop(filled)
    filled.connection.execute("DELETE FROM rollup_touched")
    filled.connection.execute(f"INSERT INTO {table} VALUES (date_trunc('hour', %s))", [filled.ago(50 * DAY)])
    assert drop(filled, "reading_rollup").chunks == 0


def test_a_reading_behind_the_edge_is_refused_and_one_upon_it_is_not(filled: World) -> None:
    edge = drop(filled).kept_from
    refuse(filled, edge, filled.now)
    with pytest.raises(DroppedTimeError, match=f"before {edge:%Y-%m-%d %H:%M} UTC; older ones are dropped"):
        refuse(filled, filled.now, edge - timedelta(microseconds=1))
    assert issubclass(DroppedTimeError, psycopg.errors.CheckViolation)


def test_where_nothing_was_dropped_nothing_is_refused(world: World) -> None:
    refuse(world, EARLIEST, world.now)


def test_what_is_dropped_cannot_be_written_again(filled: World) -> None:
    drop(filled)
    with pytest.raises(DroppedTimeError):
        filled.says("WL-1", "water_depth", 40, filled.ago(40 * DAY))
    assert days_kept(filled) == [0, 20]
    filled.says("WL-1", "water_depth", 25, filled.ago(25 * DAY))
    assert days_kept(filled) == [0, 20, 25]
