"""Devices over HTTP: every one on exactly one page, filters, and raw readings within bounds."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from cityops.store import device_states, devices
from factories.world import World


def pages(api: httpx.Client, path: str, **parameters: str) -> list[list[dict[str, Any]]]:
    """Follow `next` to the end."""
    found, after = [], None
    while True:
        answer = api.get(path, params=parameters | ({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found.append(body["items"])
        after = body["next"]
        if after is None:
            return found


def test_paging_gives_every_device_once(world: World, api: httpx.Client) -> None:
    codes = [world.device(f"设备/{number}" if number == 3 else f"WL-{number}") for number in range(7)]
    found = pages(api, "/api/v1/devices", limit="3")
    assert [len(page) for page in found] == [3, 3, 1]
    assert sorted(one["code"] for page in found for one in page) == sorted(codes)


@pytest.fixture
def mixed(world: World) -> World:
    """Give devices that differ in one respect each."""
    world.says(world.device("fresh-red", name="龙洞内涝点"), "water_depth", 45, world.ago(5))
    world.says(world.device("late-blue"), "water_depth", 6, world.ago(200))
    world.says(world.device("silent-red"), "water_depth", 45, world.ago(2000))
    world.device("never", "air", "440105001")
    device_states.look(world.connection, world.now)
    return world


def test_a_clock_that_runs_ahead_is_a_fault_of_the_device(world: World, api: httpx.Client) -> None:
    world.says(world.device("ahead"), "water_depth", 45, world.ago(-340), received_at=world.ago(200))
    world.says(world.device("right"), "water_depth", 5, world.ago(20))
    world.says(world.device("moments"), "water_depth", 5, world.ago(18), received_at=world.ago(20))
    device_states.look(world.connection, world.now)

    [[ahead]] = pages(api, "/api/v1/devices", clock_ahead="true")
    [others] = pages(api, "/api/v1/devices", clock_ahead="false")
    [counted] = api.get("/api/v1/devices/counts").json()["items"]

    assert (ahead["code"], ahead["clock_ahead_s"], ahead["state"], ahead["freshness"]) == (
        "ahead",
        540,
        "late",
        "late",
    )
    assert datetime.fromisoformat(ahead["last_seen"]) == world.ago(200)
    assert [(one["code"], one["clock_ahead_s"]) for one in others] == [("moments", None), ("right", None)]
    assert (counted["devices"], counted["clock_ahead"]) == (3, 1)
    assert "cityops_device_clocks_ahead 1.0" in api.get("/metrics").text

    world.says("ahead", "water_depth", 5, world.ago(10))
    assert pages(api, "/api/v1/devices", clock_ahead="true") == [[]]
    assert api.get("/api/v1/devices/ahead").json()["latest"] == {"water_depth": 5}


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["fresh-red", "late-blue", "never", "silent-red"]),
    ({"region": "440100"}, ["fresh-red", "late-blue", "never", "silent-red"]),
    ({"region": "440105"}, ["never"]),
    ({"region": "440106013", "kind": "air"}, []),
    ({"kind": "air"}, ["never"]),
    ({"source": "water-logging"}, ["fresh-red", "late-blue", "silent-red"]),
    ({"state": "online"}, ["fresh-red"]),
    ({"state": "late"}, ["late-blue"]),
    ({"state": "silent"}, ["silent-red"]),
    ({"state": "never"}, ["never"]),
    ({"state": "silent", "kind": "air"}, []),
    ({"region": "440106", "kind": "waterlogging", "state": "late"}, ["late-blue"]),
    ({"warning": "1"}, ["fresh-red", "late-blue"]),
    ({"warning": "4"}, ["fresh-red"]),
    ({"q": "LATE"}, ["late-blue"]),
    ({"q": "龙洞"}, ["fresh-red"]),
    ({"q": "%"}, []),
]


@pytest.mark.parametrize("few", [devices.FEW, 0], ids=["few of a state", "many of a state"])
def test_filters(mixed: World, api: httpx.Client, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(devices, "FEW", few)
    for parameters, expected in FILTERS:
        answer = api.get("/api/v1/devices", params=parameters)
        assert [one["code"] for one in answer.json()["items"]] == expected, parameters


def test_a_device_with_its_newest_values(mixed: World, api: httpx.Client) -> None:
    device = api.get("/api/v1/devices/fresh-red").json()
    assert device["latest"] == {"water_depth": 45}
    assert (device["freshness"], device["warning"], device["kind_zh"]) == ("fresh", 4, "内涝监测点")


def test_readings_are_bounded_and_say_when_they_are_cut(world: World, api: httpx.Client) -> None:
    air = world.device("A-1", "air")
    for age in (10, 20, 30, 90_000):
        world.says(air, "pm25", age, world.ago(age))
    world.says(air, "no2", 7, world.ago(15))

    path = "/api/v1/devices/A-1/readings"
    whole = api.get(path).json()
    assert [(one["metric"], one["value"]) for one in whole["items"]] == [
        ("pm25", 30),
        ("pm25", 20),
        ("no2", 7),
        ("pm25", 10),
    ]
    assert not whole["truncated"]
    cut = api.get(path, params={"metric": "pm25", "limit": "2"}).json()
    assert ([one["value"] for one in cut["items"]], cut["truncated"]) == ([30, 20], True)
    assert api.get(path, params={"start": "2026-01-01T00:00:00Z"}).status_code == 422
    assert api.get("/api/v1/devices/nobody/readings").status_code == 404


def test_a_page_says_how_old_its_states_are_and_a_device_what_it_went_through(
    mixed: World, api: httpx.Client
) -> None:
    page = api.get("/api/v1/devices", params={"state": "late"}).json()
    assert page["states_as_of"] == mixed.now.isoformat().replace("+00:00", "Z")
    assert page["items"][0]["state_since"] == mixed.ago(80).isoformat().replace("+00:00", "Z")
    mixed.says("late-blue", "water_depth", 7, mixed.ago(-1))
    device_states.look(mixed.connection, mixed.ago(-2))
    items = api.get("/api/v1/devices/late-blue/transitions").json()["items"]
    assert [(one["before"], one["after"]) for one in items] == [("late", "online"), ("never", "late")]
    assert api.get("/api/v1/devices/nobody/transitions").status_code == 404


def test_devices_are_counted_by_district_and_kind(mixed: World, api: httpx.Client) -> None:
    items = api.get("/api/v1/devices/counts").json()["items"]
    states = ("devices", "online", "late", "silent", "never")
    assert {(one["region_code"], one["kind"]): [one[state] for state in states] for one in items} == {
        ("440105", "air"): [1, 0, 0, 0, 1],
        ("440106", "waterlogging"): [3, 1, 1, 1, 0],
    }
    here = api.get("/api/v1/devices/counts", params={"region": "440105"}).json()["items"]
    assert [one["kind"] for one in here] == ["air"]


def test_a_district_outage_is_one_fact(world: World, api: httpx.Client) -> None:
    for number in range(12):
        world.says(world.device(f"WL-{number}"), "water_depth", 1, world.ago(3 if number < 2 else 1000 + number))
        world.says(world.device(f"GS-{number}", "gas"), "gas_lel", 1, world.ago(3))
    world.device("WL-never")
    device_states.look(world.connection, world.now)
    answer = api.get("/api/v1/devices/outages").json()
    [outage] = answer["items"]
    assert {name: outage[name] for name in ("region_code", "source", "kind", "devices", "silent")} == {
        "region_code": "440106",
        "source": "water-logging",
        "kind": None,
        "devices": 12,
        "silent": 10,
    }
    assert "10 of 12 devices silent since" in outage["text_en"]
    assert "天河区内涝监测系统" in outage["text_zh"]
    assert api.get("/api/v1/devices/outages", params={"region": "440105"}).json()["items"] == []
    for region, silent in (("440100", [10]), ("440106", [10]), ("440105", [])):
        shown = api.get("/api/v1/state", params={"region": region}).json()["outages"]
        assert [one["silent"] for one in shown] == silent
    told = api.get("/metrics").text
    assert 'cityops_devices{district="440106",kind="waterlogging",state="silent"} 10.0' in told
    assert "cityops_device_outages 1.0" in told
