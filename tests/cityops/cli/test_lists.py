"""Lists of verbs: at any width, in a pipe and as JSON each cell is whole, and text of others moves no terminal."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cityops.cli.lists import show_list
from cityops.cli.main import app
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.audit import Action, Actor, AuditOutcome
from cityops.domain.grants import Holder
from cityops.domain.rejects import Reason
from cityops.services import accounts, credentials
from cityops.settings import settings
from cityops.store.access import audit
from cityops.store.engine import connect, make_engine, writing
from cityops.store.rejects import records

NASTY = "x\x1b[2J\x9b31m\u202edrow\u2028y\tz\r"
LOGIN = "li.xiaoming@haizhu.example"
AT = datetime(2026, 11, 20, 1, 30, 59, tzinfo=UTC)
LISTS = [
    ("accounts", "list"),
    ("keys", "list"),
    ("displays", "list"),
    ("audit", "list"),
    ("rejects", "list"),
    ("rejects", "count"),
    ("devices", "counts"),
    ("verify",),
]
WHOLE = {
    ("accounts", "list"): [LOGIN, "data_steward"],
    ("audit", "list"): ["account:create", LOGIN],
    ("rejects", "list"): ["unknown_device", "water-logging"],
    ("rejects", "count"): ["unknown_device", "water-logging"],
    ("verify",): ["ledger"],
}


@pytest.fixture
def told_of(migrated_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a database whose lists hold long names and text that would move a terminal."""
    engine = make_engine(migrated_database)
    actor = Actor(NASTY, None, None, "command")
    with writing(engine) as writer:
        accounts.create(writer, actor, LOGIN, "李小明", Role.DATA_STEWARD, WHOLE_CITY, None)
        subject = Subject("k" * 60, Role.ANALYST, WHOLE_CITY)
        credentials.give(writer, actor, Holder.KEY, subject, broker="", days=30)
        audit.record(writer, actor, Action.ACCESS_REFUSED, f"GET /{NASTY}", AuditOutcome.REFUSED, {"reason": NASTY})
    engine.dispose()
    with connect(migrated_database, "test") as connection, connection.cursor() as cursor:
        topic = f"cityops/v1/readings/water-logging/{NASTY}"
        payload = f'{{"device": "{NASTY}"}}'.encode()
        row = records.Reject(
            AT, "readings", "water-logging", topic, 0, Reason.UNKNOWN_DEVICE, NASTY, payload, len(payload)
        )
        records.record(cursor, [row])
    monkeypatch.setenv("CITYOPS_DATABASE_URL", migrated_database)
    settings.cache_clear()
    yield migrated_database
    settings.cache_clear()


def run(*words: str, columns: int | None) -> str:
    environment = {"COLUMNS": None if columns is None else str(columns)}
    done = CliRunner().invoke(app, words, env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.stdout


def moves(text: str) -> set[str]:
    """Return what would move a terminal, but the ends of lines and the tabs between cells."""
    return {one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"}} - {"\n", "\t"}


@pytest.mark.parametrize("columns", [40, 80, 120, None], ids=lambda c: f"{c} columns" if c else "pipe")
def test_every_list_is_whole_and_harmless(told_of: str, columns: int | None) -> None:
    for verb in LISTS:
        text = run(*verb, columns=columns)
        assert moves(text) == set(), verb
        assert "…" not in text, verb
        for word in WHOLE.get(verb, []):
            assert any(word in line for line in text.splitlines()), (verb, word)
    assert re.search(r"2026-11-20 09:30(:59)?\b", run("rejects", "list", columns=columns))
    assert moves(run("rejects", "show", "1", columns=columns)) == set()
    assert moves(run("rejects", "show", "1", "--with-personal-data", columns=columns)) == set()


def test_a_pipe_gets_a_line_per_row_and_its_cells_between_tabs(told_of: str) -> None:
    for verb in LISTS[:-2]:
        lines = [line.split("\t") for line in run(*verb, columns=None).splitlines()]
        assert len({len(cells) for cells in lines}) == 1, verb
    head, row = (line.split("\t") for line in run("accounts", "list", columns=None).splitlines())
    assert (head[0], row[0], row[2]) == ("login", LOGIN, "data_steward")


def test_every_list_has_json_of_what_was_there(told_of: str) -> None:
    for verb in LISTS:
        text = run(*verb, "--json", columns=80)
        assert moves(text) == set(), verb
        assert json.loads(text)["at"] or verb == ("devices", "counts"), verb
    [row] = json.loads(run("rejects", "list", "--json", columns=80))["rows"]
    assert (row["id"], row["detail"]) == ("1", NASTY)
    assert datetime.fromisoformat(row["received"]) == AT


def test_no_list_is_forgotten() -> None:
    """Each verb named like a list has --json."""

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, one in getattr(command, "commands", {}).items():
            yield from walk(one, (*path, name))
        yield path, command

    found = dict(walk(typer.main.get_command(app), ()))
    lists = {path for path in found if path and path[-1] in {"list", "count", "counts", "verify", "doctor"}}
    assert set(LISTS) <= lists
    assert {path for path in lists if "--json" not in {o for p in found[path].params for o in p.opts}} == set()


def test_a_terminal_of_80_columns_gets_nothing_broken(told_of: str) -> None:
    program = f"import pty, sys; sys.exit(pty.spawn([{sys.executable!r}, '-m', 'cityops', 'accounts', 'list']))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"COLUMNS": "80"}, capture_output=True, check=True
    )
    shown = done.stdout.decode()
    assert LOGIN in shown
    assert "data_steward" in shown


@pytest.mark.parametrize("width", [30, 50, 80])
def test_prose_is_folded_between_words_and_nothing_else(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = "the reason goes on for longer than the line and names WL-440103004-001 in it"
    show_list("title", ("id", "why"), [{"id": "abcdef0123456789", "why": text}], prose=("why",))
    shown = capsys.readouterr().out
    assert "abcdef0123456789" in shown
    assert all(word in shown for word in text.split())
