"""What may be shown and should not is found: rules over a scene, and over those that share a wall."""

from typing import Any

import pytest

from cityops_dashboards.scenes.lint import RULES, Screen, findings
from cityops_dashboards.scenes.model import Scene
from cityops_dashboards.scenes.shelf import SHIPPED, made_of, read_all


def scene(code: str = "flood", **changes: Any) -> Scene:
    found = next(one for one in read_all(SHIPPED) if one.id == code)
    return found.model_copy(update=changes)


def with_panels(code: str = "flood", **panels: Any) -> Scene:
    one = scene(code)
    kept = {slot: panel.model_dump() for slot, panel in one.panels.items()} | panels
    told = one.model_dump() | {"dwell": "30s", "distance": "5m", "panels": kept}
    return Scene.model_validate({key: value for key, value in told.items() if value is not None})


def with_indicators(*shown: str) -> Scene:
    return with_panels("economy", indicators={"figure": "indicators", "indicators": [*shown]})


def codes(*scenes: Scene, screen: Screen | None = None) -> list[str]:
    return [found.rule.code for found in findings(scenes, RULES, screen or Screen())]


def test_the_shipped_scenes_have_nothing_wrong() -> None:
    assert findings(read_all(SHIPPED)) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (with_panels(vitals={"figure": "vitals", "indicators": ["water_depth"]}), "twice"),
        (with_panels(map={"figure": "map", "indicators": ["gas_lel"]}), "untold"),
        (with_panels("requests", map={"figure": "map", "indicators": ["lamp_on"]}), "never-grave"),
        (with_panels(vitals={"figure": "vitals", "indicators": ["battery_voltage"]}), "health-beside"),
        (with_panels(alarms={"figure": "cases"}), "no-alarms"),
        (with_panels(map={"figure": "map", "indicators": ["water_depth"], "devices": "gas"}), "stray-devices"),
        (
            with_panels(
                map={"figure": "map", "indicators": ["water_depth"], "devices": "waterlogging", "main_points": True}
            ),
            "crowded",
        ),
        (with_panels(roster={"figure": "devices"}), "no-room"),
        (with_panels(alarms={"figure": "alarms", "filter": {"classes": ["air"]}}), "unlisted"),
        (with_panels(alarms={"figure": "alarms", "filter": {"levels": ["red"]}}), "unlisted"),
        (
            with_panels(cases={"figure": "cases", "filter": {"classes": ["gas_leak"], "groups": ["requests"]}}),
            "fits-none",
        ),
        (with_indicators("orders_on_time", "ambulances"), "restricted"),
        (with_indicators("gdp", "residents"), "never-grave"),
        (scene(key=None, hold=None, rotates=False), "unreachable"),
        (scene(distance=9.0), "too-small"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_may_be_shown_and_should_not_is_found(wrong: Scene, code: str) -> None:
    assert set(codes(wrong)) == {code}


def test_alarms_and_cases_stand_on_the_side_where_they_are_looked_for() -> None:
    panels = {"alarms": {"figure": "alarms"}, "cases": {"figure": "cases"}}
    told = {"version": 1, "kind": "Scene", "id": "own", "title": {"zh": "值", "en": "Own"}, "owner": "data"}
    areas = ["alarms cases"]
    assert codes(Scene.model_validate(told | {"panels": panels, "layout": {"areas": areas}})) == ["moved"]


def test_more_panels_than_anybody_takes_in_are_too_many() -> None:
    panels = {f"p{number}": {"figure": "roster"} for number in range(9)} | {"alarms": {"figure": "alarms"}}
    told = {"version": 1, "kind": "Scene", "id": "own", "title": {"zh": "多", "en": "Many"}, "owner": "data"}
    areas = [" ".join(f"p{row + column}" for column in range(3)) + " alarms" for row in (0, 3, 6)]
    assert "too-many" in codes(Scene.model_validate(told | {"panels": panels, "layout": {"areas": areas}}))


def test_a_wall_with_larger_pixels_is_read_from_farther_away() -> None:
    far = scene(distance=9.0)
    assert codes(far, screen=Screen(pitch_mm=2.5)) == []
    assert codes(scene(), screen=Screen(pitch_mm=0.9)) == ["too-small"]
    assert codes(scene(), screen=Screen(pitch_mm=0.9, width_px=3840)) == []


def test_scenes_of_one_wall_have_an_id_and_a_key_each() -> None:
    assert codes(scene(), scene()) == ["same-id", "same-key"]
    assert codes(scene(key=None), scene(id="other", key=None)) == []


def test_what_is_wrong_with_all_that_a_file_makes_is_told_once() -> None:
    districts = [one.model_copy(update={"distance": 9.0}) for one in read_all(SHIPPED) if one.region]
    assert len(districts) == 11
    assert codes(*districts) == ["too-small"]


def test_a_file_makes_a_scene_for_each_district() -> None:
    made = [one for one in read_all(SHIPPED) if one.region]
    assert (made[3].id, made[3].title.zh, made[3].title.en) == ("district_440106", "天河区", "Tianhe")
    assert made_of(made[0]) == [made[0]]
