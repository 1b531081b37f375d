"""What somebody does on a bad line: it is kept, sent once when the line is back, and a refusal is told."""

import json
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from factories.photos import jpeg
from factories.state import NOON
from fixtures.skeletons import ORIGIN, PART, Skeleton

ACTS, EVIDENCE, CASES = "/relay/cases/7/acts", "/relay/cases/7/evidence", "/relay/cases"
DONE = {"json": {"id": 7, "version": "0-5"}}


def form(name: str, fields: str = "", to: str = ACTS, version: str = 'data-version="0-4"') -> str:
    return (
        f'<form id="{name}" data-to="{to}" {version} data-about="{name} · Ponding">'
        f'<input type="hidden" name="act" value="{name}">{fields}<button>{name}</button></form>'
    )


FORMS = form("sign") + form("feed_back", '<input name="text"><input name="files" type="file" multiple>')


@pytest.fixture
def outbox(skeleton: Skeleton) -> Skeleton:
    """Give a page with two acts on a case, on a good line."""
    skeleton.beside = FORMS
    skeleton.answers |= {ACTS: DONE, PART: {"body": "", "headers": {"X-Now": NOON.isoformat()}}}
    return skeleton


def does(outbox: Skeleton, name: str = "sign") -> None:
    """Tap an act, and wait until it has been sent or is kept for later."""
    outbox.page.locator(f"#{name} button").click()
    settled(outbox)


def settled(outbox: Skeleton) -> None:
    """Wait until what was tapped is kept, which takes the store two turns, and what is kept was tried."""
    outbox.ask("outbox.kept().then(outbox.kept).then(outbox.flush)")


def waiting(outbox: Skeleton) -> list[str]:
    found: list[str] = outbox.ask("outbox.kept().then((acts) => acts.map((one) => one.given.act))")
    return found


def comes_back(outbox: Skeleton) -> None:
    outbox.ask("dispatchEvent(new Event('online'))")
    settled(outbox)


def bodies(outbox: Skeleton) -> list[Any]:
    return [body for to, body in outbox.sent() if to.endswith("/acts")]


def test_an_act_is_sent_once_under_a_token_with_the_version_that_was_seen(outbox: Skeleton) -> None:
    outbox.open()
    does(outbox)
    settled(outbox)
    [(to, body)] = outbox.sent()
    assert (to, body) == (ACTS, {"act": "sign", "token": body["token"]})
    assert len(body["token"]) == 32
    [sent] = [one for one in outbox.asked if one.method == "POST"]
    assert sent.headers["if-match"] == '"0-4"'
    assert waiting(outbox) == []
    assert outbox.page.locator("#line").is_hidden()


def test_the_page_is_renewed_as_soon_as_an_act_is_done(outbox: Skeleton) -> None:
    outbox.open()
    does(outbox)
    assert [one.url.removeprefix(ORIGIN) for one in outbox.asked] == [ACTS, "/part"]


def test_a_button_that_is_tapped_before_the_other_scripts_have_come_is_not_lost(outbox: Skeleton) -> None:
    outbox.late = []
    outbox.open()
    outbox.page.locator("#sign button").click()
    outbox.comes_late()
    expect(outbox.page.locator("#line")).to_be_hidden()
    settled(outbox)
    assert [body["act"] for body in bodies(outbox)] == ["sign"]
    assert outbox.opened == 1, "the browser sent the form itself"


def test_an_act_is_kept_over_a_reload_and_sent_under_its_token_when_the_line_is_back(outbox: Skeleton) -> None:
    outbox.answers[ACTS] = None
    outbox.open()
    does(outbox)
    assert outbox.text("#line") == "Bad line: 1 kept, to be sent once when it is back"
    outbox.open()
    settled(outbox)
    assert waiting(outbox) == ["sign"]
    outbox.answers[ACTS] = DONE
    comes_back(outbox)
    assert waiting(outbox) == []
    tokens = {body["token"] for body in bodies(outbox)}
    assert len(tokens) == 1
    assert outbox.page.locator("#line").is_hidden()


def test_a_form_among_others_that_were_folded_away_closes_with_them(outbox: Skeleton) -> None:
    """What is open is not renewed: the acts would bear the version of before."""
    outbox.beside = f"<details open><details open>{form('note')}</details></details>"
    outbox.open()
    does(outbox, "note")
    assert outbox.page.locator("details[open]").count() == 0


