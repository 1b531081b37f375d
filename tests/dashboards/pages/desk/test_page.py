"""The desk with a real API: alarms in groups and cases side by side, acknowledged and made cases of by keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from factories.alarms import rows, rule, says, turn, without_rules
from factories.desk import LIEDE, OPERATOR, Desk, street
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

CUT = """() => [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => !one.closest("svg, script, select") && getComputedStyle(one).display !== "inline")
    .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth)
    .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""
"""Elements with text of their own of which a part is cut off or sticks out."""


@pytest.fixture
def shift(world: World, desk: Desk, office: Office) -> Office:
    """Give a dashboard on a city with an alarm that stands, and a case that is dispatched to a street."""
    without_rules(world.connection)
    rule(
        world.connection, cause_zh="暴雨", cause_en="Heavy rain", response_zh="封闭道路", response_en="Close the road"
    )
    world.device("WL-1", name="猎德大道下穿隧道")
    turn(world)
    says(world, "WL-1", (world.ago(90), 12), (world.ago(20), 45))
    turn(world)
    desk.dispatched(street(), title="天河路与体育东路交叉口积水漫过人行道")
    return office


@pytest.fixture
def screen(new_page: NewPage) -> Page:
    """Give a page at the size of a desk's screen."""
    return new_page(1440, 900, known=False)


def test_an_alarm_is_acknowledged_and_made_a_case_of_by_keys(shift: Office, screen: Page, world: World) -> None:
    page = shift.shown(screen, OPERATOR, "/desk")
    row = page.locator("[data-list=alarms] [data-row]")
    expect(row).to_have_count(1)
    expect(row.locator("em")).to_be_visible()
    expect(page.locator("#detail svg.curve")).to_be_visible()
    page.keyboard.press("a")
    expect(row.locator("em")).to_have_count(0)
    [(by,)] = rows(world.connection, "acknowledged_by")
    assert by == "wang"
    page.keyboard.press("c")
    expect(page.locator("#detail a[data-hotkey=c]")).to_be_visible()
    [(case,)] = rows(world.connection, "event_id")
    assert case is not None
    expect(page.locator("#refused li")).to_have_count(0)


def test_one_key_makes_a_case_of_the_group_and_adds_what_comes_later(
    shift: Office, screen: Page, world: World
) -> None:
    world.device("WL-2", name="猎德村口")
    says(world, "WL-2", (world.ago(20), 25))
    turn(world)
    page = shift.shown(screen, OPERATOR, "/desk")
    expect(page.locator("#detail .children .row")).to_have_count(2)
    page.keyboard.press("c")
    expect(page.locator("#detail a[data-hotkey=c]")).to_be_visible()
    [(case,), (other,)] = rows(world.connection, "event_id")
    assert case == other
    world.device("WL-3", name="花城大道")
    says(world, "WL-3", (world.ago(10), 15))
    turn(world)
    page.locator("[data-list=alarms] [data-row]").first.click()
    number = world.connection.execute("SELECT external_id FROM event WHERE id = %s", [case]).fetchall()[0][0]
    expect(page.locator("#detail form:has([name=group]) button")).to_have_text(f"加入案件 {number} C")
    page.keyboard.press("c")
    expect(page.locator("#detail a[data-hotkey=c]")).to_be_visible()
    assert rows(world.connection, "event_id") == [(case,)] * 3


def test_in_a_flood_low_groups_are_folded_and_what_is_new_is_said(shift: Office, screen: Page, world: World) -> None:
    page = shift.shown(screen, OPERATOR, "/desk")
    expect(page.locator("[data-list=alarms] [data-row]")).to_have_count(1)
    world.connection.execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset)"
        " SELECT 'pm25', 1, 'air', 3, 'region:' || n, '44010' || 3 + n % 3, 1, 1, now()"
        " FROM generate_series(1, 9) AS n"
    )
    expect(page.locator(".flood")).to_contain_text("告警洪水")
    expect(page.locator(".row.is-fold")).to_have_text(re.compile("空气质量 · 3 组 9 条 · 未确认 9"))
    expect(page.locator("[data-list=alarms] [data-row]")).to_have_count(1)
    expect(page.locator("[data-list=alarms] h2")).to_contain_text("10 条 4 组")
    world.connection.execute(
        "INSERT INTO alarm_notice (part, at, kind, rule_code, region_code, level, n, n_new, n_graver, n_gone,"
        " unacknowledged) VALUES (1, now(), 'new', 'pm25', '440103', 1, 3, 3, 0, 0, 0)"
    )
    expect(page.locator("#told")).to_contain_text("新告警组 荔湾区")
    page.locator(".flood a").click()
    expect(page.locator("[data-list=alarms] [data-row]")).to_have_count(4)


def test_an_alarm_is_shelved_with_a_reason(shift: Office, screen: Page, world: World) -> None:
    page = shift.shown(screen, OPERATOR, "/desk?lang=en")
    expect(page.locator("#detail summary")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.type("roadworks")
    page.keyboard.press("Enter")
    expect(page.locator("[data-list=alarms] [data-row]")).to_have_count(0)
    expect(page.locator(".desk-alarms footer")).to_contain_text("1")


def test_a_case_is_moved_by_keys_one_act_right_after_the_other(shift: Office, screen: Page, desk: Desk) -> None:
    page = shift.shown(screen, LIEDE, "/desk?show=to_sign")
    expect(page.locator("[data-list=cases] [data-row]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("#detail form:has([value=sign]) button")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#detail summary[data-hotkey=a]")).to_be_visible()
    page.keyboard.press("a")
    following = page.locator("#detail form:has([value=feed_back])")
    expect(following).to_be_visible()
    assert following.get_attribute("data-version") == desk.kept().version
    assert [(one["act"], one["actor"]) for one in desk.acts()][-1] == ("sign", "liede")


def test_the_list_of_cases_is_filtered(shift: Office, screen: Page) -> None:
    page = shift.shown(screen, OPERATOR, "/desk?show=to_sign")
    expect(page.locator("[data-list=cases] [data-row]")).to_have_count(1)
    page.locator("#filter").fill("没有")
    page.keyboard.press("Enter")
    expect(page.locator("[data-list=cases] [data-row]")).to_have_count(0)
    expect(page.locator("#filter")).to_have_value("没有")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_words_are_cut_at_the_desk(shift: Office, screen: Page, lang: str) -> None:
    page = shift.shown(screen, OPERATOR, f"/desk?show=to_sign&lang={lang}")
    expect(page.locator("#detail svg.curve")).to_be_visible()
    assert page.evaluate(CUT) == []
    page.locator("[data-list=cases] [data-row]").click()
    expect(page.locator("#detail ol.history")).to_be_visible()
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_words_are_cut_on_a_phone(desk: Desk, office: Office, phone: Page, lang: str) -> None:
    desk.dispatched(street(), title="天河路与体育东路交叉口积水漫过人行道")
    for path in ("/todo", "/todo/report", f"/cases/{desk.case}"):
        page = office.shown(phone, LIEDE, f"{path}?lang={lang}")
        expect(page.locator("main")).to_be_visible()
        for form in page.locator("details").all():
            form.evaluate("one => { one.open = true; }")
        assert page.evaluate(CUT) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
