"""Main points: which are asked for, louder where something happens, and drawn by name."""

import pytest

from fixtures.scripts import Scripts, Told, told_state

FOUND = """([state, context, places]) => {
    cityops.context = context;
    const ground = cityops.ground.of(state, "plain", 900, 800, { x: 0, y: 0, width: 900, height: 800 });
    return cityops.mainPoints.asked({ ground, context, width: 900, height: 800 }, places);
}"""
TOWER = {"lon": 113.323, "lat": 23.107}


@pytest.fixture(autouse=True)
def shapes(scripts: Scripts) -> None:
    scripts.speak("zh")
    scripts.shapes()


def found(scripts: Scripts, *places: Told, lang: str = "zh", **changes: object) -> list[Told]:
    context = scripts.speak(lang, **({"main_points": True} | changes))
    answer: list[Told] = scripts.ask(FOUND, [told_state(), context, places])
    return answer


def test_a_scene_that_names_none_has_none(scripts: Scripts) -> None:
    assert found(scripts, main_points=False) == []
    assert {"广州塔", "白云机场", "流溪河水库"} <= {one["name"] for one in found(scripts)}
    assert "Canton Tower" in {one["name"] for one in found(scripts, lang="en")}


@pytest.mark.parametrize(
    ("place", "loud"),
    [
        (TOWER | {"level": 4, "look": "level-4"}, ["canton_tower"]),
        (TOWER | {"level": 0, "look": "case"}, ["canton_tower"]),
        (TOWER | {"level": 2, "look": "level-2"}, []),
        ({"lon": 113.4, "lat": 23.4, "level": 4, "look": "level-4"}, []),
    ],
)
def test_it_is_loud_and_first_while_an_alarm_or_an_urgent_case_is_within_its_reach(
    scripts: Scripts, place: Told, loud: list[str]
) -> None:
    points = found(scripts, place)
    assert [one["code"] for one in points if one["isLoud"]] == loud
    assert [one["code"] for one in points[: len(loud)]] == loud
