"""What a form sent is read or refused by name; what the API answers becomes a sentence; pages show names as text."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from cityops.characters import NO_UNICODE, NUL
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.grants import ROLES, Holder
from cityops_dashboards.access.viewer import Viewer, looking
from cityops_dashboards.forms import form as forms
from cityops_dashboards.forms import grants
from cityops_dashboards.forms.form import NO_FORM, ApiAnswer, FlawedFormError, Form, FormTrouble
from fixtures.loops import run

ROOT = Viewer("session_0_x", "session", "根 <b>", Subject("root", Role.ADMINISTRATOR, WHOLE_CITY))


def request(address: str = "/account", method: str = "GET", pieces: Sequence[bytes] = ()) -> Request:
    """Return a request whose body comes in these pieces."""
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    coming = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    coming.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    return Request(scope, receive)


def read(*pieces: bytes) -> Form:
    return run(forms.read(request(method="POST", pieces=pieces)))


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (b"", {}),
        (b"login=a", {"login": ["a"]}),
        (b"login=&password=", {}),
        (b"area=1&area=2&area=", {"area": ["1", "2"]}),
        (b"name=%E8%8D%94%E6%B9%BE+%2B+1", {"name": ["荔湾 + 1"]}),
        ("name=荔湾".encode(), {"name": ["荔湾"]}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),
        (b"a=%zz", {"a": ["%zz"]}),
        (b"a=b=c", {"a": ["b=c"]}),
        (b"a", {}),
        (b"&&&", {}),
        (b'{"login": "a"}', {}),  # no form at all
        (b"------x\r\nContent-Disposition: form-data\r\n", {}),
    ],
)
def test_a_form_is_read_as_browsers_send_it_and_blank_fields_are_not_there(
    body: bytes, values: dict[str, list[str]]
) -> None:
    assert read(body).values == values


def test_the_last_of_a_field_s_values_counts_and_every_one_can_be_had() -> None:
    form = read(b"area=1&area=2&role=x")
    assert (form.get("area"), form.every("area")) == ("2", ["1", "2"])
    assert (form.get("nothing"), form.every("nothing")) == ("", [])


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(st.dictionaries(fields, st.lists(fields, min_size=1, max_size=3), max_size=5), st.integers(1, 50))
def test_what_was_written_is_read_in_however_many_pieces_it_comes(values: dict[str, list[str]], size: int) -> None:
    body = urlencode(values, doseq=True).encode()
    assert read(*(body[at : at + size] for at in range(0, len(body), size))).values == values


def test_a_form_may_be_so_long_and_a_longer_one_counts_as_empty() -> None:
    whole = b"a=" + b"x" * (forms.LONGEST - 2)
    assert len(read(whole).get("a")) == forms.LONGEST - 2
    assert read(whole + b"x") == read(whole, b"x") == NO_FORM


@pytest.mark.parametrize(
    ("body", "item", "reason"),
    [
        (b"login=a%00b", "login", NUL),
        (b"login=a\0b", "login", NUL),
        (b"login=%ff", "login", NO_UNICODE),
        (b"login=\xff", "login", NO_UNICODE),
        ("login=荔".encode("gb18030"), "login", NO_UNICODE),
        (b"login=%ed%a0%80", "login", NO_UNICODE),
        (b"a%00=1", "a\\x00", f"the name {NUL}"),
        (b"%ff=1", "\\xff", f"the name {NO_UNICODE}"),
    ],
)
def test_what_nothing_can_keep_is_refused_by_the_name_of_its_field(body: bytes, item: str, reason: str) -> None:
    with pytest.raises(FlawedFormError) as refused:
        read(b"fine=1&" + body)
    assert refused.value.flaws == [(item, reason)]
    answer = run(forms.on_flawed(request(), refused.value))
    assert (answer.status_code, json.loads(bytes(answer.body))["errors"]) == (422, [{"item": item, "reason": reason}])


@pytest.mark.parametrize(
    ("answer", "status", "body", "detail"),
    [
        (httpx.Response(200, json={"token": "x"}), 200, {"token": "x"}, ""),
        (httpx.Response(204), 204, None, ""),
        (httpx.Response(422, json={"detail": "role: no"}), 422, {"detail": "role: no"}, "role: no"),
        (httpx.Response(422, json={"title": "no"}), 422, {"title": "no"}, ""),
        (httpx.Response(422, json=["no"]), 422, ["no"], ""),
        (httpx.Response(502, text="<html>Bad Gateway"), 502, None, ""),  # a proxy in between
    ],
)
def test_an_answer_of_the_api_is_what_it_says(answer: httpx.Response, status: int, body: Any, detail: str) -> None:
    told = ApiAnswer.of(answer)
    assert (told.status, told.body, told.detail, told.ok) == (status, body, detail, status < 300)


@pytest.mark.parametrize(
    ("status", "zh", "en", "answered"),
    [
        (401, "当前密码不正确", "the present password is wrong", 401),
        (404, "不存在", "it is not there any more", 404),
        (409, "登录名已被占用", "the login is taken", 409),
        (422, "", "what was entered is refused", 422),
        (400, "", "what was entered is refused", 400),
        (429, "", "too many attempts", 429),
        (500, "", "the data API does not answer", 503),
        (502, "", "the data API does not answer", 503),
        (0, "", "the data API does not answer", 503),
    ],
)
def test_why_a_form_was_not_done_is_said_in_both_languages(status: int, zh: str, en: str, answered: int) -> None:
    answer = ApiAnswer(status, {"detail": "in the API's words"})
    for lang, said in (("zh", zh), ("en", en)):
        trouble = forms.trouble_of(lang, answer)
        assert said in trouble.sentence
        assert (trouble.detail, trouble.status) == ("in the API's words", answered)


@pytest.mark.parametrize(
    ("status", "method", "shown"),
    [
        (401, "GET", 303),
        (403, "POST", 403),
        (404, "POST", 404),
        (422, "GET", 404),  # an address that names what cannot be
        (422, "POST", None),  # said beside the form
        (409, "POST", None),
        (429, "POST", 429),
        (500, "GET", 503),
        (0, "GET", 503),
        (0, "POST", None),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_answer_that_leaves_no_form_to_show_has_a_page_of_its_own(
    status: int, method: str, shown: int | None, lang: str
) -> None:
    with looking(ROOT):
        page = forms.turned_away(request(f"/admin/keys?lang={lang}&after=9", method), ApiAnswer(status))
    assert (page.status_code if page else None) == shown
    if page and status == 401:
        onward = f"next=%2Fadmin%2Fkeys%3Flang%3D{lang}%26after%3D9"
        assert page.headers["location"] == f"/sign-in?{'lang=en&' if lang == 'en' else ''}{onward}"
    elif page:
        assert f'<html lang="{"en" if lang == "en" else "zh-CN"}" data-theme="dark">' in bytes(page.body).decode()


def test_a_value_is_one_piece_of_a_path_whatever_is_in_it() -> None:
    assert forms.segment("a/../b?c#d 荔") == "a%2F..%2Fb%3Fc%23d%20%E8%8D%94"


@pytest.mark.parametrize(
    ("moment", "words", "seconds"),
    [
        (None, "–", "–"),
        ("2026-11-23T16:00:05Z", "2026-11-24 00:00", "2026-11-24 00:00:05"),
        ("2026-11-23T16:00:05+08:00", "2026-11-23 16:00", "2026-11-23 16:00:05"),
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), "2027-01-01 00:30", "2027-01-01 00:30:00"),
    ],
)
def test_moments_are_the_city_s(moment: str | datetime | None, words: str, seconds: str) -> None:
    assert (forms.when(moment), forms.when(moment, seconds=True)) == (words, seconds)


def test_what_is_now_is_not_ahead() -> None:
    now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    ahead = [forms.is_ahead((now + timedelta(seconds=more)).isoformat(), now) for more in (-1, 0, 1)]
    assert ahead == [False, False, True]


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        (Role.ADMINISTRATOR, ["accounts", "keys", "displays", "audit"]),
        (Role.SHIFT_LEADER, ["audit"]),
        (Role.ANALYST, []),
        (Role.WALL_DISPLAY, []),
    ],
)
def test_who_may_not_administer_is_offered_no_page_of_it(role: Role, tabs: list[str]) -> None:
    assert forms.offered(Viewer("", "session", "x", Subject("x", role, WHOLE_CITY))) == tabs


MARKUP = "<img src=x onerror=alert(1)>\"'&"
ACCOUNT = {
    "login": MARKUP, "display_name": MARKUP, "role_name": MARKUP, "area": MARKUP, "state": "open", "issuer": MARKUP,
    "state_words": MARKUP, "last_seen_at": None, "created_at": None, "failed_attempts": 0, "has_password": False,
    "password_changed_at": None,
}  # fmt: skip
CREDENTIAL = {
    "id": MARKUP, "label": MARKUP, "scene_name": MARKUP, "role_name": MARKUP, "area": MARKUP, "state": "valid",
    "state_words": MARKUP, "last_used_at": None, "expires_at": None, "created_at": None, "created_by": MARKUP,
}  # fmt: skip
AUDITED = {
    "at": "2026-11-23T04:00:00Z", "who": MARKUP, "role_name": MARKUP, "area": MARKUP, "action_name": MARKUP,
    "object": MARKUP, "outcome_name": MARKUP, "detail_words": MARKUP, "address": MARKUP,
}  # fmt: skip
TYPED = {name: [MARKUP] for name in ("login", "display_name", "role", "area", "label", "scene", "days", "do")}
TROUBLE = FormTrouble(MARKUP, MARKUP)
QUERY = dict.fromkeys(("subject", "action", "outcome", "object", "start", "end"), MARKUP)
SHARED: dict[str, Any] = {"form": Form(TYPED), "trouble": TROUBLE, "after": MARKUP, "roles": [(MARKUP, MARKUP)]}
SHARED["groups"] = grants.groups("zh", Holder.ACCOUNT)
PAGES: dict[str, dict[str, Any]] = {
    "accounts.html": SHARED | {"rows": [ACCOUNT]},
    "account_of.html": SHARED | {"row": ACCOUNT},
    "credentials.html": SHARED
    | {"rows": [CREDENTIAL], "holder": "display", "scenes": [(MARKUP, MARKUP)], "usual": 1, "most": 2},
    "made.html": {"title": MARKUP, "secret": MARKUP, "notes": [MARKUP], "back": f"/{MARKUP}"},
    "missing.html": {"sentence": MARKUP},
    "account.html": {"sessions": [], "here": "", "trouble": TROUBLE},
    "audit.html": {"rows": [AUDITED], "trouble": TROUBLE, "after": MARKUP, "query": QUERY}
    | {key: [(MARKUP, MARKUP)] for key in ("actions", "outcomes")},
}


@pytest.mark.parametrize("template", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_people_have_called_things_is_text_in_every_page(template: str, lang: str) -> None:
    with looking(ROOT):
        asked = request(f"/admin/{'%3Cimg'}?lang={lang}&done={MARKUP}&after={MARKUP}")
        page = bytes(forms.page(asked, template, **PAGES[template]).body).decode()
    assert "<img" not in page
    assert "根 &lt;b&gt;" in page
    assert MARKUP in unescape(page)


@pytest.mark.parametrize(("done", "said"), [("disable", "账号已停用"), ("nonsense", ""), ("", "")])
def test_a_page_says_what_was_done_if_it_knows_it_and_only_when_it_is_looked_at(done: str, said: str) -> None:
    with looking(ROOT):
        for method, is_said in (("GET", bool(said)), ("POST", False)):
            page = bytes(forms.page(request(f"/x?done={done}", method), "missing.html", sentence="x").body).decode()
            assert ('role="status"' in page) is is_said
            assert not is_said or said in page


def test_after_it_is_done_a_page_is_shown_that_can_be_loaded_again() -> None:
    answer = forms.done(request("/admin/keys?lang=en&after=9", "POST"), "/admin/keys", "revoked")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/keys?lang=en&done=revoked")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("role", sorted(ROLES[Holder.ACCOUNT]))
@pytest.mark.parametrize(("lang", "code"), [("zh", "zh-CN"), ("en", "en")])
def test_every_role_s_pages_name_who_looks_in_their_language(role: Role, lang: str, code: str) -> None:
    known = Viewer("t", "session", "某", Subject("x", role, Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))))
    with looking(known):
        page = bytes(forms.missing(request(f"/x?lang={lang}")).body).decode()
    assert f'<html lang="{code}" data-theme="dark">' in page
    assert f"某 · {dict(grants.roles(lang, Holder.ACCOUNT))[role.value]} · " in page
