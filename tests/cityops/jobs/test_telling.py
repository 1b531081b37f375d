"""Groups of alarms are told on a real database: once for each look, whatever happens to processes and rules."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from cityops.jobs import telling
from cityops.jobs.rulebook import Rulebook
from cityops.store.engine import connect
from factories.alarms import retire, rows, rule, says, turn, without_rules
from factories.world import World
from factories.writing import count


@pytest.fixture
def city(world: World) -> World:
    """Give two points of one street and one of another under a rule whose groups wait for nothing."""
    without_rules(world.connection)
    world.device("WL-1")
    world.device("WL-2")
    world.device("WL-3", region="440106001")
    rule(world.connection, **TIMES)
    turn(world)
    return world


TIMES = {"group_wait_s": "0", "group_interval_s": "300", "repeat_interval_s": "14400"}


def told(world: World, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the parts of all notices, oldest first."""
    names = ", ".join(columns or ("kind", "n"))
    return world.connection.execute(f"SELECT {names} FROM alarm_notice ORDER BY id, part").fetchall()


def passes(world: World, seconds: float) -> None:
    """Let time pass for what is remembered of groups."""
    past = timedelta(seconds=seconds)
    world.connection.execute("UPDATE alarm_group SET look_at = look_at - %s, told_at = told_at - %s", [past, past])


def over(world: World, device: str, value: float = 25, ago: float = 20) -> None:
    says(world, device, (world.ago(ago), value))
    turn(world)


def test_a_group_is_told_once_and_again_when_something_changed_and_when_it_is_over(city: World) -> None:
    over(city, "WL-1")
    turn(city)
    [(kind, rule_code, region, n, new, waits, gravest)] = told(
        city, *("kind", "rule_code", "region_code", "n", "n_new", "unacknowledged", "alarm_id")
    )
    assert (kind, rule_code, region, n, new, waits) == ("new", "depth", "440106013", 1, 1, 1)
    assert [(gravest,)] == rows(city.connection, "id")
    over(city, "WL-2")
    assert len(told(city)) == 1, "before the interval is over nothing is told"
    passes(city, 300)
    turn(city)
    assert told(city)[1:] == [("changed", 2)]
    over(city, "WL-1", 1, 10)
    over(city, "WL-2", 1, 10)
    passes(city, 300)
    turn(city)
    assert told(city, "kind", "n", "n_gone")[2:] == [("over", 0, 2)]
    assert count(city.connection, "alarm_group") == 0


def test_in_a_response_what_belongs_to_it_is_told_again_sooner(city: World) -> None:
    over(city, "WL-1")
    city.connection.execute(
        "INSERT INTO mode (region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver, drill,"
        " started_by) VALUES ('440106', 'emergency', 'flood', '{flood}', 2, '-', '-', '-', '-', false, 'li')"
    )
    over(city, "WL-2")
    passes(city, 300 - 60)  # its look was due in 300 s, from now on it is in 60
    turn(city)
    assert len(told(city)) == 1
    passes(city, 60)
    turn(city)
    assert told(city)[1:] == [("changed", 2)]
    passes(city, 14400 / 5)
    turn(city)
    assert told(city)[2:] == [("repeated", 2)]


def test_what_is_kept_quiet_is_not_told(city: World) -> None:
    city.connection.execute(
        "INSERT INTO alarm_quiet (kind, region_code, reason, by, starts_at, ends_at)"
        " VALUES ('silenced', '440106', 'x', 'li', now() - interval '1 h', now() + interval '1 h')"
    )
    over(city, "WL-1")
    assert (told(city), rows(city.connection, "quiet")) == ([], [("silenced",)])


def test_what_stays_is_repeated_and_an_unacknowledged_one_sounds_again_sooner(city: World) -> None:
    rule(city.connection, **TIMES, realarm_s="600")
    over(city, "WL-1")
    passes(city, 599)
    turn(city)
    assert told(city) == [("new", 1)]
    passes(city, 2)
    turn(city)
    assert told(city, "kind", "unacknowledged")[1:] == [("repeated", 1)]
    city.connection.execute("UPDATE alarm SET acknowledged_at = now(), acknowledged_by = 'li'")
    passes(city, 1000)
    turn(city)
    assert len(told(city)) == 2, "somebody knows"
    passes(city, 14400)
    turn(city)
    assert told(city, "kind", "unacknowledged")[2:] == [("repeated", 0)]


def test_what_is_urgent_waits_for_no_group(city: World) -> None:
    rule(city.connection, **TIMES | {"group_wait_s": "3600"}, priority="3 3 3 1")
    over(city, "WL-1", 25)
    over(city, "WL-2", 45)
    assert told(city) == [], "it waits for others for some seconds"
    older = "UPDATE alarm SET raised_at = raised_at - interval '5 s'"
    city.connection.execute(older)
    turn(city)
    assert told(city) == [("new", 2)]
    over(city, "WL-3", 45)
    city.connection.execute(older)
    turn(city)
    assert told(city, "kind", "n_new")[1:] == [("changed", 1), ("changed", 0)]
    turn(city)
    assert len(told(city)) == 3


def test_a_notice_has_a_part_for_each_region(city: World) -> None:
    says(city, "WL-3", (city.ago(20), 45))
    over(city, "WL-1")
    assert told(city, "id - min(id) OVER ()", "part", "region_code", "level") == [
        (0, 1, "440106001", 4),
        (0, 2, "440106013", 2),
    ]


def test_a_new_version_of_a_rule_that_groups_otherwise_tells_nothing_twice(city: World) -> None:
    over(city, "WL-1")
    rule(city.connection, **TIMES, group_by="street class")
    turn(city)
    turn(city)
    passes(city, 300)
    turn(city)
    assert told(city) == [("new", 1)]
    assert city.connection.execute("SELECT key FROM alarm_group").fetchall() == [("class=flood street=440106013",)]
    retire(city.connection, "depth")
    turn(city)
    passes(city, 300)
    turn(city)
    assert told(city, "kind", "n_gone")[1:] == [("over", 1)]


def test_two_processes_that_look_at_once_tell_once(city: World, migrated_database: str) -> None:
    over(city, "WL-1", 25)
    passes(city, 15000)  # it is time to repeat
    ready = threading.Barrier(2)

    def look() -> None:
        with connect(migrated_database, "leader") as connection:
            rulebook, teller = Rulebook(), telling.Teller()
            with connection.cursor() as cursor:
                rulebook.refresh(cursor)
            ready.wait()
            teller.looks(connection, rulebook.rules)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert told(city) == [("new", 1), ("repeated", 1)]


def test_a_process_that_is_killed_before_it_commits_has_told_nothing_and_the_next_tells_it(
    city: World, migrated_database: str
) -> None:
    rule(city.connection, **TIMES | {"group_wait_s": "3600"})
    over(city, "WL-1")
    passes(city, 3600)
    connection = connect(migrated_database, "killed")
    rulebook, cursor = Rulebook(), connection.cursor()
    connection.execute("BEGIN")
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    rulebook.refresh(cursor)
    assert telling.tell(cursor, rulebook.rules) == ["new"]
    connection.close()  # as the kernel does for a process that is gone
    assert told(city) == []
    turn(city)
    turn(city)
    assert told(city) == [("new", 1)]
