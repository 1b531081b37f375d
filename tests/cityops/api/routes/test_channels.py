"""Video channels over HTTP: every one on exactly one page, filters, counts, and no trace among the devices."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Actor
from cityops.domain.channels import Channel, ChannelState, VideoGateway
from cityops.services import channels as acts
from cityops.store.engine import make_engine, writing
from cityops.store.registration import importing_channels
from factories.world import World
from fixtures.api import LEADER, token_of

FIRST = Channel("44010600001320000000", "猎德大桥", "video-share", "440106013", 113.33, 23.12, ChannelState.ONLINE)


def code(number: int) -> str:
    return f"{int(FIRST.code) + number}"


@pytest.fixture
def channels(world: World) -> World:
    """Give five channels that differ."""
    rows = [
        FIRST,
        replace(FIRST, code=code(1), state=ChannelState.OFFLINE),
        replace(FIRST, code=code(2), name_zh="海珠桥", region_code="440105001", state=ChannelState.OFFLINE),
        replace(FIRST, code=code(3), state=None),
        replace(FIRST, code=code(4), region_code="440106014"),
    ]
    with importing_channels(world.connection) as opened:
        opened.stage(enumerate(rows))
        opened.merge({})
    return world


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({}, [0, 1, 2, 3, 4]),
    ({"region": "440100"}, [0, 1, 2, 3, 4]),
    ({"region": "440106"}, [0, 1, 3, 4]),
    ({"region": "440106013", "state": "offline"}, [1]),
    ({"state": "unknown"}, [3]),
    ({"source": "video-share"}, [0, 1, 2, 3, 4]),
    ({"source": "eco-air"}, []),
    ({"q": "海珠"}, [2]),
    ({"q": code(4)}, [4]),
    ({"q": "%"}, []),
]


def test_a_channel_without_a_place_has_none(channels: World, api: httpx.Client) -> None:
    with importing_channels(channels.connection) as opened:
        opened.stage([(2, replace(FIRST, code=code(5), lon=None, lat=None))])
        opened.merge({})
    one = api.get(f"/api/v1/channels/{code(5)}").json()
    assert (one["region_code"], one["lon"], one["lat"]) == ("440106013", None, None)
    assert code(5) in [each["code"] for each in api.get("/api/v1/channels?region=440106").json()["items"]]


def test_filters_and_pages(channels: World, api: httpx.Client) -> None:
    for parameters, expected in FILTERS:
        found, after = [], None
        while True:
            asked = parameters | {"limit": "2"} | ({"after": after} if after else {})
            page = api.get("/api/v1/channels", params=asked).json()
            found += [one["code"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert found == [code(number) for number in expected], parameters


def test_one_channel_and_counts(channels: World, api: httpx.Client) -> None:
    assert api.get(f"/api/v1/channels/{code(2)}").json()["name_zh"] == "海珠桥"
    assert api.get(f"/api/v1/channels/{code(9)}").status_code == 404
    counts = {one["region_code"]: one for one in api.get("/api/v1/channels/counts").json()}
    states = ("channels", "online", "offline", "unknown")
    assert [counts["440106"][state] for state in states] == [4, 2, 1, 1]
    assert [counts["440105"][state] for state in states] == [1, 0, 1, 0]


def test_a_channel_is_no_device_and_its_source_is_not_silent(channels: World, api: httpx.Client) -> None:
    state = api.get("/api/v1/state").json()
    assert state["devices"]["expected"] == 0
    assert "video-share" not in {source["code"] for source in state["sources"]}
    assert api.get("/api/v1/devices").json()["items"] == []


HAIZHU = Subject("haizhu", Role.OPERATOR, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
ANALYST = Subject("analyst", Role.ANALYST, WHOLE_CITY)


def test_rates_are_by_district_and_industry_and_faults_come_the_longest_first(
    channels: World, api: httpx.Client
) -> None:
    channels.connection.execute(
        "UPDATE video_channel SET state_since = now() - interval '3 days' WHERE code = %s", [code(2)]
    )
    told = api.get("/api/v1/channels/rates").json()
    assert [(one["region_code"], one["name_zh"], one["online"], one["channels"]) for one in told["items"]] == [
        ("440105", "社会治安·路面", 0, 1),
        ("440106", "社会治安·路面", 2, 4),
    ]
    assert [one["code"] for one in told["faults"]] == [code(2), code(1)]
    assert told["plays"] is False


def test_near_a_place_stand_the_nearest_first_and_those_that_are_off_last(channels: World, api: httpx.Client) -> None:
    for number, lon in ((0, 113.331), (1, 113.3301), (3, 113.335), (4, 113.4)):
        channels.connection.execute("UPDATE video_channel SET lon = %s WHERE code = %s", [lon, code(number)])
    told = api.get("/api/v1/channels/nearby", params={"lon": 113.33, "lat": 23.12}).json()
    assert [(one["code"], round(one["away_m"])) for one in told] == [
        (code(0), 102),
        (code(3), 511),
        (code(2), 0),
        (code(1), 10),
    ]


def test_a_plan_tells_what_lies_inside_and_a_channel_is_opened_for_a_reason_that_is_kept(
    channels: World, api: httpx.Client, app: FastAPI, migrated_database: str
) -> None:
    file = "plan,name_zh,name_en,channel\n" + "".join(f"flood,内涝,Flood,{code(n)}\n" for n in (2, 0))
    engine = make_engine(migrated_database)
    with writing(engine) as connection:
        acts.put_plans_in_force(connection, Actor.of(LEADER), file, "plans.csv")
        acts.put_plans_in_force(connection, Actor.of(LEADER), file, "plans.csv")
    engine.dispose()
    [plan] = api.get("/api/v1/channels/plans").json()
    assert (plan["name_zh"], [one["code"] for one in plan["channels"]]) == ("内涝", [code(2), code(0)])
    seen = {"Authorization": f"Bearer {token_of(migrated_database, HAIZHU)}"}
    [plan] = api.get("/api/v1/channels/plans", headers=seen).json()
    assert [one["code"] for one in plan["channels"]] == [code(2)]

    asked = {"reason": "看积水", "about": "case:7"}
    assert api.post(f"/api/v1/channels/{code(2)}/openings", json=asked).status_code == 409
    app.state.gateway = VideoGateway.of("https://gateway.example/play/{code}")
    opened = api.post(f"/api/v1/channels/{code(2)}/openings", json=asked).json()
    assert opened["address"] == f"https://gateway.example/play/{code(2)}"
    assert api.post(f"/api/v1/channels/{code(0)}/openings", json=asked, headers=seen).status_code == 404
    assert api.post(f"/api/v1/channels/{code(0)}/openings", json={"reason": ""}).status_code == 422
    shown = {"Authorization": f"Bearer {token_of(migrated_database, ANALYST)}"}
    assert api.post(f"/api/v1/channels/{code(0)}/openings", json=asked, headers=shown).status_code == 403
    rows = channels.connection.execute(
        "SELECT subject, object, detail FROM audit WHERE action = 'channel:open'"
    ).fetchall()
    assert rows == [("leader", code(2), asked)]


def test_counts_are_kept_for_city_and_districts_and_are_of_now_for_a_street(
    channels: World, api: httpx.Client, migrated_database: str
) -> None:
    """Counting all channels of a city takes a tenth of a second, and each page asks every few seconds."""
    street = Subject("liede", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440106013"})))

    def counted(who: Subject) -> dict[str, int]:
        headers = {"Authorization": f"Bearer {token_of(migrated_database, who)}"}
        told = api.get("/api/v1/channels/counts", headers=headers).json()
        return {one["region_code"]: one["channels"] for one in told}

    assert (counted(LEADER), counted(HAIZHU)) == ({"440105": 1, "440106": 4}, {"440105": 1})
    channels.connection.execute("UPDATE video_channel SET region_code = '440106013'")
    assert (counted(LEADER), counted(HAIZHU)) == ({"440105": 1, "440106": 4}, {"440105": 1})
    assert counted(street) == {"440106": 5}
