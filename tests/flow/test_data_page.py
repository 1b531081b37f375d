"""The data page in Chromium on a real API: choose, keep the address, the same number everywhere, what would work."""

import csv
import io
import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from cityops import reference
from cityops.api import app as api_app
from cityops.client import Client
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Aggregation, Filled, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.domain.indicators.views import MOST_INDICATORS
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.regions import RegionLevel
from cityops.local.processes import free_ports
from cityops.store.indicators import recorded
from cityops_dashboards.addresses import Address
from cityops_dashboards.app import create_app
from cityops_dashboards.pages.data.answer import ask
from cityops_dashboards.pages.data.choice import Choice, read, wall_time
from cityops_dashboards.pages.data.fits import catalogue, fits_of
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
    page.locator(".dash-dropdown-search").fill(option)  # a long list has only what is in sight
    page.locator(".dash-dropdown-option", has_text=re.compile(f"^{option}")).click()


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
    for part in ("indicator=crowd_count", "region=440105", "level=street", "interval=hour"):
        assert part in page.url
    assert "start=" not in page.url  # without a time it stays a view of now
    expect(page.locator(".ag-row [col-id=code]").first).to_have_text("440105001")

    again = new_page(1440, 900)
    again.goto(page.url)
    expect(again.locator(".data-chart h2")).to_have_text(heading(page))
    expect(again.locator(".ag-row [col-id=value]").first).to_have_text("100")
    assert cells(again, "value") == cells(page, "value")
    assert again.url == page.url

    page.go_back()
    expect(page.locator(".data-chart h2")).to_have_text("重点区域人数 · 海珠区 · 分区 · 小时")
    page.get_by_role("button", name="近7天").click()
    expect(page.get_by_role("button", name="近7天")).to_have_attribute("aria-pressed", "true")
    start = page.get_by_label("开始时间").input_value()
    page.locator("a.language").click()
    expect(page.locator(".data-chart h2")).to_contain_text("Haizhu · District · Hour")
    assert page.get_by_label("From", exact=True).input_value() == start


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


def test_all_indicators_have_the_same_number_on_the_page_in_the_api_the_file_and_the_client(
    page: Page, world: World, api: httpx.Client, api_url: str, key: str
) -> None:
    metrics = {one.code: one for one in reference.metrics()}
    for kind in reference.device_kinds():
        device = world.device(f"{kind.code}-1", kind.code)
        for code in kind.metrics:
            low, high = metrics[code].valid_min, metrics[code].valid_max
            for part in (3, 7, 11):  # a mean of these has as many digits as there are
                world.says(device, code, low + (high - low) / part, world.ago(3600 + part * 60))
    end = Interval.HOUR.floor(world.now)
    period = f"level=street&region=440106&start={wall_time(end - timedelta(hours=3))}&end={wall_time(end)}"
    hourly = [code for code in catalogue() if Grain.HOUR in fits_of([code]).grains]
    fitting = [code for code in hourly if RegionLevel.STREET in fits_of([code]).levels]
    for codes in _fours(fitting):
        told = _same_everywhere(
            f"?indicator={codes[0]}&compare={','.join(codes[1:])}&{period}", world, api, api_url, key
        )
        assert any(told) or all(catalogue()[code].metric is None for code in codes)
    with serving(create_app(api_url, key)) as address:
        whole = period.replace("level=street", "level=district")
        page.goto(f"{address}/data?indicator=pm25&compare=crowd_count,rain_intensity&view=table&{whole}")
        expect(page.locator(".ag-row [col-id=exact]")).to_have_count(9)
        drawn = page.locator(".ag-row [col-id=exact]").all_inner_texts()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载 CSV").click()
    assert download.value.suggested_filename.startswith("天河区_")
    there = [row["数值"] for row in csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))]
    assert sorted(float(one) for one in drawn if one != "—") == sorted(float(one) for one in there if one)
    assert "—" in drawn
    assert len(set(drawn)) > 3


def test_what_comes_from_outside_and_what_is_made_of_it_has_the_same_number_everywhere(
    world: World, api: httpx.Client, api_url: str, key: str
) -> None:
    end = Grain.YEAR.floor(world.now)
    declared = {code: one.declared for code, one in catalogue().items() if one.declared}
    for code, one in declared.items():
        if isinstance(one.measure, Pushed | Filled):
            _keep(world, code, one, one.period.shifted(one.period.ceiling(end), -1))
            _keep(world, code, one, one.period.shifted(one.period.ceiling(end), -2))
    kinds: set[str] = set()
    for code, one in declared.items():
        if catalogue()[code].is_binned:
            continue
        fits = fits_of([code])
        grain = one.period if one.period in fits.grains else fits.grains[0]
        start = wall_time(grain.shifted(end, -3))
        asked = f"?indicator={code}&level={fits.levels[0]}&interval={grain}&start={start}&end={wall_time(end)}"
        told = _same_everywhere(asked, world, api, api_url, key)
        kinds |= {one.measure.kind} if any(told) else set()
    assert kinds >= {"pushed", "filled", "cumulative"}  # changes and ratios are told alike, too, and are none here


