"""Scenes without a mouse: keys choose, page, hold and let rotate; the address keeps what was chosen."""

import pytest

from fixtures.scripts import Scripts

SCENES = [
    {"id": "overview", "key": "1", "title": "City overview", "dwell": 60, "rotates": True},
    {"id": "flood", "key": "2", "title": "Flood", "dwell": 30, "rotates": True}
    | {"hold": {"levels": [3, 4], "metrics": ["water_depth", "rain_3h"]}},
    {"id": "air", "key": "4", "title": "Air", "dwell": 10, "rotates": True}
    | {"hold": {"levels": [3, 4], "metrics": ["pm25", "o3", "rain_3h"]}},
]
EVENT = {"id": "event", "key": "-", "title": "Event", "dwell": 10, "rotates": True, "modes": ["event"]}
STILL = {"id": "duty", "key": "0", "title": "On duty", "dwell": 10, "rotates": False}
PLACES = '<i id="scene-title"></i><i id="scene-held"></i><i id="scene-dwell"></i><input id="field">' + "".join(
    f'<button data-scene="{one["id"]}">{one["key"]}</button>' for one in SCENES
)
BEGIN = """scenes => {
  window.shown = [];
  dash_clientside.set_props = (id, { data }) => {
    shown.push(`${id} ${data}`);
    cityops.scenes.begin({ scenes, scene: data });
  };
  cityops.scenes.begin({ scenes, scene: new URLSearchParams(location.search).get("scene") });
}"""


@pytest.fixture
def wall(scripts: Scripts) -> Scripts:
    return opened(scripts)


def opened(scripts: Scripts, address: str = "/", *more: dict[str, object]) -> Scripts:
    scripts.open(address)
    scripts.speak("en")
    scripts.body(PLACES)
    scripts.ask(BEGIN, [*SCENES, *more])
    return scripts


def shown(wall: Scripts) -> list[str]:
    found: list[str] = wall.ask("shown")
    return found


def test_number_keys_choose_a_scene_and_the_address_names_it(wall: Scripts) -> None:
    wall.page.keyboard.press("4")
    assert shown(wall) == ["wall-scene air"]
    assert wall.address == "/?scene=air"
    assert wall.texts("#scene-title") == ["Air"]
    assert wall.every("[data-scene]", "one.getAttribute('aria-current')") == ["false", "false", "true"]
    wall.page.keyboard.press("3")
    assert len(shown(wall)) == 1, "there is no scene of this key"


def test_arrows_page_around(wall: Scripts) -> None:
    for key in ("ArrowRight", "PageDown", "ArrowRight", "ArrowLeft", "PageUp"):
        wall.page.keyboard.press(key)
    assert [one.split()[1] for one in shown(wall)] == ["flood", "air", "overview", "air", "flood"]


def test_a_scene_has_its_own_metric_first(scripts: Scripts) -> None:
    wall = opened(scripts, "/?lang=en&metric=pm25")
    wall.page.keyboard.press("2")
    assert wall.address == "/?lang=en&scene=flood"


def test_space_lets_the_scenes_rotate_by_their_own_times_and_holds_them(wall: Scripts) -> None:
    assert wall.texts("#scene-held") == ["‖"]
    wall.page.keyboard.press(" ")
    assert (wall.address, wall.texts("#scene-held")) == ("/?rotate=on", [""])
    assert wall.every("#scene-dwell", "one.style.animationDuration + one.className") == ["60sis-passing"]
    wall.passes(59_999)
    assert shown(wall) == []
    wall.passes(1)
    assert shown(wall) == ["wall-scene flood"]
    assert wall.every("#scene-dwell", "one.style.animationDuration") == ["30s"]
    wall.passes(30_000)
    wall.page.keyboard.press(" ")
    assert (wall.address, wall.texts("#scene-held")) == ("/?rotate=on&scene=air".replace("rotate=on&", ""), ["‖"])
    wall.passes(600_000)
    assert [one.split()[1] for one in shown(wall)] == ["flood", "air"]


