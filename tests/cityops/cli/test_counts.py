"""The verb `cityops devices counts`: by district, kind and state, how old that is, and what is out."""

import json

from cityops.store import device_states
from factories.verbs import run
from factories.world import World


def test_before_the_first_look_it_says_who_looks(world: World, migrated_database: str) -> None:
    world.device("WL-1")
    told = run("devices", "counts", database_url=migrated_database)
    assert told.exit_code == 0
    assert told.stdout.startswith("no state has been judged yet: run `cityops jobs`\n")
    assert json.loads(run("devices", "counts", "--json", database_url=migrated_database).stdout)["at"] is None


def test_each_device_is_counted_once_by_district_and_once_by_kind(world: World, migrated_database: str) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.now)
    world.says(world.device("WL-2", region="440105001"), "water_depth", 1, world.ago(86_400), world.ago(86_400))
    world.device("AIR-1", kind="air")
    device_states.look(world.connection, world.now)
    told = json.loads(run("devices", "counts", "--json", database_url=migrated_database).stdout)
    assert {row["code"]: row["devices"] for row in told["districts"] if row["devices"]} == {"440105": 1, "440106": 2}
    assert {row["code"]: row["devices"] for row in told["kinds"] if row["devices"]} == {"air": 1, "waterlogging": 2}
    [waterlogging] = [row for row in told["kinds"] if row["code"] == "waterlogging"]
    assert (waterlogging["online"], waterlogging["silent"], waterlogging["never"]) == (1, 1, 0)
    shown = run("devices", "counts", database_url=migrated_database).stdout
    assert shown.startswith("states as of 20")
    assert all(word in shown for word in ("Haizhu", "Tianhe", "waterlogging", "districts", "kinds"))


def test_what_is_out_together_is_told_as_one(world: World, migrated_database: str) -> None:
    for number in range(30):
        world.says(world.device(f"WL-{number}"), "water_depth", 1, world.ago(7200), world.ago(7200))
    device_states.look(world.connection, world.now)
    told = json.loads(run("devices", "counts", "--json", database_url=migrated_database).stdout)
    assert len(told["outages"]) == 1
    assert "Tianhe" in told["outages"][0]
    assert told["outages"][0] in run("devices", "counts", database_url=migrated_database).stdout


def test_clocks_that_run_ahead_are_counted_and_who_names_them(world: World, migrated_database: str) -> None:
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(-300), received_at=world.now)
    world.connection.execute("UPDATE reading_latest SET received_at = now()")
    told = json.loads(run("devices", "counts", "--json", database_url=migrated_database).stdout)
    assert told["clocks_ahead"] == 1
    shown = run("devices", "counts", database_url=migrated_database).stdout
    assert "1 devices have a clock that runs ahead: /api/v1/devices?clock_ahead=true names them" in shown
