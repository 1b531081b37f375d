"""The time machine in a browser: a past moment opened, moved by keys and mouse, played, and left."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from cityops.api import schemas
from cityops.clock import utc_now
from cityops.domain.access import Role
from factories.state import state
from fixtures.browser import TOKEN
from fixtures.dashboards import StateApi, me


def then(at: datetime) -> str:
    """Return a state of the past: what only readings tell is null, PM2.5 says which minute it is of."""
    made = state(at=at, values={"pm25": at.minute})
    nothing = schemas.Warnings(blue=None, yellow=None, orange=None, red=None, worst=[])
    none = dict.fromkeys(("received", "stored", "duplicate", "rejected"))
    sources = [one.model_copy(update={"freshness": None, "last_received_at": None, **none}) for one in made.sources]
    platform = made.platform.model_copy(update={"sources_fresh": None, "readings_kept": None, **none})
    replay = schemas.Replay(at=at, kept="rollups", resolution_s=300, oldest=at, newest=utc_now(), lacking=[])
    told = {"warnings": nothing, "device_health": nothing, "sources": sources, "platform": platform}
    return made.model_copy(update=told | {"replay": replay}).model_dump_json()


ROWS = "getComputedStyle(document.querySelector('.canvas')).gridTemplateRows.split(' ').length"


def address(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("at", [""])[0]


def test_a_display_that_nobody_touches_shows_the_present_again(state_api: StateApi, screens: str, page: Page) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene="/")
    state_api.past = then
    page.clock.install()
    moment = (utc_now() - timedelta(hours=5)).replace(second=0, microsecond=0)
    page.goto(f"{screens}/?scene=environment&at={quote(moment.isoformat())}")
    expect(page.locator(".replay-chip")).to_be_visible()
    page.clock.fast_forward(14 * 60_000)
    page.keyboard.press("ArrowRight")
    page.clock.fast_forward(14 * 60_000)
    expect(page.locator(".replay-chip")).to_be_visible()
    page.clock.fast_forward(3 * 60_000)
    expect(page.locator(".replay-chip")).to_have_count(0)
    assert address(page) == ""


def test_a_moment_is_opened_moved_played_and_left(state_api: StateApi, screens: str, page: Page) -> None:
    state_api.put(state(at=utc_now(), values={"pm25": 99}).model_dump_json())
    state_api.past = then
    moment = (utc_now() - timedelta(hours=5)).replace(minute=40, second=0, microsecond=0)
    city = moment + timedelta(hours=8)
    tile = page.locator("[data-metric=pm25] .trend-value")

    page.goto(f"{screens}/?scene=environment&at={quote(moment.isoformat())}")

    expect(tile).to_contain_text("40")
    expect(page.locator(".replay-chip")).to_have_text("复盘 · 非实时")
    expect(page.locator(".clock-time")).to_have_text(f"{city:%H:%M}:00")
    expect(page.locator(".replay-exact")).to_have_text("5 分钟存档")
    expect(page.locator(".replay-present")).to_contain_text("实时告警")
    expect(page.locator(".replay-column").first).to_be_attached()
    expect(page.locator(".slot-rail")).to_be_hidden()
    assert page.locator("#replay").bounding_box() == pytest.approx(page.locator(".slot-rail").bounding_box(), abs=3)
    page.keyboard.press("ArrowRight")
    expect(tile).to_contain_text("41")
    page.keyboard.press("Shift+ArrowLeft")
    expect(tile).to_contain_text("31")
    assert address(page) == f"{city - timedelta(minutes=9):%Y-%m-%dT%H:%M}:00+08:00"
    page.keyboard.press(" ")
    expect(tile).not_to_contain_text("31")
    page.keyboard.press(" ")
    page.locator(".replay-mark").click()
    expect(page.locator(".clock-time")).not_to_contain_text(f"{city:%H}:3")
    assert page.evaluate(ROWS) == 6  # the machine takes none of its own
    assert (state_api.at_once, page.evaluate("document.querySelectorAll('#replay').length")) == (1, 1)
    page.keyboard.press("n")
    expect(tile).to_contain_text("99")
    expect(page.locator(".replay-chip")).to_have_count(0)
    expect(page.locator(".slot-rail")).to_be_visible()
    assert address(page) == ""
    assert state_api.asked_past[0].astimezone(UTC) == moment
