"""The desk by its keys: they move, choose and act; a tone tells of what is new, and of nothing else."""

import json
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from factories.state import NOON
from fixtures.skeletons import ORIGIN, PART, Skeleton

LISTS = """<section data-list="alarms" data-unacknowledged="{waits}" data-gravest="{gravest}">
<button data-row="a1" data-key="a1" data-seen="1" data-detail="/detail/a1">A1</button>
<button data-row="a2" data-key="a2" data-seen="1" data-detail="/detail/a2">A2</button></section>
<section data-list="cases">
<button data-row="c1" data-key="c1" data-seen="1" data-detail="/detail/c1">C1</button></section>"""

DETAIL = """<p>{name}</p><form data-to="/relay/cases/7/acts" data-version="0-4" data-about="x">
<input type="hidden" name="act" value="sign"><button data-hotkey="a">Sign</button></form>
<details><summary data-hotkey="s">Shelve</summary><form><input type="hidden" name="act"><input id="reason"></form>
</details><a data-hotkey="c" href="/page/case">Case</a><a href="/detail/child" data-open>child</a>"""

BESIDE = """<p id="told" hidden></p><section id="detail"></section>
<button data-sound><span id="sound"></span></button><input id="filter">"""

COUNT_TONES = """() => { window.tones = 0; const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.tones += 1; return start.call(this, at); }; }"""


def detail(name: str) -> dict[str, Any]:
    return {"body": DETAIL.format(name=name), "content_type": "text/html"}


@pytest.fixture
def desk(skeleton: Skeleton) -> Skeleton:
    """Give an open desk with two alarms, of which the first is chosen, and a case."""
    skeleton.scripts = ("document", "desk")
    skeleton.part, skeleton.beside = LISTS.format(waits="r/1:1", gravest=3), BESIDE
    skeleton.answers |= {f"/detail/{name}": detail(name) for name in ("a1", "a2", "c1", "child")}
    skeleton.answers |= {PART: {"status": 304, "headers": {"X-Now": NOON.isoformat()}}}
    skeleton.answers |= {"/relay/cases/7/acts": {"json": {"id": 7, "version": "0-5"}}}
    skeleton.open()
    shows(skeleton, "a1")
    skeleton.ask(COUNT_TONES)
    return skeleton


def shows(desk: Skeleton, name: str) -> None:
    expect(desk.page.locator("#detail p")).to_have_text(name)
    assert desk.texts(".is-chosen") == ([] if name == "child" else [name.upper()])


def test_the_first_alarm_is_chosen_and_keys_move_within_the_list(desk: Skeleton) -> None:
    for key, name in (
        *(("j", "a2"), ("j", "a2"), ("k", "a1"), ("k", "a1")),
        *(("ArrowDown", "a2"), ("ArrowUp", "a1")),
    ):
        desk.page.keyboard.press(key)
        shows(desk, name)


def test_another_key_goes_to_the_cases_and_back_to_where_one_was(desk: Skeleton) -> None:
    for key, name in (("j", "a2"), ("Tab", "c1"), ("Tab", "a2")):
        desk.page.keyboard.press(key)
        shows(desk, name)


def test_a_row_is_chosen_by_the_mouse_too(desk: Skeleton) -> None:
    desk.page.locator("[data-row=c1]").click()
    shows(desk, "c1")


def test_a_link_of_what_is_chosen_opens_beside_it(desk: Skeleton) -> None:
    desk.page.locator("[data-open]").click()
    expect(desk.page.locator("#detail p")).to_have_text("child")
    assert desk.page.url == f"{ORIGIN}/"


def test_an_act_is_done_by_its_key_and_once_while_that_is_held_down(desk: Skeleton) -> None:
    with desk.page.expect_response("**/relay/cases/7/acts"):
        for _ in range(3):
            desk.page.keyboard.down("a")
    desk.ask("outbox.flush()")
    assert [body["act"] for _, body in desk.sent()] == ["sign"]


def test_what_is_chosen_is_renewed_once_an_act_is_done(desk: Skeleton) -> None:
    desk.answers["/detail/a1"] = detail("a1 signed")
    desk.page.locator("[data-hotkey=a]").click()
    expect(desk.page.locator("#detail p")).to_have_text("a1 signed")


def test_what_is_chosen_is_renewed_every_five_seconds_unless_somebody_writes(desk: Skeleton) -> None:
    desk.answers["/detail/a1"] = detail("a1 later")
    with desk.page.expect_response("**/detail/a1"):
        desk.passes(5000)
    expect(desk.page.locator("#detail p")).to_have_text("a1 later")
    desk.page.keyboard.press("s")
    desk.page.keyboard.type("jaz")
    desk.answers["/detail/a1"] = detail("a1 too late")
    desk.passes(5000)
    desk.ask("documents.refresh()")
    assert desk.text("#detail p") == "a1 later"
    assert desk.page.locator("#reason").input_value() == "jaz"