def test_a_wall_that_is_loaded_anew_goes_on_where_it_was(scripts: Scripts) -> None:
    wall = opened(scripts, "/?scene=air&rotate=on")
    wall.passes(10_000)
    assert shown(wall) == ["wall-scene overview"]


def test_who_chooses_a_scene_has_all_its_time(scripts: Scripts) -> None:
    wall = opened(scripts, "/?rotate=on")
    wall.passes(50_000)
    wall.page.keyboard.press("2")
    wall.passes(29_999)
    assert shown(wall) == ["wall-scene flood"]


def test_keys_that_are_meant_for_something_else_change_nothing(wall: Scripts) -> None:
    wall.page.locator("#field").press("2")
    wall.page.locator("#field").blur()
    wall.page.keyboard.press("Control+2")
    assert shown(wall) == []


def test_a_click_chooses_and_leaves_the_keys_to_the_wall(wall: Scripts) -> None:
    wall.page.locator("[data-scene=flood]").click()
    wall.page.keyboard.press("1")
    assert [one.split()[1] for one in shown(wall)] == ["flood", "overview"]


def test_a_page_without_scenes_has_its_keys_to_itself(scripts: Scripts) -> None:
    scripts.open("/districts/440106")
    scripts.ask("cityops.scenes.begin({})")
    scripts.page.keyboard.press("2")
    assert scripts.address == "/districts/440106"


@pytest.fixture
def rotating(scripts: Scripts) -> Scripts:
    return opened(scripts, "/?rotate=on")


def group(metric: str | None, level: int = 4, unacknowledged: int = 1) -> dict[str, object]:
    return {"metric": metric, "level": level, "unacknowledged": unacknowledged}


def comes(wall: Scripts, *groups: dict[str, object]) -> list[str]:
    """Have a state come with these groups of alarms; return which scenes have been shown until now."""
    wall.ask("groups => cityops.scenes.follow({ alarms: { groups } })", list(groups))
    return [one.split()[1] for one in shown(wall)]


def test_a_grave_alarm_brings_its_scene_up_and_holds_it_until_it_is_acknowledged(scripts: Scripts) -> None:
    wall = opened(scripts, "/?rotate=on&scene=air")
    assert comes(wall, group("water_depth", level=3)) == ["flood"]
    assert wall.texts("#scene-title") == ["Flood · brought up by an alarm"]
    assert wall.texts("#scene-held") == ["‖"]
    wall.passes(600_000)
    assert comes(wall, group("water_depth", level=3)) == ["flood"]
    assert comes(wall, group("water_depth", level=3, unacknowledged=0)) == ["flood", "air"]
    assert wall.texts("#scene-title") == ["Air"]
    wall.passes(10_000)
    assert comes(wall) == ["flood", "air", "overview"], "it rotates again"


def test_the_scene_that_stands_is_held_for_its_own_alarm(scripts: Scripts) -> None:
    wall = opened(scripts, "/?rotate=on&scene=flood")
    assert comes(wall, group("rain_3h")) == []
    wall.passes(60_000)
    assert comes(wall, group("rain_3h")) == []
    assert comes(wall) == []
    wall.passes(30_000)
    assert comes(wall) == ["air"]


@pytest.mark.parametrize(
    "alarm",
    [group("water_depth", level=2), group("water_depth", unacknowledged=0), group(None), group("gas_lel")],
    ids=["not so grave", "in hand", "of no metric", "of no scene"],
)
def test_other_alarms_change_no_scene(rotating: Scripts, alarm: dict[str, object]) -> None:
    assert comes(rotating, alarm) == []


def test_the_gravest_alarm_that_has_a_scene_decides(rotating: Scripts) -> None:
    assert comes(rotating, group("gas_lel"), group("o3"), group("water_depth", level=3)) == ["air"]
    assert comes(rotating, group("rain_3h")) == ["air", "flood"], "it names the metric earlier"
    assert comes(rotating) == ["air", "flood", "overview"]


def test_a_scene_that_does_not_come_is_asked_for_again_after_a_while(rotating: Scripts) -> None:
    rotating.ask("void (dash_clientside.set_props = (id, { data }) => shown.push(`${id} ${data}`))")
    assert comes(rotating, group("rain_3h")) == ["flood"]
    rotating.passes(9_999)
    assert comes(rotating, group("rain_3h")) == ["flood"]
    rotating.passes(1)
    assert comes(rotating, group("rain_3h")) == ["flood", "flood"]


