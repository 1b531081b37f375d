"""How long a job waits: for the lead, from turn to turn, and after a failure; by an event that lets no time pass."""

import threading
import time

import psycopg
import pytest

from cityops.jobs import leader
from cityops.jobs.leader import Job, run
from cityops.store.engine import connect
from cityops.store.leadership import lead

ABSENT = "postgresql://127.0.0.1:1/none"


class Patience(threading.Event):
    """Keeps how long it was waited for, lets none of it pass, and is set after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self._left = waits
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Keep the time; end with the last of the waits."""
        assert timeout is not None
        self.waited.append(timeout)
        self._left -= 1
        if self._left <= 0:
            self.set()
        return self.is_set()


def nothing(_: psycopg.Connection) -> None:
    """Do nothing."""


def test_after_each_failure_it_waits_twice_as_long_up_to_a_minute() -> None:
    stop = Patience(8)
    run(Job("tests", 1, nothing), ABSENT, stop)
    assert stop.waited == [2, 4, 8, 16, 32, 60, 60, 60]


def test_who_had_gone_on_for_long_begins_with_the_shortest_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader, "LONGEST_PAUSE_S", 0.0)  # any time is longer than that
    stop = Patience(3)
    run(Job("tests", 1, nothing), ABSENT, stop)
    assert stop.waited == [2, 2, 2]


@pytest.mark.parametrize(("every_s", "waits_s"), [(5.0, 5.0), (3600.0, 10.0)])
def test_who_does_not_lead_asks_again_soon_does_nothing_and_stops_when_told(
    migrated_database: str, every_s: float, waits_s: float
) -> None:
    done: list[object] = []
    stop = Patience(3)
    with connect(migrated_database, "test") as other:
        assert lead(other, "tests")
        run(Job("tests", every_s, done.append), migrated_database, stop)
        assert (stop.waited, done) == ([waits_s] * 3, [])
        run(Job("another", every_s, done.append), migrated_database, Patience(1))  # a lead is of one job
    assert len(done) == 1


def test_the_lead_ends_with_the_job_and_another_has_it_at_once(migrated_database: str) -> None:
    done: list[object] = []
    for count in (1, 2):
        run(Job("tests", 3600, done.append), migrated_database, Patience(1))
        assert len(done) == count


def test_the_time_of_a_turn_is_taken_from_the_wait_for_the_next(migrated_database: str) -> None:
    def slow(_: psycopg.Connection) -> None:
        ends = time.monotonic() + 0.02
        while time.monotonic() < ends:
            pass

    usual, over = Patience(2), Patience(1)
    run(Job("tests", 3600, slow), migrated_database, usual)
    assert [3000 < waited <= 3599.98 for waited in usual.waited] == [True, True]
    run(Job("tests", 0.01, slow), migrated_database, over)
    assert over.waited == [0]  # late already: the next at once, and never less than nothing


def test_a_turn_is_timed_and_dated_and_a_failed_one_is_counted_instead(migrated_database: str) -> None:
    def fail(connection: psycopg.Connection) -> None:
        connection.execute("SELECT 1 / 0")

    def figures() -> tuple[float, float]:
        return leader.turns.labels("figures")._sum.get(), leader.failures.labels("figures")._value.get()

    run(Job("figures", 1, fail), migrated_database, Patience(2))
    assert figures() == (0, 2)
    assert leader.newest_turn.labels("figures")._value.get() == 0
    run(Job("figures", 1, nothing), migrated_database, Patience(1))
    assert figures()[0] > 0
    assert leader.newest_turn.labels("figures")._value.get() > 0


def test_one_that_is_told_to_stop_before_it_began_does_nothing() -> None:
    stop = threading.Event()
    stop.set()
    run(Job("tests", 1, nothing), ABSENT, stop)


def test_a_fault_in_one_stops_all_the_others(migrated_database: str) -> None:
    def wrong(_: psycopg.Connection) -> None:
        raise ValueError("a fault of ours")

    stop = threading.Event()
    with pytest.raises(ValueError, match="a fault of ours"):
        leader.run_all([Job("sound", 3600, nothing), Job("wrong", 3600, wrong)], migrated_database, stop)
    assert stop.is_set()