def test_what_somebody_began_to_write_while_an_answer_was_under_way_stays(desk: Skeleton) -> None:
    def slow(_: Request) -> dict[str, Any]:
        desk.page.keyboard.press("s")
        desk.page.keyboard.type("pump")
        return detail("later")

    desk.answers["/detail/a1"] = slow
    with desk.page.expect_response("**/detail/a1"):
        desk.passes(5000)
    expect(desk.page.locator("#reason")).to_have_value("pump")
    shows(desk, "a1")


def test_a_key_opens_a_form_at_its_first_field_and_typing_in_it_is_no_key(desk: Skeleton) -> None:
    desk.page.keyboard.press("s")
    assert desk.ask("document.activeElement.id") == "reason"
    desk.page.keyboard.type("jacks?")
    assert desk.page.locator("#reason").input_value() == "jacks?"
    assert (desk.texts(".is-chosen"), desk.sent()) == (["A1"], [])
    desk.page.keyboard.press("Escape")
    assert desk.page.locator("details[open]").count() == 0
    desk.page.keyboard.press("j")
    shows(desk, "a2")


def test_a_key_may_open_another_page(desk: Skeleton) -> None:
    desk.page.keyboard.press("c")
    desk.page.wait_for_url("**/page/case")


def test_a_stroke_leads_to_the_filter(desk: Skeleton) -> None:
    desk.page.keyboard.press("/")
    assert desk.ask("document.activeElement.id") == "filter"


def test_other_keys_do_nothing(desk: Skeleton) -> None:
    for key in ('"', "\\", "?", "x", "]", "9", "Control+a", "Alt+j", "Meta+j"):
        desk.page.keyboard.press(key)
    assert (desk.texts(".is-chosen"), desk.sent(), desk.opened) == (["A1"], [], 1)


def waits(desk: Skeleton, *groups: str, gravest: int = 3) -> int:
    """Have these alarms wait; return how many tones were heard since the page was opened."""
    desk.refresh(LISTS.format(waits=" ".join(groups), gravest=gravest))
    return int(desk.ask("window.tones"))


def test_a_tone_tells_of_what_is_new_and_of_nothing_else(desk: Skeleton) -> None:
    assert waits(desk, "r/1:1") == 0, "the same alarm"
    assert waits(desk, "r/1:1", "r/2:1") == 1, "another group"
    assert waits(desk, "r/1:3", "r/2:1") == 2, "two more in the first"
    assert waits(desk, "r/1:2", "r/2:1") == 2, "one of them was acknowledged"
    assert waits(desk, "r/2:1") == 2, "all of them were"
    assert waits(desk) == 2
    assert waits(desk, "r/1:1", gravest=4) == 4, "the gravest has two tones"


def hears(desk: Skeleton, *notices: tuple[int, int, bool, str]) -> tuple[int, str | None]:
    """Have these notices be there; return how many tones were heard, and what is said just now."""
    told = json.dumps([dict(zip(("id", "level", "sounds", "words"), one, strict=True)) for one in notices])
    desk.refresh(
        LISTS.format(waits="r/1:1", gravest=3).replace("data-gravest", f"data-notices='{told}' data-gravest")
    )
    said = None if desk.ask("document.getElementById('told').hidden") else desk.text("#told")
    return int(desk.ask("window.tones")), said


FIRST, RED, AGAIN = (1, 2, True, "old"), (2, 4, True, "新告警组"), (3, 2, True, "重复")


def test_a_tone_tells_of_each_notice_and_its_words_stand_for_some_seconds(desk: Skeleton) -> None:
    assert hears(desk, FIRST) == (0, None), "what was told before the desk was opened"
    assert hears(desk, FIRST, RED) == (2, "新告警组"), "the gravest has two"
    assert hears(desk, FIRST, RED) == (2, "新告警组"), "and is told once"
    desk.passes(8000)
    assert hears(desk, FIRST, RED, AGAIN) == (3, "重复")
    desk.passes(8000)
    assert hears(desk, FIRST, RED, AGAIN, (4, 0, False, "不再告警")) == (3, "不再告警")
    desk.passes(8000)
    assert hears(desk, FIRST, RED, AGAIN, (4, 0, False, "x")) == (3, None)


def test_more_alarms_make_no_tone_of_their_own_while_notices_can_be_had(desk: Skeleton) -> None:
    assert hears(desk, FIRST) == (0, None)
    assert waits(desk, "r/1:5") == 1, "without notices the desk counts by itself"
    assert hears(desk, FIRST, RED) == (1, None), "what came meanwhile was heard already"
    assert hears(desk, FIRST, RED, AGAIN) == (2, "重复")


