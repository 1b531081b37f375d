"""The line that all pages of a browser share: what each is given and when, who is refused, how it is tried again."""

import json
from typing import Any

import pytest

from cityops.local.processes import wait_until
from factories.state import NOON
from fixtures.scripts import Scripts

SET_UP = """() => {
    window.line = new cityops.line.Line("me");
    window.port = () => {
        const port = { given: [], postMessage: (event) => event.name === "here" || port.given.push(event) };
        return port;
    };
    window.a = port();
    window.b = port();
    window.told = ({ given }) => given.splice(0).map(({ name, text, ended }) => [name, text?.slice(-3, -1) ?? ended]);
    window.open = { close: () => {} };
}"""
"""A line, two pages' ports as plain objects, and what has been given to one of them since it was last looked at."""

JSON = "application/json"
ME = {"status": 200, "body": json.dumps({"viewer": "me"}), "content_type": JSON}


@pytest.fixture(autouse=True)
def line(scripts: Scripts) -> None:
    """Give a line that nobody has joined."""
    scripts.answers = {"/me": ME, "/stream/state": {"status": 503}}
    scripts.open()
    scripts.asked.clear()
    scripts.ask(SET_UP)


def heard(region: str | None, mark: int) -> str:
    """Return an event's text that ends with a mark of two digits."""
    told = {"now": NOON.isoformat()} | ({"region": region} if region else {}) | {"mark": mark}
    return json.dumps(told, separators=(",", ":"))


def hears(scripts: Scripts, name: str, region: str | None, mark: int) -> None:
    scripts.ask("(event) => line.heard(...event)", [name, heard(region, mark)])


def told(scripts: Scripts, port: str = "a") -> list[list[Any]]:
    found: list[list[Any]] = scripts.ask(f"told({port})")
    return found


def test_a_page_that_says_it_is_there_is_answered_each_time(scripts: Scripts) -> None:
    answered = """() => {
        const given = [], port = { postMessage: ({ name }) => given.push(name) };
        line.here(port, "440106");
        line.here(port, "440106");
        return given;
    }"""
    assert scripts.ask(answered) == ["here", "here"]


def test_who_joins_gets_the_newest_of_its_own_region_and_nothing_older(scripts: Scripts) -> None:
    for name, region, mark in (("status", "440106", 10), ("state", "440106", 11), ("state", "440105", 12)):
        hears(scripts, name, region, mark)
    hears(scripts, "state", "440106", 13)
    scripts.ask("line.here(a, '440106')")
    assert told(scripts) == [["status", "10"]]
    scripts.ask("line.took(a)")
    assert told(scripts) == [["state", "13"]]
    scripts.ask("line.took(a)")
    scripts.ask("line.here(a, '440106')")  # it says so every two seconds
    assert told(scripts) == []


def test_a_page_that_is_busy_is_given_the_newest_of_each_kind_once_it_answers(scripts: Scripts) -> None:
    scripts.ask("line.here(a, '440106')")
    hears(scripts, "state", "440106", 10)
    for name, mark in (("state", 11), ("status", 12), ("state", 13), ("beat", 14)):
        hears(scripts, name, "440106", mark)
    assert told(scripts) == [["state", "10"]]
    taken = []
    for _ in range(5):
        scripts.ask("line.took(a)")
        taken += told(scripts)
    assert taken == [["status", "12"], ["state", "13"], ["beat", "14"]]
    hears(scripts, "state", "440106", 15)
    assert told(scripts) == [["state", "15"]]  # it was idle


def test_one_page_that_sleeps_holds_up_no_other(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.here(b, '440106'); }")
    given = []
    for mark in (10, 11, 12):
        hears(scripts, "state", "440106", mark)
        given += told(scripts, "b")
        scripts.ask("line.took(b)")
    assert given == [["state", "10"], ["state", "11"], ["state", "12"]]
    assert told(scripts) == [["state", "10"]]


def test_what_is_of_a_region_goes_to_its_pages_and_a_beat_to_all(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.here(b, '440105'); }")
    hears(scripts, "state", "440106", 10)
    assert (told(scripts, "a"), told(scripts, "b")) == ([["state", "10"]], [])
    scripts.ask("line.took(a)")
    hears(scripts, "beat", None, 11)
    assert told(scripts, "a") == told(scripts, "b") == [["beat", "11"]]


def test_a_page_that_has_gone_is_given_nothing_and_its_late_answer_is_none(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.gone(a); line.gone(a); line.took(a); line.took(b); }")
    hears(scripts, "state", "440106", 10)
    assert told(scripts) == []


