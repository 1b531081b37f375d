"""Replay: rejects are claimed by one at a time, oldest first, settled with what came of them, and dropped counted."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cityops.domain.rejects import Reason, ReplayOutcome
from cityops.store.engine import connect, writing
from cityops.store.rejects import records, replay
from cityops.store.rejects.records import PAYLOAD_LIMIT, Reject
from cityops.store.rejects.replay import Attempt, Claimed, Extent, RejectFilter
from cityops.store.upkeep.verify import verify
from factories.world import World

ALL = RejectFilter()
DAY = 86_400
STORED, DUPLICATE = Attempt(1, 0), Attempt(0, 1)
REFUSED = Attempt(0, 0, Reason.UNKNOWN_DEVICE, "WL-9")


def refuse(world: World, topic: str = "a", seconds_ago: float = 0, **change: Any) -> None:
    payload = b'{"ts": 5}'
    made = Reject(
        world.ago(seconds_ago), "readings", "water-logging", topic, 0, Reason.BAD_TIME, "ts", payload, len(payload)
    )
    with world.connection.transaction(), world.connection.cursor() as cursor:
        records.record(cursor, [replace(made, **change)])


def beginning(world: World) -> tuple[datetime, int]:
    return world.now - timedelta(days=3650), 0


def claim(world: World, wanted: RejectFilter = ALL, limit: int = 99) -> list[Claimed]:
    """Return what would be claimed, and let go of it."""
    with world.connection.transaction(force_rollback=True):
        return replay.claim(world.connection, wanted, beginning(world), limit)


def settle(world: World, attempt: Attempt, wanted: RejectFilter = ALL) -> int:
    with world.connection.transaction():
        claimed = replay.claim(world.connection, wanted, beginning(world), 99)
        replay.settle(world.connection, "me", [(one, attempt) for one in claimed], world.now)
    return len(claimed)


def states(world: World) -> dict[str, tuple[Any, ...]]:
    rows = world.connection.execute("SELECT topic, state, attempts, reason, detail, settled_at FROM reject")
    return {topic: tuple(rest) for topic, *rest in rows}


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (Attempt(2, 0), ReplayOutcome.STORED),
        (Attempt(1, 5), ReplayOutcome.STORED),
        (Attempt(0, 1), ReplayOutcome.DUPLICATE),
        (Attempt(0, 0), ReplayOutcome.DUPLICATE),
        (Attempt(3, 0, Reason.BAD_JSON), ReplayOutcome.REFUSED),
    ],
)
def test_an_attempt_is_called_by_what_came_of_it(attempt: Attempt, outcome: ReplayOutcome) -> None:
    assert attempt.outcome is outcome


def test_the_open_ones_are_claimed_oldest_first_and_page_by_page(world: World) -> None:
    for number in range(5):
        refuse(world, str(number), 100 * number)
    refuse(world, "5", 400)  # at the same moment as another
    seen: list[str] = []
    after = beginning(world)
    with world.connection.transaction():
        while claimed := replay.claim(world.connection, ALL, after, 2):
            seen += [one.topic for one in claimed]
            after = claimed[-1].received_at, claimed[-1].id
    assert seen == ["4", "5", "3", "2", "1", "0"]


def test_what_is_claimed_is_all_that_is_needed_to_try_again(world: World) -> None:
    refuse(world, index_topic := "t/水", 60, item_index=3, metric_code="pm25", line_delimited=True, refusals=4)
    [one] = claim(world)
    assert one == Claimed(
        *(one.id, world.ago(60), index_topic, 3, "pm25", False, True, "bad_time", "ts", b'{"ts": 5}', 0, 4)
    )


def test_an_item_that_is_kept_alone_stands_at_its_own_beginning(world: World) -> None:
    refuse(world, item_index=3, item=b"{}", payload=b"[1, 2, 3, {}]", payload_bytes=13)
    [one] = claim(world)
    assert (one.item_index, one.payload) == (0, b"{}")


EACH = [
    (ALL, {"a", "b"}),
    (RejectFilter(reason="bad_time"), {"a"}),
    (RejectFilter(source="eco-air"), {"b"}),
    (RejectFilter(kind="events"), set[str]()),
]


def test_a_filter_claims_what_it_says(world: World) -> None:
    refuse(world, "a")
    refuse(world, "b", source="eco-air", reason=Reason.BAD_JSON)
    for wanted, expected in EACH:
        assert {one.topic for one in claim(world, wanted)} == expected, wanted
        assert replay.extent(world.connection, wanted).replayable == len(expected), wanted


def test_a_period_holds_its_beginning_and_not_its_end(world: World) -> None:
    for number in range(3):
        refuse(world, str(number), 100 * number)
    period = RejectFilter(since=world.ago(200), until=world.ago(0))
    assert [one.topic for one in claim(world, period)] == ["2", "1"]


def test_what_cannot_come_again_is_counted_by_cause_and_never_claimed(world: World) -> None:
    refuse(world, "whole")
    refuse(world, "cut", payload=b"x" * PAYLOAD_LIMIT, payload_bytes=PAYLOAD_LIMIT + 1)
    refuse(world, "cut item", item=b"x" * (PAYLOAD_LIMIT + 1))
    refuse(world, "topic", reason=Reason.TOPIC_NOT_UTF8)
    refuse(world, "both", reason=Reason.TOPIC_NOT_UTF8, payload_bytes=99)
    assert replay.extent(world.connection, ALL) == Extent(replayable=1, cut=3, topic_lost=1)
    assert [one.topic for one in claim(world)] == ["whole"]


def test_of_an_empty_store_nothing_is_claimed(world: World) -> None:
    assert replay.extent(world.connection, ALL) == Extent(0, 0, 0)
    assert claim(world) == []
    assert settle(world, STORED) == 0


def test_what_one_has_claimed_another_passes_over(world: World, migrated_database: str) -> None:
    for number in range(4):
        refuse(world, str(number), 100 * number)
    with connect(migrated_database, "other") as other, other.transaction():
        theirs = replay.claim(other, ALL, beginning(world), 2)
        assert {one.topic for one in theirs} == {"3", "2"}
        assert [one.topic for one in claim(world)] == ["1", "0"]
    assert len(claim(world)) == 4


@pytest.mark.parametrize("attempt", [STORED, DUPLICATE])
def test_what_is_stored_or_there_already_is_settled_and_keeps_its_reason(attempt: Attempt, world: World) -> None:
    refuse(world)
    assert settle(world, attempt) == 1
    assert states(world) == {"a": ("replayed", 1, "bad_time", "ts", world.now)}
    assert claim(world) == []


def test_what_is_refused_again_stays_open_under_its_new_reason(world: World) -> None:
    refuse(world)
    settle(world, REFUSED)
    assert states(world) == {"a": ("open", 1, "unknown_device", "WL-9", None)}
    settle(world, Attempt(0, 0, Reason.BAD_JSON, "\0" + "长" * 2000))
    [(state, attempts, reason, detail, _)] = states(world).values()
    assert (state, attempts, reason, len(detail), detail[0]) == ("open", 2, "bad_json", 1000, "␀")


def test_every_attempt_is_noted_with_what_was_before_it(world: World) -> None:
    refuse(world)
    for attempt in (REFUSED, Attempt(3, 2)):
        settle(world, attempt)
    rows = world.connection.execute(
        "SELECT attempt, worker, tried_at, outcome, stored, duplicate, reason_before, detail_before"
        " FROM reject_attempt ORDER BY attempt"
    ).fetchall()
    assert rows == [
        (1, "me", world.now, "refused", 0, 0, "bad_time", "ts"),
        (2, "me", world.now, "stored", 3, 2, "unknown_device", "WL-9"),
    ]


def test_a_replay_that_breaks_off_has_settled_nothing(world: World) -> None:
    refuse(world)
    with world.connection.transaction(force_rollback=True):
        settle(world, STORED)
    assert states(world) == {"a": ("open", 0, "bad_time", "ts", None)}


def test_what_nobody_will_mend_is_closed_by_filter(world: World, engine: Engine) -> None:
    refuse(world, "a")
    refuse(world, "b", reason=Reason.BAD_JSON)
    refuse(world, "c", 100, reason=Reason.BAD_JSON)
    with writing(engine) as connection:
        assert replay.give_up(connection, RejectFilter(reason="bad_json", since=world.ago(50)), world.now) == 1
    assert {topic: (row[0], row[-1]) for topic, row in states(world).items()} == {
        "a": ("open", None),
        "b": ("given_up", world.now),
        "c": ("open", None),
    }
    with writing(engine) as connection:
        assert replay.give_up(connection, ALL, world.now) == 2
        assert replay.give_up(connection, ALL, world.now) == 0


def dropped(world: World) -> dict[str, tuple[int, ...]]:
    rows = world.connection.execute("SELECT kind, rejects, stored, duplicate, refused FROM reject_dropped").fetchall()
    return {kind: tuple(rest) for kind, *rest in rows}


def test_what_is_dropped_is_counted_with_its_attempts(world: World) -> None:
    refuse(world, "old", 60 * DAY, refusals=7)
    refuse(world, "older", 90 * DAY, kind="events")
    settle(world, REFUSED)
    settle(world, Attempt(2, 1))
    refuse(world, "new")
    cutoff = world.now - timedelta(days=30)
    assert replay.drop_older_than(world.connection, cutoff) == 2
    assert dropped(world) == {"readings": (7, 2, 1, 1), "events": (1, 2, 1, 1)}
    assert set(states(world)) == {"new"}
    assert world.connection.execute("SELECT count(*) FROM reject_attempt").fetchone() == (0,)
    assert replay.drop_older_than(world.connection, cutoff) == 0
    assert dropped(world) == {"readings": (7, 2, 1, 1), "events": (1, 2, 1, 1)}


def test_drops_add_up(world: World) -> None:
    for days in (90, 60):
        refuse(world, "x", days * DAY)
        settle(world, DUPLICATE)
        assert replay.drop_older_than(world.connection, world.now - timedelta(days=30)) == 1
    assert dropped(world) == {"readings": (2, 0, 2, 0)}


def test_states_and_attempts_agree_whatever_was_done(world: World) -> None:
    for number, attempt in enumerate((STORED, DUPLICATE, REFUSED)):
        refuse(world, str(number), 60 * DAY * number, source=f"s{number}")
        settle(world, attempt, RejectFilter(source=f"s{number}"))
    refuse(world, "untried")
    replay.drop_older_than(world.connection, world.now - timedelta(days=90))
    checks = {one.check: one.wrong for one in verify(world.connection, lambda _check: None)}
    assert checks["every reject is in the state of its last attempt"] == 0
