"""Many pages of one browser share one line to the server: each shows what it watches, and the next one loads."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cityops.clock import utc_now
from factories.state import state
from fixtures.browser import NewPage
from fixtures.dashboards import StateApi

DISTRICTS = ("440106", "440103", "440104", "440105", "440111", "440112")
PATIENCE_MS = 240_000
"""Eight pages that draw at once take their time on a machine that has other things to do."""

TABS = ("/", "/", *(f"/districts/{code}" for code in DISTRICTS))


@pytest.fixture
def context(new_page: NewPage) -> BrowserContext:
    """Give one browser, as one known."""
    return new_page().context


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address, timeout=PATIENCE_MS)
    expect(page.locator("#headlines .tile", has_text="PM2.5")).to_be_visible(timeout=PATIENCE_MS)
    return page


def shows(page: Page, number: str) -> None:
    expect(page.locator("#headlines .tile", has_text="PM2.5")).to_contain_text(number, timeout=PATIENCE_MS)


@pytest.mark.timeout(600)  # nine pages draw in one browser, which takes its time on a busy machine
def test_eight_tabs_show_fresh_states_and_a_ninth_loads(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    pages = [opened(context, screens + path) for path in TABS]
    for number, code in enumerate(("440100", *DISTRICTS)):
        state_api.put(state(code, at=utc_now(), values={"pm25": 101 + number}).model_dump_json(), code)
    for page, number in zip(pages, (101, 101, *range(102, 108)), strict=True):
        shows(page, str(number))
        expect(page.get_by_role("alert")).to_be_hidden(timeout=PATIENCE_MS)
    ninth = opened(context, f"{screens}/districts/440113")

    ninth.close()
    pages[0].close()  # the others go on when one has gone
    state_api.put(state(at=utc_now(), values={"pm25": 144}).model_dump_json())
    shows(pages[1], "144")


def test_a_browser_without_shared_workers_keeps_a_line_of_each_page(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    context.add_init_script("delete window.SharedWorker")
    page = opened(context, screens)
    state_api.put(state(at=utc_now(), values={"pm25": 122}).model_dump_json())
    shows(page, "122")
