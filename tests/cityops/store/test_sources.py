"""Source systems with their accounts and devices, and the platform's totals: what the ledger says, added up."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from cityops import reference
from cityops.store import ledger, sources
from cityops.store.ledger import Tally
from factories.world import World

HAIZHU = "440105001"


def account(world: World, worker: str, seconds_ago: float, **tallies: Tally) -> None:
    """Add to a worker's accounts of readings; the keywords are source systems with `_` for `-`."""
    by_key = {(source.replace("_", "-"), "readings"): tally for source, tally in tallies.items()}
    with world.connection.cursor() as cursor:
        ledger.add(cursor, worker, world.ago(seconds_ago), by_key)


def by_code(connection: Connection, *regions: str) -> Mapping[str, Any]:
    return {row["code"]: row for row in sources.sources(connection, regions or None)}


def amounts(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(row[name]) for name in ("received", "stored", "duplicate", "rejected"))


def test_every_source_that_sends_is_listed_also_where_nothing_came(onlooker: Connection) -> None:
    found = by_code(onlooker)
    expected = {row["code"] for row in reference.rows("source_systems") if row["carries"] in {"readings", "events"}}
    assert list(found) == sorted(expected)
    assert {amounts(row) for row in found.values()} == {(0, 0, 0, 0)}
    assert {(row["last_received_at"], row["devices"]) for row in found.values()} == {(None, 0)}


def test_a_source_is_told_with_the_department_that_answers_for_it(onlooker: Connection) -> None:
    row = by_code(onlooker)["water-logging"]
    assert (row["name_zh"], row["name_en"]) == ("内涝监测系统", "Waterlogging monitor")
    assert (row["department_zh"], row["department_en"]) == ("市水务局", "Water Affairs")
    assert (row["data_officer"], row["carries"], row["expected_interval_s"]) == ("部属首席数据官", "readings", 60)


def test_the_accounts_of_all_workers_are_one(world: World, reader: Connection) -> None:
    account(world, "w1", 60, water_logging=Tally(5, 2, 1), eco_air=Tally(1))
    account(world, "w2", 30, water_logging=Tally(1, 0, 3))
    found = by_code(reader)
    assert amounts(found["water-logging"]) == (12, 6, 2, 4)
    assert found["water-logging"]["last_received_at"] == world.ago(30)
    assert amounts(found["eco-air"]) == (1, 1, 0, 0)


def test_only_the_devices_are_those_of_a_region(world: World, reader: Connection) -> None:
    world.device("WL-1")
    world.device("WL-2", region=HAIZHU)
    world.device("G-1", "gas")
    account(world, "w", 1, water_logging=Tally(7))
    everywhere, haizhu = by_code(reader), by_code(reader, HAIZHU)
    assert (everywhere["water-logging"]["devices"], everywhere["gas-monitor"]["devices"]) == (2, 1)
    assert (haizhu["water-logging"]["devices"], haizhu["gas-monitor"]["devices"]) == (1, 0)
    assert amounts(haizhu["water-logging"]) == (7, 7, 0, 0)
    assert by_code(reader, "440106001")["water-logging"]["devices"] == 0


def test_in_no_region_there_is_no_device(world: World, reader: Connection) -> None:
    world.device("WL-1")
    assert {row["devices"] for row in sources.sources(reader, [])} == {0}


def test_what_a_source_carries_is_told_of_those_that_are_registered(onlooker: Connection) -> None:
    for expected in ({"water-logging": "readings", "hotline-12345": "events"}, {"video-share": "video"}, {}):
        assert sources.carried(onlooker, [*expected, "nobody"]) == expected
    assert sources.carried(onlooker, []) == {}


def test_totals_of_an_empty_ledger_are_nothing(onlooker: Connection) -> None:
    row = dict(sources.totals(onlooker))
    assert amounts(row) == (0, 0, 0, 0)
    assert (row["readings_kept"], row["as_of"]) == (0, None)
    assert list(sources.ledger(onlooker)) == []


def test_totals_are_over_all_sources_kinds_and_workers(world: World, reader: Connection) -> None:
    account(world, "w1", 60, water_logging=Tally(5, 2, 1))
    account(world, "w2", 10, eco_air=Tally(1, 1, 1))
    with world.connection.cursor() as cursor:
        strangers = {("hotline-12345", "events"): Tally(4), (ledger.NO_SOURCE, "unknown"): Tally(0, 0, 9)}
        ledger.add(cursor, "w1", world.ago(20), strangers)
    row = dict(sources.totals(reader))
    assert amounts(row) == (24, 10, 3, 11)
    assert (row["readings_kept"], row["as_of"]) == (6, world.ago(10))


def test_the_accounts_are_told_by_source_and_kind(world: World, reader: Connection) -> None:
    account(world, "w1", 60, water_logging=Tally(5, 2, 1))
    account(world, "w2", 60, water_logging=Tally(5, 2, 1))
    with world.connection.cursor() as cursor:
        ledger.add(cursor, "w1", world.now, {("water-logging", "events"): Tally(0, 0, 2)})
    told = {
        (row["source"], row["kind"]): tuple(map(int, (row["stored"], row["duplicate"], row["rejected"])))
        for row in sources.ledger(reader)
    }
    assert told == {("water-logging", "readings"): (10, 4, 2), ("water-logging", "events"): (0, 0, 2)}
