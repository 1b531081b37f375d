"""The job `alarms` on a real database: what was stored becomes alarms, once, whatever happens to the process."""

from datetime import timedelta

import pytest

from cityops.jobs import devices
from cityops.store.engine import connect
from factories import alarms
from factories.alarms import journal, retire, rows, rule, says, turn, without_rules
from factories.world import World
from factories.writing import count


@pytest.fixture
def world(world: World) -> World:
    """Give the world without the rules that are shipped."""
    without_rules(world.connection)
    return world


@pytest.fixture
def city(world: World) -> World:
    """Give two ponding points under a rule that the job has taken up."""
    world.device("WL-1")
    world.device("WL-2")
    rule(world.connection)
    turn(world)
    return world


def test_a_value_over_the_limit_is_an_alarm_and_one_below_ends_it(city: World) -> None:
    says(city, "WL-1", (city.ago(30), 5), (city.ago(20), 25))
    turn(city)
    [(level, value, onset, cleared, version)] = rows(
        city.connection, "level", "value_raised", "onset", "cleared_at", "rule_version"
    )
    assert (level, value, onset, cleared, version) == (2, 25.0, city.ago(20), None, 1)
    says(city, "WL-1", (city.ago(10), 35))
    turn(city)
    says(city, "WL-1", (city.ago(5), 1))
    turn(city)
    assert rows(city.connection, "level", "worst_level", "value_worst", "cleared_at IS NULL") == [(3, 3, 35.0, False)]
    assert journal(city.connection) == [("raised", 2, 25.0), ("rose", 3, 35.0), ("cleared", 3, 1.0)]
    assert count(city.connection, "alarm_hint") == 0


def test_a_value_that_came_and_went_in_one_batch_is_an_alarm(city: World) -> None:
    says(city, "WL-1", (city.ago(30), 5), (city.ago(20), 45), (city.ago(10), 5))
    turn(city)
    assert rows(city.connection, "worst_level", "cleared_at IS NULL") == [(4, False)]
    assert [one[0] for one in journal(city.connection)] == ["raised", "cleared"]


def test_a_late_reading_raises_nothing_and_is_noted(city: World) -> None:
    says(city, "WL-1", (city.ago(10), 5))
    says(city, "WL-1", (city.ago(600), 45), (city.ago(500), 35))
    turn(city)
    assert rows(city.connection, "id") == []
    late = city.connection.execute("SELECT n, first_ts, last_ts, lowest, highest FROM alarm_late").fetchall()
    assert late == [(2, city.ago(600), city.ago(500), 35.0, 45.0)]
    assert count(city.connection, "alarm_hint") == 0


def test_one_out_of_order_by_a_moment_is_not_late(city: World) -> None:
    says(city, "WL-1", (city.ago(10), 5))
    says(city, "WL-1", (city.ago(12), 45))  # a worker passed another
    turn(city)
    assert rows(city.connection, "worst_level", "onset", "cleared_at IS NULL") == [(4, city.ago(12), False)]


def test_a_pending_delay_survives_the_process(world: World) -> None:
    world.device("WL-1")
    rule(world.connection, on_delay_s="60")
    turn(world)
    says(world, "WL-1", (world.ago(90), 45))
    turn(world)  # each turn is of a process that remembers nothing
    assert rows(world.connection, "level", "onset") == [(4, world.ago(30))]
    says(world, "WL-1", (world.ago(10), 5))
    turn(world)
    assert [one[0] for one in journal(world.connection)] == ["raised", "cleared"]


def test_a_delay_that_has_not_run_out_raises_nothing_yet(world: World) -> None:
    world.device("WL-1")
    rule(world.connection, on_delay_s="3600")
    turn(world)
    says(world, "WL-1", (world.ago(90), 45))
    turn(world)
    assert rows(world.connection, "id") == []
    [(at_rest, due)] = world.connection.execute("SELECT is_at_rest, due_at FROM alarm_track").fetchall()
    assert (at_rest, due) == (False, world.ago(90) + timedelta(hours=1))


def test_a_new_alarm_names_the_one_before(city: World) -> None:
    for second in (40, 20):
        says(city, "WL-1", (city.ago(second), 45), (city.ago(second - 10), 5))
        turn(city)
    [(first, none), (_, previous)] = rows(city.connection, "id", "previous_id")
    assert (none, previous) == (None, first)


def test_a_rule_that_comes_while_a_value_stands_raises_it(world: World) -> None:
    says(world, world.device("WL-1"), (world.ago(5), 45))
    rule(world.connection)
    turn(world)
    assert rows(world.connection, "level") == [(4,)]


def test_under_a_changed_rule_a_value_is_judged_anew(city: World) -> None:
    says(city, "WL-1", (city.ago(20), 25))
    says(city, "WL-2", (city.ago(20), 45))
    turn(city)
    rule(city.connection, blue="", yellow="", orange="", red="40", priority="2")
    turn(city)
    assert rows(city.connection, "level", "rule_version", "cleared_why") == [
        (2, 1, "its rule was changed"),
        (4, 1, None),
    ]


def test_alarms_of_a_rule_that_is_no_more_are_cleared_with_the_reason(city: World) -> None:
    says(city, "WL-1", (city.ago(20), 25))
    turn(city)
    retire(city.connection, "depth")
    turn(city)
    assert rows(city.connection, "cleared_why") == [("its rule is no more",)]
    assert [count(city.connection, one) for one in ("alarm_track", "alarm_taken_up")] == [0, 0]