def _keep(world: World, code: str, one: IndicatorDeclaration, start: datetime) -> None:
    """Keep a value for the city with as many digits as there are."""
    assert isinstance(one.measure, Pushed | Filled)
    low, high = one.valid or (0, 1)
    source = one.measure.sources[0] if isinstance(one.measure, Pushed) else "platform-self"
    is_ratio = one.folds is Aggregation.RATIO
    report = IndicatorReport(
        indicator_code=code,
        region_code="440100" if RegionLevel.CITY in one.measure.levels else "440106",
        period_start=start,
        period_end=one.period.shifted(start, 1),
        source_system_code=source,
        revision=0,
        value=low + (high - low) / 3,
        numerator=1.0 if is_ratio else None,
        denominator=3.0 if is_ratio else None,
        quality=0,
        coverage=None,
        definition_version=1,
        by=None,
        reason=None,
        received_at=world.now,
    )
    with world.connection.transaction(), world.connection.cursor() as cursor:
        recorded.record(cursor, [report])


def _same_everywhere(asked: str, world: World, api: httpx.Client, api_url: str, key: str) -> list[float | None]:
    """Return the values of a question, which page, file, API and client have told alike."""
    choice = read(Address.parse("/data", asked), world.now)
    with Client(api_url, key) as client:
        shown = {one.indicator["code"]: one.table for one in ask(client, choice)}
    rows = csv.DictReader(io.StringIO(api.get(f"/api/v1{choice.export()}").content.decode("utf-8-sig")))
    filed = [float(row["数值"]) if row["数值"] else None for row in rows]
    told = [
        point["value"]
        for code in choice.indicators
        for point in api.get("/api/v1/series", params=_query(choice) | {"indicator": code}).json()["points"]
    ]
    ours = [None if pd.isna(one) else one for code in choice.indicators for one in shown[code]["value"]]
    assert len(ours) == len(filed) == len(told)
    assert all(map(_is_same, ours, filed)), (ours, filed)
    assert all(map(_is_same, ours, told)), (ours, told)
    return ours


def _is_same(one: float | None, other: float | None) -> bool:
    """Tell whether two numbers are one but for the last bit, which hangs on the order in which doubles are summed."""
    return one == other or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-14))


def _fours(codes: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(codes), MOST_INDICATORS):
        yield codes[first : first + MOST_INDICATORS]


def _query(choice: Choice) -> dict[str, str]:
    times = {"start": choice.start.isoformat(), "end": choice.end.isoformat()}
    return {name: value for name, value in choice.values().items() if name in {"region", "level", "interval"}} | times


def test_the_running_hour_is_marked_and_what_cannot_be_shown_is_told_with_a_way_on(
    url: str, page: Page, city: World
) -> None:
    page.goto(url)
    expect(page.locator(".ag-row [col-id=running]").first).to_have_text("未结束")
    expect(page.locator(".data-chart .hint").first).to_contain_text("尚未结束")
    expect(page.get_by_role("button", name="近24小时")).to_have_attribute("aria-pressed", "true")

    start = Interval.DAY.floor(city.now) + timedelta(days=30)
    page.goto(f"{url}?start={wall_time(start)}&end={wall_time(start + timedelta(hours=24))}")
    expect(page.locator(".data-chart .nothing")).to_have_text("所选时段尚未开始，还没有数据。")
    expect(page.locator(".data-chart")).not_to_contain_text("没有这一指标")
    expect(page.get_by_role("button", name="近24小时")).to_have_attribute("aria-pressed", "false")

    end = city.now.astimezone(CITY_ZONE)
    page.goto(f"{url}?interval=5min&start={wall_time(end - timedelta(days=10))}&end={wall_time(end)}")
    message = page.get_by_role("alert").filter(has_text="最多可查 3 天")
    message.get_by_role("link", name="粒度改为“小时”").click()
    expect(page.locator(".data-chart h2")).to_have_text("PM2.5 · 广州市 · 分区 · 小时")
    assert "interval=hour" in page.url
    expect(page.get_by_role("group", name="时间粒度").locator("input:checked")).to_have_value("hour")


def test_several_indicators_are_shown_whole_and_as_a_map_on_desk_and_phone(url: str, page: Page) -> None:
    page.goto(f"{url}?indicator=pm25&compare=crowd_count,o3,traffic_speed&region=440100")
    plot, graph = page.locator(".data-plot"), page.locator(".data-plot .js-plotly-plot .main-svg").first
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(graph).to_be_visible()
        frame, drawn = plot.bounding_box(), graph.bounding_box()
        assert frame
        assert drawn
        assert frame["height"] >= drawn["height"] - 1
        page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)
    page.get_by_role("link", name="地图").click()
    expect(page.locator(".data-values tbody tr")).to_have_count(11)
    expect(page.locator(".data-ground .js-plotly-plot .textpoint").first).to_be_visible()
    assert "view=map" in page.url
    choose(page, "统计层级", "分街镇")  # another question, looked at in the same way
    page.locator(".data-map").get_by_role("link", name="改看全市各区").click()
    expect(page.locator(".data-values tbody tr")).to_have_count(11)
    page.wait_for_function("document.documentElement.scrollWidth === 390")


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
