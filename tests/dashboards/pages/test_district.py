"""A district's page in a browser on made-up states: its own numbers alone, the metric of its streets, its choices.

Fixtures are named in this order, `screens` before `page`, so that browsers leave before their server stops.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from cityops import reference
from cityops.api import schemas
from cityops.clock import utc_now
from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.freshness import Freshness
from factories.state import state
from fixtures.browser import TOKEN
from fixtures.dashboards import StateApi, me

DISTRICT, STREET = "440106", "440106013"


@pytest.fixture
def page(screens: str, page: Page) -> Page:
    """Give a page at the size of a desk."""
    page.set_viewport_size({"width": 1440, "height": 1200})
    return page


def measured_by(now: schemas.State, streets: dict[str, int]) -> schemas.State:
    """Return a state in which so many of the regions have a device of a metric, all metrics named and no others."""
    return now.model_copy(update={"metrics": [_thinned(one, streets.get(one.code, 0)) for one in now.metrics]})


def _thinned(metric: schemas.MetricState, regions: int) -> schemas.MetricState:
    none = {"value": None, "warning": 0, "as_of": None, "freshness": Freshness.SILENT, "expected": 0, "fresh": 0}
    parts = [one if number < regions else one.model_copy(update=none) for number, one in enumerate(metric.regions)]
    return metric.model_copy(update={"regions": parts, "expected": sum(one.expected for one in parts)})


def chip(page: Page, name: str) -> str | None:
    return page.locator("#choices").get_by_role("button", name=name, exact=True).get_attribute("aria-pressed")


def test_a_pressed_metric_fills_the_table_of_streets(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/{DISTRICT}?metric=pm25")
    rows = page.locator("#street-grid .ag-center-cols-container [col-id=value]")
    expect(rows.first).not_to_have_text("")
    before = rows.all_inner_texts()

    page.locator("#choices .chip").filter(has_text="小时雨强").click()

    expect(page).to_have_url(re.compile("metric=rain_intensity"))
    expect(page.locator("#choices .chip[aria-pressed=true]")).to_have_text("小时雨强")
    expect(rows.first).not_to_have_text(before[0])


def test_a_metric_chosen_from_the_list_fills_the_table_too(screens: str, page: Page) -> None:
    page.goto(f"{screens}/districts/{DISTRICT}?metric=pm25")
    rows = page.locator("#street-grid .ag-center-cols-container [col-id=value]")
    expect(rows.first).not_to_have_text("")
    before = rows.first.inner_text()

    page.locator("#choices select").select_option(label="台区电压")

    expect(page).to_have_url(re.compile("metric=voltage"))
    expect(rows.first).not_to_have_text(before)


def test_the_table_opens_on_what_most_streets_measure(screens: str, page: Page, state_api: StateApi) -> None:
    streets = {"pm25": 1, "water_depth": 9, "cover_tilt": 14, "gas_lel": 3, "battery_voltage": 20}
    now = measured_by(state(DISTRICT, at=utc_now()), streets)
    state_api.put(now.model_dump_json(), DISTRICT)

    page.goto(f"{screens}/districts/{DISTRICT}")

    expect(page.locator("#choices .chip[aria-pressed=true]")).to_have_text("井盖倾角")
    expect(page.locator("#choices button.chip")).to_have_text(["井盖倾角", "积水深度", "可燃气体浓度", "PM2.5"])
    expect(page.locator("#street-grid .ag-row[row-index='0'] [col-id=value]")).not_to_have_text("—")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_street_shows_no_number_of_its_district_as_its_own(screens: str, page: Page, lang: str) -> None:
    districts = {one.code: one for one in reference.regions()}
    people = f"{districts[DISTRICT].population:,}"
    page.goto(f"{screens}/districts/{DISTRICT}?lang={lang}")
    expect(page.locator(".facts")).to_contain_text(people)
    expect(page.locator(".facts li")).to_have_count(3)

    page.goto(f"{screens}/districts/{DISTRICT}?street={STREET}&lang={lang}")

    expect(page.locator("#headlines .tile").first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(people)
    expect(page.locator(".facts")).to_have_count(0)


def test_a_district_counts_the_sources_that_send_from_it(screens: str, page: Page, state_api: StateApi) -> None:
    now = state(DISTRICT, at=utc_now())
    own = [one.model_copy(update={"freshness": Freshness.FRESH}) for one in now.sources[:4]]
    own[1] = own[1].model_copy(update={"freshness": Freshness.SILENT})
    state_api.put(now.model_copy(update={"sources": own}).model_dump_json(), DISTRICT)

    page.goto(f"{screens}/districts/{DISTRICT}")

    expect(page.locator(".as-of-count")).to_have_text("3/4")


def test_a_department_is_told_where_the_cases_dispatched_to_it_stand(
    screens: str, page: Page, state_api: StateApi
) -> None:
    water = Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))
    state_api.known[TOKEN] = me(Role.DEPARTMENT_HANDLER, water, kind="session")
    page.goto(f"{screens}/districts/{DISTRICT}")
    expect(page.locator("#event-list")).to_contain_text("派给本部门的案件见“待办”")
    expect(page.get_by_role("link", name="待办")).to_have_attribute("href", "/todo")


def test_no_case_at_all_is_not_told_as_none_today(screens: str, page: Page, state_api: StateApi) -> None:
    now = state(DISTRICT, at=utc_now())
    none = now.events.model_copy(update={"pressing": []})
    state_api.put(now.model_copy(update={"events": none}).model_dump_json(), DISTRICT)

    page.goto(f"{screens}/districts/{DISTRICT}")

    expect(page.locator("#event-list")).to_have_text("还没有事件")