def test_a_wall_that_somebody_uses_is_left_to_him_for_a_minute(rotating: Scripts) -> None:
    rotating.page.keyboard.press("1")
    assert comes(rotating, group("o3")) == ["overview"]
    rotating.passes(59_000)
    assert comes(rotating, group("o3")) == ["overview"]
    rotating.passes(999)
    assert comes(rotating, group("o3")) == ["overview"]
    rotating.passes(1)  # its time is over too
    assert comes(rotating, group("o3")) == ["overview", "flood", "air"]
    rotating.page.keyboard.press("1")
    assert comes(rotating) == ["overview", "flood", "air", "overview"]
    assert rotating.texts("#scene-title") == ["City overview"]


def test_a_wall_that_is_held_stays_as_it_is(wall: Scripts) -> None:
    assert comes(wall, group("water_depth")) == []


def test_a_scene_of_a_mode_is_paged_to_in_it_alone_and_chosen_by_its_key_at_any_time(scripts: Scripts) -> None:
    wall = opened(scripts, "/?scene=air", EVENT)
    wall.page.keyboard.press("ArrowRight")
    wall.page.keyboard.press("-")
    wall.page.keyboard.press("4")
    wall.ask("cityops.scenes.follow({ mode: { kind: 'event' } })")
    wall.page.keyboard.press("ArrowRight")
    assert [one.split()[1] for one in shown(wall)] == ["overview", "event", "air", "event"]


def test_a_scene_that_does_not_rotate_is_paged_to_and_never_comes_by_itself(scripts: Scripts) -> None:
    wall = opened(scripts, "/?scene=air&rotate=on", STILL)
    wall.passes(10_000)
    assert shown(wall) == ["wall-scene overview"]
    wall.page.keyboard.press("ArrowLeft")
    assert shown(wall)[-1] == "wall-scene duty"


def test_the_scene_that_goes_fades_over_the_one_that_comes(wall: Scripts) -> None:
    wall.body(f'<div class="screen"><div id="wall-canvas" class="canvas">{PLACES}<b id="figure">7</b></div></div>')
    wall.page.keyboard.press("2")
    assert wall.texts(".canvas.is-leaving b") == ["7"]
    assert wall.every("#figure", "one.closest('.is-leaving') === null") == [True], "a name has one element"
    wall.passes(200)
    assert wall.texts(".canvas.is-leaving b") == []


def test_a_scene_that_was_sent_is_held_against_keys_and_alarms_until_it_is_released(scripts: Scripts) -> None:
    wall = opened(scripts, "/?rotate=on&scene=air")
    wall.ask("cityops.scenes.hold('flood')")
    wall.page.keyboard.press("1")
    wall.passes(600_000)
    assert comes(wall, group("pm25")) == ["flood"]
    wall.ask("cityops.scenes.hold('nowhere')")
    assert [one.split()[1] for one in shown(wall)] == ["flood", "air"], "what this wall does not have is no scene"
    wall.passes(10_000)
    assert shown(wall)[-1] == "wall-scene overview", "it rotates again"


def test_another_mode_brings_its_own_scene_and_has_others_left_out(scripts: Scripts) -> None:
    scripts.open("/?rotate=on")
    scripts.speak("en")
    scripts.body(PLACES)
    scripts.ask(BEGIN, [one | ({"modes": ["emergency"]} if one["id"] == "flood" else {}) for one in SCENES])
    follow = "kind => cityops.scenes.follow({ alarms: { groups: [] }, mode: { kind } })"
    scripts.ask(follow, "normal")
    scripts.passes(60_000)
    assert shown(scripts) == ["wall-scene air"], "the scene of another mode does not rotate"
    scripts.ask(follow, "emergency")
    assert shown(scripts) == ["wall-scene air", "wall-scene flood"]
    scripts.ask(follow, "normal")
    assert shown(scripts)[-1] == "wall-scene overview"
