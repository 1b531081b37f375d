"""Why a form was not done, said in the language of the page on a real API, with what was typed still there."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role
from cityops_dashboards.app import create_app
from factories.world import World
from fixtures.accounts import PASSWORD, account
from fixtures.web import serving

NEW = "tangerine-Gondola-2718"
ACCOUNT: dict[str, Any] = {"login": "liwan", "display_name": "荔 <湾>", "role": "district_officer"}
ACCOUNT |= {"area": ["districts:440103"]}
KEY: dict[str, Any] = {"label": "笔 <记>", "role": "analyst", "area": ["city:"]}
DISPLAY: dict[str, Any] = {"label": "大 <厅>", "scene": "/", "area": ["city:"]}
OWN = {"do": "password", "password": PASSWORD, "new_password": NEW, "again": NEW}
TWO_KINDS = ["districts:440103", "streets:440105001"]
KINDS = ("只能属于同一类", "areas must be of one kind")
NO_AREA = ("请至少勾选一个管辖范围", "tick an area")
REFUSED = ("", "what was entered is refused")

CASES: list[tuple[str, dict[str, Any], int, tuple[str, str], str]] = [
    ("/admin/accounts", ACCOUNT | {"area": []}, 422, NO_AREA, ""),
    ("/admin/accounts", ACCOUNT | {"area": TWO_KINDS}, 422, KINDS, ""),
    ("/admin/accounts", ACCOUNT | {"login": "ROOT"}, 409, ("登录名已被占用", "the login is taken"), "root"),
    ("/admin/accounts", ACCOUNT | {"login": " "}, 422, REFUSED, "login"),
    ("/admin/accounts", ACCOUNT | {"role": ""}, 422, REFUSED, "role"),
    ("/admin/accounts", ACCOUNT | {"role": "wall_display"}, 422, REFUSED, "an account cannot be wall_display"),
    ("/admin/accounts", ACCOUNT | {"role": "administrator"}, 422, REFUSED, "cannot reach over districts"),
    ("/admin/accounts", ACCOUNT | {"area": ["districts:999999"]}, 422, REFUSED, "999999"),
    ("/admin/accounts/root", ACCOUNT | {"do": "change", "area": []}, 422, NO_AREA, ""),
    ("/admin/accounts/root", ACCOUNT | {"do": "change", "area": TWO_KINDS}, 422, KINDS, ""),
    ("/admin/keys", KEY | {"area": []}, 422, NO_AREA, ""),
    ("/admin/keys", KEY | {"days": "1.5"}, 422, ("天数", "the days must be a whole number"), ""),
    ("/admin/keys", KEY | {"days": "-1"}, 422, ("天数", "the days must be a whole number"), ""),
    ("/admin/keys", KEY | {"days": "0"}, 422, REFUSED, "days"),
    ("/admin/keys", KEY | {"days": " 731 "}, 422, REFUSED, "a key is given for 1 to 730"),
    ("/admin/keys", KEY | {"role": "administrator"}, 422, REFUSED, "a key cannot be administrator"),
    ("/admin/keys", {"do": "revoke", "id": "f" * 16}, 404, ("不存在", "not there any more"), ""),
    ("/admin/displays", DISPLAY | {"scene": "/data"}, 422, REFUSED, "a display has no page /data"),
    ("/admin/displays", DISPLAY | {"area": ["sources:water-river"]}, 422, REFUSED, "cannot reach over sources"),
    ("/account", OWN | {"again": ""}, 422, ("两次输入的新密码不一致", "was not repeated as it is"), ""),
    ("/account", OWN | {"password": "another"}, 401, ("当前密码不正确", "the present password is wrong"), ""),
    ("/account", OWN | {"password": ""}, 422, REFUSED, "password"),
    ("/account", OWN | {"new_password": "short", "again": "short"}, 422, REFUSED, "has 5 characters"),
]


@pytest.fixture
def root(world: World, migrated_database: str, api_url: str, key: str) -> Iterator[httpx.Client]:
    """Give the browser of the administrator `root` at a dashboard on the real API."""
    account(migrated_database, "root", Role.ADMINISTRATOR, WHOLE_CITY)
    with (
        serving(create_app(api_url, key)) as url,
        httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as client,
    ):
        assert client.post("/sign-in", data={"login": "root", "password": PASSWORD}).status_code == 303
        yield client


def rows(root: httpx.Client) -> dict[str, int]:
    """Return how many accounts, keys and displays there are."""
    return {path: root.get(path).text.count("<tr") for path in ("/admin/accounts", "/admin/keys", "/admin/displays")}


def test_each_refusal_is_said_in_the_page_s_language_beside_what_was_typed(root: httpx.Client) -> None:
    before, unsaid = rows(root), []
    for path, form, status, sentences, detail in CASES:
        for address, sentence in zip((path, f"{path}?lang=en"), sentences, strict=True):
            answer = root.post(address, data=form)
            typed = form.get("display_name") or form.get("label")
            said = ['role="alert"', sentence, detail, f'value="{typed}"' if typed else ""]
            missing = [words for words in said if words not in unescape(answer.text)]
            if answer.status_code != status or missing or PASSWORD in answer.text:
                unsaid.append((address, form, answer.status_code, missing))
    assert unsaid == []
    assert rows(root) == before  # nothing of it has been done
    assert root.get("/account").status_code == 200  # and the session goes on


def test_a_form_that_is_too_long_or_none_does_nothing(root: httpx.Client) -> None:
    filled = "&".join(f"{name}={value}" for name, value in ACCOUNT.items() if isinstance(value, str))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for sent in (filled + "&area=districts:440103&x=" + "x" * 65_536, '{"login": "liwan"}', ""):
        answer = root.post("/admin/accounts?lang=en", content=sent.encode(), headers=form)
        assert (answer.status_code, "tick an area" in answer.text) == (422, True)
    assert "liwan" not in root.get("/admin/accounts").text
