"""Pictures of scenes as the wall shows them: the real dashboard in a headless browser, fed by a made-up state.

The page's clock stands at the state's moment, so that the same scene gives the same picture each time.
"""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from cityops.errors import CityopsError
from cityops.local.browser import browser_program
from cityops.local.processes import free_ports
from cityops_dashboards.app import create_app
from cityops_dashboards.live import hub
from cityops_dashboards.scenes import sample
from cityops_dashboards.scenes.scattered import scattered

COOKIE = b"cityops_display=display_0000000000000000_of-the-preview"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 30_000
DRAWN_MS = 1500
"""After the first number is there: charts and labels come in."""
GONE_S = 192
"""How long ago a picture has stopped whose API is gone."""

STAND = """at => {
  if (window.cityops?.ages) cityops.ages.stand(at);
  else document.addEventListener("DOMContentLoaded", () => cityops.ages.stand(at));
}"""
"""Of the page's ages, which follow the server's clock; the computer's is fixed too, for what is drawn before."""

CUT_OFF = "() => document.body.classList.contains('is-cut-off')"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is wanted: of which scene, how, and in which file."""

    scene: str
    file: Path
    lang: str = "zh"
    theme: str = "dark"
    width: int = 1920
    height: int = 1080
    tiles: str = ""
    state: str = "storm"

    @property
    def address(self) -> str:
        """Where the dashboard shows it."""
        given = {"scene": self.scene, "lang": self.lang, "theme": self.theme, "tiles": self.tiles}
        return f"/?{urlencode({key: value for key, value in given.items() if value})}"


def measured(size: str) -> tuple[int, int]:
    """Return width and height of a size such as `1920x1080`.

    Raises
    ------
        CityopsError: It is none.

    """
    found = re.fullmatch(r"(\d{3,5})x(\d{3,5})", size)
    if not found:
        raise CityopsError(f"'{size}' is no size of a screen; write it like 1920x1080")
    return int(found[1]), int(found[2])


def take(pictures: Sequence[Picture]) -> None:
    """Take pictures; scenes are those in force.

    Raises
    ------
        CityopsError: There is no Chromium, or no Playwright to drive it, or a page broke.

    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise CityopsError("a preview is drawn by a browser: pip install playwright") from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=ARGUMENTS)
        for name, of_state in groupby(pictures, lambda one: one.state):
            draw(browser, name, [*of_state])
        browser.close()


def draw(browser: Any, name: str, pictures: Sequence[Picture]) -> None:
    """Take pictures of one state with a browser of Playwright's that runs.

    Raises
    ------
        CityopsError: There is no such state, or a page broke.

    """
    if name not in sample.DAYS:
        raise CityopsError(f"there is no state '{name}'; there are {', '.join(sample.DAYS)}")
    api = PreviewApi(name)
    with (
        patch.object(hub, "utc_now", lambda: sample.moment(name)),  # since when an API is gone is told by its clock
        serving(api.app) as api_url,
        serving(KnownDisplay(create_app(api_url))) as dashboard,
    ):
        for one in pictures:
            api.answers = True
            _photograph(browser, dashboard, one, api)


def _photograph(browser: Any, dashboard: str, one: Picture, api: "PreviewApi") -> None:
    at = sample.moment(one.state)
    context = browser.new_context(
        viewport={"width": one.width, "height": one.height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page, broken = context.new_page(), []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.clock.set_fixed_time(at)
    page.add_init_script(f"({STAND})({_millis(at)})")
    page.goto(dashboard + one.address)
    page.wait_for_function("() => document.querySelector('[data-as-of]')", timeout=PATIENCE_MS)
    page.wait_for_timeout(DRAWN_MS)
    if one.state == sample.DEAD_API:
        api.answers = False
        page.clock.set_fixed_time(at + timedelta(seconds=GONE_S))
        page.evaluate(STAND, _millis(at + timedelta(seconds=GONE_S)))
        page.wait_for_function(CUT_OFF, timeout=PATIENCE_MS)
        page.evaluate("cityops.ages.tick()")
    page.screenshot(path=one.file)
    context.close()
    if broken:
        raise CityopsError(f"{one.scene}: a script of the page broke: {broken[0]}")


def _millis(at: datetime) -> float:
    return at.timestamp() * 1000


class PreviewApi:
    """What a dashboard asks the API for, answered from the sample: who looks, the state of a region, its devices."""

    def __init__(self, name: str = "storm") -> None:
        """Answer from the state of this name, until `answers` is taken away."""
        self.app = FastAPI()
        self.answers = True
        self._name = name
        self.app.get("/api/v1/me")(self._who)
        self.app.get("/api/v1/state")(self._state)
        self.app.get("/api/v1/map/points")(self._points)

    async def _who(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"name": "preview", "display_name": "Preview", "kind": "display", "scene": None}
        shown |= {"expires_at": None, "has_password": False, "interim_password": False, "role": "shift_leader"}
        return shown | {"scope_kind": "city", "scope_codes": []}

    async def _state(self, region: str) -> Response:
        if not self.answers:
            return Response(status_code=503)
        return JSONResponse(sample.state(region, self._name))

    async def _points(self, kind: str, region: str) -> Response:
        if not self.answers:
            return Response(status_code=503)
        return JSONResponse(scattered(kind, region, sample.moment(self._name), sample.DAYS[self._name][1]))


class KnownDisplay:
    """Shows whoever comes as a display that is known, for nobody but the preview's own browser can reach it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the cookie of a display."""
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"cookie", COOKIE)]}
        await self.app(scope, receive, send)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Run a server on a free port while the block runs, and give its address."""
    port = free_ports(1)[0]
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE_MS / 1000
    while not server.started:
        if time.monotonic() > until:
            raise CityopsError("the preview's server does not start")
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
