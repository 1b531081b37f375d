"""Questions about rejects: lists by filter and page, counts that stand for refusals, and one with its attempts."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.rejects import Reason, RejectState
from cityops.store.engine import reading
from cityops.store.ledger import NO_SOURCE
from cityops.store.rejects import queries, records, replay
from cityops.store.rejects.records import PAYLOAD_LIMIT, Reject
from cityops.store.rejects.replay import Attempt, RejectFilter
from factories.world import World

LONG_AGO = timedelta(days=3650)


def refuse(world: World, topic: str, seconds_ago: float = 0, **change: Any) -> None:
    payload = b'{"ts": 5}'
    made = Reject(
        world.ago(seconds_ago), "readings", "water-logging", topic, 0, Reason.BAD_TIME, "ts", payload, len(payload)
    )
    with world.connection.transaction(), world.connection.cursor() as cursor:
        records.record(cursor, [replace(made, **change)])


def settle(world: World, wanted: RejectFilter, *attempts: Attempt) -> None:
    """Try the rejects of a filter once with each attempt."""
    for attempt in attempts:
        with world.connection.transaction():
            claimed = replay.claim(world.connection, wanted, (world.now - LONG_AGO, 0), 99)
            replay.settle(world.connection, "me", [(one, attempt) for one in claimed], world.now)


@pytest.fixture
def four(world: World) -> World:
    """Give four rejects of different reasons, sources, kinds and states, an hour apart."""
    refuse(world, "a")
    refuse(world, "b", 3600, source="nobody", reason=Reason.UNKNOWN_SOURCE, kind="unknown")
    refuse(world, "c", 7200, source="hotline-12345", kind="events", refusals=5)
    refuse(world, "d", 10_800, reason=Reason.UNKNOWN_DEVICE)
    settle(world, RejectFilter(reason="unknown_device"), Attempt(1, 0))
    return world


def found(connection: Connection, wanted: RejectFilter) -> str:
    """Return the letters of the rejects, newest first."""
    return "".join(row["topic"] for row in queries.page(connection, wanted, None, 100))


EACH = [
    (RejectFilter(), "abcd"),
    (RejectFilter(reason="bad_time"), "ac"),
    (RejectFilter(source="water-logging"), "ad"),
    (RejectFilter(source="water"), ""),
    (RejectFilter(kind="events"), "c"),
    (RejectFilter(state=RejectState.OPEN), "abc"),
    (RejectFilter(state=RejectState.REPLAYED), "d"),
    (RejectFilter(state=RejectState.GIVEN_UP), ""),
    (RejectFilter(reason="bad_time", kind="readings"), "a"),
]


def test_a_filter_finds_what_it_says(four: World, reader: Connection) -> None:
    assert [(wanted, found(reader, wanted)) for wanted, _ in EACH] == EACH


def test_a_period_holds_its_beginning_and_not_its_end(four: World, reader: Connection) -> None:
    assert found(reader, RejectFilter(since=four.ago(3600))) == "ab"
    assert found(reader, RejectFilter(until=four.ago(3600))) == "cd"
    assert found(reader, RejectFilter(since=four.ago(7200), until=four.ago(0))) == "bc"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=st.lists(st.integers(0, 2), max_size=9), size=st.integers(1, 4))
def test_pages_of_any_size_are_the_list_though_many_came_at_once(
    ages: list[int], size: int, world: World, reader: Connection
) -> None:
    world.connection.execute("DELETE FROM reject")
    for number, age in enumerate(ages):
        refuse(world, str(number), age * 86_400 * 30)
    walked: list[Any] = []
    before = None
    while rows := queries.page(reader, RejectFilter(), before, size):
        assert len(rows) <= size
        walked += rows
        before = rows[-1]["received_at"], rows[-1]["id"]
    assert walked == list(queries.page(reader, RejectFilter(), None, 100))
    assert sorted(row["topic"] for row in walked) == sorted(map(str, range(len(ages))))
    moments = [(row["received_at"], row["id"]) for row in walked]
    assert moments == sorted(moments, reverse=True)


def test_counts_are_of_refusals_most_frequent_first_with_their_newest(four: World, reader: Connection) -> None:
    refuse(four, "e", 60)
    counted = [
        (row["reason"], row["source"], row["state"], row["count"]) for row in queries.counts(reader, RejectFilter())
    ]
    assert counted == [
        ("bad_time", "hotline-12345", "open", 5),
        ("bad_time", "water-logging", "open", 2),
        ("unknown_device", "water-logging", "replayed", 1),
        ("unknown_source", "nobody", "open", 1),
    ]
    newest = {row["source"]: row["newest"] for row in queries.counts(reader, RejectFilter(reason="bad_time"))}
    assert newest == {"hotline-12345": four.ago(7200), "water-logging": four.ago(0)}


def test_strangers_are_counted_as_one_source_however_many_names_they_use(world: World, reader: Connection) -> None:
    for name in ("nobody", "someone", "水务"):
        refuse(world, "x", source=name, reason=Reason.UNKNOWN_SOURCE, refusals=2)
    refuse(world, "y")
    counted = Counter({(row["reason"], row["source"]): int(row["count"]) for row in queries.open_by_reason(reader)})
    assert counted == {("unknown_source", NO_SOURCE): 6, ("bad_time", "water-logging"): 1}


def test_only_open_ones_are_counted_for_the_instruments(four: World, reader: Connection) -> None:
    reasons = {row["reason"] for row in queries.open_by_reason(reader)}
    assert reasons == {"bad_time", "unknown_source"}


def test_one_is_told_with_its_bytes_and_its_attempts_oldest_first(world: World, reader: Connection) -> None:
    refuse(world, "a")
    settle(world, RejectFilter(), Attempt(0, 0, Reason.UNKNOWN_DEVICE, "WL-9"), Attempt(2, 1))
    [brief] = queries.page(reader, RejectFilter(), None, 9)
    told = queries.one(reader, brief["id"])
    assert told is not None
    row, attempts = told
    assert row["payload"] == b'{"ts": 5}'
    assert {name: row[name] for name in brief} == dict(brief)
    assert [
        (one["attempt"], one["outcome"], one["stored"], one["duplicate"], one["reason_before"], one["detail_before"])
        for one in attempts
    ] == [(1, "refused", 0, 0, "bad_time", "ts"), (2, "stored", 2, 1, "unknown_device", "WL-9")]


def test_a_list_does_not_carry_the_bytes(four: World, reader: Connection) -> None:
    assert all("payload" not in row for row in queries.page(reader, RejectFilter(), None, 9))


def test_there_is_none_of_an_unknown_number(four: World, reader: Connection) -> None:
    assert [queries.one(reader, number) for number in (0, -1, 2**62)] == [None] * 3


KEPT: dict[str, tuple[dict[str, Any], bool]] = {
    "all of it": ({"payload": b"x" * PAYLOAD_LIMIT, "payload_bytes": PAYLOAD_LIMIT}, False),
    "but a byte": ({"payload": b"x" * PAYLOAD_LIMIT, "payload_bytes": PAYLOAD_LIMIT + 1}, True),
    "an item": ({"payload_bytes": 10**6, "item": b"{}"}, False),
    "a part of an item": ({"item": b"x" * (PAYLOAD_LIMIT + 1)}, True),
    "nothing of nothing": ({"payload": b"", "payload_bytes": 0}, False),
}


def test_it_is_said_where_less_is_kept_than_came(world: World, reader: Connection) -> None:
    for name, (change, _) in KEPT.items():
        refuse(world, name, **change)
    said = {row["topic"]: row["truncated"] for row in queries.page(reader, RejectFilter(), None, 9)}
    assert said == {name: truncated for name, (_, truncated) in KEPT.items()}


def test_the_newest_is_the_one_that_came_last(world: World, reader: Connection) -> None:
    assert queries.newest(reader) is None
    refuse(world, "a", 60)
    refuse(world, "b", 7200)
    assert queries.newest(reader) == world.ago(60)


def test_what_replays_came_to_outlives_the_rejects_themselves(world: World, engine: Engine) -> None:
    def amounts() -> tuple[int, ...]:
        with reading(engine, WHOLE_CITY) as connection:
            row = queries.replayed(connection)
        return tuple(int(row[name]) for name in ("stored", "duplicate", "refused"))

    assert amounts() == (0, 0, 0)
    refuse(world, "old", 86_400 * 60)
    settle(world, RejectFilter(), Attempt(0, 0, Reason.BAD_JSON), Attempt(3, 2))
    refuse(world, "new")
    settle(world, RejectFilter(), Attempt(0, 1))
    assert amounts() == (3, 3, 1)
    assert replay.drop_older_than(world.connection, world.now - timedelta(days=30)) == 1
    assert amounts() == (3, 3, 1)
