"""The page `/modes` in a browser: a drill is started in two steps and ended, a scene sent; others only look."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.intervals import CITY_ZONE
from cityops.store.access.credentials import CredentialKind, issue
from cityops.store.engine import writing
from factories.acts import HAIZHU, Book
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

LI = Subject("li", Role.SHIFT_LEADER, WHOLE_CITY)
HE = Subject("he", Role.DISTRICT_OFFICER, HAIZHU)


def test_a_drill_is_started_in_two_steps_and_ended_and_a_scene_is_sent(
    office: Office, book: Book, new_page: NewPage, world: World
) -> None:
    world.connection.execute(
        "INSERT INTO duty (region_code, role, place, person, phone, starts_at, ends_at, kinds, set_by)"
        " VALUES ('440100', '值班长', 1, '张三', '13812341234', now() - interval '1 h', now() + interval '2 h',"
        " '{emergency}', 'test')"
    )
    with writing(book.engine) as connection:
        hall = Subject("大厅屏", Role.WALL_DISPLAY, WHOLE_CITY)
        issue(connection, CredentialKind.DISPLAY, "大厅屏", hall, created_by="test", scene="/")
    page = office.shown(new_page(1440, 900, known=False), LI, "/modes")
    expect(page.locator("[data-key=open]")).to_contain_text("平时")
    expect(page.locator("[data-key=roster]")).to_contain_text("平时值班表")
    expect(page.locator(".duty-gap")).to_contain_text("无人值守，24 小时内均无人")
    filled(page)
    card = page.locator(".mode-card")
    expect(card).to_have_count(0)
    page.get_by_text("启动模式 …").click()
    page.get_by_role("button", name="确认启动").click()
    expect(card.locator("h3")).to_have_text(re.compile(r"演练\s+防汛Ⅱ级应急响应 · 广州市"))
    expect(card).to_contain_text("li 启动，陈副市长 批准")

    expect(page.locator("[data-key=roster] h2")).to_have_text(re.compile(r"演练\s+应急值班表"))
    expect(page.locator(".duty")).to_contain_text("张三 · 13812341234")
    expect(page.locator(".duty-gap")).to_have_count(1)

    wall = page.locator("[data-wall]")
    expect(wall).to_contain_text("从未应答")
    wall.get_by_text("推送场景").click()
    wall.locator("[name=scene]").select_option("flood")
    wall.get_by_role("button", name="确认推送").click()
    expect(wall).to_contain_text("推送中：三防内涝 · li")

    other = office.shown(new_page(1440, 900, known=False), HE, "/modes?lang=en")
    expect(other.locator(".mode-card h3")).to_contain_text("Flood control response, grade Ⅱ")
    assert other.locator(".mode-card form, [data-wall] form, [name=matter]").count() == 0

    card.get_by_text("结束 …").click()
    card.locator("[name=reason]").fill("演练结束")
    card.get_by_role("button", name="确认结束").click()
    expect(page.locator("[data-key=past]")).to_contain_text("防汛Ⅱ级应急响应")
    assert {row["action"] for row in book.audited()} >= {"mode:start", "wall:push", "mode:end"}


def filled(page: Page) -> None:
    """Write into the form what a drill needs."""
    page.locator("[name=kind]").select_option("emergency")
    page.locator("[name=matter]").select_option("flood")
    page.locator("[name=grade]").select_option("2")
    page.locator("textarea[name=reason]").first.fill("年度防汛演练")
    page.locator("[name=approver]").fill("陈副市长")
    soon = (utc_now() + timedelta(hours=2)).astimezone(CITY_ZONE)
    page.locator(".shift-give [name=until]").fill(f"{soon:%Y-%m-%dT%H:%M}")
    page.locator("[name=drill]").check()
