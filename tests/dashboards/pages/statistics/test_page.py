"""The statistics: what an address asks for, the table on one screen with its definitions and its file, on a phone."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from cityops.domain.events.acts import Act
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.statistics.page import PATH, read
from factories.desk import ANALYST, LIEDE, OPERATOR, WATER, Desk
from fixtures.browser import NewPage
from fixtures.officers import Office

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("search", "start", "end", "trouble"),
    [
        ("", "10-24 00:00", "11-23 12:00", ""),
        ("?days=7", "11-17 00:00", "11-23 12:00", ""),
        ("?days=8", "10-24 00:00", "11-23 12:00", ""),
        ("?from=2026-10-01&to=2026-10-31", "10-01 00:00", "11-01 00:00", ""),
        ("?from=2026-10-31&to=2026-10-31", "10-31 00:00", "11-01 00:00", ""),
        ("?from=2026-10-31&to=2026-10-01", "10-31 00:00", "10-02 00:00", "turned"),
        ("?from=2026-06-01&to=2026-10-01", "06-01 00:00", "10-02 00:00", "too_long"),
        ("?from=2026-06-01", "11-23 12:00", "11-23 12:00", "no_dates"),
        ("?from=x&to=y", "11-23 12:00", "11-23 12:00", "no_dates"),
        ("?from=9999-12-31&to=9999-12-31", "11-23 12:00", "11-23 12:00", "no_dates"),
    ],
)
def test_an_address_asks_for_a_period(search: str, start: str, end: str, trouble: str) -> None:
    asked = read(Address.parse(PATH, search), NOW)
    found = [f"{at.astimezone(CITY_ZONE):%m-%d %H:%M}" for at in (asked.start, asked.end)]
    assert (*found, asked.trouble.removeprefix("statistics.")) == (start, end, trouble)


def test_what_an_address_says_wrongly_is_the_default() -> None:
    asked = read(Address.parse(PATH, "?by=x&sort=y"), NOW)
    assert (asked.by, asked.sort) == ("district", "done_in_time")
    asked = read(Address.parse(PATH, "?by=unit&sort=-reopened"), NOW)
    assert (asked.by, asked.sort) == ("unit", "-reopened")


@pytest.fixture
def counted(desk: Desk, office: Office) -> Office:
    """Give a dashboard on a city with two cases that were dispatched, of which one was signed for."""
    desk.dispatched()
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    return office


def test_rates_stand_on_one_screen_with_what_they_mean_and_a_file(
    counted: Office, new_page: NewPage, phone: Page
) -> None:
    page = counted.shown(
        new_page(1440, 900, known=False), ANALYST, "/statistics?from=2026-11-01&to=2026-12-31&by=unit"
    )
    expect(page.locator("tbody tr")).to_have_count(2)
    assert page.locator(".definitions dd").count() == 10
    assert page.evaluate("document.documentElement.scrollHeight") <= 900
    assert page.locator("td.is-small").count() > 0
    page.locator("thead a").nth(3).click()
    page.wait_for_url("**sort=returned**")
    expect(page.locator("[aria-sort]")).to_contain_text("退单率")
    with counted.asks(ANALYST) as asks:
        file = asks.get(page.locator("a[download]").get_attribute("href") or "")
        assert file.content.startswith(b"\xef\xbb\xbf")
        assert "退单率" in file.text
        empty = asks.get("/statistics?from=2026-01-01&to=2026-01-31&lang=en").text
        assert "No case of this period is handled here" in empty
        assert "At most 100 days" in asks.get("/statistics?from=2026-01-01&to=2026-10-31&lang=en").text
    small = counted.shown(phone, OPERATOR, "/statistics?from=2026-11-01&to=2026-12-31")
    expect(small.locator("tbody tr")).to_have_count(2)
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
    with counted.asks(LIEDE) as asks:
        assert asks.get("/statistics").status_code == 200
