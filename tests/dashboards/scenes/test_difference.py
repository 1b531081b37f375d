"""What differs between scenes is said in words."""

from PIL import Image

from cityops_dashboards.scenes.difference import between, changes
from cityops_dashboards.scenes.pictures import difference, share
from cityops_dashboards.scenes.read import read
from cityops_dashboards.scenes.shelf import SHIPPED, read_all

FLOOD = (SHIPPED / "flood.yaml").read_text(encoding="utf-8")


def told(*changed: tuple[str, str]) -> list[str]:
    text = FLOOD
    for before, after in changed:
        assert before in text
        text = text.replace(before, after)
    return [*changes(read(FLOOD, ""), read(text, ""))]


def test_nothing_differs_from_itself() -> None:
    assert told() == []
    assert [*between(read_all(SHIPPED), read_all(SHIPPED))] == []


def test_fields_and_indicators_are_told() -> None:
    assert told(("key: 2", "key: 3\ndwell: 1min"), ("river_velocity, ", ""), ("wind_speed", "pm25")) == [
        "key: 2 → 3",
        "dwell: 30 → 60",
        "vitals: without river_velocity; without wind_speed; with pm25",
    ]
    assert told(("[rain_intensity, water_depth]", "[water_depth, rain_intensity]")) == [
        "trends: in another order: water_depth, rain_intensity"
    ]
    assert told(("hold: {level: [red, orange]", "hold: {level: [red]"))[0].startswith(
        "hold: level red orange, metrics"
    )


def test_panels_that_come_go_or_are_other_ones_and_slots_that_move_are_told() -> None:
    [figure] = told(("roster: {figure: roster}", "roster: {figure: platform}"))
    assert figure == "roster: is platform now, was roster"
    found = told(
        ("  roster: {figure: roster}\n", ""),
        ("panels:", "layout: {areas: [trends map alarms, vitals map cases]}\npanels:"),
    )
    assert found[0] == "roster: is gone (was roster)"
    assert found[1].startswith("trends, map, alarms, vitals, cases: moved or resized at 16:9")


def test_what_a_panel_leaves_out_is_told() -> None:
    assert told(("[flood, cover]", "[flood]")) == ["alarms: filter: classes flood cover → classes flood"]
    assert told((", filter: {classes: [flood, cover]}", "")) == ["alarms: filter: classes flood cover → none"]


def test_a_picture_of_a_difference_counts_the_pixels_that_anybody_would_notice() -> None:
    old = Image.new("RGB", (20, 10), (40, 40, 40))
    new = old.copy()
    new.paste((40, 40, 44), (0, 0, 20, 5))  # as an edge that is smoothed otherwise
    new.paste((40, 200, 40), (5, 0, 10, 4))
    found = difference(old, new)
    assert (share(found), found.getbbox()) == (0.1, (5, 0, 10, 4))
    assert share(difference(old, old)) == 0


def test_scenes_that_come_or_go_are_told() -> None:
    scenes = read_all(SHIPPED)
    assert [*between(scenes, scenes[1:])] == ["overview: is gone"]
    assert [*between(scenes[1:], scenes)] == ["overview: is new (城市总览 City overview)"]
