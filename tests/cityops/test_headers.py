"""The headers on every kind of answer of API, dashboard and HTTP ingest, and streams that stay streams."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from playwright.sync_api import Browser

from cityops.headers import HEADERS, NOTHING, GuardedApp
from cityops.store.access.tokens import TokenDoor
from cityops_ingest.sources.http.app import create_app
from cityops_ingest.worker import writing_worker
from fixtures.browser import COOKIES
from fixtures.web import serving


def assert_guarded(answer: httpx.Response) -> str:
    """Return the policy of an answer that has all other headers, each once."""
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    [policy] = answer.headers.get_list("Content-Security-Policy")
    return policy


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/regions", 200),
        ("/api/v1/export/devices.csv", 200),
        ("/api/v1/nothing", 404),
        ("/api/v1/regions?x=1", 422),
        ("/broken", 500),
        ("/metrics", 200),
    ],
)
def test_every_answer_of_the_api_is_guarded(app: FastAPI, api: httpx.Client, path: str, status: int) -> None:
    def broken() -> None:
        raise RuntimeError("meant to fail")

    app.add_api_route("/broken", broken)
    answer = api.get(path)
    assert (answer.status_code, assert_guarded(answer)) == (status, NOTHING)


def test_every_answer_of_the_ingest_is_guarded(database_url: str, door: TokenDoor) -> None:
    with serving(create_app(lambda: writing_worker(database_url, "http"), door)) as url:
        for path, status in {"/health/live": 200, "/nothing": 405, "/v1/readings/x": 405}.items():
            answer = httpx.get(f"{url}{path}")
            assert (answer.status_code, assert_guarded(answer)) == (status, NOTHING), path


def test_every_answer_of_the_dashboard_is_guarded(visitor: httpx.Client) -> None:
    for path, status in {
        "/": 200,
        "/districts/999999": 404,
        "/assets/favicon.svg": 200,
        "/_dash-layout": 200,
        "/map/style.json": 200,
        "/stream/state?region=440100": 200,
    }.items():
        with visitor.stream("GET", path) as answer:
            policy = assert_guarded(answer)
        assert answer.status_code == status, path
        [scripts] = [part for part in policy.split("; ") if part.startswith("script-src ")]
        assert all(source == "'self'" or source.startswith("'sha256-") for source in scripts.split()[1:]), path
        assert "://" not in policy, path


def test_a_stream_passes_piece_by_piece_and_an_own_header_stays() -> None:
    app = GuardedApp()
    taken: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(100_000):
            taken.append(number)
            yield b"x" * 65_536

    @app.get("/")
    def stream() -> StreamingResponse:
        return StreamingResponse(pieces(), headers={"X-Frame-Options": "SAMEORIGIN"})

    with serving(app) as url, httpx.stream("GET", url) as answer:
        assert next(answer.iter_raw())
        assert answer.headers.get_list("X-Frame-Options") == ["SAMEORIGIN"]
        assert len(taken) < 100_000  # 6.5 GB were not gathered first


def test_a_browser_refuses_a_page_s_foreign_picture_and_inline_script(screens: str, browser: Browser) -> None:
    with browser.new_context() as context:
        context.add_cookies([{"name": name, "value": value, "url": screens} for name, value in COOKIES.items()])
        page = context.new_page()
        page.goto(screens)
        refused = page.evaluate("""() => new Promise((resolve) => {
            const seen = new Set();
            document.addEventListener("securitypolicyviolation", (event) => {
                seen.add(event.effectiveDirective);
                if (seen.size === 2) resolve([...seen].sort());
            });
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            new Image().src = "http://127.0.0.2:9/picture.png";
        })""")
        assert refused == ["img-src", "script-src-elem"]
        assert page.evaluate("window.ran === undefined")
