"""The page of a device: place, curve with limits and alarms, what kept these quiet, its states, cases around."""

import pytest
from playwright.sync_api import Page, expect

from cityops.store import device_states
from factories.alarms import rule, says, turn, without_rules
from factories.desk import ANALYST, HAIZHU, OPERATOR, Desk
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office


@pytest.fixture
def tunnel(world: World, desk: Desk, office: Office) -> Office:
    """Give a dashboard on a city with a flooded tunnel, which fell silent once, and a case beside it."""
    without_rules(world.connection)
    rule(world.connection)
    world.device("WL-1", name="猎德大道下穿隧道")
    turn(world)
    says(world, "WL-1", *((world.ago(60 * minute), 12.0) for minute in range(40, 20, -1)))
    device_states.look(world.connection, world.ago(660))
    says(world, "WL-1", *((world.ago(60 * minute), 45.0) for minute in range(10, 0, -1)))
    device_states.look(world.connection, world.now)
    turn(world)
    desk.dispatched(title="下穿隧道积水")
    return office


@pytest.fixture
def screen(new_page: NewPage) -> Page:
    """Give a page at the size of a desk's screen."""
    return new_page(1440, 900, known=False)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "zh",
            (
                "猎德大道下穿隧道",
                "在线",
                "市水务局",
                "1 分",
                "规则 积水 第",
                "未解除 1",
                "静默",
                "同一街镇",
                "下穿隧道积水",
            ),
        ),
        ("en", ("online", "Water Affairs", "1 min", "rule Ponding, version", "1 open", "silent", "same street")),
    ],
)
def test_a_device_is_shown_whole(tunnel: Office, screen: Page, lang: str, words: tuple[str, ...]) -> None:
    page = tunnel.shown(screen, OPERATOR, f"/devices/WL-1?lang={lang}")
    expect(page.locator(".curves article").first).to_be_visible()
    text = page.locator("main").inner_text()
    assert [word for word in words if word not in text] == [], text
    depth = page.locator(".curves article").first
    assert depth.locator(".curve-limit").count() == 4
    assert depth.locator(".curve-spell").count() >= 1
    assert depth.locator(".curve-line").count() == 2, "the gap stays one"
    assert page.locator(".device-who .plan .plan-mark.plan-red").count() == 1


def test_it_is_reached_from_desk_and_case_and_kept_from_whom_it_does_not_concern(
    tunnel: Office, screen: Page
) -> None:
    page = tunnel.shown(screen, OPERATOR, "/desk")
    expect(page.locator("#detail svg.curve")).to_be_visible()
    page.keyboard.press("c")
    page.locator("#detail a[data-hotkey=c]").click()
    page.wait_for_url("**/cases/*")
    page.locator("main a[href='/devices/WL-1']").click()
    expect(page.locator("h1")).to_contain_text("猎德大道下穿隧道")
    page.goto(f"{tunnel.url}/desk")
    page.locator("#detail header a[href^='/devices/']").click()
    page.wait_for_url("**/devices/WL-1")
    with tunnel.asks(HAIZHU) as asks:
        assert asks.get("/devices/WL-1").status_code == 404
        assert asks.get("/devices/nobody").status_code == 404
    with tunnel.asks(ANALYST) as asks:
        first = asks.get("/devices/WL-1?part=device")
        assert (first.status_code, first.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_on_a_phone_nothing_sticks_out(tunnel: Office, phone: Page) -> None:
    page = tunnel.shown(phone, OPERATOR, "/devices/WL-1")
    expect(page.locator(".curves article").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
