"""Callbacks of Dash at the dashboard's door: decided by the page they come from, counted, and computed in threads."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dash
import httpx
import pytest
from playwright.sync_api import Page, expect

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.local.processes import wait_until
from cityops.rates import Buckets
from cityops_dashboards.access import forged
from cityops_dashboards.access.cookies import DISPLAY
from cityops_dashboards.app import create_app
from fixtures.browser import COOKIES, TOKEN
from fixtures.dashboards import StateApi, me
from fixtures.web import serving

OWN = {"Sec-Fetch-Site": "same-origin"}
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
PATIENCE_S = 60
Body = dict[str, Any]


def part(name: str, value: Any = None) -> Body:
    identifier, _, prop = name.partition(".")
    return {"id": identifier, "property": prop, "value": value}


def body(outputs: str | list[str], inputs: Body, state: Body) -> Body:
    """Return a callback as Dash's renderer sends it, for one output or several."""
    return {
        "output": outputs if isinstance(outputs, str) else f"..{'...'.join(outputs)}..",
        "outputs": part(outputs) if isinstance(outputs, str) else [part(name) for name in outputs],
        "inputs": [part(*one) for one in inputs.items()],
        "state": [part(*one) for one in state.items()],
        "changedPropIds": [*inputs],
    }


def frame(path: str | None, search: str = "") -> Body:
    """Return what the frame of all pages asks for."""
    return body("page.children", {"url.pathname": path}, {"url.search": search})


def district(region: str, **query: str) -> list[Body]:
    """Return what the page of a region asks for."""
    tick: Body = {"district-refresh.n_intervals": 0}
    state: Body = {"district-region.data": region, "district-query.data": query}
    return [
        body("district-map.figure", {"district-webgl.data": False} | tick, state),
        body("event-detail.children", {"event-grid.cellClicked": {"rowId": "7"}}, state),
        body(["device-grid.rowData", "device-count.children"], tick, state),
        body(["event-grid.rowData", "event-count.children"], tick, state),
    ]


def data(search: str = "") -> Body:
    """Return what the data page asks for."""
    again = {"data-url.search": search, "data-retry.n_intervals": None}
    return body(["data-results.children", "data-retry.disabled"], again, {})


def follow() -> Body:
    """Return what the data page asks for when its address changes."""
    create_app("http://127.0.0.1:9")
    declared = dash.get_app().callback_map  # type: ignore[no-untyped-call]  # Dash annotates it not
    [output] = [one for one in declared if "data-choice.data" in one]
    state = {f"{one['id']}.{one['property']}": None for one in declared[output]["state"]}
    return body(output.strip(".").split("..."), {"data-url.search": ""}, state)


def ask(client: httpx.Client, asked: Body) -> httpx.Response:
    return client.post(forged.PATH, json=asked, headers=OWN)


def test_every_callback_names_its_page_and_runs_in_a_thread() -> None:
    create_app("http://127.0.0.1:9")
    declared = dash.get_app().callback_map  # type: ignore[no-untyped-call]  # Dash annotates it not
    for output, one in declared.items():
        if "callback" in one:
            names = {f"{each['id']}.{each['property']}" for each in one["inputs"] + one["state"]}
            assert names & {"url.pathname", "data-url.search", "district-region.data"}, output
            assert one["callback"].__module__ == "cityops_dashboards.threads", output


@pytest.mark.parametrize("scene", ["/", "/districts/440105"])
def test_a_callback_of_another_page_is_shut_to_a_display(
    visitor: httpx.Client, state_api: StateApi, scene: str
) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene=scene)
    others = [frame("/data"), frame("/districts/440106"), frame("/nowhere"), data(), follow(), *district("440106")]
    others += [*district("440106001"), frame("/districts/440105") if scene == "/" else frame(None)]
    for asked in others:
        answer = ask(visitor, asked)
        assert answer.status_code == 403, asked
        assert answer.headers["content-type"] == "application/problem+json"
        assert "This display shows" in answer.json()["detail"] or "lies outside" in answer.json()["detail"]
    assert wait_until(lambda: "/data" in [one["page"] for one in state_api.reported], seconds=10)


def test_a_callback_of_its_own_page_is_open_to_a_display(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene="/districts/440105")
    for asked in (frame("/districts/440105"), *district("440105"), *district("440105001")):
        assert ask(visitor, asked).status_code in {200, 204}, asked


