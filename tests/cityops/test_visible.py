"""Text of others does not move a terminal: not in its log, not in an error's sentence, not by any character."""

import json
import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.cli.lists import as_json_text
from cityops.log import show_escapes
from cityops.visible import visible

HARMFUL = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069\ufeff",
    "\ud800",
    "\U000e0041",
]


@pytest.mark.parametrize("one", HARMFUL, ids=ascii)
def test_what_moves_a_terminal_is_an_escape(one: str) -> None:
    shown = visible(f"前{one}后")
    assert shown.isprintable()
    assert (shown[0], shown[-1]) == ("前", "后")
    assert eval(f"'{shown}'", {}) == f"前{one}后"  # noqa: S307 - what it says is what was there


@given(st.text(alphabet=st.characters()))
def test_nothing_but_blanks_and_text_is_left(text: str) -> None:
    shown = visible(text)
    assert {unicodedata.category(one) for one in shown}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert visible(shown) == shown
    assert visible(text, lines=True).count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["猎德街道　0.3 ㎍/m³", "naïve – “quoted” …", "a\\x1b", "😀 é"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


def test_the_console_s_log_shows_escapes() -> None:
    event = {"event": "refused \x1b[2J", "topic": "a\u202eb", "exception": "line\n\x9bline", "count": 3}
    shown = show_escapes(None, "", event)
    assert shown == {"event": r"refused \x1b[2J", "topic": r"a\u202eb", "exception": "line\n\\x9bline", "count": 3}


def test_the_log_of_a_terminal_holds_no_escape_of_others() -> None:
    log = "import structlog; from cityops.log import configure; configure(); "
    log += "structlog.get_logger().warning('x\\x1b]0;owned\\x07', topic='a\\u202eb')"
    script = f"import pty, sys; sys.exit(pty.spawn([{sys.executable!r}, '-c', {log!r}]))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"NO_COLOR": "1"}, capture_output=True, check=True
    )
    assert b"\x1b]0" not in done.stdout
    assert rb"\x1b]0;owned\x07" in done.stdout
    assert rb"a\u202eb" in done.stdout


def test_an_error_s_sentence_shows_escapes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cityops", "devices", "import", "/nothing/\x1b[2Jhere"],
        env=os.environ | {"CITYOPS_DATABASE_URL": "postgresql://127.0.0.1:1/x\x9b"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert {one for one in done.stderr.decode() if unicodedata.category(one) in {"Cc", "Cf"}} <= {"\n"}


def test_json_keeps_what_was_there_without_showing_it() -> None:
    told = "x\x1b\x9b\u202e\u2028\ud800\U000e0041中"
    text = as_json_text({"a": told})
    assert text.isprintable()
    assert json.loads(text) == {"a": told}
