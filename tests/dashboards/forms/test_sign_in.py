"""Signing in through the dashboard's form on a real API: cookies, refusals, and the addresses of displays."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

import httpx
import psycopg
import pytest

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.local.processes import wait_until
from cityops_dashboards.access.cookies import DISPLAY, SESSION
from cityops_dashboards.app import create_app
from fixtures.accounts import PASSWORD, account
from fixtures.browser import TOKEN
from fixtures.web import serving


@pytest.fixture
def stranger(migrated_database: str, api_url: str, key: str) -> Iterator[httpx.Client]:
    """Give a program without any cookie, before a dashboard whose API knows the district officer `haizhu`."""
    account(migrated_database, "haizhu")
    with (
        serving(create_app(api_url, key)) as url,
        # Passwords are compared behind all else: on a busy machine that takes longer than httpx waits by itself.
        httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as client,
    ):
        yield client


def sign_in(client: httpx.Client, password: str = PASSWORD, onward: str = "") -> httpx.Response:
    address = f"/sign-in?next={quote(onward)}" if onward else "/sign-in"
    return client.post(address, data={"login": "haizhu", "password": password})


def test_the_form_needs_no_script_and_speaks_both_languages(stranger: httpx.Client) -> None:
    page = stranger.get("/sign-in")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "<script" not in page.text
    assert 'lang="zh-CN"' in page.text
    english = stranger.get("/sign-in?lang=en").text
    assert "Account" in english
    assert 'lang="en"' in english


def test_signing_in_leads_a_district_to_what_waits_for_it(stranger: httpx.Client) -> None:
    answer = sign_in(stranger)
    assert (answer.status_code, answer.headers["location"]) == (303, "/todo")
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{SESSION}=session_")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age="):
        assert part in cookie
    assert "Secure" not in cookie  # the test's server speaks http
    assert stranger.get("/districts/440105").status_code == 200
    assert stranger.get("/me").json()["kind"] == "session"


def test_a_street_officer_s_english_form_leads_to_what_waits_for_the_street(
    stranger: httpx.Client, migrated_database: str
) -> None:
    account(migrated_database, "street", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440105001"})))
    answer = stranger.post("/sign-in?lang=en", data={"login": "street", "password": PASSWORD})
    assert answer.headers["location"] == "/todo?lang=en"
    assert stranger.get(answer.headers["location"]).status_code == 200


def test_behind_https_the_cookie_never_travels_without(stranger: httpx.Client) -> None:
    stranger.headers["X-Forwarded-Proto"] = "https"  # as the proxy on this machine says
    [cookie] = sign_in(stranger).headers.get_list("set-cookie")
    assert "; Secure" in cookie
    assert cookie.startswith(f"__Host-{SESSION}=")
    assert "Path=/;" in cookie
    shown = cookie.partition(";")[0].removeprefix("__Host-")
    for planted, status in ((shown, 401), (f"__Host-{shown}", 200)):  # a neighbour under the domain can set the first
        assert stranger.get("/me", headers={"Cookie": planted}).status_code == status
    [ended] = stranger.post("/sign-out").headers.get_list("set-cookie")
    assert ended.startswith(f'__Host-{SESSION}="";')
    assert "; Secure" in ended


def test_a_link_makes_no_display_of_a_browser_unasked(stranger: httpx.Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    asked = [stranger.get(f"/display/{TOKEN}", headers=foreign)]
    sign_in(stranger)
    asked.append(stranger.get(f"/display/{TOKEN}?lang=en"))
    for answer in asked:
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert f'<form method="post" action="/display/{TOKEN}' in answer.text
    assert stranger.post(f"/display/{TOKEN}", headers={"Origin": "https://elsewhere.example"}).status_code == 403
    [cookie] = stranger.post(f"/display/{TOKEN}").headers.get_list("set-cookie")
    assert cookie.startswith(f"{DISPLAY}={TOKEN};")
    assert stranger.get("/me").json()["kind"] == "session"  # a person's session goes first


@pytest.mark.parametrize(
    ("onward", "led"),
    [
        ("/data?region=440105", "/data?region=440105"),
        ("//elsewhere.example/", "/todo"),
        ("/\\elsewhere.example", "/todo"),
        ("https://elsewhere.example", "/todo"),
        ("/sign-out", "/todo"),
    ],
)
def test_it_leads_on_to_pages_of_ours_alone(stranger: httpx.Client, onward: str, led: str) -> None:
    assert sign_in(stranger, onward=onward).headers["location"] == led


def test_a_wrong_password_is_told_and_nothing_is_set(stranger: httpx.Client) -> None:
    answer = sign_in(stranger, "wrong")
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert "wrong" not in answer.text
    assert "set-cookie" not in answer.headers
    assert stranger.get("/").headers["location"] == "/sign-in?next=/"


def test_after_a_wrong_password_the_cursor_stands_in_its_field(stranger: httpx.Client) -> None:
    def focused(page: str) -> list[str]:
        return re.findall(r'<input id="(\w+)"[^>]* autofocus', page)

    assert focused(stranger.get("/sign-in").text) == ["login"]
    assert focused(sign_in(stranger, "wrong").text) == ["password"]


def test_a_login_is_shown_again_as_text(stranger: httpx.Client) -> None:
    answer = stranger.post("/sign-in", data={"login": '"><script>alert(1)</script>', "password": "x"})
    assert "<script" not in answer.text


def test_signing_out_ends_the_session_at_the_api(stranger: httpx.Client) -> None:
    sign_in(stranger)
    kept = stranger.cookies[SESSION]
    assert 'action="/sign-out?lang=en"' in stranger.get("/sign-out?lang=en").text
    assert stranger.post("/sign-out?lang=en").headers["location"] == "/sign-in?lang=en"
    stranger.cookies.set(SESSION, kept)
    assert stranger.get("/me").status_code == 401


def test_a_display_s_address_leaves_no_token_in_the_address(stranger: httpx.Client) -> None:
    answer = stranger.get(f"/display/{TOKEN}?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith(f"{DISPLAY}={TOKEN};")
    assert "HttpOnly" in cookie
    assert stranger.get("/").status_code == 200


def test_a_display_s_address_that_is_no_good_is_told(stranger: httpx.Client) -> None:
    for token in ("display_0000000000000000_nobody", "key_0000000000000000_of-the-tests-browser"):
        answer = stranger.get(f"/display/{token}")
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
        assert "显示地址已失效" in answer.text


def age(database_url: str, column: str, minutes: int) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            f"UPDATE credential SET {column} = now() - %s * interval '1 minute' WHERE kind = 'session'", [minutes]
        )


def idle_s(database_url: str) -> float:
    with psycopg.connect(database_url) as connection:
        statement = "SELECT extract(epoch FROM now() - last_used_at) FROM credential WHERE kind = 'session'"
        [seconds] = connection.execute(statement).fetchone() or (0,)
    return float(seconds)


def test_an_open_page_is_use_of_its_session_until_that_ends(
    stranger: httpx.Client, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops_dashboards.live.stream.BEAT_S", 0.1)
    for kept in ("cityops_dashboards.access.viewer.KEPT_S", "cityops.store.access.tokens.KEPT_S"):
        monkeypatch.setattr(kept, 0.1)
    sign_in(stranger)
    with stranger.stream("GET", "/stream/state", params={"region": "440105"}) as stream:
        lines = stream.iter_lines()
        next(lines)
        age(migrated_database, "last_used_at", 119)
        for _ in lines:  # each of them asks the API
            if idle_s(migrated_database) < 60:
                break
        assert idle_s(migrated_database) < 60
        age(migrated_database, "expires_at", 0)
        assert sum(1 for _ in islice(lines, 1000)) < 1000  # the stream ends
    assert stranger.get("/me").status_code == 401


def test_a_session_without_an_open_page_ends_after_two_hours(
    stranger: httpx.Client, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops_dashboards.access.viewer.KEPT_S", 0.1)
    sign_in(stranger)
    assert stranger.get("/me").status_code == 200
    age(migrated_database, "last_used_at", 121)
    assert wait_until(lambda: stranger.get("/me").status_code == 401, seconds=10)
    assert stranger.get("/data").headers["location"] == "/sign-in?next=/data"
