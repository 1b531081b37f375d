"""Many pages of one browser share one line to the server: each shows what it watches, and the next one loads."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cityops.clock import utc_now
from cityops.domain.access import Role, Scope, ScopeKind
from cityops.local.processes import wait_until
from cityops_dashboards.access.cookies import Cookies
from cityops_dashboards.app import create_app
from factories.state import state
from fixtures.browser import TOKEN, NewPage, told_of_link
from fixtures.dashboards import StateApi, me
from fixtures.web import serving

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
    expect(page.locator("[data-metric=pm25]")).to_be_visible(timeout=PATIENCE_MS)
    return page


def shows(page: Page, number: str) -> None:
    expect(page.locator("[data-metric=pm25]")).to_contain_text(number, timeout=PATIENCE_MS)


@pytest.mark.timeout(600)  # nine pages draw in one browser, which takes its time on a busy machine
def test_eight_tabs_show_fresh_states_and_a_ninth_loads(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    pages = [opened(context, screens + path) for path in TABS]
    for number, code in enumerate(("440100", *DISTRICTS)):
        state_api.put(state(code, at=utc_now(), values={"pm25": 101 + number}).model_dump_json(), code)
    for page, number in zip(pages, (101, 101, *range(102, 108)), strict=True):
        shows(page, str(number))
        expect(told_of_link(page)).to_be_hidden(timeout=PATIENCE_MS)
    ninth = opened(context, f"{screens}/districts/440113")

    ninth.close()
    pages[0].close()  # the others go on when one has gone
    state_api.put(state(at=utc_now(), values={"pm25": 144}).model_dump_json())
    shows(pages[1], "144")


class SharedWorkers:
    """The shared workers of the browser, as its developer tools see them."""

    def __init__(self, context: BrowserContext) -> None:
        assert context.browser
        self._tools = context.browser.new_browser_cdp_session()

    def targets(self, screens: str) -> list[str]:
        """Return the workers of a dashboard's pages."""
        found = self._tools.send("Target.getTargets")["targetInfos"]
        return [one["targetId"] for one in found if one["type"] == "shared_worker" and one["url"].startswith(screens)]

    def end(self, target: str) -> None:
        """End a worker as a crash would: its pages are not told."""
        self._tools.send("Target.closeTarget", {"targetId": target})

    def run(self, target: str, script: str) -> None:
        """Run a script in a worker."""
        asked = {"targetId": target, "flatten": False}
        session = self._tools.send("Target.attachToTarget", asked)["sessionId"]
        message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": script}})
        self._tools.send("Target.sendMessageToTarget", {"sessionId": session, "message": message})


INSTEAD = "Given = SharedWorker; SharedWorker = function (_, how) {{ return new Given('{}', how); }}"
NO_WORKER = {
    "there is none": "delete window.SharedWorker",
    "its script is gone": INSTEAD.format("/assets/gone.js"),
    "it speaks otherwise": INSTEAD.format("/assets/js/ages.js"),
}


def put(state_api: StateApi, number: int, region: str = "440100") -> None:
    state_api.put(state(region, at=utc_now(), values={"pm25": number}).model_dump_json(), region)


def test_a_page_without_a_worker_that_answers_keeps_a_line_of_its_own(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    pages = [context.new_page() for _ in NO_WORKER]
    for page, script in zip(pages, NO_WORKER.values(), strict=True):
        page.add_init_script(script)
        page.goto(f"{screens}/districts/440106")
    put(state_api, 122, "440106")
    for page in pages:
        shows(page, "122")


def test_pages_whose_worker_has_died_share_a_new_one(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    workers = SharedWorkers(context)
    pages = [opened(context, f"{screens}/districts/{code}") for code in DISTRICTS[:2]]
    [before] = workers.targets(screens)
    workers.end(before)
    assert wait_until(lambda: workers.targets(screens) == [], seconds=60)
    for number, (page, code) in enumerate(zip(pages, DISTRICTS, strict=False)):
        put(state_api, 131 + number, code)
        shows(page, str(131 + number))
    assert len(workers.targets(screens)) == 1


OFFICER = "display_of-an-officer-of-haizhu"
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))

