"""What the page of a device asks for: curves that miss no extreme, alarms with what kept them quiet, cases around."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.alarms import rule, says, turn, without_rules
from factories.world import World
from fixtures.api import token_of

HAIZHU = "440105001"
OFFICER = Subject("officer", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440106013"})))


def told(api: httpx.Client, path: str, **parameters: str) -> dict[str, Any]:
    answer = api.get(f"/api/v1/devices/{path}", params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_curve_has_the_lowest_and_the_highest_of_each_piece(world: World, api: httpx.Client) -> None:
    world.device("A-1", "air", interval_s=60)
    world.connection.execute("UPDATE device SET registered_at = now() - interval '12 hours'")
    values = [(world.ago(40_000 - second), value) for second, value in ((0, 30), (20, 90), (40, 10), (60, 50))]
    says(world, "A-1", *values, (world.ago(30), 40), metric="pm25")
    body = told(api, "A-1/curves")
    curves = {one["metric"]: one for one in body["items"]}
    assert set(curves) >= {"pm25", "no2"}
    assert (curves["no2"]["n"], curves["no2"]["newest"], curves["no2"]["points"]) == (0, None, [])
    found = [one["value"] for one in curves["pm25"]["points"]]
    assert (min(found), max(found), found[-1], curves["pm25"]["n"]) == (10, 90, 40, 5)
    assert len(found) <= 5
    assert curves["pm25"]["newest"]["value"] == 40
    assert body["piece_s"] == 360
    assert 715 <= body["expected"] <= 720, "only since it was registered"


def test_a_curve_is_bounded(world: World, api: httpx.Client) -> None:
    world.device("A-1", "air")
    assert api.get("/api/v1/devices/nobody/curves").status_code == 404
    long = {"start": (world.now - timedelta(days=8)).isoformat()}
    assert api.get("/api/v1/devices/A-1/curves", params=long).status_code == 422
    moment = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-23T00:00:00.00001Z"}
    assert [one["n"] for one in told(api, "A-1/curves", **moment)["items"]][:1] == [0], "its pieces are of no length"
    says(world, "A-1", *((world.ago(second), second % 7) for second in range(1000, 11_000, 5)), metric="pm25")
    [points] = [one["points"] for one in told(api, "A-1/curves")["items"] if one["metric"] == "pm25"]
    assert len(points) <= 2 * 30


def test_alarms_of_a_device_tell_what_kept_them_quiet(world: World, api: httpx.Client) -> None:
    without_rules(world.connection)
    rule(world.connection)
    for device in ("WL-1", "WL-2"):
        world.device(device)
    turn(world)
    for device in ("WL-1", "WL-2"):
        says(world, device, (world.ago(20), 25))
    turn(world)
    [first] = told(api, "WL-1/alarms")["items"]
    asked = {"act": "shelve", "reason": "道路施工"}
    assert api.post(f"/api/v1/alarms/{first['id']}/acts", json=asked).status_code == 200
    assert api.post(f"/api/v1/alarms/{first['id']}/acts", json={"act": "unshelve"}).status_code == 200
    body = told(api, "WL-1/alarms", limit="1")
    [alarm] = body["items"]
    assert (alarm["device_code"], alarm["quiet"], body["truncated"]) == ("WL-1", None, False)
    assert [one["kind"] for one in alarm["quieted"]] == ["shelved", "unshelved"]
    assert alarm["quieted"][0]["detail"]["why"] == "道路施工"
    assert api.get("/api/v1/devices/nobody/alarms").status_code == 404


@pytest.fixture
def around(world: World) -> World:
    """Give a device, and cases at 113.3, 23.1: some far from it, in its street or not, open or closed."""
    world.device("WL-1")  # at 113.33, 23.12
    world.case(external_id="street")
    world.case("reported", "closed", external_id="closed", at=world.ago(3600))
    world.case("reported", "closed", external_id="old", at=world.ago(40 * 86_400))
    world.case(external_id="far", region=HAIZHU)
    world.case(external_id="near", region=HAIZHU, at=world.ago(60))
    world.connection.execute("UPDATE event SET lon = 113.331, lat = 23.121 WHERE external_id = 'near'")
    world.connection.execute("UPDATE event SET lon = NULL, lat = NULL WHERE external_id = 'closed'")
    return world


def test_cases_around_a_device_lie_near_or_in_its_street(around: World, api: httpx.Client) -> None:
    body = told(api, "WL-1/cases")
    found = [(one["external_id"], one["distance_m"]) for one in body["items"]]
    assert [name for name, _ in found] == ["street", "near", "closed"], "open ones first, newest first"
    away = dict(found)
    assert away["closed"] is None
    assert 145 <= away["near"] <= 155
    assert 3_700 <= away["street"] <= 3_900
    assert told(api, "WL-1/cases", limit="1")["truncated"]
    assert "far" in [one["external_id"] for one in told(api, "WL-1/cases", within_m="5000")["items"]]
    assert api.get("/api/v1/devices/WL-1/cases", params={"within_m": "50000"}).status_code == 422
    assert api.get("/api/v1/devices/nobody/cases").status_code == 404


def test_cases_beyond_the_border_of_a_scope_are_not_told(around: World, api_url: str, migrated_database: str) -> None:
    headers = {"Authorization": f"Bearer {token_of(migrated_database, OFFICER)}"}
    with httpx.Client(base_url=api_url, headers=headers, timeout=30) as officer:
        assert [one["external_id"] for one in told(officer, "WL-1/cases")["items"]] == ["street", "closed"]
        around.device("WL-2", region=HAIZHU)
        assert [
            officer.get(f"/api/v1/devices/WL-2/{what}").status_code for what in ("cases", "alarms", "curves")
        ] == [
            404,
            404,
            404,
        ]
