"""What is pushed leaves nothing behind in the browser, on wall and district page: no history of Dash's, no memory."""

import pytest
from playwright.sync_api import CDPSession, Page, Request, expect

from cityops.clock import utc_now
from cityops_dashboards.live import hub as hub_module
from cityops_dashboards.pages.district import page as district
from factories.state import state
from fixtures.dashboards import StateApi

PUSHES = 60
LAST = 150.0
PAGES = {"/": "440100", "/districts/440106": "440106"}

HISTORY = "() => window.dash_stores.map((store) => store.getState().history.past.length)"
"""What Dash would undo, by each of its stores."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the API for states twenty times a second, and for a district's devices twice."""
    monkeypatch.setattr(hub_module, "POLL_S", 0.05)
    monkeypatch.setattr(district, "REFRESH_MS", 500)


def bodies(region: str, last: float) -> list[str]:
    """Return states that differ in their numbers and end with this concentration of PM2.5."""
    values = [*(10 + number / 10 for number in range(PUSHES - 1)), last]
    return [state(region, at=utc_now(), values={"pm25": value}).model_dump_json() for value in values]


def pushed(page: Page, state_api: StateApi, region: str, last: float) -> int:
    """Push many states to a page, wait until it shows the last one, and return how many characters that were."""
    sent = bodies(region, last)
    state_api.put_each(sent, region)
    expect(page.locator("[data-metric=pm25]")).to_contain_text(f"{last:.0f}")
    return sum(map(len, sent))


def heap(session: CDPSession) -> int:
    """Return what a page's scripts hold, in bytes, after everything that nobody holds is gone."""
    for _ in range(2):  # what a first collection has finalised, a second one takes
        session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


@pytest.mark.parametrize("path", PAGES)
def test_what_is_pushed_leaves_nothing_behind(screens: str, page: Page, state_api: StateApi, path: str) -> None:
    page.goto(screens + path)
    pushed(page, state_api, PAGES[path], LAST)
    session = page.context.new_cdp_session(page)
    before = heap(session)

    characters = pushed(page, state_api, PAGES[path], LAST + 1)

    assert set(page.evaluate(HISTORY)) == {0}
    assert heap(session) - before < characters / 2  # as objects the states take several times their characters


def test_ticks_and_clicks_are_not_kept_for_an_undo(screens: str, page: Page) -> None:
    def is_third_tick(request: Request) -> bool:
        body = request.post_data or ""
        return '"id":"district-refresh","property":"n_intervals","value":3' in body

    with page.expect_request(is_third_tick):
        page.goto(f"{screens}/districts/440106")
    page.locator("#street-grid .ag-header-cell[col-id=name]").click()
    assert page.evaluate(HISTORY) == [0]


def test_a_table_keeps_its_rows_and_order_when_it_is_clicked(screens: str, page: Page, state_api: StateApi) -> None:
    page.goto(f"{screens}/districts/440106")
    first = page.locator("#street-grid .ag-row[row-index='0'] [col-id=name]")
    page.locator("#street-grid .ag-header-cell[col-id=name]").click()
    expect(page.locator("#street-grid .ag-header-cell[col-id=name]")).to_have_attribute("aria-sort", "ascending")
    before = first.inner_text()
    pushed(page, state_api, "440106", LAST)
    expect(first).to_have_text(before)
