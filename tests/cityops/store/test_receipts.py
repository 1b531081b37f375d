"""Receipts: a worker knows a message again by its number at the broker, and by nothing of another worker's."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.store import receipts
from cityops.store.receipts import Receipt
from factories.world import World

AT = datetime(2026, 11, 27, tzinfo=UTC)


def record(world: World, worker: str, given_: dict[int, Receipt]) -> None:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        receipts.record(cursor, worker, given_)


def receipt(world: World, text: str, seconds_ago: float = 0) -> Receipt:
    return Receipt.make(b"cityops/v1/readings/a", text.encode(), world.ago(seconds_ago))


@given(topic=st.binary(max_size=20).filter(lambda topic: b"\0" not in topic), payload=st.binary(max_size=20))
def test_a_fingerprint_is_of_sixteen_bytes_and_moves_with_topic_and_payload(topic: bytes, payload: bytes) -> None:
    made = Receipt.make(topic, payload, AT)
    assert len(made.fingerprint) == 16
    assert made.fingerprint == Receipt.make(topic, payload, datetime.now(UTC)).fingerprint
    others = [(topic, payload + b"x"), (topic + b"x", payload), (topic + payload[:1], payload[1:])]
    assert made.fingerprint not in {
        Receipt.make(*other, AT).fingerprint for other in others if other != (topic, payload)
    }


def test_receipts_are_read_as_they_were_written(world: World) -> None:
    written = {1: receipt(world, "积水"), 65_535: receipt(world, "", 7_000)}
    record(world, "w", written)
    assert receipts.of_worker(world.connection, "w") == written


def test_a_number_that_is_given_anew_stands_for_the_newer_message(world: World) -> None:
    record(world, "w", {1: receipt(world, "old", 60), 2: receipt(world, "kept", 60)})
    record(world, "w", {1: receipt(world, "new")})
    assert receipts.of_worker(world.connection, "w") == {1: receipt(world, "new"), 2: receipt(world, "kept", 60)}


def test_numbers_are_each_worker_s_own(world: World) -> None:
    for worker in ("w1", "w2"):
        record(world, worker, {1: receipt(world, worker)})
    assert receipts.of_worker(world.connection, "w1") == {1: receipt(world, "w1")}
    assert receipts.of_worker(world.connection, "w2") == {1: receipt(world, "w2")}


@pytest.mark.parametrize("worker", ["w", ""])
def test_nothing_written_is_nothing_read(worker: str, world: World) -> None:
    record(world, worker, {})
    assert receipts.of_worker(world.connection, worker) == {}
