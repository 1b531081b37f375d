"""Scenes without a mouse: keys choose, page, hold and let rotate; the address keeps what was chosen."""

import pytest

from fixtures.scripts import Scripts

SCENES = [
    {"id": "overview", "key": 1, "title": "City overview", "dwell": 60},
    {"id": "flood", "key": 2, "title": "Flood", "dwell": 30},
    {"id": "air", "key": 4, "title": "Air", "dwell": 10},
]
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


def opened(scripts: Scripts, address: str = "/") -> Scripts:
    scripts.open(address)
    scripts.body(PLACES)
    scripts.ask(BEGIN, SCENES)
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
