"""The watch on a real database: states as the screens show them, transitions written once and dated truly."""

from datetime import timedelta

import psycopg
import pytest

from cityops.api.state.city import City
from cityops.domain.access import WHOLE_CITY
from cityops.domain.freshness import DeviceState
from cityops.store import device_states
from cityops.store.engine import connect, make_engine, reading
from factories.world import World


def states(world: World) -> dict[str, tuple[str, float]]:
    """Return state and seconds since, by device."""
    rows = world.connection.execute(
        "SELECT code, state, extract(epoch FROM %s - since)::float FROM device_state JOIN device ON id = device_id",
        [world.now],
    )
    return {code: (state, age) for code, state, age in rows}


def transitions(world: World) -> list[tuple[str, str, str]]:
    rows = world.connection.execute(
        "SELECT code, before, after FROM device_transition JOIN device ON id = device_id ORDER BY code, at"
    )
    return rows.fetchall()


@pytest.fixture
def four(world: World) -> World:
    """Give devices of each state, at 60 s; the air station by the newest of its nine series."""
    world.says(world.device("fresh"), "water_depth", 1, world.ago(119))
    world.says(world.device("late"), "water_depth", 1, world.ago(121))
    world.says(world.device("silent"), "water_depth", 1, world.ago(361))
    world.device("never")
    world.says(world.device("air", "air"), "pm25", 9, world.ago(900))
    world.says("air", "no2", 9, world.ago(3))
    return world


def test_a_look_judges_by_the_newest_reading_and_dates_each_change(four: World) -> None:
    changes = device_states.look(four.connection, four.now)
    assert changes is not None
    assert {(one.after, one.devices) for one in changes} == {("online", 2), ("late", 1), ("silent", 1)}
    ages = states(four)
    assert {code: state for code, (state, _) in ages.items()} == {
        "fresh": "online",
        "late": "late",
        "silent": "silent",
        "never": "never",
        "air": "online",
    }
    assert [ages[code][1] for code in ("fresh", "late", "silent", "air")] == pytest.approx([119, 1, 1, 3], abs=0.01)


def test_a_change_is_dated_when_it_came_to_be_though_nobody_watched(four: World) -> None:
    device_states.look(four.connection, four.ago(-1))
    device_states.look(four.connection, four.ago(-3600))
    ages = {code: state for code, (state, _) in states(four).items()}
    assert ages == dict.fromkeys(("fresh", "late", "silent", "air"), "silent") | {"never": "never"}
    row = four.connection.execute(
        "SELECT since FROM device_state JOIN device ON id = device_id WHERE code = 'fresh'"
    ).fetchone()
    assert row == (four.ago(119) + timedelta(seconds=360),)
    assert transitions(four)[:3] == [
        ("air", "never", "online"),
        ("air", "online", "silent"),
        ("fresh", "never", "online"),
    ]


def test_an_unchanged_state_is_not_written_again(four: World) -> None:
    device_states.look(four.connection, four.now)
    written = transitions(four)
    assert device_states.look(four.connection, four.ago(-0.5)) == []
    assert transitions(four) == written


def test_a_device_that_speaks_again_is_online_again(four: World) -> None:
    device_states.look(four.connection, four.now)
    four.says("silent", "water_depth", 2, four.ago(-0.2))
    assert device_states.look(four.connection, four.ago(-0.5)) == [
        device_states.StateChange(DeviceState.SILENT, DeviceState.ONLINE, 1)
    ]
    assert [change[1:] for change in transitions(four) if change[0] == "silent"] == [
        ("never", "silent"),
        ("silent", "online"),
    ]


def test_the_states_are_those_that_the_screens_count(four: World, migrated_database: str) -> None:
    engine = make_engine(migrated_database)
    liveness = City(engine).moment().snapshot.liveness("440100")
    device_states.look(four.connection, four.now)
    with reading(engine, WHOLE_CITY) as connection:
        counts = dict.fromkeys(DeviceState, 0)
        for one in device_states.tallies(connection):
            counts[one.state] += one.devices
        assert device_states.looked_at(connection) == four.now
    engine.dispose()
    shown = (liveness.fresh, liveness.late, liveness.silent, liveness.never)
    assert shown == tuple(counts[state] for state in DeviceState)


def test_one_process_looks_at_a_time(four: World, migrated_database: str) -> None:
    with connect(migrated_database, "another") as another:
        another.execute("SELECT pg_advisory_lock(%s)", [0x6465_7669])
        assert device_states.look(four.connection, four.now) is None
        assert device_states.look(another, four.now)


@pytest.mark.parametrize("statement", ["UPDATE device_transition SET after = 'x'", "DELETE FROM device_transition"])
def test_transitions_cannot_be_rewritten(statement: str, world: World) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        world.connection.execute(statement)