def test_what_is_watched_is_each_region_once(scripts: Scripts) -> None:
    assert scripts.ask("line.watched()") == []
    scripts.ask("() => ['440106', '440105', '440106'].forEach((region) => line.here(port(), region))")
    assert scripts.ask("line.watched()") == ["440105", "440106"]


def test_a_refused_region_is_told_to_its_pages_alone_once_and_to_who_joins(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.here(b, '440105'); }")
    hears(scripts, "state", "440106", 10)
    scripts.ask("() => { line.took(a); line.refuse('440106'); line.refuse('440106'); }")
    assert told(scripts, "a") == [["state", "10"], ["lost", "refused"]]
    assert told(scripts, "b") == []
    scripts.ask("line.took(a)")
    hears(scripts, "beat", None, 11)  # would say that all is well
    assert (told(scripts, "a"), told(scripts, "b")) == ([], [["beat", "11"]])
    scripts.ask("() => { window.c = port(); line.here(c, '440106'); }")
    assert told(scripts, "c") == [["lost", "refused"]]  # and not the state of before


def test_a_line_that_is_lost_is_told_with_the_time_of_its_loss_also_to_who_joins_later(scripts: Scripts) -> None:
    scripts.ask("line.here(a, '440106')")
    scripts.ask("line.fail()")
    since = scripts.ask("Date.now()")
    scripts.passes(500)
    scripts.ask("() => { line.fail(); line.here(b, '440105'); }")
    for port in "ab":
        assert scripts.ask(f"{port}.given.map(({{ name, since }}) => [name, since])")[0] == ["lost", since]


def test_a_line_whose_server_moves_on_is_asked_for_anew_and_lost_only_if_nobody_takes_it(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.carried = '440106'; line.source = open; line.move(); }")
    assert (told(scripts), scripts.ask("line.source")) == ([], None)
    scripts.passes(60)
    assert wait_until(lambda: told(scripts) == [["lost", None]], seconds=60)  # which answers 503 here
    assert any(asked.startswith("/stream/state") for asked in scripts.asked)


def test_what_was_shown_before_a_loss_is_not_given_after_it(scripts: Scripts) -> None:
    hears(scripts, "state", "440106", 10)
    scripts.ask("() => { line.fail(); line.here(a, '440106'); }")
    assert told(scripts) == [["lost", None]]


def ended(scripts: Scripts) -> Any:
    """Fail, and return why pages are told that it happened once that has been asked for."""
    scripts.ask("line.here(a, '440106')")
    scripts.ask("async () => { line.close(); line.lost = { since: 0, ended: null }; await line.askWhy(); }")
    return scripts.ask("line.told('440106').ended")


@pytest.mark.parametrize(
    ("me", "why"),
    [
        ({"status": 401, "body": '{"kind": "session"}', "content_type": JSON}, "session"),
        ({"status": 401, "body": '{"kind": "display"}', "content_type": JSON}, "display"),
        ({"status": 403}, "refused"),
        ({"status": 200, "body": '{"viewer": "another"}', "content_type": JSON}, "other"),
        ({"status": 503}, None),
        ({"status": 429}, None),
        ({"status": 401, "body": "<html>a proxy's", "content_type": "text/html"}, None),
    ],
)
def test_a_line_that_was_ended_is_told_with_whose_time_was_up(scripts: Scripts, me: Any, why: str | None) -> None:
    scripts.answers["/me"] = me
    assert ended(scripts) == why


@pytest.mark.parametrize(("status", "why"), [(403, "refused"), (405, None), (503, None)])
def test_who_is_still_known_is_told_whether_the_region_is_refused(
    scripts: Scripts, status: int, why: str | None
) -> None:
    scripts.answers["/stream/state?region=440106"] = {"status": status}
    assert ended(scripts) == why
    assert scripts.ask("[...line.refused]") == (["440106"] if why else [])


def test_a_region_that_may_be_seen_again_is_watched_again(scripts: Scripts) -> None:
    scripts.answers["/stream/state?region=440106"] = {"status": 405}
    scripts.ask("() => { line.here(a, '440106'); line.refuse('440106'); }")
    scripts.ask("line.sortOut(['440106'])")
    assert scripts.ask("[...line.refused]") == []


