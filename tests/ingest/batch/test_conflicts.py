"""What differs from what is kept is no duplicate: other values of an instant, other contents of a step."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.envelope import Outcome
from factories.writing import EVENTS, Sender, assert_consistent, message, reading, step

NewSender = Callable[[str], Sender]


def reasons(outcome: Outcome) -> list[tuple[int, Reason, str | None]]:
    ordered = sorted(outcome.rejects, key=lambda one: one.item_index)
    return [(one.item_index, one.reason, one.metric_code) for one in ordered]


CONFLICT = (Reason.CONFLICTING_VALUE, "water_depth")


def test_of_two_values_for_one_instant_the_first_stays_and_the_other_is_refused(
    sender: Sender, database: psycopg.Connection
) -> None:
    [outcome] = sender.send(message(reading("WL-1", 0, 1), reading("WL-1", 0, 2), reading("WL-1", 0, 1)))
    assert (outcome.stored, outcome.duplicate, reasons(outcome)) == (1, 1, [(1, *CONFLICT)])
    assert outcome.rejects[0].detail == "water_depth = 2.0, but 1.0 is kept for this time"
    [again] = sender.send(message(reading("WL-2", 0, 9), reading("WL-1", 0, 3), reading("WL-1", 0, 1)))
    assert (again.stored, again.duplicate, reasons(again)) == (1, 1, [(1, *CONFLICT)])
    assert database.execute("SELECT value FROM reading ORDER BY series_id").fetchall() == [(1.0,), (9.0,)]
    assert_consistent(database)


def test_what_another_worker_stored_is_compared_with_what_is_sent(
    new_sender: NewSender, database: psycopg.Connection
) -> None:
    """The second worker presumes its readings new, and takes the fast road first."""
    first, second = new_sender("a"), new_sender("b")
    second.send(message(reading("WL-2", 0, 1)))
    first.send(message(reading("WL-1", 0, 1), reading("WL-1", 1, 1)))
    [outcome] = second.send(message(reading("WL-1", 0, 7), reading("WL-1", 1, 1), reading("WL-1", 0, 1)))
    assert (outcome.stored, outcome.duplicate, reasons(outcome)) == (0, 2, [(0, *CONFLICT)])
    assert_consistent(database)


@pytest.mark.parametrize(
    ("kept", "sent", "is_same"),
    [
        (0.3, 0.30000001192092896, True),  # the same as a 32-bit float
        (0.0, -0.0, True),
        (0.3, 0.31, False),
        (299.99, 299.98, False),
    ],
)
def test_two_values_are_the_same_as_32_bit_floats(kept: float, sent: float, is_same: bool, sender: Sender) -> None:
    sender.send(message(reading("WL-1", 0, kept)))
    [outcome] = sender.send(message(reading("WL-1", 0, sent), reading("WL-1", 0, kept)))
    assert (outcome.duplicate, len(outcome.rejects)) == ((2, 0) if is_same else (1, 1))


def test_another_quality_is_another_statement(sender: Sender) -> None:
    [outcome] = sender.send(message(reading("WL-1", 0, 1), reading("WL-1", 0, 1) | {"quality": 1}))
    assert (outcome.stored, reasons(outcome)) == (1, [(1, *CONFLICT)])
    told = "water_depth = 1.0 of quality 1, but 1.0 of quality 0 is kept for this time"
    assert outcome.rejects[0].detail == told


def test_a_redelivered_message_is_a_duplicate_with_its_conflict(sender: Sender, database: psycopg.Connection) -> None:
    both = message(reading("WL-1", 0, 1), reading("WL-1", 0, 2))
    sender.send(both)
    [again] = sender.send(both, redelivered=True)
    assert (again.stored, again.duplicate, again.rejects) == (0, 2, [])
    assert_consistent(database)


def test_of_two_messages_for_one_instant_the_first_stays_however_they_are_decoded(
    sender: Sender, database: psycopg.Connection
) -> None:
    """Both series are new; the second message is also one that must be decoded item by item."""
    database.execute("DELETE FROM series")
    [first, second] = sender.send(message(reading("WL-1", 0, 1)), message(reading("WL-1", 0, 2), 7))
    assert (first.stored, second.duplicate) == (1, 0)
    assert reasons(second) == [(0, *CONFLICT), (1, Reason.WRONG_TYPE, None)]
    assert database.execute("SELECT value FROM reading").fetchall() == [(1.0,)]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, None),
        ({"status_at": "2026-11-20T08:00:00+08:00"}, None),  # the same instant
        ({"title": "另一标题"}, "title"),
        ({"status": "accepted", "lon": 113.3, "lat": 23.1}, "status, lon, lat"),
        ({"status_at": "2026-11-20T08:00:01+08:00"}, "status_at"),
    ],
)
def test_a_step_that_differs_from_the_kept_one_is_refused(
    change: dict[str, Any], differs: str | None, sender: Sender, database: psycopg.Connection
) -> None:
    other = step(0, **change)
    for sent, stored in (((step(0), other, step(1)), 2), ((other,), 0)):
        [outcome] = sender.send((EVENTS, json.dumps(sent).encode()))
        assert (outcome.stored, outcome.duplicate) == (stored, int(differs is None))
        told = [one.detail for one in outcome.rejects]
        assert told == ([f"step 0 is kept with another {differs}"] if differs else [])
        assert [one.item_index for one in outcome.rejects] == ([sent.index(other)] if differs else [])
    assert_consistent(database)
