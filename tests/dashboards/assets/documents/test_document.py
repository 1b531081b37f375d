"""A page that the server draws, in the browser: it is kept up to date, and says so where it is not."""

from datetime import timedelta

import pytest

from factories.state import NOON
from fixtures.skeletons import PART, Skeleton


def at(seconds_ago: float) -> str:
    return (NOON - timedelta(seconds=seconds_ago)).isoformat()


def timed(words: str, seconds_ago: float) -> str:
    return f'<time datetime="{at(seconds_ago)}" data-words="{words}"></time>'


@pytest.mark.parametrize(
    ("words", "seconds_ago", "shown", "later"),
    [
        ("ago", 8, "8 s ago", "10 s ago"),
        ("ago", -5, "5 s ago", "3 s ago"),
        ("for", 59, "for 59 s", "for 1 min"),
        ("for", 3599, "for 59 min", "for 1 h 0 min"),
        ("for", 48 * 3600 - 1, "for 47 h 59 min", "for 2 days"),
        ("due", -61, "1 min left", "59 s left"),
        ("due", -1, "1 s left", "1 s over"),
        ("due", 7199, "1 h 59 min over", "2 h 0 min over"),
    ],
)
def test_ages_and_remaining_times_pass_by_themselves(
    skeleton: Skeleton, words: str, seconds_ago: float, shown: str, later: str
) -> None:
    skeleton.part = timed(words, seconds_ago)
    skeleton.open()
    assert skeleton.text("time") == shown
    skeleton.passes(2000)
    assert skeleton.text("time") == later


def test_a_page_that_does_not_move_is_never_said_to_stand_still(skeleton: Skeleton) -> None:
    skeleton.frame = skeleton.frame.replace("data-part", "data-other")
    skeleton.open()
    skeleton.passes(60_000)
    assert skeleton.page.locator("#still").is_hidden()


def test_what_is_over_is_marked_when_it_is_over(skeleton: Skeleton) -> None:
    skeleton.part = timed("due", -1)
    skeleton.open()
    assert skeleton.page.locator("time.is-over").count() == 0
    skeleton.passes(2000)
    assert skeleton.page.locator("time.is-over").count() == 1


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "This picture stopped at 12:00:00, 11 s ago: it is not what is"),
        ("zh", "画面停在 12:00:00"),
    ],
)
def test_a_page_that_hears_nothing_says_since_when_it_stands_still(skeleton: Skeleton, lang: str, told: str) -> None:
    skeleton.lang, skeleton.answers[PART] = lang, None
    skeleton.open()
    skeleton.passes(10_000)
    assert skeleton.page.locator("#still").is_hidden()
    skeleton.passes(1000)
    assert skeleton.text("#still").startswith(told)
    assert skeleton.page.locator("body.is-still #still").is_visible()
    skeleton.refresh("")
    skeleton.passes(1000)
    assert skeleton.page.locator("#still").is_hidden()
    assert skeleton.page.locator("body.is-still").count() == 0


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_answer_that_tells_nothing_is_no_news(skeleton: Skeleton, status: int) -> None:
    skeleton.part = "as it was"
    skeleton.open()
    skeleton.passes(11_000)
    skeleton.refresh("broken", status=status)
    skeleton.passes(1000)
    assert skeleton.page.locator("#still").is_visible()
    assert skeleton.text("[data-part]") == "as it was"


def test_a_page_that_has_not_changed_has_been_heard_of(skeleton: Skeleton) -> None:
    skeleton.open()
    skeleton.refresh("<p>one</p>", headers={"ETag": '"a"', "X-Now": NOON.isoformat()})
    skeleton.passes(11_000)
    skeleton.refresh(status=304)
    skeleton.passes(1000)
    assert skeleton.page.locator("#still").is_hidden()
    assert skeleton.text("[data-part]") == "one"
    first, *_, last = [one for one in skeleton.asked if one.url.endswith(PART)]
    assert ("if-none-match" in first.headers, last.headers["if-none-match"]) == (False, '"a"')


