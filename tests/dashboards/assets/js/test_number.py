"""What a number means, in a browser: told by click and by Enter, in both languages, and following the state."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from factories.state import state
from fixtures.dashboards import StateApi

MARK = """(codes) => codes.forEach((code, place) => {
    const own = Object.assign(document.createElement("span"), { textContent: "7", id: `own-${place}` });
    own.dataset.number = code;
    document.querySelector(".titlebar, .pagebar").append(own);
})"""
CODES = ["metric:water_depth", "metric:water_depth:440106", "count:events.counts.overdue", "metric:nothing"]


@pytest.fixture(autouse=True)
def fresh_state(state_api: StateApi) -> None:
    state_api.put(state(at=utc_now(), values={"water_depth": 62}).model_dump_json())


def test_a_number_tells_its_age_coverage_source_meaning_and_who_answers(
    screens: str, page: Page, state_api: StateApi
) -> None:
    page.goto(f"{screens}/")
    expect(page.locator("#headlines .tile").nth(2)).to_contain_text("PM2.5")
    page.evaluate(MARK, CODES)
    told = page.locator("#number")
    page.locator("#own-0").click()
    for words in (
        "积水深度 · 广州市",
        "62",
        "秒前",
        "读数及时的设备",
        "最新读数的最大值",
        "15 cm",
        "GB 51222",
        "昨日 64",
        "30 天",
    ):
        expect(told).to_contain_text(words)
    expect(told.locator(".number-source").first).to_contain_text("内涝监测系统 · 市水务局")
    state_api.put(state(at=utc_now() - timedelta(minutes=3), values={"water_depth": 33}).model_dump_json())
    expect(told.locator(".digits")).to_have_text("33")
    expect(told.locator(".age").first).to_contain_text("分钟前")
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    page.wait_for_selector("#own-1[tabindex]")
    page.locator("#own-1").focus()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("积水深度 · 天河区")
    page.locator(".number-close").click()
    expect(told).to_be_hidden()
    expect(page.locator("#own-1")).to_be_focused()
    page.locator("#own-3").click()
    expect(told).to_contain_text("没有关于它的说明")


def test_it_speaks_english_on_a_district_s_page_too(screens: str, page: Page, state_api: StateApi) -> None:
    state_api.put(state("440106", at=utc_now(), values={"water_depth": 62}).model_dump_json(), "440106")
    page.goto(f"{screens}/districts/440106?lang=en")
    expect(page.locator("#headlines .tile").nth(2)).to_be_visible()
    page.evaluate(MARK, CODES)
    page.locator("#own-2").click()
    told = page.locator("#number")
    expect(told).to_contain_text("Cases overdue · Tianhe")
    expect(told).to_contain_text("1 / 318: cases overdue / open cases")
    page.keyboard.press("Escape")
    page.locator("#own-0").click()
    expect(told).to_contain_text("Largest of the devices' newest readings")
    expect(told).to_contain_text("at or above")
    expect(told).to_contain_text("on 30 days")