def test_of_two_processes_that_both_evaluate_one_alarm_remains(city: World, migrated_database: str) -> None:
    """The lock lets one lead; were there two, the index would stop the slower, whose turn is done again."""
    says(city, "WL-1", (city.ago(20), 25))
    with connect(migrated_database, "other") as other, other.transaction():
        other.execute(
            "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level,"
            " onset) SELECT 'depth', 1, 'flood', 2, 'series:' || series.id, '440106013', 1, 1, now()"
            " FROM series JOIN device ON device.id = device_id JOIN metric ON metric.id = metric_id"
            " WHERE device.code = 'WL-1' AND metric.code = 'water_depth'"
        )
    turn(city)
    assert rows(city.connection, "level", "worst_level") == [(2, 2)]


def test_an_empty_city_is_no_trouble(world: World) -> None:
    turn(world)
    assert alarms.rows(world.connection, "id") == []


def test_a_device_that_falls_silent_is_an_alarm_and_one_that_speaks_again_ends_it(world: World) -> None:
    world.device("WL-1", interval_s=60)
    says(world, "WL-1", (world.ago(600), 5))
    cells = {"subject": "device_state", "metric": "", "condition": "no_data", "direction": ""}
    rule(world.connection, "silent", **cells | {"blue": "6", "yellow": "60", "orange": "", "red": ""}, priority="3")
    devices.watch().turn(world.connection)
    turn(world)
    assert rows(world.connection, "object ~ 'device:'", "level", "onset", "value_raised", "cleared_at") == [
        (True, 1, world.ago(240), None, None)
    ]
    says(world, "WL-1", (world.ago(1), 5))
    devices.watch().turn(world.connection)
    turn(world)
    assert rows(world.connection, "cleared_at IS NULL") == [(False,)]


def test_a_metric_that_falls_silent_is_an_alarm_while_its_device_still_says_another(world: World) -> None:
    world.device("G-1", "gas")
    says(world, "G-1", (world.ago(600), 5), metric="gas_lel")
    says(world, "G-1", (world.ago(5), 3.6), metric="battery_voltage")
    cells = {"metric": "gas_lel", "condition": "no_data", "direction": ""}
    rule(world.connection, "mute", **cells | {"blue": "6", "yellow": "60", "orange": "", "red": ""})
    devices.watch().turn(world.connection)
    turn(world)
    told = "object ~ 'series:'", "series_id IS NOT NULL", "level", "onset", "value_raised", "cleared_at"
    assert rows(world.connection, *told) == [(True, True, 1, world.ago(240), None, None)]
    turn(world)
    says(world, "G-1", (world.ago(1), 5), metric="gas_lel")
    turn(world)
    assert rows(world.connection, "level", "cleared_at IS NULL", "cleared_why") == [(1, False, None)]
    turn(world)
    assert len(rows(world.connection, "id")) == 1


def test_a_rule_that_is_no_longer_about_silence_ends_its_alarms(world: World) -> None:
    world.device("WL-1", interval_s=60)
    says(world, "WL-1", (world.ago(600), 5))
    rule(world.connection, "mute", condition="no_data", direction="", blue="6", yellow="", orange="", red="")
    turn(world)
    rule(world.connection, "mute")
    turn(world)
    assert rows(world.connection, "cleared_why") == [("its rule was changed",)]
    assert count(world.connection, "alarm_track") == 0


def test_a_share_of_a_group_that_is_silent_is_one_alarm_of_the_group(world: World) -> None:
    for number, ago in enumerate((600, 600, 1)):
        world.device(f"WL-{number}", interval_s=60)
        says(world, f"WL-{number}", (world.ago(ago), 5))
    cells = {"subject": "share", "metric": "", "condition": "share", "share_of": "silent", "direction": ""}
    limits = {"blue": "", "yellow": "50", "orange": "80", "red": ""}
    rule(world.connection, "outage", **cells | limits, group_by="district source_system", priority="3")
    devices.watch().turn(world.connection)
    turn(world)
    found = rows(world.connection, "object", "region_code", "source_system_code", "level", "round(value_raised)")
    assert found == [("group:440106/water-logging", "440106", "water-logging", 2, 67.0)]


def test_a_graver_alarm_of_the_same_device_keeps_the_other_quiet_until_it_ends(world: World) -> None:
    world.device("WL-1")
    rule(world.connection, "depth", inhibits="level=red > rule=near @ device")
    rule(world.connection, "near", blue="5", yellow="", orange="", red="")
    turn(world)
    says(world, "WL-1", (world.ago(20), 45))
    turn(world)
    quiet = "rule_code", "quiet", "quiet_by", "cleared_at IS NULL"
    assert sorted(rows(world.connection, *quiet)) == [
        ("depth", None, None, True),
        ("near", "suppressed", "depth", True),
    ]
    says(world, "WL-1", (world.ago(10), 7))
    turn(world)
    assert sorted(rows(world.connection, *quiet)) == [("depth", None, None, False), ("near", None, None, True)]


def test_what_a_changed_rule_is_no_longer_about_is_cleared_and_forgotten(city: World) -> None:
    says(city, "WL-1", (city.ago(20), 25))
    turn(city)
    rule(city.connection, regions="440105")
    turn(city)
    assert rows(city.connection, "cleared_why") == [("its rule was changed",)]
    assert count(city.connection, "alarm_track") == 0
