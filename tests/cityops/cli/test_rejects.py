"""`cityops rejects` and `cityops ingest replay`: what a person sees, and what is kept from them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from typer.testing import CliRunner, Result

from cityops.cli.main import app
from cityops.domain.rejects import Reason
from cityops.settings import settings
from cityops.store import registry
from cityops.store.rejects import records
from fixtures.ingest import DEVICES

AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
READING = b'{"device": "WL-9", "ts": "2026-11-20T00:00:00Z", "metric": "water_depth", "value": 1}'


def run(database_url: str, *words: str) -> Result:
    environment = {"CITYOPS_DATABASE_URL": database_url, "COLUMNS": "200"}
    settings.cache_clear()  # they are read once per process, and each test has a database of its own
    try:
        return CliRunner().invoke(app, words, env=environment)
    finally:
        settings.cache_clear()


def refuse(database: psycopg.Connection, kind: str, source: str, reason: Reason, payload: bytes, size: int) -> None:
    topic = f"cityops/v1/{kind}/{source}"
    row = records.Reject(AT, kind, source, topic, 0, reason, "[detail]", payload, size)
    with database.cursor() as cursor:
        records.record(cursor, [row])


def test_from_the_count_to_the_replay(database_url: str, database: psycopg.Connection) -> None:
    refuse(database, "readings", "water-logging", Reason.UNKNOWN_DEVICE, READING, len(READING))
    refuse(database, "readings", "water-logging", Reason.TOO_LONG, READING, 99_999)
    refuse(database, "events", "hotline-12345", Reason.UNKNOWN_CLASS, b"call 13800000000", 16)

    counted = run(database_url, "rejects", "count", "--state", "open").stdout
    assert "newest reject 2026-11-20 09:30:00" in counted
    assert "register it, then replay" in counted

    listed = run(database_url, "rejects", "list", "--since", "2026-11-20T09:30", "--source", "water-logging").stdout
    assert listed.count("[detail]") == 2
    assert listed.count("cannot be replayed") == 1

    hidden, shown = (
        run(database_url, "rejects", "show", "3", *more).stdout for more in ([], ["--with-personal-data"])
    )
    assert ("13800000000" in hidden, "13800000000" in shown) == (False, True)

    device = replace(DEVICES[0], code="WL-9")
    registry.register(database, [device], {"waterlogging": ("water_depth",)})
    options = ("--reason", "unknown_device", "--until", "2026-11-21")
    dry = run(database_url, "ingest", "replay", *options, "--dry-run")
    assert "nothing was kept: 1 readings or event steps stored" in dry.stdout
    done = run(database_url, "ingest", "replay")
    assert done.exit_code == 0, done.stderr
    assert "1 readings or event steps stored, 0 there already" in done.stdout
    assert "refused again" in done.stdout
    assert "1 cannot be replayed: only the first 64 KiB" in done.stderr

    assert run(database_url, "rejects", "close").exit_code == 2
    assert run(database_url, "rejects", "close", "--reason", "too_long").stdout == "1 rejects given up\n"
    assert database.execute("SELECT state FROM reject ORDER BY id").fetchall() == [
        ("replayed",),
        ("given_up",),
        ("open",),
    ]
    assert audited(database) == [
        ("reject:show", "reject 3", "done", {}),
        ("reject:replay", "rejects", "begun", {"filter": {}}),
        ("reject:replay", "rejects", "done", {"filter": {}, "stored": 1, "duplicate": 0}),
        ("reject:close", "rejects", "done", {"filter": {"reason": "too_long"}, "rejects": 1}),
    ]


def audited(database: psycopg.Connection) -> list[tuple[Any, ...]]:
    rows = database.execute("SELECT action, object, outcome, detail FROM audit WHERE kind = 'command' ORDER BY at")
    return rows.fetchall()


def test_a_replay_that_fails_is_audited_too(database_url: str, database: psycopg.Connection) -> None:
    refuse(database, "readings", "water-logging", Reason.UNKNOWN_DEVICE, READING, len(READING))
    database.execute("ALTER TABLE reject_attempt RENAME TO gone")
    assert run(database_url, "ingest", "replay").exception is not None
    assert [row[2] for row in audited(database)] == ["begun", "failed"]


def test_personal_data_are_not_shown_without_a_record(database_url: str, database: psycopg.Connection) -> None:
    refuse(database, "events", "hotline-12345", Reason.UNKNOWN_CLASS, b"call 13800000000", 16)
    database.execute("ALTER TABLE audit RENAME TO gone")
    asked = run(database_url, "rejects", "show", "1", "--with-personal-data")
    assert asked.exception is not None
    assert "13800000000" not in asked.stdout


def test_what_is_not_there_is_a_sentence(database_url: str) -> None:
    missing = run(database_url, "rejects", "show", "1")
    assert "there is no reject 1" in str(missing.exception)
    assert "is not a time such as" in run(database_url, "rejects", "list", "--since", "yesterday").stderr
    taken = run(database_url, "ingest", "http", "--worker", "replay")
    assert (taken.exit_code, "choose another name" in taken.stderr) == (2, True)


def test_a_list_says_that_there_is_more_and_a_filter_leaves_out_the_rest(
    database_url: str, database: psycopg.Connection
) -> None:
    for reason in (Reason.UNKNOWN_DEVICE, Reason.TOO_LONG, Reason.UNKNOWN_DEVICE):
        refuse(database, "readings", "water-logging", reason, reason.value.encode(), 9)
    cut = run(database_url, "rejects", "list", "--limit", "2")
    assert "There are more; these are the 2 newest." in cut.stderr
    assert "There are more" not in run(database_url, "rejects", "list", "--limit", "3").stderr
    rows = json.loads(run(database_url, "rejects", "list", "--reason", "too_long", "--json").stdout)["rows"]
    assert [(row["reason"], row["state"]) for row in rows] == [("too_long", "open")]
    counted = json.loads(run(database_url, "rejects", "count", "--json").stdout)["rows"]
    assert {row["reason"]: row["count"] for row in counted} == {"unknown_device": 2, "too_long": 1}


def test_without_any_the_newest_is_never(database_url: str) -> None:
    assert "newest reject never" in run(database_url, "rejects", "count").stdout


def test_closing_takes_the_open_ones_of_a_source_alone_and_says_how_many(
    database_url: str, database: psycopg.Connection
) -> None:
    refuse(database, "readings", "water-logging", Reason.UNKNOWN_DEVICE, READING, len(READING))
    refuse(database, "events", "hotline-12345", Reason.UNKNOWN_CLASS, b"{}", 2)
    assert run(database_url, "rejects", "close", "--source", "hotline-12345").stdout == "1 rejects given up\n"
    assert run(database_url, "rejects", "close", "--source", "hotline-12345").stdout == "0 rejects given up\n"
    assert database.execute("SELECT state FROM reject ORDER BY id").fetchall() == [("open",), ("given_up",)]
    assert [(row[2], row[3]) for row in audited(database)] == [
        ("done", {"filter": {"source": "hotline-12345"}, "rejects": count}) for count in (1, 0)
    ]


def test_all_open_ones_at_once_are_never_closed_not_even_since_a_time(database_url: str) -> None:
    for options in ((), ("--since", "2026-11-20")):
        refused = run(database_url, "rejects", "close", *options)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "all open rejects at once is never meant" in " ".join(refused.stderr.replace("│", " ").split())
