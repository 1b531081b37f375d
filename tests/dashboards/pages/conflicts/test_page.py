"""The page `/conflicts` in a browser: two feeds beside each other, corrected by a data steward; others only look."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.intervals import CITY_ZONE
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.writer import Writer
from fixtures.browser import NewPage
from fixtures.officers import Office

SHUI = Subject("shui", Role.DATA_STEWARD, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})))
AN = Subject("an", Role.ANALYST, WHOLE_CITY)


@pytest.fixture
def feeds(registered_database: str) -> None:
    """Have two sources tell of twelve days, 5 % apart in the last three."""
    writer = Writer(registered_database, "w", Backlog())
    today = utc_now().astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(12, 0, -1):
        value = 600 + 7 * (ago % 5)
        for source, factor in (("water-supply", 1.05 if ago <= 3 else 1), ("data-exchange", 1)):
            start = (today - timedelta(days=ago)).isoformat()
            said = {"indicator": "water_supplied", "region": "440100", "start": start, "value": value * factor}
            payload = json.dumps(said).encode()
            topic = f"cityops/v1/indicators/{source}".encode()
            writer.store([Envelope(topic, payload, len(payload), utc_now(), lambda _: None)])
    writer.close()


def test_two_feeds_are_beside_each_other_and_a_steward_corrects_one(
    feeds: None, office: Office, new_page: NewPage
) -> None:
    page = office.shown(new_page(1440, 900, known=False), SHUI, "/conflicts")
    one = page.locator("[data-indicator=water_supplied]")
    expect(one).to_contain_text("4.8%")
    expect(one).to_contain_text("3 处")
    expect(page.locator(".conflicts-rule")).to_contain_text("供排水调度系统 › 政务数据共享交换平台")
    expect(page.locator("tr.is-differing")).to_have_count(3)

    page.get_by_text("新增更正 …").click()
    page.locator("[name=action]").select_option("scale")
    page.locator("[name=amount]").fill("0.95")
    page.locator("[name=reason]").fill("流量计未校准")
    page.get_by_role("button", name="确认更正，立即生效").click()
    expect(page.locator("[data-correction]")).to_contain_text("乘以倍数 0.95", timeout=30_000)
    expect(page.locator("[data-correction]")).to_contain_text("改动 1 个值")
    expect(page.locator("tr.is-differing td s")).to_have_count(1)

    other = office.shown(new_page(1440, 900, known=False), AN, "/conflicts?lang=en")
    expect(other.locator("[data-correction]")).to_contain_text("Scale 0.95")
    assert other.locator("form[data-to]").count() == 0
    progress = office.shown(new_page(1440, 900, known=False), AN, "/targets")
    expect(progress.locator("[data-target=gdp]")).to_contain_text("还没有数值")
