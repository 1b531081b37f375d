"""Pages that need no script: what they say in both languages, and that names in them are text."""

from collections.abc import Callable
from html import unescape

import pytest
from fastapi.responses import HTMLResponse

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.plain import LastTrouble
from cityops_dashboards.forms.sign_in import AWAY, TOO_OFTEN, WRONG, onward
from cityops_dashboards.texts import LANGUAGES, text

MARKUP = "<img src=x onerror=alert(1)>\"'&"
HAIZHU = Subject("x", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
PAGES: dict[str, tuple[int, Callable[[str], HTMLResponse]]] = {
    "signing in": (200, lambda lang: plain.sign_in(lang, f"/{MARKUP}", login=MARKUP, sign_on=True)),
    "in trouble": (403, lambda lang: plain.sign_in(lang, "", trouble=LastTrouble("signin.sso_no_role", 403, MARKUP))),
    "signing out": (200, plain.sign_out),
    "a display": (200, lambda lang: plain.become_display(lang, f"/display/{MARKUP}", MARKUP)),
    "outside": (403, lambda lang: plain.outside(lang, MARKUP, HAIZHU, "/districts/440105")),
    "a refusal": (403, lambda lang: plain.refusal(lang, MARKUP, MARKUP, f"/{MARKUP}", MARKUP)),
    "a notice": (503, lambda lang: plain.notice(lang, "away", 503)),
}


def html(answer: HTMLResponse) -> str:
    return bytes(answer.body).decode()


@pytest.mark.parametrize(("status", "page"), PAGES.values(), ids=PAGES)
@pytest.mark.parametrize(("lang", "code"), [("zh", "zh-CN"), ("en", "en")])
def test_each_page_is_whole_nobody_s_to_keep_and_has_no_markup_of_others(
    status: int, page: Callable[[str], HTMLResponse], lang: str, code: str
) -> None:
    answer = page(lang)
    said = html(answer)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
    assert f'<html lang="{code}" data-theme="dark">' in said
    assert "<script" not in said
    assert "<img" not in said
    assert "{" not in said  # every placeholder is filled


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trouble", [WRONG, TOO_OFTEN, AWAY], ids=lambda one: one.key)
def test_what_went_wrong_is_said_with_its_status_and_the_login_stays(lang: str, trouble: LastTrouble) -> None:
    answer = plain.sign_in(lang, "/data", login="haizhu", trouble=trouble)
    said = unescape(html(answer))
    assert answer.status_code == trouble.status
    assert f'role="alert">{text(lang, trouble.key)}<' in said
    assert 'value="haizhu"' in said


def test_the_words_of_others_are_marked_as_english() -> None:
    said = html(plain.sign_in("zh", "", trouble=LastTrouble("signin.sso_refused", 403, "access_denied")))
    assert '<span lang="en">access_denied</span>' in said


@pytest.mark.parametrize(
    ("lang", "to", "action", "other"),
    [
        ("zh", "", "/sign-in", "/sign-in?lang=en"),
        ("en", "", "/sign-in?lang=en", "/sign-in"),
        (
            "zh",
            "/data?a=1&b=2",
            "/sign-in?next=%2Fdata%3Fa%3D1%26b%3D2",
            "/sign-in?lang=en&next=%2Fdata%3Fa%3D1%26b%3D2",
        ),
    ],
)
def test_the_form_keeps_where_to_go_and_the_language_in_both_its_ways(
    lang: str, to: str, action: str, other: str
) -> None:
    said = unescape(html(plain.sign_in(lang, to)))
    assert f'action="{action}"' in said
    assert f'<a href="{other}"' in said


@pytest.mark.parametrize("sign_on", [True, False])
def test_the_single_sign_on_is_offered_where_there_is_one(sign_on: bool) -> None:
    said = html(plain.sign_in("en", "/data", sign_on=sign_on))
    assert ('href="/sign-in/oidc?lang=en&amp;next=%2Fdata"' in said) is sign_on


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ["天河区不在您的管辖范围内", "您以区级人员身份登录，管辖范围是：海珠区", "前往海珠区"]),
        (
            "en",
            ["Tianhe lies outside your area", "signed in as district officer; your area is: Haizhu", "Go to Haizhu"],
        ),
    ],
)
def test_who_is_outside_is_told_where_they_are_and_led_home(lang: str, said: list[str]) -> None:
    place = {"zh": "天河区", "en": "Tianhe"}[lang]
    page = html(plain.outside(lang, place, HAIZHU, "/districts/440105"))
    assert [words for words in said if words not in page] == []
    assert f'href="/districts/440105{"?lang=en" if lang == "en" else ""}"' in page


@pytest.mark.parametrize("again_s", [None, 15])
def test_a_page_that_tries_again_says_when(again_s: int | None) -> None:
    said = html(plain.notice("zh", "often", 429, again_s=again_s))
    assert ('<meta http-equiv="refresh" content="15">' in said) is (again_s is not None)


def test_a_home_with_a_street_keeps_it_beside_the_language() -> None:
    said = unescape(html(plain.refusal("en", "t", "s", "/districts/440105?street=440105001", "Haizhu")))
    assert 'href="/districts/440105?street=440105001&lang=en"' in said


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("", ""),
        ("/", "/"),
        ("/data?lang=en", "/data?lang=en"),
        ("data", ""),
        ("//elsewhere", ""),
        ("/\\elsewhere", ""),
        ("/sign-in", ""),
        ("/sign-out?lang=en", ""),
        ("/display/x", ""),
        ("/a\nSet-Cookie: x", ""),
        ("javascript:alert(1)", ""),
        ("/区", "/区"),
    ],
)
def test_only_a_page_of_ours_is_gone_on_to(asked: str, led: str) -> None:
    assert onward(Address("/sign-in", {"next": asked})) == led


def test_the_whole_city_is_an_area_too() -> None:
    leader = Subject("x", Role.SHIFT_LEADER, WHOLE_CITY)
    assert "全市" in html(plain.outside("zh", "某", leader, "/"))
