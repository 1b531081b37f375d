"""The command itself: a foreseen failure is a sentence on the error stream, an unforeseen one tells no secret."""

import sys

import psycopg
import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.testing import CliRunner

from cityops.cli import main as module
from cityops.cli.main import app, main
from cityops.errors import CityopsError
from cityops.settings import settings

AWAY = "postgresql://nobody:secret-word@127.0.0.1:1/none"


def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str, **given: str
) -> tuple[object, str, str]:
    """Run the command as a process would; return its status and what it printed, to either stream."""
    monkeypatch.setattr(sys, "argv", ["cityops", *words])
    monkeypatch.delenv("CITYOPS_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in given.items():
        monkeypatch.setenv(f"CITYOPS_{name.upper()}", value)
    settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        main()
    settings.cache_clear()
    printed = capsys.readouterr()
    return ended.value.code, printed.out, " ".join(printed.err.split())


def test_help_names_every_verb_once() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120"}).output
    for verb in ("up", "demo", "api", "jobs", "maintain", "verify", "doctor", "backup", "restore", "ingest", "audit"):
        assert sum(line.split()[1:2] == [verb] for line in shown.splitlines()) == 1, verb


def test_what_was_foreseen_is_a_sentence_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = told(monkeypatch, capsys, "db", "current")
    assert (status, out) == (1, "")
    assert err.startswith("cityops: CITYOPS_DATABASE_URL is not set: give it, such as postgresql://user")


def test_a_database_that_is_away_is_a_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in (("db", "current"), ("verify",)):
        status, out, err = told(monkeypatch, capsys, *verb, database_url=AWAY)
        assert (status, out) == (1, ""), verb
        assert "the database does not answer; check CITYOPS_DATABASE_URL and the server" in err, verb
        assert ("secret-word" in err, "Traceback" in err) == (False, False), verb


def test_what_nobody_foresaw_is_a_traceback_without_secrets_or_escapes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError(f"{AWAY} \x1b[2J")

    monkeypatch.setattr(module, "app", fail)
    status, out, err = told(monkeypatch, capsys)
    assert (status, out) == (1, "")
    assert err.startswith("Traceback")
    assert r"\x1b[2J" in err
    assert ("secret-word" in err, "\x1b" in err) == (False, False)


def test_what_a_file_says_moves_no_terminal_and_is_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise CityopsError("line 2 reads [bold]\x1b[31m and\nends here")

    monkeypatch.setattr(module, "app", fail)
    assert told(monkeypatch, capsys)[2] == r"cityops: line 2 reads [bold]\x1b[31m and ends here"


@pytest.mark.parametrize(
    ("error", "has_sentence"),
    [
        (CityopsError("so"), True),
        (psycopg.OperationalError("away"), True),
        (OperationalError("SELECT", {}, psycopg.OperationalError("away")), True),
        (psycopg.errors.UndefinedTable("no such"), False),
        (ProgrammingError("SELECT", {}, psycopg.errors.UndefinedTable("no such")), False),
        (ValueError("a fault of ours"), False),
    ],
)
def test_only_what_the_reader_can_mend_is_a_sentence(error: Exception, has_sentence: bool) -> None:
    assert (module._sentence(error) is not None) is has_sentence


def test_a_wrong_option_has_the_status_of_a_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = told(monkeypatch, capsys, "verify", "--no-such-option")
    assert (status, out) == (2, "")
    assert "--no-such-option" in err