MEMBERS = """() => {
    window.join = (region) => {
        const { port } = new SharedWorker(cityops.line.script, { name: cityops.context.viewer });
        const member = { given: [], here: () => port.postMessage({ act: "here", region }) };
        member.took = () => port.postMessage({ act: "took" });
        port.onmessage = ({ data }) => ["here", "beat"].includes(data.name) || member.given.push(data);
        member.here();
        return member;
    };
    window.told = [];
    const { show } = cityops.banner;
    cityops.banner.show = (sentence, ended) => { if (sentence) told.push(sentence); show(sentence, ended); };
}"""
"""Lets a script join the line of a page beside it, and notes what the page's banner says."""


def test_a_region_that_is_refused_is_told_to_who_asked_alone(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    state_api.known[TOKEN] = me(Role.OPERATOR, HAIZHU)
    page = opened(context, f"{screens}/districts/440105")
    page.evaluate(MEMBERS)
    page.evaluate("void (member = join('440106'))")
    assert wait_until(lambda: page.evaluate("member.given.length") == 1, seconds=60)
    page.evaluate("member.took()")
    put(state_api, 171, "440105")
    shows(page, "171")
    assert page.evaluate("member.given.map(({ name, ended }) => [name, ended])") == [["lost", "refused"]]
    # what was made up for noon is old, which is said too
    assert page.evaluate("told.filter((one) => !one.includes('没有进来'))") == []


def test_a_page_that_sleeps_is_let_go_and_finds_the_newest_state_when_it_wakes(
    screens: str, context: BrowserContext, state_api: StateApi
) -> None:
    page = opened(context, f"{screens}/districts/440105")
    page.evaluate(MEMBERS)
    page.evaluate("void (sleeper = join('440105'))")
    assert wait_until(lambda: page.evaluate("sleeper.given.length") == 1, seconds=60)
    for number in range(151, 156):
        put(state_api, number, "440105")
        shows(page, str(number))
    assert page.evaluate("sleeper.given.length") == 1  # what comes to who does not answer does not pile up
    page.evaluate("sleeper.took()")
    assert wait_until(lambda: page.evaluate("sleeper.given.length") == 2, seconds=60)

    page.evaluate("void (sleeper = join('440106'))")
    assert wait_until(lambda: "440106" in state_api.asked, seconds=60)
    [worker] = (workers := SharedWorkers(context)).targets(screens)
    workers.run(worker, "Line.GONE_MS = 5000")
    assert wait_until(lambda: is_not_asked_for(state_api, "440106"), seconds=60)
    page.evaluate("sleeper.given = []; sleeper.here(); sleeper.took()")
    assert wait_until(lambda: page.evaluate("sleeper.given.length") > 0, seconds=60)


def is_not_asked_for(state_api: StateApi, region: str) -> bool:
    """Whether the dashboard asks for other regions alone."""
    state_api.asked.clear()
    assert wait_until(lambda: len(state_api.asked) > 3, seconds=60)
    return region not in state_api.asked


def test_no_page_shows_what_another_viewer_may_see(
    state_api_url: str, context: BrowserContext, state_api: StateApi
) -> None:
    """An officer signs in beside a display and leaves again; both may look all the time, each at its own."""
    secret = "known to this test"
    session = Cookies(secret).signed(OFFICER)
    state_api.known[OFFICER] = me(Role.OPERATOR, HAIZHU, kind="session")
    with serving(create_app(state_api_url, secret=secret)) as screens:
        page = opened(context, f"{screens}/districts/440106")
        context.add_cookies([{"name": "cityops_session", "value": session, "url": screens}])
        expect(page.get_by_role("heading", level=1)).to_have_text("天河区不在您的管辖范围内")

        page = opened(context, f"{screens}/districts/440105")
        expect(page.locator(".who")).to_contain_text("海珠区")
        context.clear_cookies(name="cityops_session")
        expect(page.locator(".who")).to_contain_text("全市")
        put(state_api, 181, "440105")
        shows(page, "181")
