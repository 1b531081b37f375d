"""The page of vital signs: the tree open to its leaves on one screen, folds that stay, districts side by side."""

from datetime import timedelta

from playwright.sync_api import expect

from cityops.domain.indicators.periods import Grain
from cityops.reference import themes
from factories.desk import ANALYST
from factories.values import keep_value
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office


def test_the_tree_is_open_to_its_leaves_and_says_what_is_missing(
    world: World, office: Office, new_page: NewPage
) -> None:
    tree = themes.shipped().signs
    assert tree is not None
    world.says(world.device("WL-1", "waterlogging"), "water_depth", 21, world.ago(10))
    world.says(world.device("R-1", "rain_gauge"), "rain_intensity", 0, world.ago(10))
    day = Grain.DAY.floor(world.now) - timedelta(days=1)
    keep_value(world, "orders_on_time", "hotline-stats", day, value=98.0)
    page = office.shown(new_page(1440, 900, known=False), ANALYST, "/vital-signs")
    expect(page.locator("li[data-leaf]")).to_have_count(len(tree.leaves))
    depth = page.locator("[data-leaf=water_depth]")
    expect(depth).to_contain_text("21 cm")
    expect(depth.locator(".vital-score")).to_have_text("5.0")
    expect(depth.locator("svg.mark-yellow")).to_be_visible()
    expect(page.locator("[data-leaf=turbidity]")).to_contain_text("无数据")
    expect(page.locator("[data-topic=flood] summary")).to_contain_text("2/4 项，占权重 60%")
    expect(page.locator("h1 b")).to_have_text("–")
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert "indicator=water_depth" in (depth.locator("a").last.get_attribute("href") or "")

    page.locator("[data-topic=flood] > summary").focus()
    page.keyboard.press("Enter")
    expect(depth).to_be_hidden()
    world.says("WL-1", "water_depth", 5, world.ago(0))
    expect(depth.locator(".vital-value b")).to_have_text("5")  # the page has been made anew
    expect(depth).to_be_hidden()

    page.locator("[data-region='440106'] a").click()
    page.wait_for_url("**region=440106**")
    expect(page.locator("h1")).to_contain_text("天河区")
    expect(page.locator("[data-leaf=flights_on_time]")).to_contain_text("不分区")
    expect(page.locator("tr[data-region]")).to_have_count(12)
    entry = page.locator("[data-leaf=water_depth] a").first
    entry.click()
    page.wait_for_url("**/indicators/water_depth")
    expect(page.locator("h1")).to_contain_text("积水深度")
