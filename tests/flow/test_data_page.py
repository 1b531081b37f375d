"""The data page in Chromium on a real API: choose, keep the address, take the CSV, be told what would work."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from cityops.api import app as api_app
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.local.processes import free_ports
from cityops_dashboards.app import create_app
from cityops_dashboards.pages.data.choice import wall_time
from factories.world import World
from fixtures.browser import NewPage
from fixtures.web import serving


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """Give a page at the size of a desk."""
    return new_page(1440, 900)


@pytest.fixture
def city(world: World) -> World:
    """Give a world with two hours of air in 天河区 and a crowd in 海珠区."""
    air, crowd = world.device("A-1", "air"), world.device("C-1", "crowd", "440105001")
    for minute in range(0, 120, 10):
        world.says(air, "pm25", 20 + minute / 10, world.ago(minute * 60))
        world.says(crowd, "crowd_count", 100, world.ago(minute * 60))
    return world


@pytest.fixture
def url(city: World, api_url: str, key: str) -> Iterator[str]:
    with serving(create_app(api_url, key)) as address:
        yield f"{address}/data"


def heading(page: Page) -> str:
    return page.locator(".data-chart h2").inner_text()


def cells(page: Page, column: str) -> list[str]:
    return page.locator(f".ag-row [col-id={column}]").all_inner_texts()


def choose(page: Page, group: str, option: str) -> None:
    page.get_by_role("group", name=group, exact=True).get_by_text(option, exact=True).click()


def pick(page: Page, group: str, option: str) -> None:
    page.get_by_role("group", name=group, exact=True).get_by_role("button").click()
    page.locator(".dash-dropdown-option", has_text=re.compile(f"^{option}$")).click()


def test_choosing_changes_the_address_and_the_address_gives_the_same_view(
    url: str, page: Page, new_page: NewPage
) -> None:
    page.goto(url)
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 小时")
    assert page.url == url  # a view of now stays one until something is chosen

    pick(page, "指标", "重点区域人数")
    expect(page.locator(".data-chart h2")).to_have_text("重点区域人数 · 广州市 · 分区 · 小时")
    pick(page, "区域", "海珠区")
    choose(page, "统计层级", "分街镇")
    expect(page.locator(".data-chart h2")).to_have_text("重点区域人数 · 海珠区 · 分街镇 · 小时")
    for part in ("indicator=crowd_count", "region=440105", "level=street", "interval=hour", "start=", "end="):
        assert part in page.url
    expect(page.locator(".ag-row [col-id=code]").first).to_have_text("440105001")

    again = new_page(1440, 900)
    again.goto(page.url)
    expect(again.locator(".data-chart h2")).to_have_text(heading(page))
    expect(again.locator(".ag-row [col-id=value]").first).to_have_text("100")
    assert cells(again, "value") == cells(page, "value")
    assert again.url == page.url
    assert again.get_by_label("开始时间").input_value() == page.get_by_label("开始时间").input_value()

    page.go_back()
    expect(page.locator(".data-chart h2")).to_have_text("重点区域人数 · 海珠区 · 分区 · 小时")


def test_what_is_chosen_while_an_answer_comes_in_is_not_taken_back(url: str, page: Page) -> None:
    page.goto(url)
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 小时")
    page.evaluate(
        """() => {
          const ask = window.fetch;
          window.fetch = async (...asked) => {
            const answer = await ask(...asked);
            if (String(asked[1]?.body).includes("data-level")) {
              window.fetch = ask;
              setTimeout(() => [...document.querySelectorAll("#data-level label")].at(-1).click());
            }
            return answer;
          };
        }"""
    )
    pick(page, "区域", "海珠区")
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 海珠区 · 分街镇 · 小时")
    expect(page).to_have_url(re.compile("region=440105&level=street"))


def test_the_csv_is_the_api_s_and_agrees_with_the_table(url: str, page: Page, city: World, api: httpx.Client) -> None:
    end = Interval.HOUR.floor(city.now)  # the coverage of the running hour changes while the test runs
    period = f"start={wall_time(end - timedelta(hours=6))}&end={wall_time(end)}"
    page.goto(f"{url}?level=street&region=440106&{period}")
    link = page.get_by_role("link", name="下载 CSV")
    with page.expect_download() as download:
        link.click()
    path = download.value.path()
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    address = link.get_attribute("href")
    assert address
    theirs = api.get(f"/api/v1{address}").content.decode("utf-8-sig")
    assert [row | {"导出时间": ""} for row in rows] == [
        row | {"导出时间": ""} for row in csv.DictReader(io.StringIO(theirs))
    ]
    assert download.value.suggested_filename.startswith("天河区_PM2.5_分街镇_小时_")
    expect(page.locator("#data-counts")).to_contain_text(f"共 {len(rows):,} 行")
    newest = max(row["时段开始"] for row in rows)
    [there] = [row for row in rows if row["时段开始"] == newest and row["区域代码"] == "440106013"]
    shown = page.locator(".ag-row", has_text="440106013").first
    expect(shown.locator("[col-id=start]")).to_have_text(newest[:-3])
    assert float(shown.locator("[col-id=value]").inner_text()) == pytest.approx(float(there["数值"]), abs=0.5)


def test_the_running_hour_is_marked_and_a_period_ahead_is_told_as_one(url: str, page: Page, city: World) -> None:
    page.goto(url)
    expect(page.locator(".ag-row [col-id=running]").first).to_have_text("未结束")
    expect(page.locator(".data-chart .hint")).to_contain_text("尚未结束")
    expect(page.get_by_role("button", name="近24小时")).to_have_attribute("aria-pressed", "true")

    start = Interval.DAY.floor(city.now) + timedelta(days=30)
    page.goto(f"{url}?start={wall_time(start)}&end={wall_time(start + timedelta(hours=24))}")

    expect(page.locator(".data-chart .nothing")).to_have_text("所选时段尚未开始，还没有数据。")
    expect(page.locator(".data-chart")).not_to_contain_text("没有这一指标")
    expect(page.get_by_role("button", name="近24小时")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1440, 390])
def test_comparing_shows_the_time_axis_and_the_legend(url: str, new_page: NewPage, width: int) -> None:
    page = new_page(width, 900)
    page.goto(f"{url}?indicator=pm25&compare=crowd_count,o3,traffic_speed&region=440100")
    plot, graph = page.locator(".data-plot"), page.locator(".data-plot .js-plotly-plot .main-svg").first
    expect(graph).to_be_visible()
    frame, drawn = plot.bounding_box(), graph.bounding_box()
    assert frame
    assert drawn
    assert frame["height"] >= drawn["height"] - 1
    assert page.evaluate("document.documentElement.scrollWidth") == width


PLACE_OF = """(code) => {
    const graph = document.querySelector(".data-plot .js-plotly-plot");
    const { xaxis, yaxis } = graph._fullLayout;
    const { left, top } = graph.getBoundingClientRect();
    const points = graph.calcdata.find(([{ trace }]) => trace.meta.code === code);
    const { x, y } = points.filter((point) => Number.isFinite(point.y)).at(-1);
    return [left + xaxis._offset + xaxis.c2p(x), top + yaxis._offset + yaxis.c2p(y)];
}"""
"""Where the last value of a region's line stands on the screen."""

