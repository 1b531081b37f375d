"""One's account and the administration in a browser's forms, on a real API: done, refused, and shown once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from cityops.domain.access import WHOLE_CITY, Role
from cityops.local.processes import wait_until
from cityops.rates import Buckets
from cityops_dashboards.access.cookies import SESSION
from cityops_dashboards.app import create_app
from factories.world import World
from fixtures.accounts import PASSWORD, account, display
from fixtures.browser import COOKIES, TOKEN
from fixtures.web import serving

NEW = "tangerine-Gondola-2718"
PAGES = ("/admin/accounts", "/admin/accounts/haizhu", "/admin/keys", "/admin/displays", "/admin/audit")


@pytest.fixture
def dashboard(world: World, migrated_database: str, api_url: str, key: str) -> Iterator[str]:
    """Give a dashboard that knows the administrator `root` and the district officer `haizhu`."""
    account(migrated_database, "root", Role.ADMINISTRATOR, WHOLE_CITY)
    account(migrated_database, "haizhu")
    with serving(create_app(api_url, key)) as url:
        yield url


@contextmanager
def visitor(url: str, login: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """Give a program that has signed in through the form."""
    with httpx.Client(base_url=url, headers={"Origin": url}, timeout=30) as client:
        assert client.post("/sign-in", data={"login": login, "password": password}).status_code == 303
        yield client


@pytest.fixture
def root(dashboard: str) -> Iterator[httpx.Client]:
    """Give the administrator."""
    with visitor(dashboard, "root") as client:
        yield client


@pytest.fixture
def officer(dashboard: str) -> Iterator[httpx.Client]:
    """Give the district officer."""
    with visitor(dashboard, "haizhu") as client:
        yield client


def secret_in(page: httpx.Response) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', page.text)
    assert found, page.text
    return unescape(found[1])


def test_each_page_is_plain_html_of_now_that_nobody_keeps(root: httpx.Client) -> None:
    for path in (*PAGES, "/account"):
        for address, words in ((path, "数据截至"), (f"{path}?lang=en", "Data as of")):
            page = root.get(address)
            assert (page.status_code, page.headers["cache-control"]) == (200, "no-store"), address
            assert re.search(rf"{words} \d\d:\d\d:\d\d", page.text), address
            assert "<script" not in page.text
            assert 'href="/admin/accounts' in page.text
    assert root.get("/admin").headers["location"] == "/admin/accounts"
    assert root.get("/admin/nowhere").status_code == root.get("/account/nowhere").status_code == 404
    assert root.get("/admin/accounts/nobody-there").status_code == 404


def test_who_asks_too_often_reads_so_on_a_page_that_tries_again(root: httpx.Client, app: FastAPI) -> None:
    generous, app.state.rates.credentials = app.state.rates.credentials, Buckets(0.01, 0)
    unknown_yet = ("/account", "/", "/data?lang=en", "/me", f"/display/{TOKEN}")
    for path in unknown_yet:  # the dashboard has not been told who this is
        answer = root.get(path)
        assert answer.status_code == 429, path
        assert any(words in answer.text for words in ("操作过于频繁", "Too many requests", "ask too often")), path
    app.state.rates.credentials = generous
    assert root.get("/account").status_code == 200
    app.state.rates.credentials = Buckets(0.01, 0)
    new = {"password": PASSWORD, "new_password": NEW, "again": NEW}
    answers = {path: root.get(path) for path in (*PAGES, "/account", "/account?lang=en")}
    answers["POST"] = root.post("/account", data=new)
    for path, answer in answers.items():
        assert answer.status_code == 429, path
        assert ("Too many requests" if "lang=en" in path else "操作过于频繁") in answer.text, path
        assert 'http-equiv="refresh"' in answer.text


def test_what_the_door_refuses_is_audited_as_the_viewer_s(root: httpx.Client, officer: httpx.Client) -> None:
    for path in ("/districts/440106", "/districts/440111", "/stream/state?region=440106", "/districts/440106"):
        assert officer.get(path).status_code == 403
    wanted = {"GET /districts/440106", "GET /districts/440111", "GET /stream/state?region=440106"}

    def written() -> bool:
        page = root.get("/admin/audit?subject=haizhu&action=access:refused&lang=en").text
        return all(f"{one}<" in page for one in wanted)

    assert wait_until(written, seconds=10)


def test_who_is_no_administrator_is_refused_and_it_is_audited(root: httpx.Client, officer: httpx.Client) -> None:
    for path in PAGES:
        page = officer.get(path)
        assert (page.status_code, "此页面仅限管理员" in page.text) == (403, True), path
    for path in ("/admin/accounts", "/admin/accounts/root", "/admin/keys", "/admin/displays"):
        page = officer.post(path, data={"do": "disable", "id": "0" * 16, "login": "mine", "area": "city:"})
        assert page.status_code == 403, path
    assert "/admin" not in officer.get("/account").text
    assert "越权访问被拒" in root.get("/admin/audit?subject=haizhu&action=access:refused").text


def test_another_site_cannot_send_a_form(root: httpx.Client) -> None:
    for path in ("/account", "/admin/accounts", "/admin/accounts/haizhu", "/admin/keys"):
        assert root.post(path, headers={"Origin": "https://elsewhere.example"}).status_code == 403


def test_an_account_is_made_and_its_password_shown_once(root: httpx.Client, dashboard: str) -> None:
    asked = {"login": "liwan", "display_name": "<b>荔湾</b>", "role": "district_officer", "area": "districts:440103"}
    made = root.post("/admin/accounts", data=asked)
    password = secret_in(made)
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    listed = root.get("/admin/accounts").text
    assert password not in listed
    assert "&lt;b&gt;荔湾" in listed
    with httpx.Client(base_url=dashboard, headers={"Origin": dashboard}, timeout=60) as client:
        signed_in = client.post("/sign-in", data={"login": "liwan", "password": password})
        assert signed_in.headers["location"] == "/todo"


def test_what_is_refused_is_said_beside_the_form_as_it_was_typed(root: httpx.Client) -> None:
    asked = {"login": "haizhu", "display_name": "另一个", "role": "analyst", "area": "city:"}
    page = root.post("/admin/accounts", data=asked)
    assert page.status_code == 409
    for words in ("登录名已被占用", "there is an account haizhu already", 'value="另一个"', '"analyst" selected'):
        assert words in page.text
    for areas, words in (
        ([], "请至少勾选一个管辖范围"),
        (["districts:440103", "streets:440105001"], "只能属于同一类"),
        (["streets:440105001"], "district_officer cannot reach over streets"),
    ):
        page = root.post("/admin/accounts", data=asked | {"role": "district_officer", "area": areas})
        assert (page.status_code, words in page.text) == (422, True)
        assert page.text.count(" checked") == len(areas)


def test_an_account_is_changed_disabled_and_enabled(root: httpx.Client, officer: httpx.Client) -> None:
    path = "/admin/accounts/haizhu"
    change = {"do": "change", "display_name": "新名", "role": "street_officer", "area": "streets:440105001"}
    done = root.post(path, data=change)
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?done=changed")
    page = root.get(done.headers["location"]).text
    for words in ("已保存", "<h1>新名</h1>", "街镇人员", 'value="streets:440105001" checked'):
        assert words in page
    assert root.post(path, data={"do": "disable"}).headers["location"] == f"{path}?done=disable"
    assert officer.get("/account").headers["location"] == "/sign-in?next=/account"
    assert officer.post("/account").status_code == 303
    assert "已停用" in root.get(path).text
    assert root.post(path, data={"do": "enable"}).status_code == 303
    assert "已停用" not in root.get(path).text
    last = root.post("/admin/accounts/root", data={"do": "disable"})
    assert (last.status_code, "administrator" in last.text) == (422, True)


def test_a_locked_account_is_unlocked(root: httpx.Client, dashboard: str) -> None:
    path = "/admin/accounts/haizhu"
    for _ in range(5):
        httpx.post(f"{dashboard}/sign-in", data={"login": "haizhu", "password": "no"}, headers={"Origin": dashboard})
    assert "锁定至" in root.get(path).text
    assert root.post(path, data={"do": "unlock"}).headers["location"] == f"{path}?done=unlock"
    assert "锁定至" not in root.get(path).text
    with visitor(dashboard, "haizhu") as again:
        assert again.get("/account").status_code == 200


def test_a_new_password_replaces_the_old(root: httpx.Client, officer: httpx.Client, dashboard: str) -> None:
    password = secret_in(root.post("/admin/accounts/haizhu", data={"do": "password"}))
    assert officer.get("/account").status_code == 303
    with visitor(dashboard, "haizhu", password) as again:
        assert again.get("/account").status_code == 200


def test_a_key_is_shown_once_and_revoked(root: httpx.Client, api_url: str) -> None:
    asked = {"label": "笔记本", "role": "analyst", "area": "city:", "days": "90"}
    token = secret_in(root.post("/admin/keys", data=asked))
    assert httpx.get(f"{api_url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json()["role"] == "analyst"
    listed = root.get("/admin/keys").text
    assert "笔记本" in listed
    assert token not in listed
    identifier = token.split("_")[1]
    gone = root.post("/admin/keys", data={"do": "revoke", "id": identifier})
    assert gone.headers["location"] == "/admin/keys?done=revoked"
    assert "已吊销" in root.get("/admin/keys").text
    assert root.post("/admin/keys", data={"do": "revoke", "id": identifier}).status_code == 404
    for days, status in (("x", 422), ("9999", 422)):
        page = root.post("/admin/keys", data=asked | {"days": days})
        assert (page.status_code, f'value="{days}"' in page.text) == (status, True)


def test_a_display_s_address_opens_its_scene(root: httpx.Client, dashboard: str) -> None:
    asked = {"label": "大厅", "scene": "/districts/440105", "area": "districts:440105"}
    address = secret_in(root.post("/admin/displays", data=asked))
    assert address.startswith(f"{dashboard}/display/display_")
    assert httpx.get(address).headers["location"] == "/districts/440105"
    listed = root.get("/admin/displays").text
    assert "大厅" in listed
    assert address not in listed


def test_the_audit_is_filtered_and_turned_page_by_page(root: httpx.Client, world: World) -> None:
    world.connection.execute(
        "INSERT INTO audit (at, subject, scope_codes, action, object, outcome, detail)"
        " SELECT now() + n * interval '1 ms', 'root', '{}', 'credential:issue', 'x', 'done',"
        " jsonb_build_object('label', 'd' || n) FROM generate_series(0, 100) AS n"
    )
    first = root.get("/admin/audit?subject=root&action=credential:issue&outcome=done&start=2026-01-01T00:00&lang=en")
    assert first.text.count('class="moment"') == 100
    assert "named “d100”" in first.text
    assert "credential issued" in first.text
    onward = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert onward
    second = root.get(unescape(onward[1])).text
    assert second.count('class="moment"') == 1
    assert "named “d0”" in second
    assert root.get("/admin/audit?end=2026-01-01T00:00").text.count('class="moment"') == 0
    wrong = root.get("/admin/audit?start=yesterday")
    assert (wrong.status_code, "RFC 3339" in wrong.text) == (422, True)


def test_one_s_own_password_is_changed_and_the_session_goes_on(officer: httpx.Client, dashboard: str) -> None:
    assert "请改为只有您自己知道的密码" in officer.get("/account").text
    asked = {"do": "password", "password": PASSWORD, "new_password": NEW, "again": NEW}
    for wrong, status, words in (
        ({"again": "another"}, 422, "两次输入的新密码不一致"),
        ({"password": "wrong"}, 401, "当前密码不正确"),
        ({"new_password": "short", "again": "short"}, 422, "the password has 5 characters"),
    ):
        page = officer.post("/account", data=asked | wrong)
        assert (page.status_code, words in page.text) == (status, True)
        assert PASSWORD not in page.text
        assert NEW not in page.text
    before = officer.cookies[SESSION]
    done = officer.post("/account", data=asked)
    assert (done.status_code, done.headers["location"]) == (303, "/account?done=password")
    assert officer.cookies[SESSION] != before
    assert "HttpOnly" in done.headers["set-cookie"]
    after = officer.get("/account?done=password").text
    assert "密码已修改" in after
    assert "请改为只有您自己知道的密码" not in after
    assert httpx.get(f"{dashboard}/me", cookies={SESSION: before}).status_code == 401


def test_a_forgotten_session_is_ended(officer: httpx.Client, dashboard: str) -> None:
    with visitor(dashboard, "haizhu") as elsewhere:
        [identifier] = re.findall(r'name="id" value="(\w+)"', officer.get("/account").text)
        assert officer.post("/account", data={"do": "end", "id": identifier}).status_code == 303
        assert elsewhere.get("/account").headers["location"] == "/sign-in?next=/account"
    assert "当前登录" in officer.get("/account").text


def test_a_display_has_an_account_page_without_forms(dashboard: str, migrated_database: str) -> None:
    page = httpx.get(f"{dashboard}/account", cookies=COOKIES)
    assert (page.status_code, "<form" in page.text) == (200, False)
    scene = httpx.get(f"{dashboard}/account", cookies={"cityops_display": display(migrated_database, "hall")})
    assert scene.status_code == 403
