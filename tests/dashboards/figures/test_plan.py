"""The plain map: places lie where they are, state is outlined over the fill, what is off the drawing is left out."""

import math

import pytest

from cityops import reference
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.figures.plan import SHAPES, PlanFrame, PlanMark, around, covering, labels, plan

CORE = ("440103", "440104", "440105", "440106")
FRAME = covering(536, 396, CORE)


def drawn(kind: str, frame: PlanFrame = FRAME, **given: object) -> list[dict[str, object]]:
    return [told for name, told in plan(frame, **({"levels": {}} | given)) if name == kind]  # type: ignore[arg-type]


def test_the_middle_of_the_frame_is_the_middle_of_the_drawing() -> None:
    frame = around(300, 200, 113.3, 23.1, across_km=10)
    assert frame.place(113.3, 23.1) == (150, 100)


def test_a_kilometre_is_as_long_to_the_north_as_to_the_east() -> None:
    frame = around(300, 200, 113.3, 23.2, across_km=10)
    degree = 1 / (math.pi * 6371 / 180)
    [x, _], [_, y] = (
        frame.place(113.3 + degree / math.cos(math.radians(23.2)), 23.2),
        frame.place(113.3, 23.2 + degree),
    )
    assert x - 150 == pytest.approx(30)
    assert 100 - y == pytest.approx(30)


def test_the_districts_asked_for_fill_the_drawing_and_do_not_leave_it() -> None:
    inside = {one["code"] for one in labels(FRAME, "zh")}
    assert set(CORE) <= inside
    assert "440117" not in inside  # 从化 lies far in the north-east


def test_every_district_has_a_fill_and_only_orange_and_red_are_outlined_red_last() -> None:
    levels = {
        "440106": WarningLevel.RED,
        "440105": WarningLevel.ORANGE,
        "440104": WarningLevel.YELLOW,
        "440103": WarningLevel.NONE,
    }
    assert len(drawn("fill", levels=levels)) == 11
    assert [(one["code"], one["level"]) for one in drawn("outline", levels=levels)] == [
        ("440105", "orange"),
        ("440106", "red"),
    ]


def test_marks_off_the_drawing_are_left_out_and_the_gravest_lie_on_top() -> None:
    marks = [
        PlanMark(113.33, 23.12, WarningLevel.RED, "62 cm", "1"),
        PlanMark(113.33, 23.12, WarningLevel.BLUE),
        PlanMark(113.33, 23.12, WarningLevel.NONE),
        PlanMark(114.05, 23.9, WarningLevel.RED),
    ]
    found = drawn("mark", marks=marks)
    assert [one["level"] for one in found] == ["none", "blue", "red"]
    assert found[-1] | {"x": 0, "y": 0} == {
        "x": 0, "y": 0, "d": SHAPES[WarningLevel.RED], "level": "red", "label": "62 cm", "key": "1",
    }  # fmt: skip


def test_each_level_has_a_shape_of_its_own() -> None:
    assert len(set(SHAPES.values())) == 4
    assert WarningLevel.NONE not in SHAPES


@pytest.mark.parametrize(("lang", "name"), [("zh", "天河"), ("en", "Tianhe")])
def test_districts_are_named_in_the_language_of_the_page(lang: str, name: str) -> None:
    assert {one["code"]: one["name"] for one in labels(FRAME, lang)}["440106"].startswith(name)


def test_a_name_moves_off_the_marks_that_would_cover_it() -> None:
    [before] = [one for one in labels(FRAME, "zh") if one["code"] == "440106"]
    region = next(one for one in reference.regions() if one.code == "440106")
    assert region.label_lon is not None
    assert region.label_lat is not None
    on_it = PlanMark(region.label_lon, region.label_lat, WarningLevel.RED)
    [after] = [one for one in labels(FRAME, "zh", [on_it]) if one["code"] == "440106"]
    assert (after["x"], abs(after["y"] - before["y"]) > 18) == (before["x"], True)
    lon, lat = region.label_lon, region.label_lat
    around_it = [PlanMark(lon, lat + step / 200, WarningLevel.RED) for step in range(-9, 10)]
    [aside] = [one for one in labels(FRAME, "zh", around_it) if one["code"] == "440106"]
    assert abs(aside["x"] - before["x"]) > 34
