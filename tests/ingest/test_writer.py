"""The writer on a real database: nothing lost, nothing counted twice, rollups exact, for any order and repetition."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.clock import utc_now
from cityops.domain.rejects import Reason
from cityops_ingest import catalog
from cityops_ingest.backlog import Backlog
from cityops_ingest.batch import columns, resolve
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.writer import Writer
from factories.writing import BASE, EVENTS, READINGS, Sender, assert_consistent, count, message, reading, step

NewSender = Callable[[str], Sender]


_items = st.lists(
    st.builds(reading, st.sampled_from(["WL-1", "WL-2", "WL-3"]), st.integers(0, 30), st.integers(0, 300))
    | st.sampled_from([{"ts": 5}, reading("WL-1", 3, -1), reading("nobody", 3, 1), reading("AIR-1", 3, 1), 7]),
    min_size=1,
    max_size=6,
)
_batches = st.lists(st.lists(_items, min_size=1, max_size=4), min_size=1, max_size=5)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(batches=_batches, workers=st.integers(1, 2))
def test_received_is_stored_plus_duplicate_plus_rejected(
    batches: list[list[list[Any]]], workers: int, new_sender: NewSender, database: psycopg.Connection
) -> None:
    database.execute(
        "TRUNCATE reading, reading_latest, reading_rollup, reject, ingest_ledger; SELECT 1"
    )  # hypothesis runs many examples on one database
    senders = [new_sender(f"w{number}") for number in range(workers)]
    outcomes = [
        outcome
        for place, batch in enumerate(batches)
        for outcome in senders[place % workers].send(*(message(*items) for items in batch))
    ]
    sent = [item for batch in batches for items in batch for item in items]
    good = [i for i in sent if isinstance(i, dict) and str(i.get("device")).startswith("WL") and i["value"] >= 0]
    kept: dict[tuple[str, str], float] = {}
    same = [kept.setdefault((item["device"], item["ts"]), item["value"]) == item["value"] for item in good]
    refused = len(sent) - sum(same)
    assert sum(outcome.stored for outcome in outcomes) == len(kept) == count(database, "reading")
    assert sum(outcome.duplicate for outcome in outcomes) == sum(same) - len(kept)
    assert sum(len(outcome.rejects) for outcome in outcomes) == refused == count(database, "reject")
    assert sorted(row[0] for row in database.execute("SELECT value FROM reading")) == sorted(kept.values())
    assert_consistent(database)


def test_a_late_reading_goes_into_its_own_bucket_and_leaves_the_latest_alone(
    sender: Sender, database: psycopg.Connection
) -> None:
    sender.send(message(reading("WL-1", 60, 10)))
    sender.send(message(reading("WL-1", 2, 30), reading("WL-2", 4, 50)))
    assert database.execute("SELECT value FROM reading_latest ORDER BY series_id").fetchall() == [(10.0,), (50.0,)]
    buckets = database.execute("SELECT bucket, n, sum, min, max FROM reading_rollup ORDER BY bucket").fetchall()
    assert buckets == [(BASE, 2, 80.0, 30.0, 50.0), (BASE + timedelta(hours=1), 1, 10.0, 10.0, 10.0)]


def test_what_another_worker_stored_meanwhile_is_a_duplicate(
    new_sender: NewSender, database: psycopg.Connection
) -> None:
    first, second = new_sender("a"), new_sender("b")
    second.send(message(reading("WL-2", 0, 1)))
    assert first.send(message(reading("WL-1", 0, 1)))[0].stored == 1
    [outcome] = second.send(message(reading("WL-1", 0, 1), reading("WL-1", 1, 2)))
    assert (outcome.stored, outcome.duplicate) == (1, 1)
    assert_consistent(database)


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("cityops/v1/readings", b"{}", Reason.BAD_TOPIC),
        ("cityops/v2/readings/x", b"{}", Reason.BAD_TOPIC),
        ("cityops/v1/readings/nobody", b"{}", Reason.UNKNOWN_SOURCE),
        (READINGS, b"x" * 1_000_000, Reason.PAYLOAD_TOO_LARGE),
        (READINGS, message(reading("nobody", 0, 1))[1], Reason.UNKNOWN_DEVICE),
        (READINGS, message(reading("nul\0", 0, 1))[1], Reason.UNKNOWN_DEVICE),
        (READINGS, message(reading("half a pair \ud800", 0, 1))[1], Reason.WRONG_TYPE),
        (READINGS, message(reading("WL-1", 0, 1) | {"values": {"\udfff": 1}})[1], Reason.WRONG_TYPE),
        (READINGS, message(reading("WL-1", 0, 1) | {"ts": 10**400})[1], Reason.TIME_IN_FUTURE),
        (READINGS, message(reading("WL-1", 0, 1) | {"ts": -(10**400)})[1], Reason.TIME_TOO_OLD),
        (READINGS, message(reading("AIR-1", 0, 1))[1], Reason.WRONG_SOURCE),
        (READINGS, message(reading("WL-1", 0, 1) | {"metric": "mood"})[1], Reason.UNKNOWN_METRIC),
        (READINGS, message(reading("WL-1", 0, 301))[1], Reason.OUT_OF_RANGE),
        (READINGS, message(reading("WL-1", 0, 1e999))[1], Reason.NOT_FINITE),
    ],
)
def test_a_refused_message_is_kept_with_its_reason(
    topic: str, payload: bytes, reason: Reason, sender: Sender, database: psycopg.Connection
) -> None:
    [outcome, good] = sender.send((topic, payload), message(reading("WL-1", 0, 1)))
    assert [one.reason for one in outcome.rejects] == [reason]
    assert good.stored == 1
    row = database.execute("SELECT topic, reason, payload, payload_bytes FROM reject").fetchone()
    assert row == (topic, reason.value, payload[:65_536], len(payload))
    assert_consistent(database)


def test_a_topic_that_is_not_utf8_is_kept_readable(database_url: str, database: psycopg.Connection) -> None:
    outcomes: list[Outcome] = []
    envelope = Envelope(b"cityops/v1/readings/\xff", b"{}", 2, utc_now(), outcomes.append)
    with closing(Writer(database_url, "w", Backlog())) as writer:
        writer.store([envelope])
    assert [one.reason for one in outcomes[0].rejects] == [Reason.TOPIC_NOT_UTF8]
    assert database.execute("SELECT topic FROM reject").fetchone() == ("cityops/v1/readings/\\xff",)


def test_a_redelivered_reject_is_not_recorded_twice_but_a_repeated_one_is(
    sender: Sender, database: psycopg.Connection
) -> None:
    bad = message(reading("nobody", 0, 1))
    sender.send(bad)
    sender.send(bad)
    assert count(database, "reject") == 2
    [outcome] = sender.send(bad, redelivered=True)
    assert (outcome.duplicate, outcome.rejects) == (1, [])
    assert count(database, "reject") == 2
    assert_consistent(database)


def test_a_reject_that_its_sender_may_have_sent_again_counts_once_in_an_hour(
    new_sender: NewSender, database: psycopg.Connection
) -> None:
    first, second = new_sender("a"), new_sender("b")
    bad, other = message(reading("nobody", 0, 1)), message(reading("nobody", 1, 1))
    outcomes = first.send(bad, bad, other, resendable=True) + second.send(bad, resendable=True)
    assert [(outcome.duplicate, len(outcome.rejects)) for outcome in outcomes] == [(0, 1), (1, 0), (0, 1), (1, 0)]
    database.execute("UPDATE reject SET received_at = received_at - interval '61 minutes'")
    assert len(first.send(bad, resendable=True)[0].rejects) == 1
    assert_consistent(database)


def test_a_refusal_whose_commit_was_in_doubt_counts_once_however_long_the_database_was_away(
    sender: Sender, database: psycopg.Connection
) -> None:
    """The message is tried again with the time of its receipt, which may be hours ago."""
    received_at = utc_now() - timedelta(hours=5)
    bad = message(reading("nobody", 0, 1))
    assert len(sender.send(bad, resendable=True, received_at=received_at)[0].rejects) == 1
    [again] = sender.send(bad, resendable=True, received_at=received_at)
    assert (again.duplicate, again.rejects) == (1, [])


def test_two_values_of_one_object_may_both_be_refused(sender: Sender, database: psycopg.Connection) -> None:
    item = {"device": "WL-1", "ts": BASE.isoformat(), "values": {"water_depth": 5000, "mood": 1, "temper": 2}}
    for expected in (3, 0):
        [outcome] = sender.send((READINGS, json.dumps([item]).encode()), resendable=True)
        assert len(outcome.rejects) == expected
    assert_consistent(database)


def test_what_the_database_refuses_is_recorded_once_however_often_it_is_delivered(
    sender: Sender, database: psycopg.Connection
) -> None:
    database.execute("ALTER TABLE reading ADD CONSTRAINT odd CHECK (value <> 13)")
    sender.send(message(reading("WL-1", 0, 13)))
    [outcome] = sender.send(message(reading("WL-1", 0, 13)), redelivered=True)
    assert (outcome.duplicate, outcome.rejects) == (1, [])
    assert_consistent(database)


def test_what_the_database_refuses_costs_no_neighbour(sender: Sender, database: psycopg.Connection) -> None:
    database.execute("ALTER TABLE reading ADD CONSTRAINT odd CHECK (value <> 13)")
    outcomes = sender.send(*(message(reading("WL-1", n, n)) for n in range(20)))
    assert [outcome.stored for outcome in outcomes] == [int(n != 13) for n in range(20)]
    assert outcomes[13].rejects[0].reason is Reason.DATABASE_REFUSED
    assert_consistent(database)


def test_what_our_own_code_fails_on_costs_no_neighbour(
    sender: Sender, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that is not known yet must not have the worker try one batch for ever."""
    whole = columns.lay_out

    def fails_on_13(objects: Any, *rest: Any) -> Any:
        assert not any(item.value == 13 for item in objects.items)
        return whole(objects, *rest)

    monkeypatch.setattr(resolve, "lay_out", fails_on_13)
    outcomes = sender.send(*(message(reading("WL-1", n, n)) for n in range(20)))
    assert [outcome.stored for outcome in outcomes] == [int(n != 13) for n in range(20)]
    assert outcomes[13].rejects[0].reason is Reason.INTERNAL_ERROR
    assert_consistent(database)


