"""The page of the alarm load with a real API: figures, hours, the worst rules, and cures when somebody asks."""

import pytest
from playwright.sync_api import expect

from factories.alarms import rule, says, turn, without_rules
from factories.desk import OPERATOR
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

STUCK_OUT = """() => [...document.querySelectorAll(".load *")]
    .filter((one) => !one.closest("svg, select") && getComputedStyle(one).display !== "inline")
    .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth)
    .map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 60)}`)"""
"""Elements of which a part is cut off or sticks out."""


@pytest.fixture
def seat(world: World, office: Office) -> Office:
    """Give a dashboard on a city in which a point was under water for 20 s again and again, for hours."""
    without_rules(world.connection)
    rule(world.connection, hysteresis="2")
    world.device("WL-1", name="猎德大道下穿隧道")
    turn(world)
    for number in range(4):
        begun = 7200 - number * 1200
        says(world, "WL-1", (world.ago(begun), 25.0), (world.ago(begun - 20), 0.0))
        turn(world)
    world.connection.execute("UPDATE alarm_rule SET since = since - interval '3 days'")
    world.connection.execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset,"
        " raised_at, gone_at, cleared_at) SELECT 'retired', 1, 'flood', 1 + n % 3, 'region:440106', '440106', 0, 1,"
        " at, at, at + interval '2 min', at + interval '2 min'"
        " FROM (SELECT n, now() - interval '1 day' + n * interval '10 s' AS at FROM generate_series(1, 60) n) AS it"
    )
    return office


def test_the_load_is_told_in_words_and_a_cure_is_tried_when_asked_for(seat: Office, new_page: NewPage) -> None:
    page = seat.shown(new_page(1440, 900, known=False), OPERATOR, "/desk")
    page.locator(".ways-more summary").click()
    page.get_by_role("link", name="告警负荷").click()
    expect(page.locator("[data-figure]")).to_have_count(16)
    expect(page.locator("[data-figure=most_in_ten_minutes]")).to_contain_text("60")
    expect(page.locator("[data-figure=most_in_ten_minutes]")).to_contain_text("■ 超出")
    expect(page.get_by_role("note")).to_contain_text("3 天")
    expect(page.locator("rect.load-flood")).to_have_count(1)
    expect(page.locator("p[data-rule=retired]")).to_contain_text("已停用")
    expect(page.locator(".load-cures")).to_have_count(0)
    page.locator("a[data-rule=depth]").click()
    delay = page.locator("[data-cure=on_delay]")
    expect(delay).to_contain_text("4 → 0")
    expect(delay).to_contain_text("on_delay_s: – → 30")
    assert page.evaluate(STUCK_OUT) == []
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("[data-cure=on_delay]")).to_contain_text("Longer on-delay")
    assert page.evaluate(STUCK_OUT) == []
    page.get_by_role("link", name="Desk").click()
    expect(page.locator(".desk-main")).to_be_visible()