def test_it_is_tried_again_by_itself_and_ever_more_seldom(outbox: Skeleton) -> None:
    outbox.answers[ACTS] = None
    outbox.open()
    does(outbox)
    tries = len(bodies(outbox))
    for ms in (2000, 5000, 10_000, 30_000):
        outbox.passes(ms - 1)
        assert len(bodies(outbox)) == tries, f"not before {ms} ms"
        with outbox.page.expect_request(f"**{ACTS}"):
            outbox.passes(1)
        expect(outbox.page.locator("#line")).to_have_text("Bad line: 1 kept, to be sent once when it is back")
        outbox.page.wait_for_load_state("networkidle")
        outbox.ask("outbox.kept()")
        tries = len(bodies(outbox))


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_what_may_succeed_later_is_kept(outbox: Skeleton, status: int) -> None:
    outbox.answers[ACTS] = {"status": status}
    outbox.open()
    does(outbox)
    assert waiting(outbox) == ["sign"]
    assert outbox.texts("#refused li") == []


def test_acts_are_sent_in_the_order_of_doing_the_later_one_on_top_of_the_first(outbox: Skeleton) -> None:
    outbox.answers[ACTS] = None
    outbox.open()
    does(outbox, "sign")
    outbox.passes(100)
    does(outbox, "feed_back")
    before = len(bodies(outbox))
    outbox.answers[ACTS] = DONE
    comes_back(outbox)
    assert [body["act"] for body in bodies(outbox)[before:]] == ["sign", "feed_back"]
    assert [one.headers["if-match"] for one in outbox.asked if one.method == "POST"][before:] == ['"0-4"', '"0-5"']


def test_an_act_that_is_done_while_another_one_is_sent_is_sent_too(outbox: Skeleton) -> None:
    def answer(request: Request) -> dict[str, Any]:
        if json.loads(request.post_data or "")["act"] == "sign":
            outbox.page.locator("#feed_back").evaluate("form => form.requestSubmit()")
        return DONE

    outbox.answers[ACTS] = answer
    outbox.open()
    does(outbox)
    expect(outbox.page.locator("#line")).to_be_hidden()
    settled(outbox)
    assert [body["act"] for body in bodies(outbox)] == ["sign", "feed_back"]
    assert waiting(outbox) == []


@pytest.mark.parametrize("line", [DONE, None])
def test_a_second_tap_is_the_same_act(outbox: Skeleton, line: Any) -> None:
    outbox.answers[ACTS] = line
    outbox.open()
    outbox.ask("['', ''].forEach(() => document.getElementById('sign').requestSubmit())")
    settled(outbox)
    assert len({body["token"] for body in bodies(outbox)}) == 1


PHOTOS = [{"name": f"路面 {n}.jpg", "mimeType": "image/jpeg", "buffer": jpeg()} for n in (1, 2)]


def test_photos_go_first_and_the_act_names_them(outbox: Skeleton) -> None:
    digests = iter(("a" * 64, "b" * 64))
    outbox.answers[EVIDENCE] = lambda _: {"json": {"digest": next(digests)}}
    outbox.open()
    outbox.page.locator("[name=files]").set_input_files(PHOTOS)  # type: ignore[arg-type]  # as its TypedDict
    outbox.page.locator("[name=text]").fill("drained")
    does(outbox, "feed_back")
    addresses = [f"{EVIDENCE}?name=%E8%B7%AF%E9%9D%A2%20{n}.jpg" for n in (1, 2)]
    assert [to for to, _ in outbox.sent()] == [*addresses, ACTS]
    assert bodies(outbox)[0] | {"token": ""} == {
        "act": "feed_back",
        "text": "drained",
        "token": "",
        "evidence": ["a" * 64, "b" * 64],
    }
    assert [one.headers["content-type"] for one in outbox.asked[:2]] == ["image/jpeg"] * 2


def test_a_photo_that_has_arrived_is_not_sent_again(outbox: Skeleton) -> None:
    digests = iter(("a" * 64, None, "b" * 64))

    def answer(_: Request) -> dict[str, Any] | None:
        digest = next(digests)
        return {"json": {"digest": digest}} if digest else None

    outbox.answers[EVIDENCE] = answer
    outbox.open()
    outbox.page.locator("[name=files]").set_input_files(PHOTOS)  # type: ignore[arg-type]  # as its TypedDict
    outbox.page.locator("#feed_back button").click()
    expect(outbox.page.locator("#line")).to_contain_text("Bad line")
    outbox.open()
    expect(outbox.page.locator("#line")).to_be_hidden()
    settled(outbox)
    assert [to[-5] for to, _ in outbox.sent() if to.startswith(EVIDENCE)] == ["1", "2", "2"]
    assert bodies(outbox)[0]["evidence"] == ["a" * 64, "b" * 64]


