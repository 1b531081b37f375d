"""Replaying rejects on a real database: each once, whatever is killed or runs beside it, and the accounts balance."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.devices import Device
from cityops.domain.rejects import Reason, ReplayOutcome
from cityops.local.processes import wait_until
from cityops.store import registry
from cityops.store.engine import connect, make_engine, writing
from cityops.store.rejects import replay as reject_replay
from cityops.store.rejects.replay import Attempt, RejectFilter
from cityops.store.upkeep.verify import verify
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.rejects import Replay
from cityops_ingest.writer import Writer
from fixtures.ingest import worker_process

BASE = datetime(2026, 11, 20, tzinfo=UTC)
READINGS = "cityops/v1/readings/water-logging"
EVENTS = "cityops/v1/events/hotline-12345"

Send = Callable[..., None]


@pytest.fixture
def database_url(registered_database: str) -> str:
    """Give the owner's address: a replay is a verb of administration."""
    return registered_database


@pytest.fixture
def send(database_url: str) -> Iterator[Send]:
    """Give a function that stores messages as one batch, received at `BASE` + 1 day."""
    writer = Writer(database_url, "w", Backlog())

    def store(*messages: tuple[str, bytes], line_delimited: bool = False) -> None:
        writer.store(
            [
                Envelope(
                    topic.encode(),
                    payload,
                    len(payload),
                    BASE + timedelta(days=1),
                    lambda _: None,
                    line_delimited=line_delimited,
                )
                for topic, payload in messages
            ]
        )

    yield store
    writer.close()


@pytest.fixture
def replay(database_url: str) -> Iterator[Callable[..., list[Attempt]]]:
    """Give a function that replays what a filter finds and returns what came of each."""
    with ExitStack() as stack:
        store, known = (stack.enter_context(connect(database_url, "replay")) for _ in range(2))

        def run(limit: int | None = None, *, dry_run: bool = False, **wanted: Any) -> list[Attempt]:
            batches = Replay(store, known, "test").run(RejectFilter(**wanted), limit, dry_run=dry_run)
            return [attempt for batch in batches for _, attempt in batch]

        yield run


def reading(device: str, minute: int, value: float) -> dict[str, Any]:
    ts = (BASE + timedelta(minutes=minute)).isoformat()
    return {"device": device, "ts": ts, "metric": "water_depth", "value": value}


def message(*items: Any) -> tuple[str, bytes]:
    return READINGS, json.dumps(items).encode()


def register(
    database: psycopg.Connection, *codes: str, kind: str = "waterlogging", source: str = "water-logging"
) -> None:
    devices = [Device(code, kind, "新装设备", source, "440106013", 113.33, 23.12, 60) for code in codes]
    registry.register(database, devices, {kind.code: kind.metrics for kind in reference.device_kinds()})


