"""A batch that the database refuses again and again ends: what is at fault is rejected, the rest is stored."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY
from psycopg import errors

from cityops.clock import utc_now
from cityops.domain.rejects import Reason
from cityops.local.processes import wait_until
from cityops.store.engine import connect
from cityops.store.rejects.replay import RejectFilter
from cityops.store.upkeep.verify import verify
from cityops_ingest import writer as writing
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.rejects import Replay
from cityops_ingest.trouble import Verdict, judge
from cityops_ingest.writer import Writer

BASE = datetime(2026, 11, 20, tzinfo=UTC)
WATER, CROWD = b"cityops/v1/readings/water-logging", b"cityops/v1/readings/crowd-video"
EVENTS = b"cityops/v1/events/hotline-12345"
PATIENCE_S = 60.0

Message = tuple[bytes, list[dict[str, Any]]]
Refuse = Callable[[str, str, str], None]


@contextmanager
def storing(database_url: str, *messages: Message) -> Iterator[list[Outcome]]:
    """Store messages as one batch, in a thread; on leaving, all of them must have an outcome before long."""
    outcomes: list[Outcome] = []
    envelopes = [
        Envelope(topic, payload, len(payload), utc_now(), outcomes.append)
        for topic, payload in ((topic, json.dumps(items).encode()) for topic, items in messages)
    ]
    with closing(Writer(database_url, "w", Backlog())) as writer:
        thread = threading.Thread(target=writer.store, args=(envelopes,))
        thread.start()
        try:
            yield outcomes
            thread.join(PATIENCE_S)
        finally:
            writer.abandon()
            thread.join()
    assert len(outcomes) == len(messages), "it is still being tried"


def store(database_url: str, *messages: Message) -> list[Outcome]:
    with storing(database_url, *messages) as outcomes:
        pass
    return outcomes


def reading(device: str, minute: int, value: float, metric: str = "water_depth") -> dict[str, Any]:
    return {
        "device": device,
        "ts": (BASE + timedelta(minutes=minute)).isoformat(),
        "metric": metric,
        "value": value,
    }


def case(external_id: str, title: str) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "sequence": 0,
        "class": "road_ponding",
        "status": "reported",
        "title": title,
        "region": "440106013",
        "occurred_at": BASE.isoformat(),
        "status_at": BASE.isoformat(),
    }


def assert_consistent(database: psycopg.Connection) -> None:
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the writer try again at once: what it does after so many attempts is what these tests look at."""
    monkeypatch.setattr(writing, "FIRST_PAUSE_S", 0.01)


@pytest.fixture
def refuse(database: psycopg.Connection) -> Refuse:
    """Give a function that has the database refuse rows of a table under a condition, with an SQLSTATE."""

    def make(table: str, condition: str, sqlstate: str) -> None:
        database.execute(
            f"""
            CREATE OR REPLACE FUNCTION refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE rows int := coalesce(nullif(current_setting('test.rows', true), ''), '0')::int + 1;
            BEGIN
                PERFORM set_config('test.rows', rows::text, true);
                IF {condition} THEN
                    RAISE EXCEPTION 'refused in a test' USING ERRCODE = '{sqlstate}', DETAIL = 'row: ' || NEW::text;
                END IF;
                RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_{table}();
            """
        )

    return make


def refusing() -> float | None:
    return REGISTRY.get_sample_value("cityops_ingest_database_refusing")


@pytest.mark.parametrize("sqlstate", ["P0001", "53400", "42501", "XX000", "23514"])
def test_what_is_refused_for_what_it_is_becomes_a_reject_and_costs_no_neighbour(
    sqlstate: str, refuse: Refuse, database_url: str, database: psycopg.Connection
) -> None:
    refuse("reading", "NEW.value = 13", sqlstate)
    water = [reading("WL-1", n, n) for n in range(20)]
    first, second = store(database_url, (WATER, water), (CROWD, [reading("CR-1", 0, 5, "crowd_count")]))
    assert (first.stored, second.stored, second.rejected) == (19, 1, 0)
    assert [(one.item_index, one.reason, one.metric_code) for one in first.rejects] == [
        (13, Reason.DATABASE_REFUSED, "water_depth")
    ]
    assert first.rejects[0].detail == f"refused in a test (SQLSTATE {sqlstate})"
    kept = database.execute("SELECT payload, source_system_code, kind FROM reject").fetchall()
    assert [(json.loads(payload), *rest) for payload, *rest in kept] == [(water[13], "water-logging", "readings")]
    assert_consistent(database)