def test_a_new_case_comes_first_and_its_photos_are_added_to_it(outbox: Skeleton) -> None:
    field = '<input name="title"><input name="files" type="file"><input type="hidden" name="then" value="/page/todo">'
    outbox.beside = form("report", field, to=CASES, version="")
    outbox.answers |= {CASES: {"json": {"id": 7, "version": "0-1"}}, EVIDENCE: {"json": {"digest": "a" * 64}}}
    outbox.open()
    outbox.page.locator("[name=title]").fill("Ponding")
    outbox.page.locator("[name=files]").set_input_files(PHOTOS[0])  # type: ignore[arg-type]  # as its TypedDict
    outbox.page.locator("#report button").click()
    outbox.page.wait_for_url("**/page/todo")
    assert [to.partition("?")[0] for to, _ in outbox.sent()] == [CASES, EVIDENCE, ACTS]
    (_, reported), _, (_, added) = outbox.sent()
    assert (reported["title"], "then" in reported) == ("Ponding", False)
    assert added == {
        "act": "supplement",
        "text": "Ponding",
        "evidence": ["a" * 64],
        "token": reported["token"],
    }


def test_who_reports_on_a_bad_line_stays_where_that_is_told(outbox: Skeleton) -> None:
    outbox.beside = form("report", '<input type="hidden" name="then" value="/page/todo">', to=CASES, version="")
    outbox.answers[CASES] = None
    outbox.open()
    does(outbox, "report")
    assert "Bad line" in outbox.text("#line")
    assert outbox.page.url == f"{ORIGIN}/"


REFUSAL = {"detail": "The unit must sign first.", "detail_zh": "须先签收。"}


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "Not done: sign · Ponding. The unit must sign first."), ("zh", "sign · Ponding")],
)
def test_a_refusal_is_told_with_its_reason_in_the_page_s_language_until_it_is_read(
    outbox: Skeleton, lang: str, told: str
) -> None:
    outbox.lang = lang
    outbox.answers[ACTS] = {"status": 409, "json": REFUSAL}
    outbox.open()
    does(outbox)
    assert told in outbox.text("#refused p")
    assert REFUSAL["detail_zh" if lang == "zh" else "detail"] in outbox.text("#refused p")
    assert outbox.page.locator("#line").is_hidden()
    outbox.open()
    settled(outbox)
    assert told in outbox.text("#refused p")
    assert len(bodies(outbox)) == 1
    outbox.page.locator("#refused button").click()
    expect(outbox.page.locator("#refused li")).to_have_count(0)
    assert waiting(outbox) == []


def test_a_refused_act_does_not_hold_up_the_others(outbox: Skeleton) -> None:
    def answer(request: Request) -> dict[str, Any]:
        is_sign = json.loads(request.post_data or "")["act"] == "sign"
        return {"status": 409, "json": REFUSAL} if is_sign else DONE

    outbox.answers[ACTS] = answer
    outbox.open()
    does(outbox, "sign")
    outbox.passes(100)
    does(outbox, "feed_back")
    assert waiting(outbox) == ["sign"]


@pytest.mark.parametrize(("lang", "told"), [("en", "Somebody was first"), ("zh", "已有人先办理")])
def test_whoever_acts_on_what_has_changed_is_told_to_look_again(outbox: Skeleton, lang: str, told: str) -> None:
    outbox.lang = lang
    outbox.answers[ACTS] = {"status": 412, "json": {"detail": "The case is 0-6 by now."}}
    outbox.open()
    does(outbox)
    assert told in outbox.text("#refused p")


def test_a_refusal_without_words_tells_its_number(outbox: Skeleton) -> None:
    outbox.answers[ACTS] = {"status": 413, "body": "<html>"}
    outbox.open()
    does(outbox)
    assert outbox.text("#refused p").endswith("HTTP 413")


def test_what_somebody_else_did_on_this_device_is_neither_sent_nor_told(outbox: Skeleton) -> None:
    outbox.answers[ACTS] = None
    outbox.open()
    does(outbox)
    outbox.who, outbox.answers[ACTS] = "zhao", DONE
    outbox.open()
    settled(outbox)
    assert (waiting(outbox), outbox.page.locator("#line").is_hidden()) == (["sign"], True)
    outbox.who = "wang"
    outbox.open()
    settled(outbox)
    assert waiting(outbox) == []


def test_fields_are_sent_as_the_api_wants_them(outbox: Skeleton) -> None:
    fields = (
        '<input name="ids" value="3,12"><input name="until" type="datetime-local" value="2026-11-30T09:00">'
        '<input name="reason" value="">'
    )
    outbox.beside = form("shelve", fields, to="/relay/alarms/acts", version="")
    outbox.answers["/relay/alarms/acts"] = {"json": []}
    outbox.open()
    does(outbox, "shelve")
    assert outbox.sent() == [
        ("/relay/alarms/acts", {"act": "shelve", "ids": [3, 12], "until": "2026-11-30T09:00:00+08:00"})
    ]


def test_the_form_is_closed_and_empty_again(outbox: Skeleton) -> None:
    outbox.beside = f"<details open><summary>x</summary>{form('feed_back', '<input name=text>')}</details>"
    outbox.open()
    outbox.page.locator("[name=text]").fill("drained")
    does(outbox, "feed_back")
    assert outbox.page.locator("details[open]").count() == 0
    assert outbox.page.locator("[name=text]").input_value() == ""
