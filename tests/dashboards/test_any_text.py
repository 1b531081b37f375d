"""Any text in the dashboard's addresses, forms and cookies: what nothing can keep is named, and nothing is a 500."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cityops.domain.access import WHOLE_CITY, Role
from cityops.local.processes import wait_until
from cityops_dashboards import exports, maps
from cityops_dashboards.app import create_app
from cityops_dashboards.forms import account as own_account
from cityops_dashboards.forms import accounts as admin
from cityops_dashboards.forms import audit, credentials, sign_in
from factories.world import World
from fixtures.accounts import PASSWORD, account
from fixtures.web import serving

PARTS = (maps, exports, sign_in, own_account, credentials, audit, admin)
OF_DASH = [("GET", path) for path in ("/", "/districts/{code}", "/data", "/{page}", "/_dash-{page}")]
WAYS = sorted(
    (method, re.sub(r":\w+}", "}", route.path))
    for part in PARTS
    for route in part.router.routes
    if isinstance(route, APIRoute) and route.path != "/sign-out"
    for method in route.methods or ()
)
FIELDS = ("login", "password", "new_password", "again", "act", "label", "role", "scope_kind", "codes", "days", "id")
QUERY = ("lang", "region", "street", "tab", "after", "subject", "object", "start", "end", "next", "indicator", "done")

RAW = st.one_of(st.sampled_from([b"\0", b"a\0b", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"440106", b""]), st.binary())
TEXTS = st.one_of(RAW, st.text().map(str.encode))
SEGMENTS = TEXTS.filter(bool)  # without this part of a path it would be another address


def quoted(raw: bytes) -> str:
    return quote(raw, safe="")


def is_flawed(raw: bytes) -> bool:
    try:
        return "\0" in raw.decode()
    except UnicodeDecodeError:
        return True


def pairs(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, bytes]]:
    return st.dictionaries(st.sampled_from(names), TEXTS, max_size=4)


@pytest.fixture
def url(world: World, api_url: str, key: str, migrated_database: str) -> Iterator[str]:
    """Give the address of a dashboard on the real API, which knows an administrator `boss`."""
    account(migrated_database, "boss", Role.ADMINISTRATOR, WHOLE_CITY)
    app = create_app(api_url, key, "secret")
    with serving(app) as address:
        yield address


@pytest.fixture
def boss(url: str) -> Iterator[httpx.Client]:
    """Give the browser of somebody who may see every form."""
    with httpx.Client(base_url=url, timeout=30, headers={"Origin": url}) as client:
        assert client.post("/sign-in", data={"login": "boss", "password": PASSWORD}).status_code == 303
        yield client


def test_every_page_and_form_answers_any_text(boss: httpx.Client) -> None:
    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from([*OF_DASH, *WAYS]), SEGMENTS, pairs(QUERY), pairs(FIELDS))
    @example(("GET", "/display/{token}"), "display_é".encode(), {}, {})
    @example(("GET", "/admin/accounts/{login}"), b"\0", {}, {})
    @example(("GET", "/admin/accounts/{login}"), b"\x01", {}, {})  # text, but no login
    @example(("POST", "/display/{token}"), b"440106", {}, {FIELDS[0]: b"\0"})
    def is_answered(way: tuple[str, str], part: bytes, query: Mapping[str, bytes], form: Mapping[str, bytes]) -> None:
        method, path = way
        told = [*query.values(), *(form.values() if method == "POST" else ()), *([part] if "{" in path else ())]
        address = re.sub(r"\{\w+\}", lambda _: quoted(part), path) + "?" + written(query)
        answer = boss.request(method, address, content=written(form) if method == "POST" else None, headers=FORM)
        assert answer.status_code < 500, answer.text
        if any(map(is_flawed, told)):
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"]

    is_answered()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def written(values: Mapping[str, bytes]) -> str:
    return "&".join(f"{name}={quoted(raw)}" for name, raw in values.items())


@pytest.mark.parametrize("cookie", ["cityops_display=display_\xff", "cityops_session=\xe9.x", "other=\xff\xfe"])
def test_a_cookie_that_is_no_text_is_nobodys(url: str, cookie: str) -> None:
    answer = httpx.get(f"{url}/me", headers={b"Cookie": cookie.encode("latin-1")})
    assert answer.status_code == 401


def test_a_malformed_sign_in_counts_for_nothing_and_is_audited(url: str, database: psycopg.Connection) -> None:
    for raw in (b"\xff", b"a\0b", b"\xed\xa0\x80"):
        body = written({"login": b"boss", "password": raw})
        answer = httpx.post(f"{url}/sign-in", content=body, headers=FORM | {"Origin": url})
        assert (answer.status_code, [one["item"] for one in answer.json()["errors"]]) == (422, ["password"])
    refusals = "SELECT subject, action FROM audit WHERE outcome = 'refused'"
    expected: list[tuple[Any, ...]] = [("-", "session:refused")]
    assert wait_until(lambda: database.execute(refusals).fetchall() == expected, seconds=10)
    assert database.execute("SELECT failed_attempts FROM account").fetchall() == [(0,)]
