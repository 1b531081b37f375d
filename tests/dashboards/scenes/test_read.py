"""Files of scenes: what is wrong is named with line, column and remedy; the traps of YAML are shut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_dashboards.scenes.read import LARGEST, SceneError, read

GOOD = """version: 1
kind: Scene
id: flood
key: 2
title: {zh: 三防内涝, en: Flood control}
owner: emergency
dwell: 2min
panels:
  headlines: [water_depth, rain_3h]
  trends: [rain_3h, water_depth, river_velocity, cover_clearance]
  map: [water_depth, rain_3h]
"""


def faults(text: str) -> list[str]:
    with pytest.raises(SceneError) as caught:
        read(text, "flood.yaml")
    assert str(caught.value) == "\n".join(f"flood.yaml:{fault}" for fault in caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


def test_a_scene_is_read() -> None:
    scene = read(GOOD, "flood.yaml")
    assert (scene.id, scene.key, scene.dwell, scene.owner) == ("flood", 2, 120, "emergency")
    assert (scene.title.in_("zh"), scene.title.in_("en")) == ("三防内涝", "Flood control")
    assert scene.panels.map == ("water_depth", "rain_3h")


def test_it_stays_half_a_minute_unless_it_says_otherwise() -> None:
    assert read(GOOD.replace("dwell: 2min\n", ""), "").dwell == 30


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("rain_3h]", "rain_3hr]", "9:28 panels.headlines.1: unknown 'rain_3hr', did you mean 'rain_3h'?"),
        ("emergency", "emergncy", "6:8 owner: unknown 'emergncy', did you mean 'emergency'?"),
        ("emergency", "zzz", "6:8 owner: unknown 'zzz'"),
        ("dwell:", "dwel:", "7:1 dwel: is no part of a scene, did you mean 'dwell'?"),
        ("  map:", "  mapp:", "11:3 panels.mapp: is no part of a scene, did you mean 'map'?"),
        ("key: 2\n", "", "1:1 key: is missing"),
        ("2min", "9s", "7:8 dwell: input should be greater than or equal to 10, not '9s'"),
        ("2min", "12:30", "7:8 dwell: '12:30' is no duration; write it like 30s or 2min"),
        (
            "key: 2",
            "key: no",
            "4:6 key: is a whole number, not 'no'",
        ),
        ("key: 2", "key: 2\nkey: 3", "5:1 key: stands in line 4 already"),
        (
            "[water_depth, rain_3h]\n  trends",
            "[rain_3h, rain_3h]\n  trends",
            "9:14 panels.headlines: 'rain_3h' is named twice",
        ),
        (
            "  map: [water_depth, rain_3h]",
            "  map: [rain_3h, pm25, o3, no2, co]",
            "11:8 panels.map: names 5; at most 4",
        ),
        ("  map: [water_depth, rain_3h]", "  map: on", "11:8 panels.map: is a list of indicators"),
        (
            "  map: [water_depth",
            "  map: [pm25",
            "1:1 panels.map shows 'pm25' first, and no headline tells its number",
        ),
        ("id: flood", "id: &it flood", "3:5 no YAML: anchors and aliases are not for scenes; write it out"),
        ("[water_depth, rain_3h]\n  trends", "[water_depth\n  trends", "10:9 no YAML: "),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_was_meant(before: str, after: str, told: str) -> None:
    assert any(told in fault for fault in faults(GOOD.replace(before, after, 1)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1 a scene is a mapping, which begins with `version: 1`"),
        ("- 1", "1:1 a scene is a mapping, which begins with `version: 1`"),
        ("a: 1\n[b]: 2", "2:1 a key is a word"),
        ("\x00", "1:1 no YAML: "),
        (" " * (LARGEST + 1), f"1:1 longer than {LARGEST} characters"),
    ],
)
def test_what_is_no_scene_at_all_is_told(text: str, told: str) -> None:
    assert [told in fault for fault in faults(text)] == [True]


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    found = faults(GOOD.replace("kind: Scene", "kind: Scenes").replace("key: 2", "key: 12").replace("2min", "x"))
    assert [fault.split()[0] for fault in found] == ["2:7", "4:6", "7:8"]


@given(st.text())
def test_any_text_is_a_scene_or_a_fault(text: str) -> None:
    with pytest.raises(SceneError) as caught:  # no text of these letters is a whole scene
        read(text, "any.yaml")
    assert caught.value.faults
