"""Filling in, in a browser: known figures with one press, a fault beside its field, review, and files answered."""

import re
from pathlib import Path

from playwright.sync_api import expect

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

LIAISON = Subject("chigang", Role.DATA_LIAISON, Scope(ScopeKind.STREETS, frozenset({"440105001"})))
STEWARD = Subject("cdo", Role.DATA_STEWARD, WHOLE_CITY)
WRITTEN = {
    "grid_officers": ["60"],
    "grid_visits": ["9,000"],
    "disputes_settled": ["18", "20"],
    "orders_revisited": ["0", "0"],
}


def test_a_sheet_is_filled_in_on_a_phone_and_approved_at_a_desk(
    office: Office, new_page: NewPage, world: World, tmp_path: Path
) -> None:
    world.device("WL-1", kind="waterlogging", region="440105001")
    page = office.shown(new_page(390, 844, known=False), LIAISON, "/filling")
    expect(page.locator(".filling-row")).to_have_count(3)
    expect(page.locator(".filling-burden")).to_contain_text("88%")
    file = tmp_path / "form.csv"
    file.write_text("区划代码,指标代码,分项,填报值\n440105001,grid_visits,数值,很多\n", encoding="utf-8")
    form = page.locator("[data-import*=street_month]")
    form.locator("input[type=file]").set_input_files(file)
    expect(form.locator(".filling-report")).to_contain_text("第 2 行“填报值”填有“很多”：不是数字")
    headless = tmp_path / "headless.csv"
    headless.write_text("区划代码,指标代码\n440105001,grid_visits\n", encoding="utf-8")
    form.locator("input[type=file]").set_input_files(headless)
    expect(form.locator(".filling-report")).to_contain_text("缺少列 分项 Part、填报值 Value，请保留模板的表头")

    page.locator(".filling-row").last.click()
    page.get_by_role("button", name="全部采用").click()
    for code, values in WRITTEN.items():
        for field, value in zip(page.locator(f"[data-field={code}] [data-part] input").all(), values, strict=True):
            field.fill(value)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("[data-field=grid_visits] .filling-faults")).to_have_text(
        "通常在 300 至 4,000 之间，请说明理由或更正"
    )
    page.locator("[data-field=grid_visits] [name=reason]").fill("人口普查")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".filling-head")).to_contain_text("待审核")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the phone"

    desk = office.shown(new_page(1440, 900, known=False), STEWARD, "/filling?lang=en")
    expect(desk.locator("[aria-current=true]")).to_have_text(re.compile(r"To review\s+1"))
    desk.locator(".filling-row").click()
    expect(desk.locator("[data-field=ponding_patrolled]")).to_contain_text("the registry")
    expect(desk.locator("[data-field=grid_visits] .said")).to_have_text("人口普查")
    desk.get_by_role("button", name="Approve").click()
    expect(desk.locator(".filling-head")).to_contain_text("approved")
    kept = world.connection.execute("SELECT value, by FROM indicator_value WHERE indicator_code = 'grid_visits'")
    assert kept.fetchall() == [(9000.0, "chigang")]