@pytest.mark.parametrize(("status", "carried"), [(405, "440105,440106"), (403, "440105"), (503, "440105,440106")])
def test_who_joins_an_open_line_does_not_take_it_with_it_when_refused(
    scripts: Scripts, status: int, carried: str
) -> None:
    scripts.answers["/stream/state?region=440106"] = {"status": status}
    scripts.ask(
        "() => { line.here(a, '440105'); line.source = open; line.carried = '440105'; line.here(b, '440106'); }"
    )
    scripts.ask("async () => { await line.sortNewcomers(); line.open = () => {}; }")
    left = "line.watched().filter((region) => !line.refused.has(region)).join(',')"
    assert scripts.ask(left) == carried
    assert told(scripts, "b") == ([["lost", "refused"]] if status == 403 else [])


def streams(scripts: Scripts) -> list[str]:
    return [address for address in scripts.asked if "viewer=" in address]


def tried(scripts: Scripts, times: int) -> None:
    """Wait until a line was tried so many times, and was found to be none."""

    def is_over() -> bool:
        return bool(scripts.ask("!line.source && Boolean(line.pending)")) and len(streams(scripts)) == times

    assert wait_until(is_over, seconds=60)


def test_pages_that_come_together_are_asked_for_in_one_line(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.here(b, '440105'); line.here(port(), '440106'); }")
    scripts.passes(49)
    assert streams(scripts) == []
    scripts.passes(1)
    tried(scripts, 1)
    assert streams(scripts) == ["/stream/state?region=440105,440106&viewer=me"]


def test_a_lost_line_is_tried_again_after_ever_longer_times_up_to_five_seconds(scripts: Scripts) -> None:
    scripts.ask("line.here(a, '440106')")
    scripts.passes(50)
    for number, wait_ms in enumerate((1000, 2000, 4000, 5000, 5000), start=1):
        tried(scripts, number)
        scripts.ask("line.here(a, '440106')")
        scripts.passes(wait_ms - 1)
        assert len(streams(scripts)) == number
        scripts.passes(1)
    tried(scripts, 6)
    hears(scripts, "beat", None, 10)
    assert scripts.ask("[line.retryMs, line.lost]") == [1000, None]


def test_what_the_server_sends_is_given_and_its_end_is_told(scripts: Scripts) -> None:
    body = f"event: state\ndata: {heard('440106', 17)}\n\n"
    scripts.answers["/stream/state"] = {"status": 200, "body": body, "content_type": "text/event-stream"}
    scripts.ask("line.here(a, '440106')")
    scripts.passes(50)
    tried(scripts, 1)
    assert told(scripts) == [["state", "17"]]
    scripts.ask("line.took(a)")
    assert told(scripts)[0][0] == "lost"


def test_when_all_pages_have_gone_there_is_no_line_and_the_next_begins_anew(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.source = open; line.carried = '440106'; }")
    hears(scripts, "state", "440106", 10)
    scripts.ask("() => { line.lost = { since: 0, ended: null }; line.gone(a); line.open(); }")
    assert scripts.ask("[line.source, line.lost, line.newest.size]") == [None, None, 0]


def test_a_page_that_has_said_nothing_for_too_long_has_gone(scripts: Scripts) -> None:
    scripts.ask("() => { line.here(a, '440106'); line.here(b, '440105'); clearTimeout(line.pending); }")
    scripts.passes(149_000)
    scripts.ask("line.here(b, '440105')")
    assert scripts.ask("line.pages.size") == 2
    scripts.passes(3000)
    assert scripts.ask("line.watched()") == ["440105"]


@pytest.mark.parametrize(("silence_ms", "is_lost"), [(7000, False), (8000, True)])
def test_a_server_that_is_silent_does_not_answer(scripts: Scripts, silence_ms: int, is_lost: bool) -> None:
    scripts.ask("() => { line.here(a, '440106'); clearTimeout(line.pending); line.source = open; }")
    hears(scripts, "beat", None, 10)
    scripts.passes(silence_ms)
    assert scripts.ask("line.lost !== null") is is_lost


def test_while_the_line_is_open_it_is_asked_now_and_then_who_looks(scripts: Scripts) -> None:
    scripts.answers["/me"] = {"status": 200, "body": '{"viewer": "another"}', "content_type": JSON}
    scripts.ask("() => { line.here(a, '440106'); clearTimeout(line.pending); line.source = open; }")
    hears(scripts, "beat", None, 10)
    told(scripts)
    scripts.ask("line.took(a)")
    scripts.passes(1000)
    scripts.page.wait_for_function("() => line.lost !== null")
    assert told(scripts) == [["lost", "other"]]
