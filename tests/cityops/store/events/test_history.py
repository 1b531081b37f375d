"""The history of cases: in whatever order, batches and repetition steps come, case and history are the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.domain.events.reported import EventStep
from cityops.domain.events.status import Status
from cityops.store.events import history
from cityops.store.events.history import Recorded
from factories.world import World

KEY = "source_system_code, external_id"
BASE = datetime(2026, 11, 20, 8, tzinfo=UTC)
FIRST = EventStep(
    source_system_code="hotline-12345",
    external_id="GZ-1",
    sequence=0,
    class_code="road_ponding",
    severity="normal",
    status="reported",
    title="道路积水",
    description="张三，电话13800000000",
    address=None,
    region_code="440106013",
    lon=113.3,
    lat=None,
    occurred_at=BASE,
    status_at=BASE,
    received_at=BASE,
)


def step(sequence: int, status: str = "dispatched", **change: Any) -> EventStep:
    at = BASE + timedelta(minutes=sequence)
    return replace(FIRST, sequence=sequence, status=status, status_at=at, received_at=at, **change)


def record(world: World, *steps: EventStep) -> list[Recorded]:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        return history.record(cursor, steps)


def kept(world: World) -> tuple[list[Any], list[Any]]:
    """Return the cases and their histories, without the ids, which follow from the order of arrival."""
    return (
        world.connection.execute(
            f"SELECT to_jsonb(event) - '{{id,moved_at}}'::text[] FROM event ORDER BY {KEY}"
        ).fetchall(),
        world.connection.execute(
            f"SELECT {KEY}, history.sequence, history.status, history.status_at, history.received_at, reported"
            " FROM event_history AS history JOIN event ON event.id = event_id ORDER BY 1, 2, 3"
        ).fetchall(),
    )


STEPS = [
    *(step(number, status) for number, status in enumerate(list(Status)[:4])),
    *(step(number, external_id="GZ-2", title=f"第{number}步") for number in (0, 2**31 - 1)),
    step(3, source_system_code="grid-officer"),
]
_orders = st.lists(st.sampled_from(range(len(STEPS))), max_size=8).flatmap(
    lambda more: st.permutations([*range(len(STEPS)), *more])
)


@pytest.fixture
def expected(world: World) -> tuple[list[Any], list[Any]]:
    """Give the cases and histories that one batch in order leaves, which is taken back."""
    with world.connection.transaction(force_rollback=True):
        record(world, *STEPS)
        return kept(world)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=_orders, cuts=st.sets(st.integers(1, 14), max_size=4))
def test_any_order_batches_and_repetition_lead_to_the_same_cases(
    order: Sequence[int], cuts: set[int], world: World, expected: tuple[list[Any], list[Any]]
) -> None:
    with world.connection.transaction(force_rollback=True):
        told: list[Recorded] = []
        for start, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(order)), len(order)]):
            told += record(world, *(STEPS[number] for number in order[start:end]))
        assert kept(world) == expected
    assert told == [Recorded(number not in order[:place]) for place, number in enumerate(order)]


def test_no_steps_are_no_case(world: World) -> None:
    assert record(world) == []
    assert kept(world) == ([], [])


def test_a_case_shows_the_step_with_the_highest_number(world: World) -> None:
    record(world, step(5, "processing", title="第五步"))
    record(world, step(2, "dispatched", title="第二步"))
    [(case,)] = world.connection.execute("SELECT to_jsonb(event) FROM event").fetchall()
    assert (case["sequence"], case["status"], case["title"]) == (5, "processing", "第五步")
    record(world, step(6, "closed", title="第六步"))
    [(case,)] = world.connection.execute("SELECT to_jsonb(event) FROM event").fetchall()
    assert (case["sequence"], case["status"], case["title"]) == (6, "closed", "第六步")


def test_a_step_of_a_case_that_was_taken_over_is_kept_and_moves_it_no_more(world: World) -> None:
    record(world, step(1, "accepted"), step(1, "accepted", external_id="GZ-2"))
    world.connection.execute("UPDATE event SET master = 'here', status = 'filed' WHERE external_id = 'GZ-1'")
    assert record(world, step(2, "closed", title="第二步"), step(2, "closed", external_id="GZ-2")) == [
        Recorded(True),
        Recorded(True),
    ]
    rows = world.connection.execute("SELECT external_id, sequence, status FROM event ORDER BY 1").fetchall()
    assert rows == [("GZ-1", 1, "filed"), ("GZ-2", 2, "closed")]
    assert [one[3] for one in kept(world)[1]] == ["accepted", "closed"] * 2
    assert record(world, step(2, "closed", title="第二步")) == [Recorded(False)]


def test_a_step_is_kept_whole_as_it_was_reported(world: World) -> None:
    record(world, FIRST)
    [(reported,)] = world.connection.execute("SELECT reported FROM event_history").fetchall()
    assert set(reported) == {name for name in EventStep.__dataclass_fields__ if name != "received_at"}
    assert (reported["description"], reported["address"], reported["lat"]) == (FIRST.description, None, None)
    assert datetime.fromisoformat(reported["occurred_at"]) == BASE


CHANGES: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, ()),
    ({"received_at": BASE + timedelta(hours=1)}, ()),
    ({"status": "void"}, ("status",)),
    ({"title": "道路 积水"}, ("title",)),
    ({"description": None}, ("description",)),
    ({"address": ""}, ("address",)),
    ({"lon": 113.30001}, ("lon",)),
    ({"lat": 23.1}, ("lat",)),
    ({"status_at": BASE + timedelta(microseconds=1)}, ("status_at",)),
    ({"severity": "urgent", "class_code": "gas_leak"}, ("class_code", "severity")),
]


def test_a_step_of_the_same_number_is_named_by_what_it_says_otherwise_and_the_first_stays(world: World) -> None:
    assert record(world, FIRST) == [Recorded(True)]
    before = kept(world)
    for change, differs in CHANGES:
        assert record(world, replace(FIRST, **change)) == [Recorded(False, differs)], change
    assert kept(world) == before


def test_the_same_instant_in_another_zone_is_no_difference(world: World) -> None:
    record(world, FIRST)
    from_china = BASE.astimezone(tz=None).astimezone()
    assert record(world, replace(FIRST, occurred_at=from_china, status_at=from_china)) == [Recorded(False)]


def test_of_two_steps_of_one_number_in_a_batch_the_first_stays(world: World) -> None:
    told = record(world, step(1, "filed"), step(1, "closed"), step(1, "filed"))
    assert told == [Recorded(True), Recorded(False, ("status",)), Recorded(False)]
    [(status,)] = world.connection.execute("SELECT status FROM event_history").fetchall()
    assert status == "filed"


def test_the_same_number_at_another_source_or_case_is_another_step(world: World) -> None:
    same = (FIRST, replace(FIRST, external_id="GZ-2"), replace(FIRST, source_system_code="grid-officer"))
    assert record(world, *same) == [Recorded(True)] * 3
    assert len(kept(world)[0]) == 3


def test_what_was_not_kept_yet_when_a_step_came_is_not_compared(world: World) -> None:
    """A step of an earlier version of cityops knew fewer fields; it is the same step nevertheless."""
    record(world, FIRST)
    world.connection.execute("ALTER TABLE event_history DISABLE TRIGGER USER")
    world.connection.execute("UPDATE event_history SET reported = reported - 'address' - 'lat'")
    assert record(world, replace(FIRST, address="某路1号", lat=23.1)) == [Recorded(False)]
    assert record(world, replace(FIRST, title="x")) == [Recorded(False, ("title",))]


def test_a_step_that_names_what_is_not_declared_leaves_nothing_of_its_batch(world: World) -> None:
    for change in ({"region_code": "110101001"}, {"class_code": "x"}, {"source_system_code": "nobody"}):
        stranger = replace(FIRST, external_id="GZ-2", **change)  # type: ignore[arg-type]  # these fields are texts
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            record(world, FIRST, stranger)
    assert kept(world) == ([], [])
