"""Devices of a kind on the map: dots or squares with what they are, chosen by key and address, a click on a dot."""

from typing import Any

import orjson
import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

STATES = ["fresh", "late", "silent", "never", "blue", "yellow", "orange", "red"]
ASKED = "/relay/map/points"
BODY = """<div id="map" data-map="map" style="width: 836px; height: 700px; position: relative">
    <div id="map-picture"></div><div id="map-devices"></div></div>"""


@pytest.fixture(autouse=True)
def opened(scripts: Scripts) -> None:
    scripts.answers.clear()
    scripts.asked.clear()
    scripts.open()
    scripts.speak("zh")
    scripts.shapes()


def told(kind: str = "waterlogging", **columns: Any) -> Told:
    answer: Told = {"kind": kind, "region": "440100", "as_of": NOON.isoformat(), "states": STATES}
    return answer | {"total": 4, "points": None, "cells": None} | columns


def points() -> Told:
    lon, lat = [113.33, 113.34, 113.5, 113.2], [23.12, 23.13, 22.8, 23.3]
    return told(points={"lon": lon, "lat": lat, "state": [0, 2, 7, 0], "code": ["WL-1", "WL 2", "WL-3", "WL-4"]})


def cells() -> Told:
    counts = {"column": [11333, 11333, 11334], "row": [2312, 2312, 2313], "state": [0, 2, 0], "n": [300, 100, 100]}
    return told(total=500, cells={"cell_deg": 0.01, **counts})


def drawn(scripts: Scripts, answer: Told, address: str = "/", state: Told | None = None, **context: Any) -> None:
    """Draw the map of a scene with these devices, once before they come and once after."""
    scripts.answers[ASKED] = {"body": orjson.dumps(answer).decode(), "content_type": "application/json"}
    scripts.ask(f"history.replaceState(null, '', '{address}')")
    given = [state or told_state(), "pm25", scripts.speak("zh", **({"devices": "waterlogging"} | context))]
    scripts.body(BODY)
    scripts.ask("given => ReactDOM.flushSync(() => cityops.panels.city_map.draw(...given))", given)


def test_few_are_dots_by_state_below_the_alarms(scripts: Scripts) -> None:
    drawn(scripts, points())
    scripts.page.locator(".map-dots .device-dots").first.wait_for(state="attached")
    assert scripts.asked == [f"{ASKED}?kind=waterlogging&region=440100"]
    dots = dict(scripts.every(".map-dots .device-dots", "[one.getAttribute('class'), one.getAttribute('d')]"))
    assert (dots["device-dots is-solid"].count("M"), dots["device-dots is-ring"].count("M")) == (2, 1)
    assert "device-dots is-red" in dots
    layers = scripts.every(".map-svg > g, .map-svg > g > g", "one.getAttribute('class')")
    assert layers.index("map-outlines") < layers.index("map-dots") < layers.index("map-marks")
    assert scripts.texts(".map-devices-state") == ["告警 1", "静默 1", "及时 2"]
    assert scripts.texts(".map-devices-sum") == ["4 处 · 刚刚"]


def test_many_are_squares_whose_parts_say_how_they_are_and_each_is_counted(scripts: Scripts) -> None:
    drawn(scripts, cells())
    scripts.page.locator(".map-dots .device-cells").first.wait_for(state="attached")
    squares = dict(scripts.every(".device-cells", "[one.getAttribute('class'), one.getAttribute('d')]"))
    assert squares["device-cells is-whole"].count("M") == 2
    assert squares["device-cells is-spoken"].count("M") == 2
    sides = [float(one.split("v")[1].split("h")[0]) for one in squares["device-cells is-whole"].split("z") if one]
    spoken = [float(one.split("h")[1].split("v")[0]) for one in squares["device-cells is-spoken"].split("z") if one]
    assert sides[0] / sides[1] == pytest.approx(2, abs=0.15), "400 to 100: twice the side"
    assert spoken[0] / sides[0] == pytest.approx(0.75, abs=0.05), "a quarter of the first is silent"
    assert scripts.texts(".map-devices-state") == ["静默 100", "及时 400"]
    assert scripts.texts(".map-devices-full") == ["满格 ≥ 400 处"]


