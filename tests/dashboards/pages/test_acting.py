"""Acting from and to a wall, on a real API: the mode in its head, a scene sent to it, an alarm acknowledged by A."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops_dashboards.app import create_app
from factories.acts import Book
from factories.world import World
from fixtures.api import LEADER, let_browser_in, token_of
from fixtures.browser import NewPage
from fixtures.officers import SECRET, Office
from fixtures.web import serving

HALL = Subject("大厅屏", Role.WALL_DISPLAY, WHOLE_CITY)
LI = Subject("li", Role.SHIFT_LEADER, WHOLE_CITY)
FLOOD = {
    "region": "440100",
    "kind": "emergency",
    "matter": "flood",
    "grade": 2,
    "reason": "暴雨红色预警",
    "approver": "陈",
}


@pytest.fixture
def room(api_url: str, migrated_database: str, book: Book) -> Iterator[Office]:
    """Give a dashboard whose wall is a display by the name of 大厅屏."""
    let_browser_in(migrated_database, HALL)
    with serving(create_app(api_url, token_of(migrated_database, LEADER), secret=SECRET)) as url:
        yield Office(url, book)


def raised(world: World, of: str, level: int, minutes_ago: int) -> None:
    row = {"rule_code": "water_depth", "rule_version": 1, "class": "flood", "priority": 1, "object": of}
    at = utc_now() - timedelta(minutes=minutes_ago)
    row |= {"region_code": "440106013", "level": level, "worst_level": level, "onset": at, "raised_at": at}
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    world.connection.execute(f"INSERT INTO alarm ({names}) VALUES ({places})", [*row.values()])


def pressed(page: Page) -> str:
    """Press A; return by which method the API was asked for it."""
    with page.expect_response("**/relay/alarms/**") as answer:
        page.keyboard.press("a")
    return answer.value.request.method


def acknowledged(world: World) -> list[tuple[str, str | None]]:
    return world.connection.execute("SELECT object, acknowledged_by FROM alarm ORDER BY 1").fetchall()


def test_a_wall_is_told_of_a_mode_and_given_a_scene_and_a_person_acknowledges_from_it(
    world: World, room: Office, new_page: NewPage
) -> None:
    raised(world, "region:orange", 3, 60)
    raised(world, "region:red-late", 4, 2)
    raised(world, "region:red-first", 4, 20)
    hall = new_page()
    hall.goto(f"{room.url}/")
    expect(hall.locator("#mode .mode")).to_have_text("平时")
    with room.asks(LI) as li:
        assert li.post("/relay/modes", json=FLOOD).status_code == 201
    expect(hall.locator("#mode .mode")).to_have_text("防汛Ⅱ级应急响应")
    hall.keyboard.press("a")
    expect(hall.locator("#wall-said")).to_have_text("大屏只能看，不能确认：请登录值班台后确认")
    assert {by for _, by in acknowledged(world)} == {None}
    desk = room.shown(new_page(known=False), LI, "/?lang=zh")
    expect(desk.locator("#mode .mode")).to_have_text("防汛Ⅱ级应急响应")
    sends_a_scene(desk, hall)
    acknowledges(desk, world)


def sends_a_scene(desk: Page, hall: Page) -> None:
    """Open the list of walls, send a scene, and release it; the wall's own keys do nothing meanwhile."""
    row, held = desk.locator(".wall-row"), hall.locator("#wall-held")
    shown = hall.locator("[data-scene][aria-current=true]")
    desk.keyboard.press("p")
    expect(row).to_contain_text("大厅屏")
    expect(row.locator(".wall-age")).to_contain_text("应答")
    desk.keyboard.press("2")
    expect(shown).to_have_text("2")
    expect(held).to_contain_text("li 推送 · 保持至")
    hall.keyboard.press("1")
    expect(row).to_contain_text("推送中")
    expect(shown).to_have_text("2")
    desk.keyboard.press("Delete")
    expect(held).to_be_hidden()
    expect(shown).to_have_text("1")
    desk.keyboard.press("Escape")


def acknowledges(desk: Page, world: World) -> None:
    """Press A twice: the first press names the oldest of the gravest, the second acknowledges that one alone."""
    assert pressed(desk) == "GET"
    expect(desk.locator("#wall-said")).to_contain_text("再按一次 A 确认：红 · 天河区")
    assert {by for _, by in acknowledged(world)} == {None}
    while pressed(desk) != "POST":  # on a busy machine the second press may come too late, and names it again
        pass
    expect(desk.locator("#wall-said")).to_contain_text("已确认")
    assert acknowledged(world) == [("region:orange", None), ("region:red-first", "li"), ("region:red-late", None)]
    desk.keyboard.press("Shift+?")
    expect(desk.locator("#wall-keys")).to_contain_text("把场景推送到大屏")