def test_a_refused_batch_is_stored_although_the_registry_s_connection_has_died(
    sender: Sender, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is decoded again, by the thread that has the other connection, while nobody else may need the registry."""
    prepare = Writer._prepare

    def prepare_and_break(writer: Writer, envelopes: Sequence[Envelope]) -> Any:
        batch = prepare(writer, envelopes)
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cityops ingest w%'"
        )
        return batch

    monkeypatch.setattr(catalog, "REFRESH_S", 0.0)
    monkeypatch.setattr(Writer, "_prepare", prepare_and_break)
    database.execute("ALTER TABLE reading ADD CONSTRAINT odd CHECK (value <> 13)")
    outcomes = sender.send(*(message(reading("WL-1", n, n)) for n in (12, 13, 14)))
    assert [outcome.stored for outcome in outcomes] == [1, 0, 1]
    assert_consistent(database)


def test_an_edge_of_retention_that_has_just_moved_costs_no_neighbour(
    sender: Sender, database: psycopg.Connection
) -> None:
    """Maintenance moves it; the worker asks for it every ten seconds."""
    sender.send(message(reading("WL-1", 2000, 1)))
    database.execute("UPDATE retention SET kept_from = %s WHERE relation = 'reading'", [BASE + timedelta(days=1)])
    [outcome] = sender.send(message(reading("WL-1", 1, 1), reading("WL-1", 2001, 1)))
    assert outcome.stored == 1
    assert [(one.item_index, one.reason) for one in outcome.rejects] == [(0, Reason.TIME_TOO_OLD)]
    assert_consistent(database)


def test_a_device_registered_after_its_first_message_is_taken_without_a_restart(
    sender: Sender, database: psycopg.Connection
) -> None:
    from dataclasses import replace

    from cityops import reference
    from cityops.store import registry
    from fixtures.ingest import DEVICES

    assert sender.send(message(reading("WL-9", 0, 1)))[0].rejects
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    registry.register(database, [replace(DEVICES[0], code="WL-9")], metrics_of)
    deadline = time.monotonic() + catalog.UNKNOWN_FOR_S + 5
    while not sender.send(message(reading("WL-9", 0, 1)))[0].stored:
        assert time.monotonic() < deadline


@given(order=st.permutations([0, 1, 2, 3, 3, 1]), cut=st.integers(0, 6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_steps_of_a_case_in_any_order_end_in_the_same_state(
    order: Sequence[int], cut: int, sender: Sender, database: psycopg.Connection
) -> None:
    external_id = f"E-{utc_now().timestamp()}"
    statuses = ["reported", "dispatched", "processing", "closed"]
    steps = [step(n, statuses[n], external_id=external_id) for n in order]
    halves = [half for half in (steps[:cut], steps[cut:]) if half]
    outcomes = [sender.send((EVENTS, json.dumps(half).encode()))[0] for half in halves]
    assert sum(one.stored for one in outcomes) == 4
    assert sum(one.duplicate for one in outcomes) == 2
    found = database.execute("SELECT sequence, status FROM event WHERE external_id = %s", [external_id]).fetchall()
    assert found == [(3, "closed")]
    history = database.execute(
        "SELECT h.status FROM event_history h JOIN event ON id = event_id WHERE external_id = %s ORDER BY h.sequence",
        [external_id],
    ).fetchall()
    assert [row[0] for row in history] == statuses
    assert_consistent(database)


@pytest.mark.parametrize("field", ["external_id", "title", "description", "address"])
def test_a_text_that_the_database_cannot_hold_costs_no_neighbour(
    field: str, sender: Sender, database: psycopg.Connection
) -> None:
    steps = [step(0), step(1, **{field: "nul\0"})]
    [outcome] = sender.send((EVENTS, json.dumps(steps).encode()))
    assert outcome.stored == 1
    assert [(one.item_index, one.reason) for one in outcome.rejects] == [(1, Reason.WRONG_TYPE)]
    assert_consistent(database)
