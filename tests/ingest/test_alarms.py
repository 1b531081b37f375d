"""Hints of the ingest on a real database: one for each new reading that touches a limit, whatever road it takes."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from cityops.domain.rejects import Reason
from cityops.store.alarms import hints
from cityops.store.engine import connect
from cityops.store.rejects.replay import RejectFilter
from cityops_ingest import catalog
from cityops_ingest.rejects import Replay
from factories.alarms import rule, without_rules
from factories.writing import BASE, Sender, assert_consistent, count, message, reading

NewSender = Callable[[str], Sender]


@pytest.fixture(autouse=True)
def one_rule(database: psycopg.Connection) -> None:
    """Have one rule in force: water of 10 cm."""
    without_rules(database)
    rule(database)


def hinted(database: psycopg.Connection) -> list[tuple[float, bool]]:
    """Return value and lateness of each hint, in order of the readings."""
    return database.execute("SELECT value, is_late FROM alarm_hint ORDER BY series_id, ts").fetchall()


def test_new_readings_that_touch_a_limit_are_hinted_at_and_no_others(
    sender: Sender, database: psycopg.Connection
) -> None:
    air = {"device": "AIR-1", "ts": BASE.isoformat(), "metric": "pm25", "value": 900}
    sender.send(
        message(reading("WL-1", 0, 5), reading("WL-1", 1, 12), reading("WL-2", 0, 9)),
        ("cityops/v1/readings/eco-air", json.dumps([air]).encode()),
    )
    assert hinted(database) == [(12.0, False)]
    assert_consistent(database)


def test_a_duplicate_leaves_no_second_hint(new_sender: NewSender, database: psycopg.Connection) -> None:
    for worker in ("a", "a", "b"):  # the second by memory, the third by the staged road
        new_sender(worker).send(message(reading("WL-1", 0, 12), reading("WL-1", 1, 5)))
    assert hinted(database) == [(12.0, False)]


def test_of_a_batch_that_is_partly_new_the_new_ones_are_hinted_at(
    new_sender: NewSender, database: psycopg.Connection
) -> None:
    first, second = new_sender("a"), new_sender("b")
    second.send(message(reading("WL-2", 0, 1)))  # it has learnt what is stored
    first.send(message(reading("WL-1", 0, 12)))
    second.send(message(reading("WL-1", 0, 12), reading("WL-1", 1, 15)))
    assert hinted(database) == [(12.0, False), (15.0, False)]


def test_late_is_what_is_older_than_the_newest_before_by_more_than_workers_pass_each_other(
    sender: Sender, database: psycopg.Connection
) -> None:
    sender.send(message(reading("WL-1", 10, 12)))
    sender.send(message(reading("WL-1", 9, 13)))
    by_five_seconds = reading("WL-1", 10, 14) | {"ts": (BASE + timedelta(minutes=9, seconds=55)).isoformat()}
    sender.send(message(by_five_seconds))
    assert timedelta(minutes=1) > hints.OUT_OF_ORDER
    assert hinted(database) == [(13.0, True), (14.0, False), (12.0, False)]


def test_within_one_batch_nothing_is_late(sender: Sender, database: psycopg.Connection) -> None:
    sender.send(message(reading("WL-1", 10, 12)), message(reading("WL-1", 2, 13)))
    assert hinted(database) == [(13.0, False), (12.0, False)]


def test_what_an_item_at_fault_is_taken_apart_from_is_hinted_at_once(
    sender: Sender, database: psycopg.Connection
) -> None:
    refuse_values_of(database, 77)
    sender.send(message(reading("WL-1", 0, 12), reading("WL-1", 1, 77), reading("WL-2", 0, 15)))
    assert sorted(value for value, _ in hinted(database)) == [12.0, 15.0]
    assert count(database, "reading") == 2


def refuse_values_of(database: psycopg.Connection, value: float) -> None:
    """Have the database refuse readings of one value."""
    database.execute(f"ALTER TABLE reading ADD CONSTRAINT never CHECK (value <> {value})")


def test_a_replayed_reading_is_hinted_at(
    sender: Sender, database: psycopg.Connection, registered_database: str
) -> None:
    database.execute("UPDATE metric SET valid_max = 11 WHERE code = 'water_depth'")
    [outcome] = sender.send(message(reading("WL-1", 0, 12)))
    assert [one.reason for one in outcome.rejects] == [Reason.OUT_OF_RANGE]
    assert hinted(database) == []
    database.execute("UPDATE metric SET valid_max = 500 WHERE code = 'water_depth'")
    with connect(registered_database, "store") as store, connect(registered_database, "known") as known:
        list(Replay(store, known, "test").run(RejectFilter()))
    assert hinted(database) == [(12.0, False)]


def test_a_series_that_no_limits_are_known_of_yet_hints_each_reading(
    sender: Sender, database: psycopg.Connection
) -> None:
    sender.send(message(reading("WL-1", 0, 1)))
    database.execute("DELETE FROM reading_latest; SELECT 1")
    new = {"device": "AIR-1", "ts": BASE.isoformat(), "metric": "water_depth", "value": 1}
    sender.send(("cityops/v1/readings/eco-air", json.dumps([new]).encode()))  # its first of this metric
    assert hinted(database) == [(1.0, False)]


def test_a_changed_rule_takes_effect_when_the_catalogue_is_read_again(
    sender: Sender, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.send(message(reading("WL-1", 0, 5)))
    rule(database, blue="4")
    sender.send(message(reading("WL-1", 1, 5)))
    assert hinted(database) == []
    monkeypatch.setattr(catalog, "REFRESH_S", 0.0)
    sender.send(message(reading("WL-1", 2, 5)))
    assert hinted(database) == [(5.0, False)]


def test_two_workers_that_race_over_one_series_leave_each_new_reading_one_hint(
    new_sender: NewSender, database: psycopg.Connection
) -> None:
    """Both send the same readings in batches of their own cut: whoever stores one hints at it, and nobody else."""
    readings = [reading("WL-1", minute, 12 + minute % 3) for minute in range(60)]

    def send(worker: str, size: int) -> None:
        sender = new_sender(worker)
        for first in range(0, len(readings), size):
            sender.send(message(*readings[first : first + size]))

    with ThreadPoolExecutor(2) as threads:
        for one in [threads.submit(send, "a", 7), threads.submit(send, "b", 11)]:
            one.result(60)
    assert [value for value, _ in hinted(database)] == [one["value"] for one in readings]
    assert_consistent(database)