WIDE = """(codes) => document.querySelector(".data-plot .js-plotly-plot").data
    .filter(({ line }) => line.width > 2).map(({ meta }) => meta.code).sort().join() === codes"""
"""Whether these lines stand out, and no others: a chart that is still being drawn is changed when it is there."""


def test_a_line_is_chosen_by_its_name_by_keys_or_on_the_chart_and_the_address_shows_the_same(
    url: str, page: Page, new_page: NewPage, city: World
) -> None:
    other = city.device("A-2", "air", "440105001")
    for minute in range(0, 120, 10):
        city.says(other, "pm25", 90, city.ago(minute * 60))
    page.goto(url)
    tianhe, haizhu = (page.get_by_role("button", name=name, exact=True) for name in ("天河区", "海珠区"))
    expect(haizhu).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".data-plot .trace.scatter")).to_have_count(2)
    page.wait_for_function(WIDE, arg="")

    haizhu.click()
    expect(haizhu).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(WIDE, arg="440105")
    tianhe.press("Enter")
    expect(tianhe).to_be_focused()
    page.wait_for_function(WIDE, arg="440105,440106")
    page.mouse.click(*page.evaluate(PLACE_OF, "440105"))
    expect(haizhu).to_have_attribute("aria-pressed", "false")
    page.wait_for_function(WIDE, arg="440106")

    again = new_page(390, 844)
    again.goto(page.url)
    expect(again.get_by_role("button", name="天河区", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(again.locator(".data-plot .trace.scatter")).to_have_count(2)
    again.wait_for_function(WIDE, arg="440106")
    choose(page, "时间粒度", "5分钟")  # another question by the same places
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 5分钟")
    expect(tianhe).to_have_attribute("aria-pressed", "true")

    page.keyboard.press("Escape")
    tianhe.press("Escape")
    expect(tianhe).to_have_attribute("aria-pressed", "false")
    assert "lines=" not in page.url
    page.wait_for_function(WIDE, arg="")


def test_too_fine_an_interval_is_told_and_mended_by_a_button(url: str, page: Page, city: World) -> None:
    end = city.now.astimezone(CITY_ZONE)
    start = end - timedelta(days=10)
    page.goto(f"{url}?interval=5min&start={wall_time(start)}&end={wall_time(end)}")
    message = page.get_by_role("alert").filter(has_text="最多可查 3 天")
    expect(message).to_be_visible()
    message.get_by_role("link", name="粒度改为“小时”").click()
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 小时")
    assert "interval=hour" in page.url
    expect(page.get_by_role("group", name="时间粒度").locator("input:checked")).to_have_value("hour")


def test_quick_periods_and_the_language_keep_what_was_chosen(url: str, page: Page) -> None:
    page.goto(f"{url}?indicator=crowd_count&compare=pm25")
    page.get_by_role("button", name="近7天").click()
    expect(page.get_by_role("button", name="近7天")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".data-csv")).to_have_text(["下载 CSV"])  # one file of both
    assert "also=pm25" in (page.locator(".data-csv").get_attribute("href") or "")
    start = page.get_by_label("开始时间").input_value()
    page.locator("a.language").click()
    expect(page.locator(".data-chart h2")).to_contain_text("PM2.5 · Guangzhou · District · Hour")
    assert page.get_by_label("From", exact=True).input_value() == start


def test_an_api_that_is_gone_is_told_and_found_again(
    city: World, migrated_database: str, key: str, page: Page
) -> None:
    [port] = free_ports(1)
    with serving(create_app(f"http://127.0.0.1:{port}", key)) as dashboard:
        with serving(api_app.create_app(migrated_database), port):
            page.goto(f"{dashboard}/data")
            expect(page.locator(".data-chart")).to_be_visible()
        choose(page, "时间粒度", "5分钟")
        expect(page.get_by_role("alert").filter(has_text="数据接口连接不上")).to_be_visible()
        expect(page.locator(".data-chart")).to_have_count(0)  # it would answer another question
        with serving(api_app.create_app(migrated_database), port):
            expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 5分钟")