def test_no_tone_is_heard_when_it_is_switched_off_and_that_is_remembered(desk: Skeleton) -> None:
    assert desk.text("#sound") == "Sound on"
    desk.page.keyboard.press("m")
    assert desk.text("#sound") == "Sound off"
    assert waits(desk, "r/1:1", "r/9:1") == 0
    desk.open()
    assert desk.text("#sound") == "Sound off"
    desk.page.locator("[data-sound]").click()
    assert desk.text("#sound") == "Sound on"


def test_the_desk_that_is_opened_does_not_ring_for_what_waits_already(desk: Skeleton) -> None:
    assert desk.ask("window.tones") == 0


def test_a_row_that_comes_anew_is_still_chosen(desk: Skeleton) -> None:
    desk.refresh(LISTS.format(waits="", gravest=0).replace('data-seen="1"', 'data-seen="2"'))
    assert desk.texts(".is-chosen") == ["A1"]


WINDOW = """<section data-list="alarms"></section><section data-list="cases">
<button data-row="{row}" data-key="{row}" data-seen="1" data-detail="/detail/c1">{row}</button>
<a data-window="start" href="/desk?show=overdue">start</a>
<a data-window="next" href="/desk?show=overdue&after=x">next</a></section>"""


@pytest.fixture
def windowed(desk: Skeleton) -> Skeleton:
    """Give a desk of whose cases one is shown and chosen, and others come after it."""
    desk.refresh(WINDOW.format(row="c1"))
    desk.answers[PART] = {"status": 304, "headers": {"X-Now": NOON.isoformat()}}
    desk.answers["/desk"] = lambda asked: {
        "body": WINDOW.format(row="c2" if "after=x" in asked.url else "c1"),
        "content_type": "text/html",
        "headers": {"X-Now": NOON.isoformat()},
    }
    desk.page.locator("[data-row=c1]").click()
    return desk


@pytest.mark.parametrize("on", ["n", "j", "click"])
def test_beyond_the_last_case_the_next_ones_stand_in_their_place(windowed: Skeleton, on: str) -> None:
    page = windowed.page
    page.locator("[data-window=next]").click() if on == "click" else page.keyboard.press(on)
    expect(page.locator(".is-chosen")).to_have_text("c2")
    assert page.url == f"{ORIGIN}/desk?show=overdue&after=x"
    assert f"{ORIGIN}/desk?show=overdue&after=x&part=lists" in [one.url for one in windowed.asked]
    page.keyboard.press("p")
    expect(page.locator(".is-chosen")).to_have_text("c1")
    assert page.url == f"{ORIGIN}/desk?show=overdue"
    assert windowed.opened == 1


FILTERS = """<nav class="saved" data-key="saved" data-seen="1"><a href="/page/first" data-place="1">1</a>
<a href="/page/bridge" data-place="2">2</a><form data-to="/relay/me/filters?name=bridge" data-method="DELETE"
data-about="x" data-name="bridge" data-todo="overdue" data-q=""><button>x</button></form>
<details><summary>save</summary><form><input name="name"></form></details></nav>"""
SAVED_AGAIN = """<form id="again" data-to="/relay/me/filters" data-method="PUT" data-about="x" hidden><b></b>
<input type="hidden" name="name"><input type="hidden" name="todo"><input type="hidden" name="q"><button>y</button>
</form>"""


@pytest.fixture
def filtered(desk: Skeleton) -> Skeleton:
    """Give a desk with two filters that are kept."""
    desk.beside = BESIDE + FILTERS + SAVED_AGAIN
    desk.answers["/relay/me/filters"] = {"status": 204}
    desk.open()
    return desk


def test_a_filter_is_chosen_by_its_digit_with_shift_whatever_that_writes(filtered: Skeleton) -> None:
    filtered.page.keyboard.press("Shift+Digit5")
    assert filtered.page.url == f"{ORIGIN}/"
    filtered.page.keyboard.press("Shift+Digit2")
    filtered.page.wait_for_url("**/page/bridge")


def test_a_key_opens_the_field_for_a_filter_s_name(filtered: Skeleton) -> None:
    filtered.page.keyboard.press("f")
    assert filtered.ask("document.activeElement.name") == "name"


def test_a_filter_that_is_removed_may_be_saved_again(filtered: Skeleton) -> None:
    page = filtered.page
    expect(page.locator("#again")).to_be_hidden()
    with page.expect_response("**/relay/me/filters?name=bridge"):
        page.locator("[data-method=DELETE] button").click()
    expect(page.locator("#again b")).to_have_text("bridge")
    with page.expect_response("**/relay/me/filters"):
        page.locator("#again button").click()
    expect(page.locator("#again")).to_be_hidden()
    removed, kept = (one for one in filtered.asked if "/relay/" in one.url)
    assert (removed.method, kept.method, kept.post_data_json) == (
        "DELETE",
        "PUT",
        {"name": "bridge", "todo": "overdue"},
    )