def test_the_same_paths_stand_until_an_answer_or_the_ground_is_another(scripts: Scripts) -> None:
    drawn(scripts, cells())
    scripts.page.locator(".map-dots .device-cells").first.wait_for(state="attached")
    same = """state => {
        const ground = cityops.ground.of(state, "lens", 836, 700, { x: 10, y: 12, width: 816, height: 650 });
        return cityops.mapDevices.layer(ground) === cityops.mapDevices.layer(ground);
    }"""
    assert scripts.ask(same, told_state()) is True


def test_key_d_hides_and_shows_and_the_address_says_which(scripts: Scripts) -> None:
    drawn(scripts, points())
    scripts.page.locator(".map-dots .device-dots").first.wait_for(state="attached")
    scripts.page.keyboard.press("d")
    scripts.page.locator(".map-dots .device-dots").first.wait_for(state="detached")
    assert scripts.address == "/?devices=none"
    scripts.page.keyboard.press("d")
    assert scripts.address == "/?devices=waterlogging"
    scripts.page.keyboard.press("Shift+D")
    assert scripts.address == "/?devices=manhole_cover"
    with scripts.page.expect_request(f"**{ASKED}?kind=channel&region=440100"):
        scripts.page.locator("#map-devices select").select_option("channel")
    assert scripts.address == "/?devices=channel"


@pytest.mark.parametrize(
    ("address", "changes"),
    [
        ("/", {"devices": None}),
        ("/?devices=none", {}),
        ("/?devices=nothing_of_ours", {}),
        ("/", {"may": {"devices": False}}),
    ],
)
def test_nothing_is_asked_for_where_nothing_is_shown(scripts: Scripts, address: str, changes: Told) -> None:
    drawn(scripts, points(), address, **changes)
    assert scripts.asked == []
    assert len(scripts.texts("#map-devices select")) == (0 if "may" in changes else 1)


def test_of_a_moment_that_has_gone_there_are_no_devices(scripts: Scripts) -> None:
    drawn(scripts, points(), state=told_state() | {"replay": {"at": NOON.isoformat()}})
    assert scripts.asked == []
    assert scripts.texts("#map-devices option:checked") == ["设备分布仅有实时"]


def test_what_does_not_come_is_said_and_asked_for_again(scripts: Scripts) -> None:
    scripts.answers[ASKED] = {"status": 503, "body": ""}
    given = [told_state(), "pm25", scripts.speak("zh", devices="waterlogging")]
    scripts.body(BODY)
    draw = "given => ReactDOM.flushSync(() => cityops.panels.city_map.draw(...given))"
    scripts.ask(draw, given)
    scripts.page.locator(".is-away").wait_for()
    assert scripts.texts(".map-devices-sum") == ["暂时取不到"]
    scripts.answers[ASKED] = {"body": orjson.dumps(points()).decode(), "content_type": "application/json"}
    scripts.passes(6_000)
    scripts.ask(draw, given)
    scripts.page.locator(".map-dots .device-dots").first.wait_for(state="attached")


def test_the_dot_that_is_nearest_to_a_click_is_found(scripts: Scripts) -> None:
    drawn(scripts, points())
    scripts.page.locator(".map-dots .device-dots").first.wait_for(state="attached")
    near = """state => {
        const ground = cityops.ground.of(state, "lens", 836, 700, { x: 10, y: 12, width: 816, height: 650 });
        cityops.mapDevices.layer(ground);
        const [x, y] = ground.fit.place(113.34, 23.13);
        return [cityops.mapDevices.at(ground, x + 2, y), cityops.mapDevices.at(ground, x + 400, y)];
    }"""
    assert scripts.ask(near, told_state()) == ["WL 2", None]