def test_a_callback_of_a_region_outside_the_area_is_refused(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU)
    for asked in district("440106") + district("440106001"):
        assert ask(visitor, asked).status_code == 403
    for asked in district("440105") + district("440105001") + [data(), frame("/"), frame("/data")]:
        assert ask(visitor, asked).status_code in {200, 204}


@pytest.fixture
def small(state_api_url: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give the address of a dashboard that answers two callbacks, and how to make it answer all."""
    app = create_app(state_api_url)
    app.state.rates.callbacks = Buckets(0.01, 2)

    def generous() -> None:
        app.state.rates.callbacks = Buckets(1000, 1000)

    with serving(app) as url:
        yield url, generous


def test_callbacks_are_counted_per_credential(small: tuple[str, Callable[[], None]], state_api: StateApi) -> None:
    url, _ = small
    state_api.known["display_other"] = me(Role.OPERATOR)
    for cookies in (COOKIES, {DISPLAY: "display_other"}):
        with httpx.Client(base_url=url, cookies=cookies, timeout=PATIENCE_S) as client:
            answers = [ask(client, asked) for asked in (frame("/"), data(), data(), frame("/"), *district("440106"))]
            assert [answer.status_code for answer in answers] == [200, 200, *[429] * 6]
            assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[2:])
            assert "asks too often" in answers[2].json()["detail"]
            assert client.get("/").status_code == 200  # the page itself, and what is pushed, are not counted
            with client.stream("GET", "/stream/state") as stream:
                assert stream.status_code == 200


def test_a_page_that_came_too_often_says_so_and_comes_by_itself(
    small: tuple[str, Callable[[], None]], page: Page
) -> None:
    url, generous = small
    with httpx.Client(base_url=url, cookies=COOKIES, timeout=PATIENCE_S) as client:
        assert [ask(client, frame("/")).status_code for _ in range(3)] == [200, 200, 429]
    page.goto(url)
    expect(page.locator("#page-late")).to_be_visible()
    expect(page.locator("#page-late")).to_contain_text("自动重试")
    generous()
    expect(page.locator(".titlebar")).to_be_visible()
    expect(page.locator("#page-late")).to_be_hidden()


class Gate:
    """Holds whoever comes through it, and knows how many that are and were at most."""

    def __init__(self, way: Callable[..., Any]) -> None:
        self.way, self.open = way, threading.Event()
        self.held = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self.held += 1
            self.most = max(self.most, self.held)
        assert self.open.wait(PATIENCE_S)
        with self._lock:
            self.held -= 1
        return self.way(*args, **kwargs)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Give the gate that stands in the last step of every callback, in which Dash makes text of its answer."""
    gate = Gate(vars(dash._callback)["to_json"])
    monkeypatch.setattr("dash._callback.to_json", gate)
    yield gate
    gate.open.set()


@pytest.mark.parametrize("asked", [frame("/"), data(), district("440106")[-1]], ids=["frame", "data", "district"])
def test_while_a_callback_is_computed_everything_else_goes_on(visitor: httpx.Client, gate: Gate, asked: Body) -> None:
    with ThreadPoolExecutor(1) as others:
        slow = others.submit(ask, visitor, asked)
        assert wait_until(lambda: gate.held == 1, seconds=PATIENCE_S)
        try:
            assert visitor.get("/health/live").status_code == 200
            assert visitor.get("/data").status_code == 200
            with visitor.stream("GET", "/stream/state") as stream:
                assert any("event: beat" in line for line in stream.iter_lines())
            assert not slow.done()
        finally:
            gate.open.set()
        assert slow.result(PATIENCE_S).status_code == 200


def test_one_viewer_s_callbacks_hold_up_no_other_s(visitor: httpx.Client, state_api: StateApi, gate: Gate) -> None:
    state_api.known["display_other"] = me(Role.OPERATOR)
    with ThreadPoolExecutor(9) as others:
        first = [others.submit(ask, visitor, data()) for _ in range(8)]
        assert wait_until(lambda: gate.held == 3, seconds=PATIENCE_S)
        with httpx.Client(base_url=visitor.base_url, cookies={DISPLAY: "display_other"}, timeout=PATIENCE_S) as other:
            second = others.submit(ask, other, data())
            try:
                assert wait_until(lambda: gate.held == 4, seconds=PATIENCE_S)
                assert not any(one.done() for one in first)
            finally:
                gate.open.set()
            assert {one.result(PATIENCE_S).status_code for one in (*first, second)} == {200}
    assert gate.most == 4
