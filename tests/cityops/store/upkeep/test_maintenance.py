"""Maintenance beside a running ingest: what is too old goes and stays away, and the accounts still balance."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityops.domain.rejects import Reason
from cityops.domain.retention import Retention
from cityops.errors import CityopsError
from cityops.store import rollups
from cityops.store.engine import connect
from cityops.store.upkeep import maintenance, retention
from cityops.store.upkeep.maintenance import Done
from cityops.store.upkeep.verify import verify
from factories.senders import Sender, ago
from factories.world import World

KEEP = Retention(timedelta(days=30), timedelta(days=60), timedelta(days=30))
DAYS_AGO = (0, 1, 20, 40, 50, 80, 90)


@pytest.fixture
def filled(database_url: str, database: psycopg.Connection) -> psycopg.Connection:
    """Give a database with a reading on each of some days, days and weeks old."""
    with closing(Sender(database_url)) as sender:
        assert sender.send(*(ago(days) for days in DAYS_AGO)).stored == len(DAYS_AGO)
    return database


def maintain(connection: psycopg.Connection, keep: Retention = KEEP) -> dict[str, Done]:
    return {one.what: one for one in maintenance.maintain(connection, keep, lambda _what: None)}


def count(database: psycopg.Connection, table: str) -> int:
    [number] = database.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(number)


def assert_sound(database: psycopg.Connection) -> None:
    assert [finding for finding in verify(database, lambda _check: None) if finding.wrong] == []


def test_what_is_too_old_goes_and_the_accounts_still_balance(filled: psycopg.Connection, database_url: str) -> None:
    done = maintain(filled)
    assert [one.problem for one in done.values()] == [""] * 10
    assert "4 chunks with 4 rows dropped" in done["readings"].result
    assert (count(filled, "reading"), count(filled, "reading_rollup")) == (3, 5)
    assert count(filled, "reading_rollup_day") == len(DAYS_AGO) - 1  # the running hour waits
    assert_sound(filled)
    with closing(Sender(database_url)) as sender:
        outcome = sender.send(ago(0), ago(29), ago(40), ago(300))
    assert outcome.stored == 2
    assert [one.reason for one in outcome.rejects] == [Reason.TIME_TOO_OLD] * 2
    assert_sound(filled)
    assert "0 chunks" in maintain(filled)["readings"].result
    assert_sound(filled)


def test_uplinks_are_forgotten_when_no_network_repeats_them_any_more(database: psycopg.Connection) -> None:
    database.execute(
        "INSERT INTO uplink (digest, first_us, seen_at)"
        " VALUES ('old', 1, now() - interval '121 minutes'), ('new', 2, now() - interval '119 minutes')"
    )
    told = {one.what: one.result for one in maintenance.preview(database, KEEP)}
    assert told["repeated uplinks of LoRaWAN"] == "1 to forget"
    assert maintain(database)["repeated uplinks of LoRaWAN"].result == "1 forgotten"
    assert database.execute("SELECT digest FROM uplink").fetchall() == [(b"new",)]


def test_files_that_no_act_came_to_use_are_forgotten_after_a_day(world: World) -> None:
    database, case = world.connection, world.case()
    for name, hours in (("old", 25), ("new", 23)):
        world.photo(case, name.encode(), name, hours * 3600)
    told = {one.what: one.result for one in maintenance.preview(database, KEEP)}
    assert told["photos and files that no act came to use"] == "1 to forget"
    assert maintain(database)["photos and files that no act came to use"].result == "1 forgotten"
    assert database.execute("SELECT name FROM event_evidence").fetchall() == [("new",)]
    assert (count(database, "evidence"), count(database, "evidence_content")) == (1, 1)


def test_a_worker_that_has_not_learnt_of_the_edge_cannot_write_behind_it(
    filled: psycopg.Connection, database_url: str
) -> None:
    with closing(Sender(database_url)) as sender:
        sender.send(ago(0))  # it has read the edge of now
        maintain(filled)
        outcome = sender.send(ago(0), ago(40))
    assert (outcome.stored, [one.reason for one in outcome.rejects]) == (1, [Reason.TIME_TOO_OLD])
    assert count(filled, "reading") == 5
    assert_sound(filled)


def test_the_ingest_goes_on_while_chunks_are_dropped(filled: psycopg.Connection, database_url: str) -> None:
    stop = threading.Event()

    def write() -> None:
        with closing(Sender(database_url, "busy")) as sender:
            while not stop.is_set():
                sender.send(ago(0), ago(0.02))

    writing = threading.Thread(target=write)
    writing.start()
    try:
        done = maintain(filled)
    finally:
        stop.set()
        writing.join()
    assert "4 chunks with 4 rows dropped" in done["readings"].result
    assert_sound(filled)


def test_a_chunk_in_use_is_named_and_left_for_the_next_time(
    filled: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(retention, "_ATTEMPTS", 1)
    with connect(database_url, "a long question") as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM reading")
        done, pid = maintain(filled), reader.info.backend_pid
    assert f"in use by process {pid} of the database (a long question)" in done["readings"].problem
    assert_sound(filled)
    assert maintain(filled)["readings"].problem == ""
    assert count(filled, "reading") == 3
    assert_sound(filled)


def test_nothing_is_dropped_under_a_verification(
    filled: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(retention, "_ATTEMPTS", 1)
    problems: list[str] = []

    def drop_meanwhile(_check: str) -> None:
        with connect(database_url, "meanwhile") as other:
            problems.append(retention.drop(other, "reading", KEEP.readings, lambda _what: None).problem)

    assert [finding for finding in verify(filled, drop_meanwhile) if finding.wrong] == []
    assert all("in use by process" in problem for problem in problems)
    assert count(filled, "reading") == len(DAYS_AGO)


def test_transitions_of_devices_go_with_the_readings(filled: psycopg.Connection) -> None:
    filled.execute(
        "INSERT INTO device_transition SELECT unnest(%s::timestamptz[]), min(id), 'online', 'late' FROM device",
        [[ago(50), ago(1)]],
    )
    assert "1 chunks with 1 rows dropped" in maintain(filled)["transitions of devices"].result
    assert count(filled, "device_transition") == 1


def test_rollups_stay_until_their_hours_are_made(filled: psycopg.Connection) -> None:
    assert retention.drop(filled, "reading", KEEP.readings, lambda _what: None).chunks == 4
    assert retention.drop(filled, "reading_rollup", KEEP.rollups, lambda _what: None).chunks == 0
    rollups.make(filled, lambda _what: None)
    assert retention.drop(filled, "reading_rollup", KEEP.rollups, lambda _what: None).rows == 2


def test_a_second_one_at_the_same_time_says_so(filled: psycopg.Connection, database_url: str) -> None:
    with connect(database_url, "other") as other, maintenance.exclusively(other):
        told = rf"running already.*session {other.info.backend_pid}"
        with pytest.raises(CityopsError, match=told):
            maintain(filled)
    maintain(filled)


def test_a_preview_changes_nothing(filled: psycopg.Connection) -> None:
    lines = {one.what: one.result for one in maintenance.preview(filled, KEEP)}
    assert lines["hour and day rollups"] == "6 hours to make"
    assert lines["readings"].startswith("4 chunks to drop")
    assert count(filled, "reading") == len(DAYS_AGO)
    assert "6 hours" in maintain(filled)["hour and day rollups"].result


def test_the_audit_goes_by_month_and_what_is_younger_stays(filled: psycopg.Connection) -> None:
    filled.execute(
        "INSERT INTO audit (at, subject, action, object, outcome)"
        " SELECT unnest(%s::timestamptz[]), 'li', 'session:open', '1', 'done'",
        [[ago(days) for days in (0, 179, 399, 440, 441, 600)]],
    )
    lines = {one.what: one.result for one in maintenance.preview(filled, KEEP)}
    done = maintain(filled)["audit"]
    assert done.problem == ""
    assert "with 3 rows dropped" in done.result
    assert lines["audit"].split()[0] == done.result.split()[0]
    assert count(filled, "audit") == 3
    assert filled.execute("SELECT dropped FROM retention WHERE relation = 'audit'").fetchone() == (3,)
    assert "0 chunks" in maintain(filled)["audit"].result
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        filled.execute("DELETE FROM audit WHERE at < now() - INTERVAL '300 days'")


def test_the_audit_cannot_be_kept_for_less_than_the_law_asks_for() -> None:
    with pytest.raises(CityopsError, match="article 21"):
        Retention(audit=timedelta(days=179))
    Retention(audit=timedelta(days=180))


@pytest.mark.parametrize(("readings", "rollups_kept"), [(1, 60), (30, 29)])
def test_what_cannot_be_kept_so_short_is_refused(readings: int, rollups_kept: int) -> None:
    with pytest.raises(CityopsError, match="cannot be kept for less"):
        Retention(timedelta(days=readings), timedelta(days=rollups_kept))


def test_an_edge_is_the_border_of_a_chunk(filled: psycopg.Connection) -> None:
    maintain(filled)
    edge = retention.kept_from(filled, "reading")
    assert edge < datetime.now(UTC) - KEEP.readings
    assert (edge.hour % 6, edge.minute, edge.second) == (0, 0, 0)


def test_old_notices_late_readings_and_lines_of_the_journal_go_and_the_others_stay(world: World) -> None:
    execute = world.connection.execute
    for days in (1, 100, 500):
        at = ago(days)
        execute(
            "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level,"
            " onset, raised_at, cleared_at) VALUES ('r', 1, 'flood', 1, %s, '440106', 1, 1, %s, %s, %s)",
            [f"region:{days}", at, at, at],
        )
        execute(
            "INSERT INTO alarm_change (alarm_id, at, kind) SELECT id, %s, 'raised' FROM alarm WHERE object = %s",
            [at, f"region:{days}"],
        )
        execute("INSERT INTO alarm_late VALUES (%s, 1, 1, %s, %s, 1, 1)", [at, at, at])
        execute(
            "INSERT INTO alarm_notice (part, at, kind, rule_code, region_code, level, n, n_new, n_graver, n_gone,"
            " unacknowledged) VALUES (1, %s, 'new', 'r', '440106', 1, 1, 1, 0, 0, 0)",
            [at],
        )
    told = {one.what: one.result for one in maintenance.preview(world.connection, KEEP)}
    assert told["notices, late readings and journal of alarms"] == "5 rows to delete"
    assert maintain(world.connection)["notices, late readings and journal of alarms"].result == "5 rows deleted"
    left = {
        table: count(world.connection, table) for table in ("alarm_notice", "alarm_late", "alarm_change", "alarm")
    }
    assert left == {"alarm_notice": 1, "alarm_late": 1, "alarm_change": 2, "alarm": 3}
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        execute("DELETE FROM alarm_change")
