"""Video channels over HTTP: every one on exactly one page, filters, counts, and no trace among the devices."""

from dataclasses import replace

import httpx
import pytest

from cityops.domain.channels import Channel, ChannelState
from cityops.store.registration import importing_channels
from factories.world import World

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