def test_what_was_refused_is_stored_by_a_replay_once_its_cause_is_gone(
    refuse: Refuse, database_url: str, registered_database: str, database: psycopg.Connection
) -> None:
    refuse("reading", "NEW.value IN (0, 7)", "P0001")
    store(
        database_url,
        (WATER, [reading("WL-1", n, n) for n in range(9)]),
        (CROWD, [reading("CR-1", 0, 5, "crowd_count")]),
    )

    def replay() -> list[str]:
        with connect(registered_database, "a") as one, connect(registered_database, "b") as two:
            return [attempt.outcome for tried in Replay(one, two, "t").run(RejectFilter()) for _, attempt in tried]

    assert replay() == ["refused", "refused"]
    database.execute("DROP TRIGGER refuse ON reading")
    assert replay() == ["stored", "stored"]
    assert database.execute("SELECT count(*) FROM reading").fetchone() == (10,)
    assert_consistent(database)


@pytest.mark.parametrize("sqlstate", ["53400", "57014", "53200"])
def test_what_is_refused_for_its_size_alone_is_stored_in_parts(
    sqlstate: str, refuse: Refuse, database_url: str, database: psycopg.Connection
) -> None:
    refuse("reading", "rows > 100", sqlstate)
    many = [reading(f"WL-{1 + n % 3}", n, 1) for n in range(485)]
    [outcome] = store(database_url, (WATER, many))
    assert (outcome.stored, outcome.duplicate, outcome.rejected) == (485, 0, 0)
    assert_consistent(database)


def test_a_database_that_refuses_everything_is_waited_for_and_told(
    refuse: Refuse, database_url: str, database: psycopg.Connection
) -> None:
    store(database_url, (CROWD, [reading("CR-1", 0, 5, "crowd_count")]))
    refuse("reading", "true", "P0001")
    with storing(database_url, (WATER, [reading("WL-1", n, n) for n in range(3)])) as outcomes:
        assert wait_until(lambda: refusing() == 1, seconds=PATIENCE_S)
        assert outcomes == []
        database.execute("DROP TRIGGER refuse ON reading")
    assert [(one.stored, one.rejected) for one in outcomes] == [(3, 0)]
    assert refusing() == 0
    assert_consistent(database)


def test_a_step_of_a_case_that_is_refused_costs_no_other(
    refuse: Refuse, database_url: str, database: psycopg.Connection
) -> None:
    refuse("event", "NEW.title = 'poison'", "P0001")
    cases = [case(f"E-{n}", "poison" if n == 2 else "sound") for n in range(5)]
    [outcome] = store(database_url, (EVENTS, cases))
    assert outcome.stored == 4
    assert [(one.item_index, one.reason) for one in outcome.rejects] == [(2, Reason.DATABASE_REFUSED)]
    assert "poison" not in outcome.rejects[0].detail
    assert_consistent(database)


@pytest.mark.parametrize("sqlstate", ["P0001", "22023"])
def test_a_series_that_cannot_be_made_costs_no_other_message(
    sqlstate: str, refuse: Refuse, database_url: str, database: psycopg.Connection
) -> None:
    store(database_url, (WATER, [reading("WL-1", 0, 1)]))
    refuse("series", "true", sqlstate)
    bad = (WATER, [reading("WL-2", 0, 1, "battery_voltage")])
    first, second = store(database_url, bad, (WATER, [reading("WL-1", 1, 1)]))
    assert [one.reason for one in first.rejects] == [Reason.DATABASE_REFUSED]
    assert second.stored == 1
    assert_consistent(database)


@pytest.mark.parametrize("field", ["device", "metric"])
def test_a_code_that_the_database_cannot_hold_costs_no_neighbour(
    field: str, database_url: str, database: psycopg.Connection
) -> None:
    odd = reading("WL-1", 0, 1) | {field: "nul\0"}
    [outcome] = store(database_url, (WATER, [reading("WL-1", 1, 1), odd]))
    assert outcome.stored == 1
    assert [one.item_index for one in outcome.rejects] == [1]
    assert_consistent(database)


@pytest.mark.parametrize(
    ("sqlstate", "verdict"),
    [
        ("08006", Verdict.AWAY),
        ("53100", Verdict.AWAY),
        ("53300", Verdict.AWAY),
        ("25006", Verdict.AWAY),
        ("28P01", Verdict.AWAY),
        ("57P01", Verdict.STRAINED),
        ("40P01", Verdict.STRAINED),
        ("55P03", Verdict.STRAINED),
        ("53200", Verdict.STRAINED),
        ("53400", Verdict.REFUSED),
        ("42P01", Verdict.REFUSED),
        ("23514", Verdict.BAD_DATA),
    ],
)
def test_only_what_the_database_says_of_the_statement_can_cost_a_message(sqlstate: str, verdict: Verdict) -> None:
    assert judge(errors.lookup(sqlstate)("...")) is verdict
