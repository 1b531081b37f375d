"""Where slots stand on screens of each form: nothing overlaps, all is used, and gutters go to the seams of tiles."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from cityops_dashboards.scenes.frame import (
    FORMS,
    GAP_X,
    GAP_Y,
    MOST,
    OUTER,
    PADDING_BELOW,
    PADDING_X,
    Box,
    ScreenForm,
    form,
    is_rectangle,
    sheet,
)
from fixtures.dashboards import StateApi
from fixtures.scripts import SCRIPTS

each_form = pytest.mark.parametrize("one", FORMS, ids=lambda one: one.name)


def overlap(one: Box, other: Box) -> bool:
    beside = one.left + one.width <= other.left + 1e-6 or other.left + other.width <= one.left + 1e-6
    above = one.top + one.height <= other.top + 1e-6 or other.top + other.height <= one.top + 1e-6
    return not (beside or above)


def check(one: ScreenForm) -> None:
    boxes = one.boxes()
    assert not any(overlap(*pair) for pair in combinations(boxes.values(), 2))
    assert min(box.left for box in boxes.values()) == pytest.approx(PADDING_X)
    assert max(box.left + box.width for box in boxes.values()) == pytest.approx(one.width - PADDING_X, abs=0.5)
    assert max(box.top + box.height for box in boxes.values()) == pytest.approx(one.height - PADDING_BELOW, abs=0.5)
    assert all(is_rectangle(one.areas, slot) for slot in one.slots)
    assert set(OUTER) <= set(one.slots)


@each_form
def test_no_slot_overlaps_another_and_all_of_the_canvas_is_used(one: ScreenForm) -> None:
    check(one)


def test_the_sheet_is_written_from_the_data() -> None:
    assert (SCRIPTS.parent / "css/frame.css").read_text(encoding="utf-8") == sheet(), (
        "renew it: python -m cityops_dashboards.scenes.frame > dashboards/cityops_dashboards/assets/css/frame.css"
    )


def test_the_largest_canvas_has_two_places_for_the_map() -> None:
    assert {"city", "core"} <= set(form("32:9").slots)


@given(st.sampled_from(FORMS), st.integers(1, 8), st.integers(1, 4))
def test_tiles_move_gutters_and_nothing_else(one: ScreenForm, across: int, down: int) -> None:
    tiled = one.tiled(across, down)
    check(tiled)
    heads = {slot: box.height for slot, box in one.boxes().items() if slot in OUTER}
    assert {slot: tiled.boxes()[slot].height for slot in OUTER} == pytest.approx(heads)
    for xs, ys in tiled.crossed(across, down).values():
        assert len(xs) < across
        assert len(ys) < down


@pytest.mark.parametrize(("code", "across", "down"), [("16:9", 4, 2), ("16:9", 3, 2), ("32:9", 6, 2), ("21:9", 4, 2)])
def test_on_common_walls_of_tiles_only_the_map_and_what_goes_right_across_is_crossed(
    code: str, across: int, down: int
) -> None:
    tiled = form(code).tiled(across, down)
    assert set(tiled.crossed(across, down)) <= {*OUTER, "map", "city", "core"}
    right = tiled.boxes()["alarms"].left
    tile = tiled.width / across
    off = (right - GAP_X / 2) % tile
    assert min(off, tile - off) < 1


def test_a_seam_that_is_far_from_every_gutter_leaves_the_columns_as_they_are() -> None:
    tiled = form("16:9").tiled(2, 1)
    usual, moved = form("16:9").boxes(), tiled.boxes()
    assert abs(usual["map"].left - 960) > MOST * 960
    assert {slot: box.left for slot, box in moved.items()} == pytest.approx(
        {slot: box.left for slot, box in usual.items()}, abs=0.5
    )


@given(
    st.sampled_from(FORMS),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_a_scene_s_own_slots_stand_between_situation_and_rail(
    one: ScreenForm, columns: list[int], rows: list[int]
) -> None:
    areas = tuple(" ".join(f"s{row}x{column}" for column in range(len(columns))) for row in range(len(rows)))
    own = one.scene(areas, columns, rows)
    check(own)
    boxes = own.boxes()
    assert boxes["sit"].top < boxes["s0x0"].top < boxes["rail"].top
    assert boxes["s0x0"].width / columns[0] == pytest.approx(boxes[f"s0x{len(columns) - 1}"].width / columns[-1])


SLOTS = """() => {
    document.documentElement.style.setProperty("--shift", "0px 0px");
    return [...document.querySelectorAll(".canvas > .titlebar, .slot")].map((slot) => {
        const { left, top, right, bottom } = slot.getBoundingClientRect();
        const name = slot.style.getPropertyValue("--slot") || "head";
        return [name, Math.round(left), Math.round(top), Math.round(right), Math.round(bottom)];
    }).filter(([, left, , right]) => right > left);
}"""
"""Where the slots that are seen stand on the screen, whatever time it is: against burn-in they move a little."""

FITS = """([width, height]) => {
    const box = document.querySelector(".canvas").getBoundingClientRect();
    return Math.round(box.width) === width && Math.round(box.height) === height;
}"""
"""Whether the canvas has taken on the size of the screen."""

SCREENS = {(1920, 1080): 9, (1280, 1024): 9, (2560, 1080): 9, (3840, 1080): 9, (1080, 1920): 8}
"""How many slots the overview has on screens of these sizes, the wall's own among them."""


def meet(one: list[float], other: list[float]) -> bool:
    return one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]


def check_slots(wall: Page, width: int, height: int) -> set[str]:
    """See that slots fill the screen without covering each other; return which there are."""
    slots: list[list[float]] = wall.evaluate(SLOTS)
    names = [str(slot[0]) for slot in slots]
    assert [(one[0], other[0]) for one, other in combinations(slots, 2) if meet(one, other)] == []
    assert all(0 <= left < right <= width and 0 <= top < bottom <= height for _, left, top, right, bottom in slots)
    factor = min(slot[1] for slot in slots) / PADDING_X
    assert max(slot[3] for slot in slots) == pytest.approx(width - PADDING_X * factor, abs=2)
    assert max(slot[4] for slot in slots) == pytest.approx(height - PADDING_BELOW * factor, abs=2)
    return set(names)


def test_a_screen_of_any_shape_is_full_and_no_slot_covers_another(
    screens: str, page: Page, state_api: StateApi
) -> None:
    wall = page
    wall.goto(screens)
    expect(wall.locator("#map .map-fill").first).to_be_attached()
    for (width, height), slots in SCREENS.items():
        wall.set_viewport_size({"width": width, "height": height})
        wall.wait_for_function(FITS, arg=[width, height])
        assert len(check_slots(wall, width, height)) == slots, (width, height)
    wall.set_viewport_size({"width": 1920, "height": 1080})
    wall.wait_for_function(FITS, arg=[1920, 1080])
    for key, named in {"9": ["sources", "platform", "classes"], "0": ["places", "roster"]}.items():
        wall.keyboard.press(key)
        expect(wall.locator(f".slot-{named[0]} td").first).to_be_visible()
        assert set(named) < check_slots(wall, 1920, 1080)
    wall.goto(f"{screens}/?scene=flood&tiles=4x2")
    expect(wall.locator("#map .map-fill").first).to_be_attached()
    assert "roster" not in check_slots(wall, 1920, 1080)
    alarms = wall.locator(".slot-alarms").bounding_box()
    assert alarms
    assert [alarms["x"], alarms["y"] + alarms["height"]] == pytest.approx([1440 + GAP_X / 2, 540 - GAP_Y / 2], abs=1)
