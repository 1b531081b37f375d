"""The verb `cityops audit list`: newest first, by filter, and whether there is more."""

import json

import pytest
from sqlalchemy import Engine

from cityops.domain.audit import Action, Actor, AuditOutcome, command_line
from cityops.store.access import audit
from cityops.store.engine import writing
from factories.verbs import run, sentence


@pytest.fixture
def filled(engine: Engine, migrated_database: str) -> str:
    """Give a database whose audit holds three rows, each of a transaction and so of a time of its own."""
    for actor, action, object_, outcome in (
        (Actor("li", kind="session", address="10.0.0.7"), Action.EXPORT_READ, "events", AuditOutcome.DONE),
        (Actor("-", address="10.0.0.9"), Action.SESSION_REFUSED, "zhang", AuditOutcome.REFUSED),
        (command_line("root"), Action.ACCOUNT_CREATE, "王", AuditOutcome.DONE),
    ):
        with writing(engine) as connection:
            audit.record(connection, actor, action, object_, outcome, {"why": "为什么"})
    return migrated_database


def listed(database_url: str, *options: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(
        run("audit", "list", "--json", *options, database_url=database_url).stdout
    )["rows"]
    return rows


def test_the_newest_comes_first_with_by_whom_and_from_where(filled: str) -> None:
    rows = listed(filled)
    assert [(row["by"], row["from"], row["object"]) for row in rows] == [
        ("root", "command", "王"),
        ("-", "10.0.0.9", "zhang"),
        ("li", "10.0.0.7", "events"),
    ]
    assert rows[0]["detail"] == {"why": "为什么"}
    told = run("audit", "list", database_url=filled).stdout
    assert told.startswith("newest 20")
    assert "为什么" in told


FILTERS: list[tuple[tuple[str, ...], list[str]]] = [
    (("--subject", "li"), ["events"]),
    (("--subject", "nobody"), []),
    (("--action", "account:create"), ["王"]),
    (("--outcome", "refused"), ["zhang"]),
    (("--outcome", "done", "--subject", "root"), ["王"]),
    (("--since", "2100-01-01"), []),
    (("--until", "2100-01-01"), ["王", "zhang", "events"]),
    (("--until", "2020-01-01T08:30"), []),
]


def test_only_what_is_asked_for_is_listed(filled: str) -> None:
    for options, objects in FILTERS:
        assert [row["object"] for row in listed(filled, *options)] == objects, options


def test_a_list_that_was_cut_says_so_on_the_error_stream_alone(filled: str) -> None:
    cut = run("audit", "list", "--limit", "2", columns=None, database_url=filled)
    assert len(cut.stdout.splitlines()) == 3  # names of columns, and two rows
    assert cut.stderr.endswith("There are more; these are the 2 newest.\n")
    whole = run("audit", "list", "--limit", "3", columns=None, database_url=filled)
    assert (len(whole.stdout.splitlines()), "There are more" in whole.stderr) == (4, False)


def test_an_audit_of_nothing_has_no_newest_row(migrated_database: str) -> None:
    assert run("audit", "list", database_url=migrated_database).stdout.startswith("newest -\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--since", "gestern"), "'gestern' is not a time such as 2026-11-23"),
        (("--action", "account:eat"), "'account:eat'"),
        (("--limit", "0"), "Invalid value for '--limit'"),
    ],
)
def test_a_filter_that_is_none_is_named(options: tuple[str, ...], told: str) -> None:
    done = run("audit", "list", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in sentence(done)