def test_the_part_is_asked_for_again_as_often_as_the_page_says(skeleton: Skeleton) -> None:
    skeleton.answers[PART] = {"body": "<p>new</p>", "headers": {"X-Now": NOON.isoformat()}}
    skeleton.open()
    skeleton.passes(4000)
    assert skeleton.asked == []
    with skeleton.page.expect_response(f"**{PART}"):
        skeleton.passes(1000)
    skeleton.page.get_by_text("new").wait_for()
    with skeleton.page.expect_response(f"**{PART}"):
        skeleton.passes(5000)


def test_who_is_not_signed_in_any_more_is_led_to_the_door(skeleton: Skeleton) -> None:
    skeleton.open()
    with skeleton.page.expect_navigation():
        skeleton.refresh(status=401)
    assert skeleton.opened == 2


def test_time_is_the_server_s_however_wrong_this_computer_s_clock_is(skeleton: Skeleton) -> None:
    skeleton.part = timed("ago", 60)
    skeleton.open()
    ahead = (NOON + timedelta(hours=3)).isoformat()
    skeleton.refresh(timed("ago", 60), headers={"X-Now": ahead})
    assert skeleton.text("time") == "3 h 1 min ago"


def row(key: str, seen: str, html: str = "") -> str:
    return f'<div data-key="{key}" data-seen="{seen}">{html or f"{key} {seen}"}</div>'


MARK = """document.querySelectorAll("[data-key]").forEach((one) => { one.dataset.old = "yes"; })"""
OLD = """[...document.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.dataset.old === "yes"])"""


def test_parts_that_differ_are_replaced_and_the_others_stay_what_they_are(skeleton: Skeleton) -> None:
    skeleton.part = row("a", "1") + row("b", "1") + row("c", "1")
    skeleton.open()
    skeleton.ask(MARK)
    skeleton.refresh(row("d", "1") + row("a", "1") + row("c", "2"))
    assert skeleton.ask(OLD) == [["d", False], ["a", True], ["c", False]]
    assert skeleton.texts("[data-key]") == ["d 1", "a 1", "c 2"]


def test_parts_may_come_in_another_order(skeleton: Skeleton) -> None:
    skeleton.part = row("a", "1") + row("b", "1") + row("c", "1")
    skeleton.open()
    skeleton.ask(MARK)
    skeleton.refresh(row("c", "1") + row("b", "1") + row("a", "2"))
    assert skeleton.ask(OLD) == [["c", True], ["b", True], ["a", False]]


def test_what_stands_around_the_parts_is_renewed(skeleton: Skeleton) -> None:
    skeleton.part = f'<section data-count="1"><h2>one</h2>{row("a", "1")}</section>'
    skeleton.open()
    skeleton.refresh(f'<section data-count="2" class="x"><h2>two</h2><i>more</i>{row("a", "1")}</section><b>end</b>')
    assert skeleton.ask("document.querySelector('[data-part]').innerHTML") == (
        '<section data-count="2" class="x"><h2>two</h2><i>more</i>'
        '<div data-key="a" data-seen="1">a 1</div></section><b>end</b>'
    )


FIELD = '<input name="text"><select name="one"><option>1</option><option>2</option></select>'


def test_a_part_in_which_somebody_writes_is_left_alone_and_goes_on_being_written_in(skeleton: Skeleton) -> None:
    skeleton.part = f'<section class="scroll">{row("z", "1")}{row("a", "1", FIELD)}{row("b", "1")}</section>'
    skeleton.open()
    skeleton.page.locator("input").press_sequentially("half a")
    skeleton.refresh(f'<section class="scroll">{row("a", "2", FIELD)}{row("b", "2")}</section>')
    assert skeleton.texts("[data-key]") == ["12", "b 2"]
    skeleton.page.keyboard.type(" word")
    assert skeleton.page.locator("input").input_value() == "half a word"
    skeleton.ask("document.activeElement.blur()")
    skeleton.refresh(f'<section class="scroll">{row("a", "2")}</section>')
    assert skeleton.texts("[data-key]") == ["a 2"]


