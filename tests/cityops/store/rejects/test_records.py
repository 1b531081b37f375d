"""Rejects as they are written: recognised when they come again, cut to what is kept, and whatever they hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.domain.rejects import WHOLE_MESSAGE, Reason
from cityops.store.rejects import records
from cityops.store.rejects.records import AT_ONCE, PAYLOAD_LIMIT, Reject
from factories.world import World

HOUR = timedelta(hours=1)
NUL = "\N{SYMBOL FOR NULL}"


def reject(world: World, payload: bytes = b'{"ts": 5}', index: int = 0, **change: Any) -> Reject:
    made = Reject(
        world.now, "readings", "water-logging", "t/a", index, Reason.BAD_TIME, "ts: 5", payload, len(payload)
    )
    return replace(made, **change)


def record(world: World, rejects: Sequence[Reject]) -> None:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        records.record(cursor, rejects)


def repeated(world: World, *asked: tuple[int, Reject, timedelta]) -> list[bool]:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        return records.repeated(cursor, asked)


def only(world: World, columns: str) -> tuple[Any, ...]:
    [row] = world.connection.execute(f"SELECT {columns} FROM reject").fetchall()
    return tuple(row)


def test_a_reject_is_written_as_it_was_made_and_is_open(world: World) -> None:
    made = reject(world, metric_code="water_depth", index=7, refusals=3)
    record(world, [made])
    shown = "received_at, kind, source_system_code, topic, item_index, reason, detail, metric_code, refusals"
    assert only(world, shown) == (
        *(world.now, "readings", "water-logging", "t/a", 7, "bad_time", "ts: 5", "water_depth", 3),
    )
    assert only(world, "state, attempts, settled_at, whole, line_delimited") == ("open", 0, None, False, False)
    assert only(world, "payload, payload_bytes, item_bytes, fingerprint") == (
        *(made.payload, len(made.payload), None, made.fingerprint),
    )


def test_any_number_is_written(world: World) -> None:
    for count in (0, 1, AT_ONCE, AT_ONCE + 1):
        with world.connection.transaction(force_rollback=True):
            record(world, [reject(world, b"", index) for index in range(count)])
            assert only(world, "count(DISTINCT item_index)") == (count,)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30), payload=st.binary(max_size=30))
def test_whatever_text_and_bytes_a_sender_chooses_are_written(text: str, payload: bytes, world: World) -> None:
    with world.connection.transaction(force_rollback=True):
        record(world, [reject(world, payload, source=text, topic=text, detail=text, metric_code=text)])
        told = text.replace("\0", NUL)
        assert only(world, "source_system_code, topic, detail, metric_code, payload") == (*[told] * 4, payload)


def test_long_texts_are_cut_to_a_thousand_characters(world: World) -> None:
    record(world, [reject(world, topic="长" * 5_000, detail="\0" * 5_000)])
    assert only(world, "topic, detail") == ("长" * 1_000, NUL * 1_000)


def test_of_a_large_message_the_beginning_is_kept_and_its_size_told(world: World) -> None:
    for size in (PAYLOAD_LIMIT - 1, PAYLOAD_LIMIT, PAYLOAD_LIMIT + 1):
        with world.connection.transaction(force_rollback=True):
            record(world, [reject(world, b"x" * size)])
            assert only(world, "octet_length(payload), payload_bytes") == (min(size, PAYLOAD_LIMIT), size)


def test_the_item_is_kept_in_place_of_its_message_where_it_can_stand_alone(world: World) -> None:
    record(world, [reject(world, b'[{"ts": 5}, {}]', item=b'{"ts": 5}')])
    assert only(world, "payload, payload_bytes, item_bytes") == (b'{"ts": 5}', 15, 9)


def test_a_reject_stands_for_its_whole_message_where_the_reason_says_so(world: World) -> None:
    def stand_so(**change: Any) -> set[Reason]:
        return {reason for reason in Reason if reject(world, reason=reason, **change).whole}

    assert stand_so() == WHOLE_MESSAGE
    assert stand_so(line_delimited=True) == WHOLE_MESSAGE - {Reason.BAD_JSON}
    assert stand_so(metric_code="water_depth") == stand_so(item_index=1) == set()


def test_a_fingerprint_tells_topic_bytes_and_place_apart(world: World) -> None:
    one = reject(world)
    others = [
        *(reject(world, b"{}"), reject(world, index=1), reject(world, topic="t/b"), reject(world, payload_bytes=99)),
    ]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == len(others) + 1
    same = replace(one, reason=Reason.BAD_JSON, detail="x", received_at=world.ago(9), item=b"x")
    assert same.fingerprint == one.fingerprint


def test_nothing_repeats_nothing(world: World) -> None:
    assert repeated(world) == []
    assert repeated(world, (0, reject(world), HOUR)) == [False]


def test_a_message_that_comes_again_within_the_time_repeats(world: World) -> None:
    ages = {0: True, 3_599: True, 3_600: False, 7_200: False}
    record(world, [reject(world, topic=f"t/{age}", received_at=world.ago(age)) for age in ages])
    told = repeated(world, *((number, reject(world, topic=f"t/{age}"), HOUR) for number, age in enumerate(ages)))
    assert dict(zip(ages, told, strict=True)) == ages
    assert repeated(world, (0, reject(world, topic="t/0", index=1), HOUR)) == [False]


def test_with_no_time_to_look_back_nothing_is_a_repeat(world: World) -> None:
    record(world, [reject(world)])
    one = reject(world)
    assert repeated(world, (0, one, timedelta(0)), (1, one, timedelta(0))) == [False, False]
    assert repeated(world, (0, one, timedelta(0)), (1, one, HOUR)) == [False, True]


def test_of_two_copies_in_one_batch_the_second_repeats(world: World) -> None:
    one = reject(world)
    assert repeated(world, (0, one, HOUR), (1, one, HOUR), (2, one, HOUR)) == [False, True, True]


def test_two_refusals_at_one_place_of_a_message_are_no_copies(world: World) -> None:
    """Two values of one object that are out of range."""
    one, other = reject(world, metric_code="pm25"), reject(world, metric_code="no2")
    assert one.fingerprint == other.fingerprint
    assert repeated(world, (0, one, HOUR), (0, other, HOUR)) == [False, False]
    assert repeated(world, (0, one, HOUR), (0, other, HOUR), (1, one, HOUR)) == [False, False, True]


def test_what_was_settled_since_is_recognised_all_the_same(world: World) -> None:
    record(world, [reject(world)])
    world.connection.execute("UPDATE reject SET state = 'replayed', settled_at = now()")
    assert repeated(world, (0, reject(world), HOUR)) == [True]
