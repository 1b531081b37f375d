"""The page `/reports` in a browser: a closed day is previewed, made, shown as it is kept and downloaded."""

import io
from datetime import timedelta
from pathlib import Path

import docx
from playwright.sync_api import expect

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

LI = Subject("li", Role.SHIFT_LEADER, WHOLE_CITY)
WU = Subject("wu", Role.OPERATOR, WHOLE_CITY)


def test_a_closed_day_is_previewed_made_and_downloaded(office: Office, new_page: NewPage, world: World) -> None:
    day = Grain.DAY.shifted(Grain.DAY.floor(world.now), -2)
    for hour in (3, 4, 15):
        world.case("reported", at=day + timedelta(hours=hour))
    page = office.shown(new_page(1440, 900, known=False), LI, "/reports")
    expect(page.locator(".reports-one")).to_contain_text("还没有报告")
    page.locator("[name=day]").fill(f"{day.astimezone(CITY_ZONE):%Y-%m-%d}")
    page.get_by_role("button", name="预览草稿").click()
    expect(page.frame_locator("iframe").locator("h1")).to_have_text("城市运行日报")
    page.get_by_role("button", name="立即生成").click()
    expect(page.locator(".reports-list li")).to_contain_text("城市运行日报 广州市")
    page.locator(".reports-list a").first.click()
    paper = page.frame_locator("iframe").locator("article")
    expect(paper).to_contain_text("事件上报数为3件，较前一日上升3件。")
    expect(paper.locator("header")).to_contain_text("第 1 版")
    with page.expect_download() as download:
        page.get_by_text("下载 DOCX").click()
    opened = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert "事件上报数为3件，较前一日上升3件。" in "\n".join(one.text for one in opened.paragraphs)

    other = office.shown(new_page(1440, 900, known=False), WU, "/reports?lang=en")
    expect(other.frame_locator("iframe").locator("h1")).to_have_text("City operations daily")
    assert other.locator("form").count() == 0