def count(database: psycopg.Connection, what: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {what}").fetchone()
    assert row is not None
    return int(row[0])


def assert_consistent(database: psycopg.Connection) -> None:
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def test_only_the_refused_items_of_a_message_are_replayed(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    items = [reading("WL-1", minute, minute) for minute in range(100)]
    items[37] = reading("NEW-1", 0, 5)
    send(message(*items))
    assert [one.outcome for one in replay()] == [ReplayOutcome.REFUSED]
    register(database, "NEW-1")
    assert replay() == [Attempt(stored=1, duplicate=0)]
    assert replay() == []
    assert count(database, "reading") == 100
    assert_consistent(database)


def test_a_widened_range_lets_in_only_the_value_that_was_refused(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    item = {"device": "AIR-1", "ts": BASE.isoformat(), "values": {"pm25": 38, "pm10": 99_999, "no2": 88_888}}
    send(("cityops/v1/readings/eco-air", json.dumps(item).encode()))
    database.execute("UPDATE metric SET valid_max = 100000 WHERE code = 'pm10'")
    assert replay() == [Attempt(1, 0), Attempt(0, 0, Reason.OUT_OF_RANGE, "no2 = 88888, valid 0 to 5000")]
    assert count(database, "reading") == 2
    [(attempts,)] = database.execute("SELECT attempts FROM reject WHERE state = 'open'").fetchall()
    assert attempts == 1
    assert_consistent(database)


def test_what_is_refused_again_stays_open_under_its_new_reason_and_keeps_its_history(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    send(message(reading("NEW-1", 0, -7)))
    replay()
    register(database, "NEW-1")
    replay()
    assert database.execute("SELECT reason, state, attempts, settled_at FROM reject").fetchall() == [
        ("out_of_range", "open", 2, None)
    ]
    before = database.execute("SELECT attempt, outcome, reason_before FROM reject_attempt ORDER BY 1").fetchall()
    assert before == [(1, "refused", "unknown_device"), (2, "refused", "unknown_device")]
    assert_consistent(database)


def test_a_message_refused_as_a_whole_is_replayed_as_a_whole(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    items = [reading("WL-1", minute, minute) for minute in range(5)] + [reading("NEW-1", 0, 1)]
    send(("cityops/v1/readings/new-source", json.dumps(items).encode()))
    assert replay() == [Attempt(0, 0, Reason.UNKNOWN_SOURCE, "source 'new-source'")]
    database.execute("UPDATE reject SET topic = %s", [READINGS])  # as if devices and source were registered alike
    assert replay() == [Attempt(5, 0, Reason.UNKNOWN_DEVICE, "device 'NEW-1'")]
    register(database, "NEW-1")
    assert replay() == [Attempt(1, 5)]
    assert_consistent(database)


def test_lines_and_event_steps_are_replayed(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    lines = [b"{broken", *(json.dumps(reading(device, 1, 1)).encode() for device in ("WL-1", "NEW-1", "WL-2"))]
    send((READINGS, b"\n".join(lines)), line_delimited=True)
    step = {"external_id": "T1", "class": "new_class", "status": "reported", "title": "井盖", "region": "440106013"}
    times = {"occurred_at": BASE.isoformat(), "status_at": BASE.isoformat()}
    send((EVENTS, json.dumps([step | times | {"sequence": number} for number in (0, 0, 1)]).encode()))
    register(database, "NEW-1")
    database.execute("INSERT INTO event_class SELECT 'new_class', 'g', '组', 'g', '类', 'class'")
    came = sorted((one.outcome, one.stored, one.duplicate) for one in replay())
    assert came == [("duplicate", 0, 1), ("refused", 0, 0), *[("stored", 1, 0)] * 3]
    assert count(database, "event_history") == 2
    assert_consistent(database)


def test_a_message_of_another_format_is_replayed_through_its_route(
    database_url: str, database: psycopg.Connection
) -> None:
    routes = read_routes(Path(__file__).parents[2] / "ingest" / "adapters.example.toml")
    payload = b'{"Time": "2026-11-20T08:00:00", "SDS0X1": {"PM2.5": 38, "PM10": 61}}'
    writer = Writer(database_url, "w", Backlog(), routes)
    at = BASE + timedelta(days=1)
    writer.store([Envelope(b"tele/AIR-9/SENSOR", payload, len(payload), at, lambda _: None)])
    writer.close()
    register(database, "AIR-9", kind="air", source="eco-air")
    with connect(database_url, "store") as store, connect(database_url, "registry") as known:
        [[(_, came)]] = Replay(store, known, "test", routes).run(RejectFilter(source="eco-air"))
    assert came == Attempt(2, 0)
    assert database.execute("SELECT DISTINCT ts FROM reading").fetchall() == [(BASE,)]
    assert_consistent(database)


def test_the_clock_that_was_ahead_is_judged_by_the_time_of_receipt(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    send(message(reading("WL-1", 3 * 24 * 60, 1)))  # two days after its receipt, and long ago by now
    [attempt] = replay()
    assert attempt.reason is Reason.TIME_IN_FUTURE


def test_of_a_long_message_the_refused_items_alone_are_kept_and_replayed(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    items: list[Any] = [reading("WL-1", minute, minute % 300) for minute in range(1000)]
    items[7], items[990], items[991] = reading("NEW-1", 0, 5), reading("NEW-1", 1, 5), [reading("WL-2", 1, 5)]
    send(message(*items))
    send((READINGS, b"\n".join(json.dumps(item).encode() for item in items[:991])), line_delimited=True)
    kept = database.execute("SELECT item_index, octet_length(payload), item_bytes FROM reject ORDER BY id").fetchall()
    size, odd = len(json.dumps(items[7])), len(json.dumps([items[991]]))
    assert sorted(kept) == [*[(7, size, size)] * 2, *[(990, size, size)] * 2, (991, odd, odd)]
    register(database, "NEW-1")
    odd_again = Attempt(0, 0, Reason.WRONG_TYPE, "Expected `object`, got `array`")
    assert replay() == [*[Attempt(1, 0)] * 2, odd_again, *[Attempt(0, 1)] * 2]
    assert_consistent(database)


def test_what_was_cut_off_is_named_and_left_alone(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection, database_url: str
) -> None:
    send((READINGS, b"[" + b" " * 70_000 + b"]"), (READINGS, json.dumps([7, "x" * 70_000]).encode()))
    extent = reject_replay.extent(database, RejectFilter())
    assert extent.cut == 2
    assert len(replay()) == extent.replayable
    engine = make_engine(database_url)
    with writing(engine) as connection:
        assert reject_replay.give_up(connection, RejectFilter(reason="wrong_type"), BASE) == 2
    engine.dispose()
    assert reject_replay.extent(database, RejectFilter()).cut == 1  # the array that is empty
    assert_consistent(database)


def test_what_stands_for_many_refusals_is_replayed_and_counted_as_many(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    items: list[Any] = [reading("NEW-1", minute, 5) for minute in range(1200)]
    items[3], items[1100], items[1150] = 12.5, reading("WL-1", 0, 5), [reading("WL-2", 0, 5)]
    send(message(*items))
    many = database.execute("SELECT reason, refusals, item_index FROM reject WHERE refusals > 1").fetchall()
    assert many == [("unknown_device", 198, 1000)]
    assert database.execute("SELECT rejected FROM ingest_ledger WHERE rejected > 0").fetchall() == [(1199,)]
    assert_consistent(database)
    register(database, "NEW-1")
    attempts = replay()
    assert sum(attempt.stored for attempt in attempts) == count(database, "reading") - 1 == 1197
    assert [attempt.reason for attempt in attempts if attempt.reason] == [Reason.WRONG_TYPE] * 2
    assert_consistent(database)


def test_where_items_cannot_be_cut_out_the_rest_of_the_message_is_replayed(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    values = {f"m{number}": 1 for number in range(1500)} | {"water_depth": 5}
    item = reading("WL-1", 0, 5) | {"values": values, "metric": None, "value": None}
    send((READINGS, json.dumps(item).encode()))
    found = database.execute("SELECT sum(refusals), sum(octet_length(payload)) FROM reject").fetchone()
    assert found is not None
    assert found[0] == 1500
    assert found[1] < 300_000
    many = [attempt for attempt in replay() if attempt.duplicate]
    assert [(attempt.reason, attempt.stored) for attempt in many] == [(Reason.UNKNOWN_METRIC, 0)]
    assert_consistent(database)


def test_a_dry_run_says_the_same_and_keeps_nothing(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    send(message(reading("NEW-1", 0, 5), reading("NEW-2", 0, 5)))
    register(database, "NEW-1")
    database.execute("DELETE FROM series WHERE device_id = (SELECT id FROM device WHERE code = 'NEW-1')")
    dry = replay(dry_run=True)
    assert [one.outcome for one in dry] == [ReplayOutcome.STORED, ReplayOutcome.REFUSED]
    assert (count(database, "reading"), count(database, "reject_attempt")) == (0, 0)
    assert replay() == dry
    assert_consistent(database)


def test_two_replays_at_once_take_each_reject_once(
    send: Send, replay: Callable[..., list[Attempt]], database_url: str, database: psycopg.Connection
) -> None:
    for minute in range(40):
        send(message(*(reading(f"NEW-{number}", minute, number) for number in range(20))))
    register(database, *(f"NEW-{number}" for number in range(20)))
    came: list[Attempt] = []

    def run() -> None:
        with connect(database_url, "store") as store, connect(database_url, "registry") as known:
            for batch in Replay(store, known, "beside").run(RejectFilter()):
                came.extend(attempt for _, attempt in batch)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    came += replay()  # what one had claimed while the other passed by is settled; nothing is left
    assert came == [Attempt(1, 0)] * 800
    assert count(database, "reading") == 800
    assert_consistent(database)


_items = st.lists(
    st.builds(reading, st.sampled_from(["WL-1", "NEW-1", "NEW-2"]), st.integers(0, 8), st.sampled_from([5, 5000]))
    | st.sampled_from([7, {"ts": 5}]),
    min_size=1,
    max_size=5,
)


KEPT = """
    SELECT device.code, ts, value
    FROM reading JOIN series ON series.id = series_id JOIN device ON device.id = device_id
"""


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(before=st.lists(_items, max_size=4), after=st.lists(_items, max_size=2), limit=st.integers(1, 4))
def test_whatever_is_refused_and_mended_the_accounts_balance(
    before: list[list[Any]],
    after: list[list[Any]],
    limit: int,
    send: Send,
    replay: Callable[..., list[Attempt]],
    database: psycopg.Connection,
) -> None:
    database.execute(
        "TRUNCATE reading, reading_latest, reading_rollup, reject, reject_attempt, ingest_ledger; SELECT 1"
    )  # hypothesis runs many examples on one database
    database.execute("UPDATE device SET code = code || ' ' || id WHERE code LIKE 'NEW%'; SELECT 1")
    database.execute("UPDATE metric SET valid_max = 300 WHERE code = 'water_depth'")
    for items in before:
        send(message(*items))
    replay(limit)
    assert_consistent(database)
    register(database, "NEW-1", "NEW-2")
    database.execute("UPDATE metric SET valid_max = 9000 WHERE code = 'water_depth'")
    for _ in range(2):
        replay()
        assert_consistent(database)
    items = [item for items in before for item in items]
    good = [item for item in items if isinstance(item, dict) and "value" in item]
    kept = {(device, ts.astimezone(UTC).isoformat()): value for device, ts, value in database.execute(KEPT)}
    assert set(kept) == {(item["device"], item["ts"]) for item in good}
    differing = [item for item in good if kept[item["device"], item["ts"]] != item["value"]]
    assert count(database, "reject WHERE state = 'open'") == len(items) - len(good) + len(differing)


def test_a_kill_in_the_middle_of_a_replay_loses_nothing_and_doubles_nothing(
    send: Send, database_url: str, database: psycopg.Connection
) -> None:
    for minute in range(40):
        send(message(*(reading(f"NEW-{number}", minute, number) for number in range(50))))
    register(database, *(f"NEW-{number}" for number in range(50)))
    environment = {"CITYOPS_DATABASE_URL": database_url}
    for kills in range(1, 3):
        with worker_process(["ingest", "replay"], environment) as (_, kill):
            goal = kills * 400
            assert wait_until(lambda goal=goal: count(database, "reading") >= goal, seconds=30)  # type: ignore[misc]  # bound now
            kill()
        assert_consistent(database)
    assert 0 < count(database, "reject WHERE state = 'open'") < 2000
    with worker_process(["ingest", "replay"], environment) as (process, _):
        assert process.wait(60) == 0
    assert count(database, "reject WHERE state = 'replayed'") == count(database, "reading") == 2000
    assert_consistent(database)


def test_a_dropped_reject_stays_in_the_accounts(
    send: Send, replay: Callable[..., list[Attempt]], database: psycopg.Connection
) -> None:
    send(message(reading("NEW-1", 0, 1), reading("NEW-2", 0, 1), reading("WL-1", 0, 1)))
    register(database, "NEW-1")
    replay()
    assert reject_replay.drop_older_than(database, BASE) == 0
    assert reject_replay.drop_older_than(database, BASE + timedelta(days=30)) == 2
    assert reject_replay.drop_older_than(database, BASE + timedelta(days=30)) == 0
    assert (count(database, "reject"), count(database, "reject_attempt"), count(database, "reading")) == (0, 0, 2)
    assert_consistent(database)
