"""The backlog: bounded, batches by size or age, drained when closed."""

import threading

from cityops.clock import utc_now
from cityops_ingest.backlog import BATCH_MESSAGES, CAPACITY_MESSAGES, Backlog
from cityops_ingest.envelope import Envelope


def envelope(payload: bytes = b"x" * 10) -> Envelope:
    return Envelope(b"t", payload, len(payload), utc_now(), lambda _outcome: None)


def test_messages_come_out_in_their_order() -> None:
    backlog = Backlog()
    sent = [envelope() for _ in range(5)]
    for one in sent:
        assert backlog.put(one)
    assert backlog.take() == sent


def test_a_batch_has_an_upper_size() -> None:
    backlog = Backlog()
    for _ in range(BATCH_MESSAGES + 1):
        backlog.put(envelope(b"x"))
    assert len(backlog.take()) == BATCH_MESSAGES
    assert len(backlog.take()) == 1


def test_a_full_backlog_refuses_and_takes_again_once_there_is_room() -> None:
    backlog = Backlog(capacity_bytes=20)
    assert backlog.put(envelope())
    assert backlog.put(envelope())
    assert not backlog.put(envelope(), timeout_s=0.01)
    assert (len(backlog), backlog.bytes) == (2, 20)
    assert len(backlog.take()) == 2
    assert backlog.put(envelope(), timeout_s=0.01)


def test_messages_without_a_byte_take_room_too() -> None:
    backlog = Backlog()
    empty = envelope(b"")
    backlog.put_all([empty] * (CAPACITY_MESSAGES - 1))
    assert backlog.put(empty)
    assert not backlog.put(empty, timeout_s=0.01)
    assert not backlog.wait_for_room(0.01)
    backlog.take()
    assert backlog.put(empty, timeout_s=0.01)


def test_a_source_waits_for_room() -> None:
    backlog = Backlog(capacity_bytes=10)
    backlog.put(envelope())
    done = threading.Event()

    def fill() -> None:
        backlog.put(envelope())
        done.set()

    source = threading.Thread(target=fill)
    source.start()
    assert not done.wait(0.05)
    backlog.take()
    assert done.wait(5)
    source.join()


def test_closing_drains_and_then_says_that_it_is_over() -> None:
    backlog = Backlog()
    backlog.put(envelope())
    backlog.close()
    assert not backlog.put(envelope())
    assert len(backlog.take()) == 1
    assert backlog.take() == []
