"""What the state keeps: only what is not there yet, or far too old, is waited for; the rest is renewed beside it."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from cityops.api.state import kept
from cityops.api.state.kept import Renewed


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the monotonic clock as the state reads it: what stands in the list."""
    now = [1000.0]
    monkeypatch.setattr(kept, "monotonic", lambda: now[0])
    return now


def test_who_asks_is_given_what_there_is_while_a_thread_makes_it_anew(clock: list[float]) -> None:
    goes_on, made = threading.Event(), threading.Event()
    value = Renewed[int](20.0)

    def slow() -> int:
        assert goes_on.wait(60)
        made.set()
        return 2

    assert value.get(lambda: 1) == 1
    clock[0] += 19
    assert value.get(slow) == 1, "not old yet: nothing is made"
    clock[0] += 2
    assert [value.get(slow), value.get(slow)] == [1, 1]
    goes_on.set()
    assert made.wait(60)
    _renewed(value)
    assert value.get(slow) == 2


def test_what_nobody_asked_for_in_long_is_waited_for(clock: list[float]) -> None:
    value = Renewed[int](20.0)
    assert value.get(lambda: 1) == 1
    clock[0] += 60
    assert value.get(lambda: 2) == 2


def test_a_database_that_is_away_leaves_what_was_known(clock: list[float]) -> None:
    value, tried = Renewed[int](20.0), threading.Event()

    def away() -> int:
        tried.set()
        raise OperationalError("SELECT 1", {}, Exception("away"))

    assert value.get(lambda: 1) == 1
    clock[0] += 21
    assert value.get(away) == 1
    assert tried.wait(60)
    _renewed(value)
    clock[0] += 1
    assert value.get(lambda: 3) == 1, "it is tried again"
    _renewed(value)
    assert value.get(lambda: 4) == 3


def _renewed(value: Renewed[int]) -> None:
    """Wait until no thread makes the value anew."""
    assert value._renewing.acquire(timeout=60)
    value._renewing.release()
