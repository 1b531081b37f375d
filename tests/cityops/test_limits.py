"""Requests beyond a bound, sent to real servers: too large, too long, too slow."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from cityops import limits, serving
from cityops.headers import BODY_LIMIT, GuardedApp
from cityops.settings import settings
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.sources.http.source import BODY_LIMIT as INGEST_LIMIT
from cityops_ingest.worker import writing_worker
from fixtures import web


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = GuardedApp()

    @app.post("/")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/")
    def nothing() -> None:
        return None

    with web.serving(app) as address:
        yield address


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 65_536):
        yield b"x" * 65_536


def assert_refused(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_a_body_up_to_the_limit_is_taken(url: str) -> None:
    assert httpx.post(url, content=b"x" * BODY_LIMIT).json() == BODY_LIMIT
    assert httpx.post(url, content=pieces(BODY_LIMIT)).json() == BODY_LIMIT


def test_a_larger_body_is_refused_declared_or_not(url: str) -> None:
    assert_refused(httpx.post(url, content=b"x" * (BODY_LIMIT + 1)), 413)
    assert_refused(httpx.post(url, content=pieces(BODY_LIMIT * 3)), 413)
    assert httpx.get(url).status_code == 200


def test_the_routes_of_dash_are_bounded(screens: str) -> None:
    for path in ("/_dash-update-component", "/_dash-layout", "/"):
        assert_refused(httpx.post(f"{screens}{path}", content=b"x" * (BODY_LIMIT + 1)), 413)


def test_the_dashboard_has_no_tools_of_developers(visitor: httpx.Client) -> None:
    page = visitor.get("/").text
    assert '"hot_reload"' not in page
    assert '"ui":false' in page
    assert '"props_check":false' in page
    assert visitor.get("/_reload-hash").json()["reloadHash"] is None


def test_the_ingest_takes_larger_bodies_up_to_its_own_limit(database_url: str, door: TokenDoor) -> None:
    with web.serving(create_app(lambda: writing_worker(database_url, "http"), door)) as address:
        post = f"{address}/v1/readings/x"
        assert httpx.post(post, content=b" " * (BODY_LIMIT + 1), timeout=30).status_code == 401  # not 413
        assert_refused(httpx.post(post, content=b" " * (INGEST_LIMIT + 1), timeout=30), 413)


def test_long_addresses_and_headers_are_refused(url: str) -> None:
    assert httpx.get(f"{url}/", params={"q": "x" * 8_000}).status_code == 200
    assert_refused(httpx.get(f"{url}/", params={"q": "x" * 9_000}), 414)
    assert_refused(httpx.get(url, headers={f"X-{n}": "x" * 8_000 for n in range(5)}), 431)


def said(url: str, *sent: bytes) -> bytes:
    """Return all that the server says to these bytes until it closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        for data in sent:
            connection.sendall(data)
        heard = b""
        try:
            while data := connection.recv(65_536):
                heard += data
        except ConnectionResetError:
            pass
        return heard


def test_a_head_that_never_ends_is_cut_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_S", 0.3)
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    assert said(url).startswith(b"HTTP/1.1 408")
    assert said(url, head + b"X-Slow: ").startswith(b"HTTP/1.1 408")
    both = said(url, head + b"\r\n" + head)  # the second request's head on a connection that is kept
    assert both.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in both


def test_a_head_without_end_is_cut_off(url: str) -> None:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(b"x" * 67_108_864)  # more than any buffer between us takes


def test_a_body_that_never_ends_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_S", 0.3)
    heard = said(url, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    assert heard.startswith(b"HTTP/1.1 408")
    assert b"the body did not come" in heard


def test_an_answer_that_takes_longer_than_a_body_may_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_S", 0.05)
    monkeypatch.setattr(serving, "HEAD_S", 0.05)
    app = FastAPI()

    @app.get("/")
    def slow() -> str:
        time.sleep(0.3)
        return "done"

    guarded = GuardedApp()
    guarded.mount("/", app)
    with web.serving(guarded) as address:
        assert httpx.get(address).json() == "done"


@pytest.mark.parametrize(("trusted", "seen"), [("127.0.0.1", "203.0.113.7"), ("192.0.2.1", "127.0.0.1")])
def test_only_a_trusted_proxy_says_for_whom_it_asks(trusted: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_TRUSTED_PROXIES", trusted)
    settings.cache_clear()
    app = GuardedApp()

    @app.get("/")
    def who(request: Request) -> str:
        return request.client.host if request.client else ""

    try:
        with web.serving(app) as address:
            assert httpx.get(address, headers={"X-Forwarded-For": "203.0.113.7"}).json() == seen
    finally:
        settings.cache_clear()
