"""The page `/views` in a browser: a question of the data page is kept, found again, renamed and made a report."""

from datetime import timedelta

from playwright.sync_api import expect

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.indicators.periods import Grain
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

AN = Subject("an", Role.ANALYST, WHOLE_CITY)


def test_a_question_is_kept_found_again_and_made_a_report(office: Office, new_page: NewPage, world: World) -> None:
    world.case("reported", at=Grain.DAY.shifted(Grain.DAY.floor(world.now), -2) + timedelta(hours=3))
    page = office.shown(
        new_page(1440, 900, known=False), AN, "/data?indicator=events_reported&level=city&interval=day&period=30d"
    )
    page.get_by_role("link", name="存为视图").click()
    expect(page.locator(".views-new")).to_contain_text("事件上报数 · 广州市 · 全市 · 日")
    expect(page.locator(".views-new")).to_contain_text("近30天 · 时段随当前时间移动")
    page.locator(".views-new [name=name]").fill("近况")
    page.get_by_role("button", name="保存").first.click()
    kept = page.locator("[data-view]")
    expect(kept).to_contain_text("近况")
    expect(page.locator(".views-new")).to_have_count(0)
    kept.locator("summary").click()
    kept.locator("[name=name]").fill("每月事件")
    kept.get_by_role("button", name="保存").click()
    expect(kept.locator("b")).to_have_text("每月事件")

    kept.get_by_role("link", name="做成报告").click()
    paper = page.frame_locator("iframe").locator("article")
    expect(paper.locator("h1")).to_have_text("每月事件")
    expect(paper).to_contain_text("事件上报数为1件")
    page.get_by_role("button", name="立即生成").click()
    expect(page.locator(".reports-list li")).to_contain_text("每月事件")

    page.goto(page.url.split("/reports")[0] + "/views")
    kept.get_by_role("link", name="每月事件").click()
    expect(page.locator("#data-interval input:checked")).to_have_value("day")
    assert "period=30d" in page.url
    assert "start=" not in page.url
