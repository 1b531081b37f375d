"""What a number means, in a browser: told by click and by Enter, in both languages, and following the state."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from factories.state import state
from fixtures.dashboards import StateApi


@pytest.fixture(autouse=True)
def fresh_state(state_api: StateApi) -> None:
    state_api.put(state(at=utc_now(), values={"water_depth": 62}).model_dump_json())


def test_a_number_of_the_wall_tells_its_age_coverage_source_meaning_and_who_answers(
    screens: str, page: Page, state_api: StateApi
) -> None:
    page.goto(f"{screens}/?scene=flood")
    told = page.locator("#number")
    figure = page.locator("[data-number='metric:water_depth']")
    figure.click()
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
    reached_by_keys(page)
    for number, said in (
        ("count:alarms.red", "红色告警 · 广州市"),
        ("count:events.counts.overdue", "超期事件 · 广州市"),
        ("group:", "条未解除告警自触发以来最差的值"),
    ):
        page.locator(f"[data-number^='{number}']").first.click()
        expect(told).to_contain_text(said)
        page.locator(".number-close").click()
        expect(told).to_be_hidden()
    page.locator("#map .map-label-value").first.click()
    expect(told).to_be_visible()
    assert page.url == f"{screens}/?scene=flood"


def test_under_a_mode_the_limits_in_force_the_watch_with_its_gap_and_what_is_played_are_told(
    screens: str, page: Page, state_api: StateApi
) -> None:
    now = utc_now()
    told = json.loads(state(at=now, values={"water_depth": 62}).model_dump_json())
    limits: dict[str, object] = {
        "kind": "emergency",
        "title_zh": "防汛Ⅱ级应急响应",
        "title_en": "Flood",
        "basis_zh": "示例",
        "basis_en": "x",
    }
    limits |= {"thresholds": [5, 10, 20, 30], "basis_mark": "default"}
    told["metrics"] = [one | {"limits": limits if one["code"] == "water_depth" else None} for one in told["metrics"]]
    hours = {"starts_at": (now - timedelta(hours=1)).isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
    duty = {"role": "技术保障", "order": 1, "person": "何晓晴", "phone": None} | hours
    told["roster"] = {"region_code": "440100", "kind": "emergency", "drill": False, "now": [duty], "later": []}
    told["roster"]["gaps"] = [{"role": "值班长"} | hours]
    told["alarms"]["groups"] = [one | {"drill": True} for one in told["alarms"]["groups"]]
    state_api.put(json.dumps(told))
    page.goto(f"{screens}/?scene=watch")
    expect(page.locator("#on-duty")).to_contain_text("应急值班表")
    expect(page.locator("#on-duty")).to_contain_text("何晓晴")
    expect(page.locator(".duty-gap")).to_have_text(re.compile(r"值班长无人值守 \d\d:\d\d–\d\d:\d\d"))
    expect(page.locator(".duty-gap")).to_be_in_viewport()
    expect(page.locator("#map-levels")).to_contain_text("应急阈值")
    expect(page.locator("#map-levels")).to_contain_text("≥30")
    expect(page.locator(".alarm-group .drill-mark").first).to_have_text("演练")
    page.locator("#map .map-label-value").first.click()
    for words in ("现行阈值", "应急阈值 · 防汛Ⅱ级应急响应", "30 cm", "默认值，未核", "预警阈值"):
        expect(page.locator("#number")).to_contain_text(words)


def reached_by_keys(page: Page) -> None:
    """Go on by Tab from one vital sign to the next: Enter opens what it means, Esc gives the place back."""
    vitals = page.locator(".vital-figure")
    vitals.first.focus()
    page.keyboard.press("Tab")
    expect(vitals.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    for row in ("数据时间", "覆盖", "含义", "来源与负责"):
        expect(page.locator("#number")).to_contain_text(row)
    page.keyboard.press("Escape")
    expect(page.locator("#number")).to_be_hidden()
    expect(vitals.nth(1)).to_be_focused()


def test_it_speaks_english_on_a_district_s_page_too(screens: str, page: Page, state_api: StateApi) -> None:
    state_api.put(state("440106", at=utc_now(), values={"water_depth": 62}).model_dump_json(), "440106")
    page.goto(f"{screens}/districts/440106?lang=en")
    told = page.locator("#number")
    page.locator("[data-number='count:events.counts.overdue']").first.click()
    expect(told).to_contain_text("Cases overdue · Tianhe")
    expect(told).to_contain_text("1 / 318: cases overdue / open cases")
    page.keyboard.press("Escape")
    page.locator("[data-number='metric:water_depth']").first.click()
    expect(told).to_contain_text("Largest of the devices' newest readings")
    expect(told).to_contain_text("at or above")
    expect(told).to_contain_text("on 30 days")
