"""Jobs on a real database: one of several leads, another goes on when it is gone, what fails is tried again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from cityops.errors import CityopsError
from cityops.jobs import leader
from cityops.jobs.leader import Job
from cityops.local.processes import wait_until
from cityops.store.engine import connect


@contextmanager
def running(*jobs: Job, at: str) -> Iterator[threading.Event]:
    """Do the jobs beside the block."""
    stop = threading.Event()
    thread = threading.Thread(target=leader.run_all, args=(jobs, at, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def counting(name: str, done: list[int]) -> Callable[[psycopg.Connection], None]:
    """Return a turn that keeps by which backend it was done."""

    def turn(connection: psycopg.Connection) -> None:
        connection.execute("SELECT 1")
        done.append(connection.info.backend_pid)

    turn.__name__ = name
    return turn


def test_one_of_two_leads_and_the_other_goes_on_when_its_connection_is_gone(migrated_database: str) -> None:
    first, second = list[int](), list[int]()
    with running(Job("tests", 0.05, counting("first", first)), at=migrated_database):
        assert wait_until(lambda: len(first) >= 2, seconds=30)
        with running(Job("tests", 0.05, counting("second", second)), at=migrated_database):
            begun = len(first)
            assert wait_until(lambda: len(first) >= begun + 10, seconds=30)
            assert second == []
            with connect(migrated_database, "test") as connection:
                connection.execute("SELECT pg_terminate_backend(%s)", [first[-1]])
            assert wait_until(lambda: len(second) >= 2, seconds=30)


def test_what_fails_is_counted_and_tried_again_and_stops_no_other(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "FIRST_PAUSE_S", 0.05)
    good, bad = list[int](), list[int]()

    def fail(connection: psycopg.Connection) -> None:
        bad.append(connection.info.backend_pid)
        if len(bad) == 1:
            raise CityopsError("the broker does not answer")
        if len(bad) == 2:
            connection.execute("SELECT 1 / 0")

    before = leader.failures.labels("failing")._value.get()
    jobs = Job("failing", 0.05, fail), Job("sound", 0.05, counting("sound", good))
    with running(*jobs, at=migrated_database):
        assert wait_until(lambda: len(bad) >= 4 and len(good) >= 4, seconds=30)
    assert len(set(bad)) == 3  # a new connection after each failure
    assert len(set(good)) == 1
    assert leader.failures.labels("failing")._value.get() - before == 2


def test_what_nobody_foresaw_ends_all_and_is_raised(migrated_database: str) -> None:
    def wrong(_: psycopg.Connection) -> None:
        raise ValueError("a fault of ours")

    jobs = Job("wrong", 0.05, wrong), Job("sound", 0.05, counting("sound", []))
    with pytest.raises(ValueError, match="a fault of ours"):
        leader.run_all(jobs, migrated_database, threading.Event())


def test_a_database_that_is_away_is_waited_for_until_told_to_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    leader.run(Job("tests", 60, counting("never", [])), "postgresql://127.0.0.1:1/none", stop)
    assert stop.is_set()
