"""The dashboard's door: nothing answers a stranger but what is public, and no other site asks in our name."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.local.processes import wait_until
from cityops_dashboards.access import paths, viewer
from cityops_dashboards.access.cookies import SESSION, Cookies
from cityops_dashboards.app import SHOWN, create_app
from cityops_dashboards.forms import account, accounts, audit, credentials, sign_in, single_sign_on
from cityops_dashboards.live.hub import HELD
from fixtures.browser import COOKIES, TOKEN
from fixtures.dashboards import StateApi, me

HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
OWN_PARTS = (*SHOWN, sign_in, single_sign_on, account, accounts, audit, credentials)
OPEN = {"/sign-in", "/sign-in/oidc", "/sign-in/oidc/callback", "/sign-out", "/health/live", "/health/ready"}
OPEN |= {"/assets/js/00_cityops.js", "/display/display_x"}
VALUES = {
    "form": "street_month",
    "region": "440105001",
    "start": "2026-10-01",
    "what": "series",
    "token": "display_x",
    "login": "x",
    "rest": "x",
    "path": "cases/7/acts",
    "number": "7",
    "code": "7",
    "package_name": "dash",
    "fingerprinted_path": "deps/react.js",
}


def ways() -> list[tuple[str, str]]:
    """Return method and path of every route of the server, those of Dash among them, with values in its places."""
    server = create_app("http://127.0.0.1:9")
    found = [*server.routes, *(route for part in OWN_PARTS for route in part.router.routes)]
    asked = [("GET", f"{route.path}/js/00_cityops.js") for route in found if isinstance(route, Mount)]
    for route in found:
        if isinstance(route, APIRoute):
            path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: VALUES[place[1]], route.path)
            asked += [(method, path) for method in sorted(route.methods or ())]
    pages = ["/districts/440106", "/data", "/nowhere", "/%5fdash-layout", "//_dash-layout", "/assets"]
    return sorted({*asked, *(("GET", page) for page in pages)})


def test_the_walk_knows_dash_s_routes() -> None:
    paths = {path for _, path in ways()}
    assert {"/", "/_dash-layout", "/_dash-dependencies", "/_dash-update-component", "/_reload-hash"} <= paths
    assert {"/todo", "/todo/report", "/cases/7", "/desk", "/handover", "/relay/cases/7/acts"} <= paths
    assert {"/devices/7", "/statistics"} <= paths
    assert {"/stream/state", "/export/series.csv", "/map/style.json", "/me"} <= paths


@pytest.mark.parametrize(("method", "path"), ways())
def test_nothing_answers_a_stranger_but_what_is_public(screens: str, method: str, path: str) -> None:
    with httpx.stream(method, f"{screens}{path}", headers={"Origin": screens}, timeout=30) as answer:
        if paths.is_open(path):
            assert path in OPEN
            return
        assert answer.status_code in {401, 303}
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in?")


def test_a_web_socket_is_closed_for_everybody(screens: str) -> None:
    sockets = [route.path for route in create_app("http://x").routes if isinstance(route, WebSocketRoute)]
    assert sockets
    for path in sockets:
        cookie = {"Cookie": f"cityops_display={TOKEN}"}
        with pytest.raises(InvalidStatus, match="403"):
            connect(f"{screens.replace('http', 'ws')}{path}", additional_headers=cookie)


def test_no_page_opens_a_web_socket(visitor: httpx.Client) -> None:
    assert "_dash-config" in visitor.get("/").text
    assert "_dash-ws-callback" not in visitor.get("/").text


FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
)


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_dash-update-component"),
        ("POST", "/sign-in"),
        ("POST", "/sign-out"),
        ("GET", "/stream/state"),
        ("GET", "/export/series.csv"),
    ],
)
def test_what_another_site_asks_is_refused(
    visitor: httpx.Client, headers: dict[str, str], method: str, path: str
) -> None:
    answer = visitor.request(method, path, headers=headers)
    assert (answer.status_code, "Another site" in answer.text) == (403, True)


def test_what_changes_something_must_say_from_where_it_comes(visitor: httpx.Client) -> None:
    assert visitor.post("/sign-out").status_code == 403


def test_another_site_may_link_to_a_page_but_not_to_a_file(visitor: httpx.Client) -> None:
    follows = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert visitor.get("/", headers=follows).status_code == 200
    assert visitor.get("/export/series.csv", headers=follows).status_code == 403
    framed = follows | {"Sec-Fetch-Dest": "iframe"}
    assert visitor.get("/", headers=framed).status_code == 403


def test_a_forged_session_is_nobody_s(screens: str, state_api: StateApi) -> None:
    state_api.known["session_x"] = me(Role.SHIFT_LEADER, kind="session")
    for value in ("session_x", "session_x.AAAA", Cookies("another secret").signed("session_x")):
        assert httpx.get(f"{screens}/me", cookies={SESSION: value}).status_code == 401


def test_a_region_outside_the_area_is_refused(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU)
    for path in ("/districts/440106", "/districts/440105?street=440106001&lang=en"):
        answer = visitor.get(path)
        assert answer.status_code == (403 if "440106?" in path or path.endswith("440106") else 200)
    page = visitor.get("/districts/440106").text
    for words in ("天河区不在您的管辖范围内", "区级人员", "海珠区", 'href="/districts/440105"'):
        assert words in page
    assert "Tianhe lies outside your area" in visitor.get("/districts/440106?lang=en").text
    assert visitor.get("/stream/state", params={"region": "440106"}).status_code == 403


STREET = Scope(ScopeKind.STREETS, frozenset({"440105001"}))
WATER = Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))


@pytest.mark.parametrize(
    ("role", "scope", "part"),
    [
        (Role.DISTRICT_OFFICER, HAIZHU, "/districts/440105"),
        (Role.STREET_OFFICER, STREET, "/districts/440105?street=440105001"),
        (Role.DEPARTMENT_HANDLER, WATER, "/?region=440100"),
    ],
)
def test_a_unit_comes_first_to_what_waits_for_it_and_finds_its_part_and_the_city(
    visitor: httpx.Client, state_api: StateApi, role: Role, scope: Scope, part: str
) -> None:
    state_api.known[TOKEN] = me(role, scope, kind="session")
    answer = visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/todo")
    assert visitor.get("/?lang=en").headers["location"] == "/todo?lang=en"
    assert viewer.read(TOKEN, state_api.known[TOKEN]).part == part
    assert visitor.get(part).status_code == 200
    assert visitor.get("/?region=440100").status_code == 200  # the wall all the same, by the links of every page
    assert 'href="/?region=440100"' in visitor.get("/account").text
    assert state_api.reported == []


def test_who_handles_no_cases_comes_to_the_own_part(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.ANALYST, HAIZHU, kind="session")
    answer = visitor.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/districts/440105")


def test_who_has_no_single_part_comes_to_the_wall() -> None:
    for scope in (WHOLE_CITY, Scope(ScopeKind.DISTRICTS, frozenset({"440105", "440106"}))):
        known = viewer.read("token", me(Role.SHIFT_LEADER, scope, kind="session"))
        assert (known.home, known.wall, known.part) == ("/", "/", "/")


def test_a_page_opened_by_a_callback_is_refused_too(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU)
    asked = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": "/districts/440106"}],
        "state": [{"id": "url", "property": "search", "value": ""}],
        "changedPropIds": ["url.pathname"],
    }
    answer = visitor.post("/_dash-update-component", json=asked, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    assert (
        "天河区不在您的管辖范围内"
        in answer.json()["response"]["page"]["children"]["props"]["children"][1]["props"]["children"][0]["props"][
            "children"
        ]
    )


def test_a_refusal_is_reported_once_however_often_it_is_loaded(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU)
    for path in ("/districts/440106", "/districts/440111", "/districts/440106?lang=en", "/districts/440106"):
        assert visitor.get(path).status_code == 403
    told = [("/districts/440106", "440106"), ("/districts/440111", "440111")]
    assert wait_until(lambda: len(state_api.reported) == len(told), seconds=10)
    asked = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": "/districts/440112"}],
        "state": [{"id": "url", "property": "search", "value": ""}],
    }
    visitor.post("/_dash-update-component", json=asked, headers={"Sec-Fetch-Site": "same-origin"})
    told.append(("/districts/440112", "440112"))
    assert wait_until(lambda: len(state_api.reported) == len(told), seconds=10)
    assert [(one["page"], one["region"]) for one in state_api.reported] == told


def test_a_refusal_that_cannot_be_reported_is_one_all_the_same(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene="/districts/440105")
    assert visitor.get("/districts/440105").status_code == 200
    state_api.status = 503
    assert visitor.get("/data").status_code == 403


def states(answer: httpx.Response) -> Iterator[str]:
    return (line for line in answer.iter_lines() if '"state":' in line)


@pytest.mark.parametrize(("scope", "detail"), [(HAIZHU, "false"), (Scope(ScopeKind.CITY), "true")])
def test_the_city_is_sums_only_for_a_district(
    visitor: httpx.Client, state_api: StateApi, scope: Scope, detail: str
) -> None:
    state_api.known[TOKEN] = me(Role.OPERATOR, scope)
    with visitor.stream("GET", "/stream/state") as answer:
        assert f'"detail":{detail}' in next(states(answer))


def test_a_source_system_sees_no_page(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"eco-air"})))
    assert visitor.get("/").status_code == 403
    assert visitor.get("/me").status_code == 403


def test_a_display_shows_its_scene_alone(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene="/districts/440105")
    assert visitor.get("/districts/440105").status_code == 200
    for path in ("/", "/data", "/districts/440106", "/stream/state?region=440106", "/stream/state"):
        assert visitor.get(path).status_code == 403, path
    assert ">前往海珠区<" in visitor.get("/").text


def test_no_page_and_no_form_but_its_scene_is_open_to_a_display(visitor: httpx.Client, state_api: StateApi) -> None:
    scene = "/districts/440106"
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene=scene)
    asked = [(method, path) for method, path in ways() if not paths.is_open(path) and path != scene]
    pages = [(method, path) for method, path in asked if not paths.is_for_scripts(unquote(path))]
    assert {"/", "/data", "/account", "/admin/displays"} <= {path for _, path in pages}
    for method, path in pages:
        answer = visitor.request(method, path, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 403, (method, path)


def test_a_stream_ends_when_its_viewer_may_not_see_it_any_more(
    visitor: httpx.Client, state_api: StateApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops_dashboards.access.viewer.KEPT_S", 0.1)
    monkeypatch.setattr("cityops_dashboards.live.stream.BEAT_S", 0.2)
    with visitor.stream("GET", "/stream/state") as answer:
        lines = answer.iter_lines()
        next(lines)
        del state_api.known[TOKEN]
        for _ in lines:
            pass
    assert visitor.get("/stream/state").status_code == 401


def test_of_a_display_that_is_listed_it_is_not_asked_each_time_who_it_is(
    visitor: httpx.Client, state_api: StateApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops_dashboards.access.viewer.KEPT_S", 0.1)
    monkeypatch.setattr("cityops_dashboards.live.stream.BEAT_S", 0.2)
    identifier = TOKEN.split("_")[1]
    state_api.walls = [
        dict.fromkeys(HELD) | {"id": identifier, "page": None, "scope_kind": "city", "scope_codes": []}
    ]
    with visitor.stream("GET", "/stream/state") as answer:
        beats = (line for line in answer.iter_lines() if line == "event: beat")
        for _ in range(4):
            next(beats)
        asked = state_api.asked_who
        for _ in range(8):
            next(beats)
        assert state_api.asked_who == asked
        state_api.walls.clear()
        del state_api.known[TOKEN]
        assert len(list(beats)) < 50  # then it has ended


def test_nobody_gets_the_stream_of_a_page_made_for_another(visitor: httpx.Client, state_api: StateApi) -> None:
    mine = visitor.get("/me").json()["viewer"]
    with visitor.stream("GET", "/stream/state", params={"viewer": mine}) as answer:
        assert answer.status_code == 200
    state_api.known["display_of-another"] = me(Role.SHIFT_LEADER)
    visitor.cookies.set("cityops_display", "display_of-another")
    assert visitor.get("/stream/state", params={"viewer": mine}).status_code == 409
    assert visitor.get("/me").json()["viewer"] != mine


def test_while_the_api_is_away_who_was_known_stays_in(
    visitor: httpx.Client, state_api: StateApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cityops_dashboards.access.viewer.KEPT_S", 0.0)
    assert visitor.get("/me").status_code == 200
    state_api.status = 503
    assert visitor.get("/me").status_code == 200
    visitor.cookies.set("cityops_display", "display_unknown")
    answer = visitor.get("/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert visitor.get("/").status_code == 503


def test_a_display_whose_time_is_up_sees_no_sign_in_page(screens: str, state_api: StateApi) -> None:
    del state_api.known[TOKEN]
    answer = httpx.get(screens, cookies=COOKIES)
    assert answer.status_code == 401
    assert "显示地址已失效" in answer.text
    assert "<form" not in answer.text
    assert 'http-equiv="refresh"' in answer.text


DOCUMENTS = (
    *("/todo", "/todo/report", "/cases/7", "/desk", "/desk?part=lists", "/handover", "/alarms/load"),
    *("/devices/7", "/devices/7?part=device", "/statistics", "/platform", "/channels"),
    *("/vital-signs", "/vital-signs?part=signs", "/indicators", "/indicators/pm25"),
    *("/conflicts", "/targets"),
    *("/devices/7", "/devices/7?part=device", "/statistics", "/platform", "/resources", "/channels"),
)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_display_of_a_scene_opens_no_page_of_acting(visitor: httpx.Client, state_api: StateApi, path: str) -> None:
    state_api.known[TOKEN] = me(Role.ANALYST, scene="/")
    assert visitor.get(path).status_code == 403


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_role_without_screens_opens_no_page_of_acting(
    visitor: httpx.Client, state_api: StateApi, path: str
) -> None:
    state_api.known[TOKEN] = me(Role.SOURCE_SYSTEM, kind="session")
    assert visitor.get(path).status_code == 403


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_stranger_is_led_to_the_door_and_back_to_the_page_of_acting(screens: str, path: str) -> None:
    answer = httpx.get(f"{screens}{path}")
    assert answer.status_code == 303
    assert unquote(answer.headers["location"]) == f"/sign-in?next={path}"


def test_a_stranger_s_act_is_a_problem_for_the_script(screens: str) -> None:
    answer = httpx.post(f"{screens}/relay/cases/7/acts", json={}, headers={"Origin": screens})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
