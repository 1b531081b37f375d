"""Values of indicators through a real writer: stored, repeated, refused, replayed; the accounts balance."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops.store.engine import connect
from cityops.store.rejects.replay import RejectFilter
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.rejects import Replay
from cityops_ingest.writer import Writer

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TOPIC = b"cityops/v1/indicators/water-supply"
DAY = {"indicator": "water_supplied", "region": "440100", "start": "2026-11-22T00:00:00+08:00", "value": 612.4}
Send = Callable[..., list[Outcome]]


@pytest.fixture
def send(registered_database: str) -> Iterator[Send]:
    """Give a function that stores messages as one batch."""
    writer = Writer(registered_database, "w", Backlog())

    def store(*messages: Any, topic: bytes = TOPIC) -> list[Outcome]:
        outcomes: list[Outcome] = []
        payloads = [json.dumps(one).encode() for one in messages]
        writer.store([Envelope(topic, one, len(one), NOW, outcomes.append) for one in payloads])
        return outcomes

    yield store
    writer.close()


@pytest.fixture
def kept(registered_database: str) -> Iterator[psycopg.Connection]:
    with connect(registered_database, "test") as connection:
        yield connection


def faults(connection: psycopg.Connection) -> list[str]:
    return [one.check for one in verify(connection, lambda _: None) if one.wrong]


def test_what_is_received_is_stored_repeated_or_rejected(send: Send, kept: psycopg.Connection) -> None:
    other = DAY | {"value": 700.0}
    [first, second] = send([DAY, DAY, other], [DAY | {"indicator": "no_such"}, DAY | {"revision": 1, "value": 613}])
    assert (first.stored, first.duplicate, [one.reason for one in first.rejects]) == (
        1,
        1,
        [Reason.CONFLICTING_VALUE],
    )
    assert (second.stored, second.duplicate, second.rejected) == (1, 0, 1)
    [again] = send([DAY, DAY | {"revision": 1, "value": 613}])
    assert (again.stored, again.duplicate) == (0, 2)
    ledger = "SELECT received, stored, duplicate, rejected FROM ingest_ledger WHERE kind = 'indicators'"
    assert kept.execute(ledger).fetchall() == [(7, 2, 3, 2)]
    assert faults(kept) == []


def test_a_source_that_carries_readings_pushes_no_indicators(send: Send) -> None:
    [outcome] = send(DAY, topic=b"cityops/v1/indicators/water-logging")
    assert [one.reason for one in outcome.rejects] == [Reason.NOT_CARRIED]
    [outcome] = send({"device": "WL-1", "ts": NOW.isoformat()}, topic=b"cityops/v1/readings/water-supply")
    assert [one.reason for one in outcome.rejects] == [Reason.NOT_CARRIED]


def test_nobody_rewrites_a_value(send: Send, kept: psycopg.Connection) -> None:
    send(DAY)
    for act in ("UPDATE indicator_value SET value = 1", "DELETE FROM indicator_value"):
        with pytest.raises(psycopg.errors.RaiseException, match="only added to"), kept.transaction():
            kept.execute(act)


def test_what_was_refused_is_stored_by_a_replay_once_its_cause_is_mended(
    send: Send, kept: psycopg.Connection, registered_database: str
) -> None:
    kept.execute("UPDATE source_system SET carries = 'readings' WHERE code = 'water-supply'")
    [refused] = send([DAY, DAY | {"region": "440106", "value": 60}])
    assert [one.reason for one in refused.rejects] == [Reason.NOT_CARRIED]
    kept.execute("UPDATE source_system SET carries = 'indicators' WHERE code = 'water-supply'")
    with connect(registered_database, "replay") as store, connect(registered_database, "registry") as registry:
        tried = [one for batch in Replay(store, registry, "r").run(RejectFilter()) for _, one in batch]
    assert [(one.stored, one.duplicate, one.reason) for one in tried] == [(2, 0, None)]
    assert kept.execute("SELECT count(*) FROM indicator_value").fetchone() == (2,)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_in_any_order_and_however_often_the_newest_revision_is_the_same(
    send: Send, kept: psycopg.Connection, data: st.DataObject
) -> None:
    region = data.draw(st.sampled_from(["440103", "440104", "440105", "440106"]))
    revisions = [DAY | {"region": region, "revision": number, "value": 100.0 + number} for number in range(4)]
    some = data.draw(st.lists(st.sampled_from(revisions), min_size=1, max_size=8))
    outcomes = send(*(some[:3], some[3:]) if len(some) > 3 else (some,))
    assert sum(one.stored + one.duplicate for one in outcomes) == len(some)
    assert sum(one.rejected for one in outcomes) == 0
    newest = kept.execute(
        "SELECT max(revision), (array_agg(value ORDER BY revision DESC))[1] FROM indicator_value"
        " WHERE region_code = %s",
        [region],
    ).fetchone()
    assert newest is not None
    assert newest[1] == 100.0 + newest[0]
