"""Whose wall is whose: a district's people and displays see that of their district, and a display no other."""

import httpx

from cityops.domain.access import Role, Scope, ScopeKind
from cityops_dashboards.access import viewer
from fixtures.browser import TOKEN
from fixtures.dashboards import StateApi, me

HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))


def changed(visitor: httpx.Client, scene: str, search: str) -> httpx.Response:
    """Ask for a change of scene as a wall's page does."""
    names = ("wall-body.children", "wall-canvas.style", "wall-scenes.children")
    page = {"id": "url", "property": "pathname", "value": "/"}
    body = {
        "output": f"..{'...'.join(names)}..",
        "outputs": [dict(zip(("id", "property"), name.split("."), strict=True)) for name in names],
        "inputs": [{"id": "wall-scene", "property": "data", "value": scene}],
        "state": [page, {"id": "url", "property": "search", "value": search}],
        "changedPropIds": ["wall-scene.data"],
    }
    return visitor.post("/_dash-update-component", json=body, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_district_s_wall_is_open_to_its_people_and_another_s_is_not(
    visitor: httpx.Client, state_api: StateApi
) -> None:
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU, kind="session")
    for path in ("/?region=440105", "/?region=440100", "/?region=440105&scene=district_440106"):
        assert visitor.get(path).status_code == 200, path
    assert visitor.get("/?region=440106").status_code == 403
    its_scenes_are_others = visitor.get("/?region=440100&scene=district_440106")
    assert its_scenes_are_others.status_code == 200
    assert viewer.read(TOKEN, state_api.known[TOKEN]).own_wall == "/?region=440105"


def test_a_display_of_a_district_shows_its_wall_and_no_other(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, HAIZHU, scene="/")
    led = [visitor.get(path).headers["location"] for path in ("/", "/?rotate=on&lang=en", "/?scene=district_440106")]
    assert led[:2] == ["/?region=440105", "/?region=440105&lang=en&rotate=on"]
    for path in (*led, "/stream/state?region=440105", "/stream/state?region=440105001"):
        with visitor.stream("GET", path) as answer:
            assert answer.status_code == 200, path
    others = ["/?region=440100", "/?region=440106", "/?region=nonsense"]
    others += [f"/stream/state?region={code}" for code in ("440100", "440106", "440105,440100")]
    others += ["/stream/state", "/relay/state?at=2026-11-27T12:00:00Z", "/relay/state/timeline?region=440106&start=x"]
    others += ["/relay/state?region=440105&region=440106&at=x", "/districts/440105"]
    for path in others:
        assert visitor.get(path).status_code == 403, path


def test_no_change_of_scene_brings_what_is_not_one_s_own(visitor: httpx.Client, state_api: StateApi) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, HAIZHU, scene="/")
    for scene, search in (("flood", ""), ("district_440106", ""), ("flood", "?region=440106")):
        assert changed(visitor, scene, search).status_code == 403
    assert '"region":"440105"' in changed(visitor, "district_440106", "?region=440105").text


def test_no_change_of_scene_brings_somebody_another_district_s(visitor: httpx.Client, state_api: StateApi) -> None:
    """Whoever may open the city's wall may not have it turn into that of another district."""
    state_api.known[TOKEN] = me(Role.DISTRICT_OFFICER, HAIZHU, kind="session")
    assert changed(visitor, "district_440106", "").status_code == 204
    assert changed(visitor, "flood", "?region=440100").status_code == 200
