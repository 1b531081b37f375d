"""Files of scenes: what is wrong is named with line, column and remedy; the traps of YAML are shut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.declarations import DeclarationError
from cityops_dashboards.scenes.catalogue import FIGURES
from cityops_dashboards.scenes.older import renewed
from cityops_dashboards.scenes.read import LARGEST, read

GOOD = """version: 1
kind: Scene
id: flood
key: 2
title: {zh: 三防内涝, en: Flood control}
owner: emergency
dwell: 2min
hold: {level: [red], metrics: [water_depth]}
panels:
  trends: {figure: trends, indicators: [rain_3h, water_depth]}
  vitals: {figure: vitals, indicators: [river_velocity]}
  roster: {figure: roster}
  map: {figure: map, indicators: [water_depth, rain_3h]}
  alarms: {figure: alarms}
  cases: {figure: cases}
"""
OLDER = """# of the city
version: 1
kind: Scene
id: flood
key: 2
title: {zh: 三防内涝, en: Flood control}
owner: emergency
panels:
  headlines: [water_depth, rain_3h]
  trends: [rain_3h, water_depth, river_velocity, cover_clearance]
  map: [water_depth, rain_3h]
dwell: 2min
"""


def faults(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        read(text, "flood.yaml")
    assert str(caught.value) == "\n".join(f"flood.yaml:{fault}" for fault in caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


def test_a_scene_is_read() -> None:
    scene = read(GOOD, "flood.yaml")
    assert (scene.id, scene.key, scene.dwell, scene.owner, scene.distance) == ("flood", "2", 120, "emergency", 5)
    assert (scene.title.in_("zh"), scene.title.in_("en")) == ("三防内涝", "Flood control")
    assert (scene.shown.map, scene.shown.trends) == (("water_depth", "rain_3h"), ("rain_3h", "water_depth"))
    assert scene.shown.headlines == ("river_velocity",)
    assert scene.hold is not None
    assert scene.hold.levels == (4,)


def test_it_stays_half_a_minute_unless_it_says_otherwise() -> None:
    assert read(GOOD.replace("dwell: 2min\n", ""), "").dwell == 30


def test_a_scene_may_have_slots_of_its_own_and_others_on_a_wide_screen() -> None:
    panels = GOOD[GOOD.index("  map:") :]
    own = GOOD[: GOOD.index("  trends:")] + panels
    own += "layout: {areas: [map alarms, map cases], weights: {columns: [3, 1]}}\n"
    own += 'variants: {"32:9": {areas: [map alarms cases]}}\n'
    scene = read(own, "")
    assert scene.frame("16:9").columns == ("3fr", "1fr")
    assert scene.frame("16:9").areas[2:4] == ("map alarms", "map cases")
    assert scene.frame("32:9").areas[2] == "map alarms cases"
    assert scene.frame("9:16").areas[2:5] == ("map", "alarms", "cases")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[water_depth, rain_3h]", "[water_depth, rain_3hr]", "panels.map.indicators.1: unknown 'rain_3hr', did you"),
        ("emergency", "emergncy", "6:8 owner: unknown 'emergncy', did you mean 'emergency'?"),
        ("emergency", "zzz", "6:8 owner: unknown 'zzz'"),
        ("owner: emergency\n", "", "1:1 owner: is missing"),
        ("dwell:", "dwel:", "7:1 dwel: is no part of a scene, did you mean 'dwell'?"),
        ("2min", "9s", "7:8 dwell: input should be greater than or equal to 10, not '9s'"),
        ("2min", "12:30", "7:8 dwell: '12:30' is no duration; write it like 30s or 2min"),
        ("key: 2", "key: 12", "4:6 key: string should match pattern '^[0-9=\\[\\]-]$', not '12'"),
        ("key: 2", "key: no", "4:6 key: string should match pattern '^[0-9=\\[\\]-]$', not 'no'"),
        ("key: 2", "key: 2\nkey: 3", "5:1 key: stands in line 4 already"),
        ("[rain_3h, water_depth]", "[rain_3h, rain_3h]", "10:40 panels.trends.indicators: 'rain_3h' is named twice"),
        ("[rain_3h, water_depth]", "[rain_3h, o3, co]", "10:40 panels.trends.indicators: names 3; at most 2 belong"),
        ("[rain_3h, water_depth]", "on", "10:40 panels.trends.indicators: is a list, such as [pm25, rain_3h]"),
        ("figure: map", "figure: mapp", "13:8 panels.map: unknown 'mapp', did you mean 'map'?"),
        ("{figure: alarms}", "{}", "14:11 panels.alarms: says no figure, which is one of trends, vitals"),
        ("{figure: alarms}", "[a]", "14:11 panels.alarms: is a mapping, such as {figure: alarms}"),
        (
            "indicators: [river",
            "indicator: [river",
            "11:28 panels.vitals.indicator: is no part of a scene, did you mean",
        ),
        (
            "figure: alarms}",
            "figure: alarms, filter: {classes: [flod]}}",
            "14:47 panels.alarms.filter.classes.0: unknown 'flod', did you mean 'flood'?",
        ),
        (
            "figure: alarms}",
            "figure: alarms, filter: {levels: [rde]}}",
            "filter.levels.0: unknown 'rde', did you mean",
        ),
        (
            "figure: alarms}",
            "figure: alarms, filter: {region: [a]}}",
            "filter.region: is no part of a scene, did you mean",
        ),
        ("figure: alarms}", "figure: alarms, filter: {stages: [found]}}", "filter.stages: is no part of a scene"),
        (
            "figure: alarms}",
            "figure: alarms, filter: {}}",
            "filter: names nothing; name one of classes, levels, regions",
        ),
        (
            "figure: cases}",
            "figure: cases, filter: {classes: [road_pond]}}",
            "unknown 'road_pond', did you mean 'road_ponding'?",
        ),
        (
            "figure: cases}",
            "figure: cases, filter: {groups: [request]}}",
            "unknown 'request', did you mean 'requests'?",
        ),
        (
            "figure: cases}",
            "figure: cases, filter: {stages: [closed]}}",
            "unknown 'closed', it is one of found, dispatched",
        ),
        ("figure: cases}", "figure: cases, filter: {sources: [met-rain]}}", "filter.sources.0: unknown 'met-rain'"),
        ("figure: map,", "figure: map, filter: {levels: [red]},", "panels.map.filter: is no part of a scene"),
        ("  roster:", "  rostr:", "9:1 panels: slot 'roster' has no panel; did you mean 'rostr'?"),
        ("  cases: {figure: cases}\n", "", "9:1 panels: slot 'cases' has no panel; say in panels what stands there"),
        (
            "panels:",
            "panels:\n  more: {figure: cases}",
            "10:3 panels.more: has no place; the slots are alarms, cases",
        ),
        ("level: [red]", "level: [rde]", "8:16 hold.level.0: unknown 'rde', did you mean 'red'?"),
        ("dwell:", "when: {mode: [storm]}\ndwell:", "7:15 when.mode.0: unknown 'storm', it is one of normal, alert"),
        (
            "dwell:",
            "layout: {areas: [a b, a]}\ndwell:",
            "7:17 layout.areas: each row has as many words as the others",
        ),
        ("dwell:", "layout: {areas: [a b, b a]}\ndwell:", "7:17 layout.areas: 'a' is no rectangle"),
        ("dwell:", "layout: {areas: [head]}\ndwell:", "7:17 layout.areas: 'head' is the wall's own"),
        (
            "dwell:",
            "layout: {areas: [map], weights: {rows: [1, 2]}}\ndwell:",
            "7:9 layout: weights.rows are 2, and the areas have 1 rows",
        ),
        (
            "dwell:",
            "variants: {'4:3': {areas: [map]}}\ndwell:",
            "7:12 variants.4:3: unknown '4:3', it is one of 16:9",
        ),
        (
            "dwell:",
            "variants: {'9:16': {areas: [maps]}}\ndwell:",
            "7:21 variants.9:16.areas: slot 'maps' has no panel",
        ),
        (
            "dwell:",
            "variants: {'9:16': {area: [map]}}\ndwell:",
            "7:21 variants.9:16.area: is no part of a scene, did you",
        ),
        ("dwell:", "region: '440100'\ndwell:", "7:1 region: is no part of a file"),
        ("dwell:", "generate: {for_each: districts}\ndwell:", "4:1 key: one key cannot choose several scenes"),
        ("dwell:", "distance: 5\ndwell:", "7:11 distance: '5' is no distance; write it like 5m or 2.5m"),
        ("id: flood", "id: &it flood", "3:5 no YAML: anchors and aliases are not for scenes; write it out"),
        ("[rain_3h, water_depth]", "[rain_3h", "10:48 no YAML: "),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_was_meant(before: str, after: str, told: str) -> None:
    found = faults(GOOD.replace(before, after, 1))
    assert [fault for fault in found if told in fault], found


def test_a_list_is_not_called_short_for_what_is_wrong_in_it() -> None:
    assert len(faults(GOOD.replace("level: [red]", "level: [rde]"))) == 1


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


def test_a_file_of_the_older_form_is_told_what_to_write_and_written_anew() -> None:
    found = faults(OLDER)
    assert found[0].startswith("9:3 panels.headlines: is of the form before slots; write `vitals: {figure: vitals, ")
    assert len(found) == 3
    made = renewed(OLDER)
    scene = read(made, "flood.yaml")
    assert (scene.of("vitals"), scene.of("trends"), scene.of("map")) == (
        ("water_depth", "rain_3h"),
        ("rain_3h", "water_depth"),
        ("water_depth", "rain_3h"),
    )
    assert made.startswith("# of the city\n")
    assert made.endswith("dwell: 2min\n")
    assert renewed(made) == made
    assert renewed("no: scene") == "no: scene"


@given(st.text())
def test_any_text_is_a_scene_or_a_fault(text: str) -> None:
    with pytest.raises(DeclarationError) as caught:  # no text of these letters is a whole scene
        read(text, "any.yaml")
    assert caught.value.faults


@given(st.integers(0, GOOD.count("\n") - 1), st.text("abc:{}[], \n\"'#-&0", max_size=8))
def test_a_scene_with_anything_written_into_it_is_a_scene_or_named_faults(line: int, more: str) -> None:
    lines = GOOD.splitlines(keepends=True)
    text = "".join([*lines[:line], more, *lines[line:]])
    try:
        assert read(text, "any.yaml").panels
    except DeclarationError as error:
        assert all(1 <= fault.line <= text.count("\n") + 2 for fault in error.faults)  # noqa: PT017


def test_each_figure_says_what_it_is_and_what_room_it_needs() -> None:
    for name, figure in FIGURES.items():
        assert figure.model_fields["figure"].annotation.__args__ == (name,)  # type: ignore[union-attr]
        assert (figure.script, min(figure.least) > 0) == (figure.script, True)
