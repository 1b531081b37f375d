"""Questions about cases: what is open and what came today, lists by filter and page, counts, one with its history."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from cityops import reference
from cityops.domain.events.status import STAGE_OF, Severity, Stage, Status
from cityops.store.events import queries
from cityops.store.events.queries import GROUPS, EventFilter, EventTally
from factories.world import World

TIANHE, HAIZHU = "440106013", "440105001"


@pytest.fixture
def four(world: World) -> World:
    """Give four cases of two districts, sources, groups of classes and degrees of urgency, an hour apart."""
    world.case(at=world.ago(0), external_id="a")
    world.case("reported", "dispatched", at=world.ago(3600), external_id="b", region=HAIZHU, severity="urgent")
    world.case("closed", at=world.ago(7200), external_id="c", event_class="small_ads", source="grid-officer")
    world.case("void", at=world.ago(10_800), external_id="d", region=HAIZHU, event_class="billboard")
    return world


def found(connection: Connection, wanted: EventFilter) -> str:
    """Return the letters of the cases, newest first."""
    return "".join(row["external_id"] for row in queries.page(connection, wanted, None, 100))


EACH = [
    (EventFilter(), "abcd"),
    (EventFilter(region="440100"), "abcd"),
    (EventFilter(region="440105"), "bd"),
    (EventFilter(region=TIANHE), "ac"),
    (EventFilter(region="440105002"), ""),
    (EventFilter(region="44010%"), ""),
    (EventFilter(class_code="gas_leak"), "ab"),
    (EventFilter(group="advertising"), "cd"),
    (EventFilter(group="nothing"), ""),
    (EventFilter(status=Status.DISPATCHED), "b"),
    (EventFilter(stage=Stage.CLOSED), "cd"),
    (EventFilter(stage=Stage.FOUND), "a"),
    (EventFilter(stage=Stage.HANDLING), ""),
    (EventFilter(open=True), "ab"),
    (EventFilter(open=False), "cd"),
    (EventFilter(severity=Severity.URGENT), "b"),
    (EventFilter(source="grid-officer"), "c"),
    (EventFilter(region="440105", open=True), "b"),
    (EventFilter(region="440105", open=True, severity=Severity.CRITICAL), ""),
]


def test_a_filter_finds_what_it_says(four: World, reader: Connection) -> None:
    assert [(wanted, found(reader, wanted)) for wanted, _ in EACH] == EACH


def test_a_period_holds_its_beginning_and_not_its_end(four: World, reader: Connection) -> None:
    start, end = four.ago(7200), four.ago(0)
    assert found(reader, EventFilter(start=start)) == "abc"
    assert found(reader, EventFilter(end=end)) == "bcd"
    assert found(reader, EventFilter(start=start, end=end)) == "bc"
    assert found(reader, EventFilter(start=end, end=end)) == ""


_ages = st.lists(st.integers(0, 3), max_size=9)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=_ages, size=st.integers(1, 4))
def test_pages_of_any_size_are_the_list_though_many_cases_occur_at_once(
    ages: list[int], size: int, world: World, reader: Connection
) -> None:
    world.connection.execute("ALTER TABLE event_history DISABLE TRIGGER USER; DELETE FROM event_history")
    world.connection.execute("DELETE FROM event")
    for number, age in enumerate(ages):
        world.case(at=world.ago(age), external_id=f"T{number}")
    walked: list[Any] = []
    before = None
    while rows := queries.page(reader, EventFilter(), before, size):
        assert len(rows) <= size
        walked += rows
        before = rows[-1]["occurred_at"], rows[-1]["id"]
    assert walked == list(queries.page(reader, EventFilter(), None, 100))
    assert {row["external_id"] for row in walked} == {f"T{number}" for number in range(len(ages))}
    moments = [(row["occurred_at"], row["id"]) for row in walked]
    assert moments == sorted(moments, reverse=True)


KEYS: dict[str, Callable[[Any], str]] = {
    "status": lambda row: row["status"],
    "stage": lambda row: STAGE_OF[Status(row["status"])].value,
    "class": lambda row: row["class_code"],
    "region": lambda row: row["region_code"],
    "source": lambda row: row["source"],
}


def test_counts_are_those_of_the_list_most_frequent_first(four: World, reader: Connection) -> None:
    for by, wanted in product(GROUPS, (EventFilter(), EventFilter(open=True), EventFilter(region="440105"))):
        rows = queries.counts(reader, wanted, by)
        listed = Counter(KEYS[by](row) for row in queries.page(reader, wanted, None, 100))
        assert {row["group"]: row["count"] for row in rows} == dict(listed), (by, wanted)
        counted = [row["count"] for row in rows]
        assert counted == sorted(counted, reverse=True), (by, wanted)


def test_one_case_is_told_with_all_of_its_steps(four: World, reader: Connection) -> None:
    [brief] = [row for row in queries.page(reader, EventFilter(), None, 9) if row["external_id"] == "b"]
    told = queries.one(reader, brief["id"])
    assert told is not None
    case, steps = told
    assert {name: case[name] for name in brief} == dict(brief)
    assert (case["description"], case["address"]) == ("张三，电话13800000000", "某路1号")
    assert [(step["sequence"], step["status"]) for step in steps] == [(0, "reported"), (1, "dispatched")]
    assert [step["status_at"] - brief["occurred_at"] for step in steps] == [timedelta(0), timedelta(minutes=1)]


def test_there_is_no_case_of_an_unknown_number(four: World, reader: Connection) -> None:
    assert [queries.one(reader, number) for number in (0, -1, 2**62)] == [None] * 3


def test_a_list_does_not_tell_what_a_citizen_said(four: World, reader: Connection) -> None:
    told = str([dict(row) for row in queries.page(reader, EventFilter(), None, 9)])
    assert "燃气味" in told
    assert not any(secret in told for secret in ("13800000000", "张三", "某路1号"))


def pressing(reader: Connection, now: datetime, regions: list[str] | None = None, limit: int = 9) -> str:
    return "".join(row["external_id"] for row in queries.pressing(reader, regions, now, limit))


def test_the_newest_are_those_of_the_regions_asked_for(four: World, reader: Connection) -> None:
    assert pressing(reader, four.now) == "bacd"  # b is urgent and open
    assert pressing(reader, four.now, [HAIZHU, "440105002"]) == "bd"
    assert pressing(reader, four.now, [HAIZHU], 1) == "b"
    assert (pressing(reader, four.now, []), pressing(reader, four.now, limit=0)) == ("", "")


@pytest.fixture
def late(world: World) -> World:
    """Give closed, new, urgent, near due and overdue cases, of which the most pressing are the oldest."""
    world.case(at=world.ago(1), external_id="n")
    world.case("reported", "closed", at=world.ago(2), external_id="c", severity="critical")
    for number, name in enumerate("uvxyoz"):
        world.case("reported", "dispatched", at=world.ago(100 + number), external_id=name)
    world.connection.execute("UPDATE event SET severity = 'urgent' WHERE external_id IN ('u', 'v', 'o')")
    for name, minutes in {"o": -20, "z": -90, "x": 12, "y": 5}.items():
        world.runs_out(name, world.ago(-60 * minutes), world.ago(60))
    world.runs_out("n", world.ago(-7200), world.ago(-3600))
    return world


def test_what_is_overdue_longest_comes_first_then_what_is_near_due_then_what_is_urgent_then_the_newest(
    late: World, reader: Connection
) -> None:
    assert pressing(reader, late.now) == "zoyxuvnc"
    assert [pressing(reader, late.now, limit=limit) for limit in range(8)] == [
        "zoyxuvnc"[:limit] for limit in range(8)
    ]


def test_what_is_critical_comes_before_what_is_urgent_and_newer(late: World, reader: Connection) -> None:
    late.connection.execute("UPDATE event SET severity = 'critical' WHERE external_id IN ('v', 'z')")
    behind = queries.pressing(reader, None, late.now, 2, of_class=3)
    assert "".join(row["external_id"] for row in behind).startswith("zoy")  # all are of one class
    assert [pressing(reader, late.now, limit=limit) for limit in (5, 6, 9)] == ["zoyxv", "zoyxvu", "zoyxvunc"]


def test_a_case_presses_by_the_moment_that_is_asked_for(late: World, reader: Connection) -> None:
    before, after = late.ago(7200), late.ago(-10_000)
    assert pressing(reader, before) == "uvoncxyz"
    assert pressing(reader, after) == "zoyxnuvc"


def test_overdue_and_near_due_are_counted_apart(late: World, reader: Connection) -> None:
    def counted(now: datetime) -> tuple[int, int]:
        found = queries.tallies(reader, late.ago(9000), now).open
        return sum(one.overdue for one in found), sum(one.near_due for one in found)

    assert counted(late.now) == (2, 2)
    assert [counted(at) for at in (late.ago(7200), late.ago(-10_000))] == [(0, 0), (5, 0)]


def test_a_step_was_seen_when_it_was_taken_or_when_it_came_where_the_source_s_clock_runs_ahead(
    world: World, reader: Connection
) -> None:
    at = world.ago(600)
    world.case(at=at, external_id="right")
    world.case(at=at, external_id="ahead", ahead=timedelta(minutes=4))
    seen = {row["external_id"]: row["seen_at"] for row in queries.pressing(reader, None, world.now, 9)}
    assert seen == {"right": at, "ahead": at - timedelta(minutes=4)}


def tallied(tallies: list[EventTally]) -> dict[tuple[str, str | None], tuple[int, int]]:
    return {(one.region_code, one.key): (one.n, one.urgent) for one in tallies}


def test_open_cases_are_counted_by_status_and_today_s_by_class(four: World, reader: Connection) -> None:
    found = queries.tallies(reader, four.ago(9_000), four.now)
    assert tallied(found.open) == {(TIANHE, "reported"): (1, 0), (HAIZHU, "dispatched"): (1, 1)}
    assert tallied(found.reported) == {
        (TIANHE, "gas_leak"): (1, 0),
        (HAIZHU, "gas_leak"): (1, 1),
        (TIANHE, "small_ads"): (1, 0),
    }
    assert tallied(found.closed) == {(TIANHE, None): (1, 0)}


def test_every_status_is_either_open_or_closed(world: World, reader: Connection) -> None:
    """The words of the partial index are those of the domain."""
    for status in Status:
        world.case(status.value, at=world.ago(60), external_id=status.value)
    is_open = {status.value for status in Status if status.stage is not Stage.CLOSED}
    found = queries.tallies(reader, world.ago(3600), world.now)
    assert {one.key for one in found.open} == is_open
    assert [one.n for one in found.closed] == [len(Status) - len(is_open)]
    listed = {row["external_id"] for row in queries.page(reader, EventFilter(open=True), None, 99)}
    assert listed == is_open


def test_whatever_is_not_normal_is_urgent(world: World, reader: Connection) -> None:
    for severity in Severity:
        world.case(severity=severity.value, at=world.ago(60))
    [tally] = queries.tallies(reader, world.ago(3600), world.now).open
    assert (tally.n, tally.urgent) == (len(Severity), len(Severity) - 1)


def test_a_tally_is_as_of_its_newest_step(world: World, reader: Connection) -> None:
    moments: list[datetime] = [world.ago(600), world.ago(60), world.ago(300)]
    for at in moments:
        world.case(at=at)
    [tally] = queries.tallies(reader, world.ago(9000), world.now).open
    assert (tally.n, tally.as_of) == (3, max(moments))


def test_classes_are_called_by_both_names(reader: Connection) -> None:
    expected = {row["code"]: (row["name_zh"], row["name_en"]) for row in reference.rows("event_classes")}
    assert queries.classes(reader) == expected
