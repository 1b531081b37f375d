"""A district's page on the real API and database: its streets, devices and events, filtered and bookmarked."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cityops.domain.access import WHOLE_CITY, Role
from cityops_dashboards.app import create_app
from factories import alarms
from factories.world import World
from fixtures.accounts import PASSWORD, account
from fixtures.browser import NewPage
from fixtures.web import serving

OTHER_STREET = "440106001"
OTHER_DISTRICT = "440105001"


@pytest.fixture
def filled(world: World) -> World:
    """Give a district with flooded, quiet and silent devices, an alarm and three cases, and a neighbour likewise."""
    for code, value, age in (("WL-wet", 18, 5), ("WL-dry", 1, 5), ("WL-silent", 9, 5000)):
        world.says(world.device(code), "water_depth", value, world.ago(age))
    world.says(world.device("WL-else", region=OTHER_STREET), "water_depth", 3, world.ago(5))
    world.says(world.device("WL-neighbour", region=OTHER_DISTRICT), "water_depth", 7, world.ago(5))
    alarms.without_rules(world.connection)
    alarms.rule(world.connection, blue="5")
    alarms.turn(world)
    for code, value in (("WL-wet", 18), ("WL-neighbour", 7)):
        alarms.says(world, code, (world.ago(4), value))
    alarms.turn(world)
    world.case("reported", at=world.ago(60), severity="urgent", title="隧道积水")
    world.case("reported", "dispatched", at=world.ago(600), title="井盖松动")
    world.case("reported", "closed", at=world.ago(3600), title="已经清走")
    world.case("reported", at=world.ago(30), region=OTHER_DISTRICT, title="邻区的事")
    return world


@pytest.fixture
def screens(filled: World, api_url: str, key: str) -> Iterator[str]:
    """Give a dashboard on the API of that district."""
    with serving(create_app(api_url, key)) as url:
        yield url


def cells(page: Page, grid: str, column: str) -> list[str]:
    found = page.locator(f"#{grid} .ag-row:not(.ag-row-loading) [col-id={column}]")
    expect(found.first).not_to_have_text("")
    return found.all_inner_texts()


def test_it_shows_its_own_streets_devices_and_cases(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/440106?metric=water_depth")

    expect(page.locator("h1")).to_have_text("天河区")
    expect(page.locator("#headlines")).to_contain_text("18")
    expect(page.locator("#street-grid .ag-row[row-index='0']")).to_contain_text("猎德街道")
    expect(page.locator("#street-grid .ag-row[row-index='0']")).to_contain_text("黄")
    expect(page.locator("#event-list")).to_contain_text("隧道积水")
    expect(page.locator("#warning-list .warning")).to_have_count(1)
    expect(page.locator("#warning-list .warning-name")).to_have_text("猎德街道 积水")
    expect(page.locator("#district-map .legend")).to_contain_text("黄 1")
    expect(page.locator("body")).not_to_contain_text("邻区的事")


def test_devices_of_a_kind_stand_on_the_wall_and_on_the_districts_map(
    screens: str, page: Page, filled: World
) -> None:
    filled.device("A-1", "air")
    page.goto(f"{screens}/?scene=flood")
    expect(page.locator(".map-devices-sum")).to_contain_text("5 处")
    expect(page.locator(".map-devices-state").first).to_have_text("告警 2")
    dots = page.locator("#map .map-dots .device-dots")
    expect(dots.first).to_be_attached()
    mark = page.locator("#map .map-mark").first
    mark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_contain_text("设备WL-")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(dots).to_have_count(0)
    expect(page).to_have_url(re.compile("devices=none"))

    page.goto(f"{screens}/districts/440106")
    expect(page.locator("#district-map .legend")).to_contain_text("黄 1")
    page.locator(".device-kinds summary").click()
    page.locator(".device-kinds").get_by_role("link", name="空气站").click()
    expect(page).to_have_url(re.compile("devices=air"))
    expect(page.locator("#district-map .legend")).to_contain_text("静默 1")
    expect(page.locator("#district-map .legend")).not_to_contain_text("黄")


def test_devices_are_listed_and_filtered_by_street(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/440106?tab=devices")
    expect(page.locator("#device-count")).to_have_text("共 4 台设备")
    expect(page.locator("#device-grid")).to_contain_text("静默")

    page.locator("#street-choice select").select_option(OTHER_STREET)

    expect(page).to_have_url(re.compile(rf"tab=devices&street={OTHER_STREET}"))
    expect(page.locator("#device-count")).to_have_text("共 1 台设备")
    assert cells(page, "device-grid", "name") == ["设备WL-else"]
    expect(page.locator(".trail")).to_contain_text("天河区")


def test_open_cases_come_first_and_one_shows_its_history(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/440106?tab=events")
    assert cells(page, "event-grid", "title") == ["隧道积水", "井盖松动"]  # the newest first

    page.locator("#event-grid [col-id=title]", has_text="井盖松动").click()
    expect(page.locator("#event-detail li")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"event=\d+"))
    page.reload()
    expect(page.locator("#event-detail h3")).to_have_text("井盖松动")
    expect(page.locator("#event-detail")).not_to_contain_text("张三")  # who reported is nobody's business here


def test_cases_can_be_sorted_and_closed_ones_asked_for(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/440106?tab=events&show=week")
    expect(page.locator("#event-count")).to_have_text("共 3 件")
    page.locator("#event-grid .ag-header-cell[col-id=title]").click()
    expect(page.locator("#event-grid .ag-row[row-index='0'] [col-id=title]")).to_have_text("井盖松动")


def test_the_files_of_the_lists_stand_beside_them(screens: str, page: Page) -> None:
    for tab, show, count in (("devices", "", 4), ("events", "", 2), ("events", "week", 3)):
        page.goto(f"{screens}/districts/440106?tab={tab}&show={show}")
        with page.expect_download() as download:
            page.get_by_role("link", name="下载 CSV").click()
        assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 1 + count


def test_another_districts_case_is_not_shown(screens: str, filled: World, page: Page) -> None:
    number = filled.connection.execute("SELECT id FROM event WHERE title = '邻区的事'").fetchone()
    assert number
    page.goto(f"{screens}/districts/440106?tab=events&event={number[0]}")
    assert cells(page, "event-grid", "title") == ["隧道积水", "井盖松动"]
    expect(page.locator("#event-detail")).to_be_empty()


def test_it_serves_a_phone(screens: str, new_page: NewPage) -> None:
    phone = new_page(390, 844)
    phone.goto(f"{screens}/districts/440106?lang=en")
    expect(phone.locator("#headlines")).to_contain_text("Waterlogging depth")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    badge = phone.locator("#headlines .badge", has_text="Yellow")
    assert badge.evaluate("badge => badge.scrollWidth <= badge.clientWidth")

    phone.goto(f"{screens}/districts/440106?lang=en&tab=devices")
    expect(phone.locator(".swipe")).to_be_visible()  # columns do not fit, and phones show no scroll bars
    state = phone.locator("#device-grid .ag-header-cell[col-id=state]")
    expect(state).to_have_attribute("aria-colindex", "2")  # after the name, before the kind
    name = phone.locator("#device-grid .ag-row [col-id=name]", has_text="Waterlogging monitor WL-wet")
    assert name.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_an_administrator_is_offered_no_devices_cases_or_files(
    screens: str, new_page: NewPage, migrated_database: str, filled: World
) -> None:
    account(migrated_database, "root", Role.ADMINISTRATOR, WHOLE_CITY)
    page = new_page(1440, 900, known=False)
    page.goto(f"{screens}/sign-in?next=/districts/440106")
    page.get_by_label("账号").fill("root")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#street-grid .ag-row[row-index='0']")).to_be_visible()
    expect(page.locator(".page-tab")).to_have_text(["态势"])
    expect(page.locator("#district-map")).to_have_count(0)
    for tab, sentence in (("devices", "管理员不查看单台设备"), ("events", "管理员不查看具体案件")):
        page.goto(f"{screens}/districts/440106?tab={tab}")
        expect(page.locator("main .nothing")).to_contain_text(sentence)
    page.goto(f"{screens}/data")
    expect(page.locator(".data-chart")).to_be_visible()
    expect(page.locator(".data-csv")).to_have_count(0)
    refused = filled.connection.execute("SELECT count(*) FROM audit WHERE action = 'access:refused'").fetchone()
    assert refused == (0,)
