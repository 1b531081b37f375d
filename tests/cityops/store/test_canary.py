"""The canary: tells a device that the database refuses from a database that refuses everybody, and stores nothing."""

import psycopg
import pytest

from cityops.store import canary, registry
from factories.world import World


def series_of(world: World, device: str) -> list[int]:
    [known] = registry.devices(world.connection, [device])
    return list(registry.series_ids(world.connection, [known.id]).values())


def refuse(world: World, condition: str) -> None:
    """Have the database refuse new readings to which a condition does not apply."""
    world.connection.execute(f"ALTER TABLE reading_latest ADD CONSTRAINT refused CHECK ({condition}) NOT VALID")


def kept(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT (SELECT count(*) FROM reading), (SELECT sum(n) FROM reading_rollup), array_agg(l ORDER BY series_id)"
        " FROM reading_latest AS l"
    ).fetchall()


@pytest.fixture
def spoken(world: World) -> World:
    """Give a world with a device that is refused and two others, all of which have spoken."""
    for number, code in enumerate(("REFUSED", "B", "C")):
        world.says(world.device(code), "water_depth", number, world.ago(60))
    return world


def test_where_nobody_has_spoken_nothing_speaks_for_a_fault_of_the_database(world: World) -> None:
    world.device("REFUSED")
    refuse(world, "false")
    assert canary.takes_others(world.connection, series_of(world, "REFUSED"))


def test_a_sound_database_takes_the_readings_of_others(spoken: World) -> None:
    assert canary.takes_others(spoken.connection, series_of(spoken, "REFUSED"))


def test_nothing_is_stored_by_trying(spoken: World) -> None:
    before = kept(spoken.connection)
    canary.takes_others(spoken.connection, series_of(spoken, "REFUSED"))
    assert kept(spoken.connection) == before


def test_a_database_that_refuses_all_takes_nobody_s(spoken: World) -> None:
    refuse(spoken, "false")
    assert not canary.takes_others(spoken.connection, series_of(spoken, "REFUSED"))
    assert kept(spoken.connection)[0][0] == 3


def test_one_other_who_is_taken_is_enough(spoken: World) -> None:
    [refused], [also] = series_of(spoken, "REFUSED"), series_of(spoken, "B")
    refuse(spoken, f"series_id NOT IN ({refused}, {also})")
    assert canary.takes_others(spoken.connection, [refused])


def test_the_other_series_of_a_refused_device_are_no_others(world: World) -> None:
    world.device("AIR", "air")
    for metric in ("pm25", "no2"):
        world.says("AIR", metric, 1, world.ago(1))
    refuse(world, "false")
    assert canary.takes_others(world.connection, series_of(world, "AIR")[:1])


def test_whoever_is_refused_all_of_them_may_be_tried_again_afterwards(spoken: World) -> None:
    refuse(spoken, "false")
    for _ in range(2):
        assert not canary.takes_others(spoken.connection, [])
    spoken.connection.execute("ALTER TABLE reading_latest DROP CONSTRAINT refused")
    assert canary.takes_others(spoken.connection, [])
