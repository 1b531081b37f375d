"""Devices of a kind on the map: each with place and state where they are few, else counted; nothing from outside."""

from collections import Counter
from typing import Any

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.points import MOST_POINTS
from cityops.store import device_states
from factories.alarms import rule, says, turn, without_rules
from factories.world import World
from fixtures.api import token_of

HAIZHU = "440105001"
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))
DISPLAY = Subject("wall", Role.WALL_DISPLAY, WHOLE_CITY)
CHANNELS = """
INSERT INTO video_channel (code, name_zh, source_system_code, region_code, lon, lat, state)
VALUES ('44010600001320000000', '猎德大桥', 'video-share', '440106013', 113.33, 23.12, 'online'),
       ('44010600001320000001', '海珠桥', 'video-share', '440105001', 113.26, 23.11, 'offline'),
       ('44010600001320000002', '某处', 'video-share', '440106013', null, null, 'online')
"""
MANY = """
WITH made AS (INSERT INTO device (code, kind, name_zh, source_system_code, region_code, lon, lat, expected_interval_s)
SELECT 'L-' || n, 'street_light', '路灯', 'light-control', CASE WHEN n %% 3 = 0 THEN '440105001' ELSE '440106013' END,
       113.2 + (n %% 37) * 0.0042, 23.05 + (n %% 29) * 0.0051, 300 FROM generate_series(1, %s) AS n
RETURNING id)
INSERT INTO device_state (device_id, state, since) SELECT id, 'never', now() FROM made
"""


def told(api: httpx.Client, kind: str | None, **more: Any) -> dict[str, Any]:
    answer = api.get(
        "/api/v1/map/points", params={**({"kind": kind} if kind else {}), **more.pop("query", {})}, **more
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def as_(database: str, subject: Subject) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token_of(database, subject)}"}}


def by_code(body: dict[str, Any]) -> dict[str, str]:
    points = body["points"]
    return {code: body["states"][state] for code, state in zip(points["code"], points["state"], strict=True)}


def test_few_are_told_one_by_one_an_alarm_before_an_age(world: World, api: httpx.Client) -> None:
    without_rules(world.connection)
    rule(world.connection)
    for device in ("WL-1", "WL-2", "WL-3"):
        world.device(device)
    world.device("A-1", "air")
    turn(world)
    says(world, "WL-1", (world.ago(10), 45))
    says(world, "WL-2", (world.ago(10), 2))
    turn(world)
    device_states.look(world.connection, world.now)
    body = told(api, "waterlogging")
    assert by_code(body) == {"WL-1": "red", "WL-2": "fresh", "WL-3": "never"}
    assert (body["total"], body["cells"], body["as_of"] is not None) == (3, None, True)
    assert (body["points"]["lon"][0], body["points"]["lat"][0]) == (113.33, 23.12)
    assert told(api, "waterlogging", query={"region": HAIZHU})["points"]["code"] == []
    assert by_code(told(api, None))["A-1"] == "never", "all devices where no kind is named"


def test_many_are_counted_by_cell_and_none_is_lost(world: World, api: httpx.Client) -> None:
    n = MOST_POINTS + 500
    world.connection.execute(MANY, [n])
    places = world.connection.execute(
        "SELECT floor(lon / 0.01)::int, floor(lat / 0.01)::int, count(*) FROM device GROUP BY 1, 2"
    ).fetchall()
    body = told(api, "street_light")
    cells = body["cells"]
    counted: Counter[tuple[int, int]] = Counter()
    for column, row, count in zip(cells["column"], cells["row"], cells["n"], strict=True):
        counted[column, row] += count
    assert (body["total"], body["points"], cells["cell_deg"]) == (n, None, 0.01)
    assert {body["states"][state] for state in cells["state"]} == {"never"}
    assert counted == {(column, row): count for column, row, count in places}
    near = told(api, "street_light", query={"region": "440105"})
    assert near["total"] == n // 3 == len(near["points"]["code"])


def test_an_answer_is_not_sent_twice(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    device_states.look(world.connection, world.now)
    address = "/api/v1/map/points?kind=waterlogging"
    etag = api.get(address).headers["etag"]
    assert api.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert api.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_only_what_lies_inside_is_told(world: World, api: httpx.Client, migrated_database: str) -> None:
    world.device("WL-1")
    world.device("WL-2", region=HAIZHU)
    officer = as_(migrated_database, OFFICER)
    assert told(api, "waterlogging", **officer)["points"]["code"] == ["WL-1"]
    assert set(told(api, "waterlogging")["points"]["code"]) == {"WL-1", "WL-2"}
    for region, status in (("440105", 403), ("440199", 403), ("440106", 200)):
        asked = api.get("/api/v1/map/points", params={"kind": "waterlogging", "region": region}, **officer)
        assert asked.status_code == status, region
    assert api.get("/api/v1/map/points?kind=waterlogging&region=440199").status_code == 404


@pytest.mark.parametrize(("subject", "codes"), [(OFFICER, ["44010600001320000000"]), (DISPLAY, [])])
def test_channels_stand_by_state_and_a_display_is_not_told_which_they_are(
    world: World, api: httpx.Client, migrated_database: str, subject: Subject, codes: list[str]
) -> None:
    world.connection.execute(CHANNELS)
    body = told(api, "channel", **as_(migrated_database, subject))
    assert body["points"]["code"] == codes
    states = [body["states"][state] for state in body["points"]["state"]]
    assert states == (["fresh"] if subject is OFFICER else ["fresh", "silent"]), "one without a place has none here"
