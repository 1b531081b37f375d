"""Clocks that run ahead: what a device says once its clock is right is its newest value, whatever it said before."""

import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta

import psycopg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.writer import Writer

BASE = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Reading = tuple[datetime, datetime, float]
"""Its time, that of its receipt, and a value that no other has."""


def envelope(of: Reading, outcomes: list[Outcome]) -> Envelope:
    ts, received_at, value = of
    payload = json.dumps({"device": "WL-1", "ts": ts.isoformat(), "metric": "water_depth", "value": value}).encode()
    topic = b"cityops/v1/readings/water-logging"
    return Envelope(topic, payload, len(payload), received_at, outcomes.append)


def send(database_url: str, batches: Sequence[Sequence[Reading]], workers: int = 1) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        writers = [
            stack.enter_context(closing(Writer(database_url, f"w{number}", Backlog()))) for number in range(workers)
        ]
        for number, batch in enumerate(batches):
            writers[number % workers].store([envelope(one, outcomes) for one in batch])
    return outcomes


def latest(database: psycopg.Connection) -> tuple[datetime, float, datetime | None]:
    row = database.execute("SELECT ts, value, received_at FROM reading_latest").fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def assert_consistent(database: psycopg.Connection) -> None:
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def test_a_device_that_sets_its_clock_right_is_believed_at_once(
    database_url: str, database: psycopg.Connection
) -> None:
    ahead, right = (BASE + 9 * MINUTE, BASE, 1.0), (BASE + MINUTE, BASE + MINUTE, 2.0)
    send(database_url, [[ahead]])
    assert latest(database) == (ahead[0], 1.0, ahead[1])
    send(database_url, [[right]])
    assert latest(database) == (right[0], 2.0, None)
    assert_consistent(database)


def test_in_one_batch_too(database_url: str, database: psycopg.Connection) -> None:
    send(database_url, [[(BASE + 9 * MINUTE, BASE, 1.0), (BASE + MINUTE, BASE + MINUTE, 2.0)]])
    assert latest(database) == (BASE + MINUTE, 2.0, None)
    assert_consistent(database)


def test_a_late_reading_takes_no_newer_one_s_place(database_url: str, database: psycopg.Connection) -> None:
    send(database_url, [[(BASE + 9 * MINUTE, BASE, 1.0)], [(BASE - MINUTE, BASE + MINUTE, 2.0)]])
    assert latest(database)[1] == 1.0
    assert_consistent(database)


def test_verify_finds_a_newest_value_that_is_none_of_these(database_url: str, database: psycopg.Connection) -> None:
    send(database_url, [[(BASE + 9 * MINUTE, BASE, 1.0)], [(BASE + MINUTE, BASE + MINUTE, 2.0)]])
    for damage in ("ts = ts + interval '1 s'", "ahead_until = ahead_until - interval '1 s'"):
        database.execute("BEGIN")
        database.execute(f"UPDATE reading_latest SET {damage}")
        database.execute("COMMIT")
        wrong = [finding.check for finding in verify(database, lambda _check: None) if finding.wrong]
        assert wrong == ["latest values equal the newest raw readings"]
        database.execute("UPDATE reading_latest SET ts = %s, ahead_until = %s", [BASE + MINUTE, BASE + 9 * MINUTE])


_readings = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from([-900, -60, -1, 0, 1, 2, 3, 60, 500, 600])), min_size=1, max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=_readings, size=st.integers(1, 4), workers=st.integers(1, 2))
@example(sent=[(0, 600), (10, 600), (20, 0)], size=2, workers=2)
def test_the_newest_value_is_that_seen_last(
    sent: list[tuple[int, int]], size: int, workers: int, database_url: str, database: psycopg.Connection
) -> None:
    database.execute("TRUNCATE reading, reading_latest, reading_rollup, reject, ingest_ledger")
    readings = [
        (BASE + timedelta(seconds=received + ahead), BASE + timedelta(seconds=received), float(number))
        for number, (received, ahead) in enumerate(sent)
    ]
    send(database_url, [readings[start : start + size] for start in range(0, len(readings), size)], workers)

    def seen(one: Reading) -> tuple[datetime, datetime]:
        ts, received_at, _ = one
        return (received_at if ts > received_at + timedelta(seconds=2) else ts), ts

    first: dict[datetime, Reading] = {}
    for one in readings:  # of two readings of one instant the first is kept
        first.setdefault(one[0], one)
    newest = max(first.values(), key=seen)
    assert latest(database)[:2] == (newest[0], newest[2])
    assert_consistent(database)
