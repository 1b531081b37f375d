"""The desk with a real API: alarms in groups and cases side by side, acknowledged and made cases of by keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.desk import page as desk_page
from factories.alarms import rows, rule, says, turn, without_rules
from factories.desk import LIEDE, OPERATOR, OTHER, Desk, street
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

CUT = """() => [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => !one.closest("svg, script, select") && getComputedStyle(one).display !== "inline")
    .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth)
    .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""
"""Elements with text of their own of which a part is cut off or sticks out."""

ROOM_FOR_LAMP = """words => {
    const row = document.querySelector(".row.is-case");
    row.querySelector(".lamp time").textContent = words;
    return row.querySelector(".what").getBoundingClientRect().left
        - row.querySelector(".lamp time").getBoundingClientRect().right;
}"""
"""How far what a case is about stands from how long it still has."""


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


def test_the_list_of_cases_begins_with_what_there_is_and_is_filtered(shift: Office, screen: Page) -> None:
    page = shift.shown(screen, OPERATOR, "/desk")
    expect(page.locator("[data-list=cases] [data-row]")).to_have_count(1)
    expect(page.locator(".tabs [aria-current]")).to_contain_text("待签收")
    assert page.locator("[data-part]").get_attribute("data-part") == "/desk?part=lists&show=to_sign"
    page.locator("#filter").fill("没有")
    page.keyboard.press("Enter")
    expect(page.locator("[data-list=cases] [data-row]")).to_have_count(0)
    expect(page.locator("#filter")).to_have_value("没有")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_words_are_cut_at_the_desk(shift: Office, screen: Page, lang: str) -> None:
    page = shift.shown(screen, OPERATOR, f"/desk?show=to_sign&lang={lang}")
    expect(page.locator("#detail svg.curve")).to_be_visible()
    assert page.evaluate(CUT) == []
    assert page.evaluate(ROOM_FOR_LAMP, "147 h 16 min left") >= 0
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


def test_a_filter_is_named_found_again_elsewhere_removed_and_saved_again(
    desk: Desk, office: Office, screen: Page, new_page: NewPage
) -> None:
    desk.dispatched(street(), title="猎德大道积水")
    desk.dispatched(street(), title="天河路积水")
    page = office.shown(screen, OPERATOR, "/desk?show=to_sign&q=猎德")
    page.keyboard.press("f")
    page.keyboard.type("猎德待签")
    page.keyboard.press("Enter")
    chip = page.locator(".chip")
    expect(chip).to_have_text(re.compile("猎德待签"))
    expect(chip).to_have_class(re.compile("is-chosen"))
    elsewhere = office.shown(new_page(1440, 900, known=False), OPERATOR, "/desk")
    expect(elsewhere.locator(".chip")).to_have_count(1)
    elsewhere.keyboard.press("Shift+Digit1")
    expect(elsewhere.locator("#filter")).to_have_value("猎德")
    expect(elsewhere.locator("[data-list=cases] [data-row]")).to_have_count(1)
    assert elsewhere.evaluate(CUT) == []
    elsewhere.locator(".chip button").click()
    expect(elsewhere.locator(".chip")).to_have_count(0)
    elsewhere.locator("#again button").click()
    expect(elsewhere.locator(".chip")).to_have_count(1)
    other = office.shown(new_page(1440, 900, known=False), OTHER, "/desk")
    expect(other.locator("[data-save]")).to_be_visible()
    expect(other.locator(".chip")).to_have_count(0)


def test_more_cases_than_the_list_holds_are_counted_and_gone_on_to(
    desk: Desk, office: Office, screen: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_page, "CASES", 2)
    for number in range(3):
        desk.dispatched(street(), title=f"积水 {number}")
    page = office.shown(screen, OPERATOR, "/desk?show=to_sign")
    rows = page.locator("[data-list=cases] [data-row]")
    footer = page.locator(".desk-cases footer")
    expect(footer).to_contain_text("第 1–2 件，共 3 件")
    for key in ("Tab", "j", "j"):
        page.keyboard.press(key)
    expect(footer).to_contain_text("第 3–3 件，共 3 件")
    expect(rows).to_have_count(1)
    expect(page.locator(".is-chosen")).to_contain_text("积水 2")
    page.keyboard.press("p")
    expect(footer).to_contain_text("第 1–2 件")


def test_groups_that_are_not_listed_are_counted_ring_and_are_listed_when_asked_for(
    shift: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_page, "GROUPS", 0)
    with shift.asks(OPERATOR) as asks:
        few = asks.get("/desk?part=lists").text
        assert ("另有 1 组" in few, "/440106:1" in few, 'data-row="' in few.partition("desk-cases")[0]) == (
            True,
            True,
            False,
        )
        every = asks.get("/desk?part=lists&groups=all").text
        assert ("另有" in every, 'data-row="' in every.partition("desk-cases")[0]) == (False, True)


def test_of_a_group_that_is_larger_than_one_act_the_gravest_stands_first_and_the_rest_is_counted(
    shift: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_page, "AT_ONCE", 2)
    columns = "rule_code, rule_version, class, priority, region_code, metric, onset, device_id, worst_level"
    world.connection.execute(
        f"INSERT INTO alarm ({columns}, object, level, raised_at)"
        f" SELECT {columns}, 'x:' || n, 1, now() + n * interval '1 s' FROM alarm, generate_series(1, 4) AS n"
    )
    rule_, region = rows(world.connection, "rule_code", "left(region_code, 6)")[0]
    with shift.asks(OPERATOR) as asks:
        whole = asks.get("/desk", params={"part": "group", "rule": rule_, "region": region}).text
    [(gravest,)] = world.connection.execute("SELECT id FROM alarm WHERE level > 1").fetchall()
    assert f'value="{gravest},' in whole
    assert "另有 3 条告警未列出" in whole


@pytest.mark.parametrize(
    ("query", "shown", "following", "told"),
    [
        ({}, 60, "c", (1, 60, 61)),
        ({"after": "b", "at": "60"}, 1, None, (61, 61, 61)),
        ({"after": "b", "at": "x"}, 1, None, (1, 1, 61)),
    ],
)
def test_a_window_of_the_list_tells_which_cases_it_holds(
    query: dict[str, str], shown: int, following: str | None, told: tuple[int, int, int]
) -> None:
    found = desk_page.window(Address("/desk", {"show": "overdue", "part": "lists"} | query), shown, 61, following)
    assert (found["first"], found["last"], found["total"]) == told
    assert found["start"] == "/desk?show=overdue"
    assert found["next"] == (f"/desk?show=overdue&after=c&at={told[1]}" if following else None)
    assert found["is_onward"] == ("after" in query)
