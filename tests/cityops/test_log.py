"""The log: a line of JSON where nobody watches, no escape of others where somebody does, and no secret in either."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from cityops.log import configure, show_escapes


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Give what is logged to a stream that is no terminal; the tests' own logging is put back after it."""
    root, named = logging.getLogger(), [logging.getLogger(name) for name in ("uvicorn.access", "httpx")]
    kept, levels, was = root.handlers, [one.level for one in (root, *named)], structlog.get_config()
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure()
    yield stream
    root.handlers = kept
    for one, level in zip((root, *named), levels, strict=True):
        one.setLevel(level)
    structlog.configure(**was)


def test_every_logger_s_line_is_json_with_time_and_level(lines: io.StringIO) -> None:
    structlog.get_logger().info("states changed", devices=3, where="海珠")
    logging.getLogger("of a library").warning("the broker is %s", "away")
    ours, theirs = (json.loads(line) for line in lines.getvalue().splitlines())
    assert (ours["event"], ours["devices"], ours["where"], ours["level"]) == ("states changed", 3, "海珠", "info")
    assert (theirs["event"], theirs["level"]) == ("the broker is away", "warning")
    assert ours["timestamp"].endswith("Z")


def test_what_is_below_the_level_and_each_request_is_left_out(lines: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("httpx").info("GET /")
    assert lines.getvalue() == ""


def test_an_error_is_one_line_with_its_traceback_and_without_secrets(lines: io.StringIO) -> None:
    try:
        raise ValueError("postgresql://user:secret-word@db/x")
    except ValueError:
        structlog.get_logger().exception("failed", password="another-word", api_key="third-word")
    [line] = lines.getvalue().splitlines()
    told = json.loads(line)
    assert "ValueError" in told["exception"]
    assert (told["password"], told["api_key"], told["level"]) == ("***", "***", "error")
    assert not [word for word in ("secret-word", "another-word", "third-word") if word in line]


@pytest.mark.parametrize(
    "event",
    [
        {"event": "asked with Cookie: session=secret-word; b=1"},
        {"event": 'told "password": "secret-word"', "after": 1},
        {"event": "password='secret-word'"},
        {"event": "nested", "given": {"api_key": "secret-word", "list": [{"token": "secret-word"}, "x"]}},
        {"event": "an object", "error": ValueError({"password": "secret-word"})},
        {"event": 'PASSWORD \'secret-word\' and "Authorization": "Bearer secret-word"'},
    ],
)
def test_whatever_is_hidden_the_line_stays_one_that_programs_read(
    event: dict[str, object], lines: io.StringIO
) -> None:
    structlog.get_logger().info(**event)
    told = json.loads(lines.getvalue())
    assert set(told) == {*event, "level", "timestamp"}
    assert "secret-word" not in lines.getvalue()
    assert "***" in lines.getvalue()


def test_text_of_others_moves_no_terminal_and_a_traceback_keeps_its_lines() -> None:
    event = {"event": "x\x1b[2J\n", "exception": "a\n\x1bb", "count": 3}
    assert show_escapes(None, "info", event) == {"event": r"x\x1b[2J\n", "exception": "a\n\\x1bb", "count": 3}