def test_an_open_form_stays_open(skeleton: Skeleton) -> None:
    form = "<details><summary>return</summary><input></details>"
    skeleton.part = row("a", "1", form)
    skeleton.open()
    skeleton.page.locator("summary").click()
    skeleton.page.locator("input").fill("why")
    skeleton.ask("document.activeElement.blur()")
    skeleton.refresh(row("a", "2", form))
    assert skeleton.page.locator("input").input_value() == "why"


def test_what_was_left_alone_is_asked_for_again_though_the_server_has_nothing_new(skeleton: Skeleton) -> None:
    form = "<details><summary>return</summary><input></details>"
    skeleton.part = row("a", "1", form)
    skeleton.open()
    skeleton.page.locator("summary").click()
    headers = {"X-Now": NOON.isoformat(), "ETag": '"2"'}
    skeleton.refresh(row("a", "2"), headers=headers)
    skeleton.page.locator("summary").click()
    skeleton.answers[PART] = lambda asked: (
        {"status": 304, "headers": headers}
        if "if-none-match" in asked.headers
        else {"body": row("a", "2"), "headers": headers}
    )
    skeleton.ask("documents.refresh()")
    assert skeleton.texts("[data-key]") == ["a 2"]
    skeleton.ask("documents.refresh()")
    assert skeleton.asked[-1].headers["if-none-match"] == '"2"'


COUNTED = """() => {
  const given = window.fetch;
  let asking = 0;
  window.most = 0;
  window.fetch = async (...what) => {
    window.most = Math.max(window.most, ++asking);
    try { return await given(...what); } finally { asking -= 1; }
  };
}"""


def test_one_question_comes_after_the_other_so_that_no_older_answer_comes_last(skeleton: Skeleton) -> None:
    skeleton.open()
    skeleton.page.evaluate(COUNTED)
    skeleton.answers[PART] = {"body": "", "headers": {"X-Now": NOON.isoformat()}}
    skeleton.ask("Promise.all([documents.refresh(), documents.refresh()])")
    assert (skeleton.ask("window.most"), len(skeleton.asked)) == (1, 2)


def test_a_row_that_was_clicked_is_renewed_and_keeps_the_focus(skeleton: Skeleton) -> None:
    def button(seen: str) -> str:
        return f'<button data-key="a" data-seen="{seen}">{seen}</button>'

    skeleton.part = button("new")
    skeleton.open()
    skeleton.page.locator("button").click()
    skeleton.refresh(button("acknowledged"))
    assert skeleton.ask("document.activeElement.textContent") == "acknowledged"


def test_a_list_stays_where_it_was_scrolled_to(skeleton: Skeleton) -> None:
    def shown(seen: str) -> str:
        rows = "".join(row(str(n), seen if n == 3 else "1") for n in range(50))
        return f'<div class="scroll" style="height:100px;overflow:auto">{rows}</div>'

    skeleton.part = shown("1")
    skeleton.open()
    skeleton.ask("document.querySelector('.scroll').scrollTop = 400")
    skeleton.refresh(shown("2"))
    assert skeleton.ask("document.querySelector('.scroll').scrollTop") == 400


def test_an_address_may_name_an_act_whose_form_is_then_open(skeleton: Skeleton) -> None:
    inner = (
        '<details class="return"><summary>Return</summary><form><input name="act" value="return"></form></details>'
    )
    skeleton.part = f"<details><summary>More</summary>{inner}</details>"
    skeleton.open("/page#return")
    assert skeleton.page.locator("form").is_visible()
    skeleton.open("/page/2#nothing")
    assert skeleton.page.locator("form").is_hidden()


def test_one_is_one_and_a_text_is_filled(skeleton: Skeleton) -> None:
    skeleton.open()
    assert skeleton.ask("documents.text('span.d', { d: 1 })") == "1 day"
    assert skeleton.ask("documents.text('span.d', { d: 2 })") == "2 days"
