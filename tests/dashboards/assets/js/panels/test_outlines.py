"""Outlines of alarms: on any metric, each level in its own colour, shape and character, the graver of both."""

import re

from fixtures.scripts import Scripts, Told, told_state

CODES = ["440103", "440104", "440105", "440106", "440111"]
PATHS = {code: f"M{place} 0L1 1Z" for place, code in enumerate(CODES)}


def alarmed(*worst: int, places: tuple[Told, ...] = ()) -> Told:
    """Return a state whose districts have open alarms up to these levels."""
    state = told_state()
    state["alarms"]["regions"] = [
        {"code": code, "open": int(level > 0), "worst": level} for code, level in zip(CODES, worst, strict=False)
    ]
    state["alarms"]["groups"] = []
    state["alarms"]["places"] = list(places)
    return state


def drawn(scripts: Scripts, state: Told) -> list[tuple[str, str]]:
    """Draw the outlines and return code and level of each, from the ground up."""
    scripts.speak("zh")
    scripts.draw(
        "cityops.render('outlines', cityops.part('svg', null, cityops.outlines.layer('map', ...given)));",
        [state, PATHS],
        ids=["outlines"],
    )
    return [tuple(one) for one in scripts.every(".outline", "[one.dataset.code, one.dataset.level]")]


def widths(scripts: Scripts) -> list[float]:
    return scripts.every(".outline-line", "Number(one.getAttribute('stroke-width')) / 2")


def test_red_and_orange_districts_are_outlined_red_on_top_and_others_not(scripts: Scripts) -> None:
    assert drawn(scripts, alarmed(4, 3, 2)) == [("440104", "3"), ("440103", "4")]
    assert widths(scripts) == [3, 5]


def test_an_outline_lies_inside_its_district_with_a_casing_on_either_side(scripts: Scripts) -> None:
    drawn(scripts, alarmed(4))
    lines = scripts.every(".outline > path", "[one.getAttribute('class'), one.getAttribute('clip-path')]")
    own = "url(#outline-own-map-440103)"
    assert lines == [["outline-casing", None], ["outline-casing", own], ["outline-line", own]]
    assert scripts.every(".outline clipPath path", "one.getAttribute('d')") == [PATHS["440103"]]


def test_five_red_districts_have_thinner_outlines(scripts: Scripts) -> None:
    drawn(scripts, alarmed(4, 4, 4, 4))
    assert widths(scripts) == [5] * 4
    drawn(scripts, alarmed(4, 4, 4, 4, 4))
    assert widths(scripts) == [3] * 5


def place(code: str, level: int = 4, *, acknowledged: bool = False) -> Told:
    return {"id": 1, "level": level, "region_code": code + "001", "acknowledged": acknowledged}


def pulsing(scripts: Scripts) -> list[str]:
    return scripts.every(".outline.is-new", "one.dataset.code")


def test_a_red_district_pulses_until_its_alarm_is_acknowledged_and_no_more_than_two(scripts: Scripts) -> None:
    drawn(scripts, alarmed(4, 4, 3, places=(place("440103"), place("440104", acknowledged=True), place("440105", 3))))
    assert pulsing(scripts) == ["440103"]
    drawn(scripts, alarmed(4, 4, 4, places=tuple(map(place, CODES[:3]))))
    assert pulsing(scripts) == CODES[:2]


def test_where_no_places_are_told_the_groups_say_what_is_new(scripts: Scripts) -> None:
    state = alarmed(4, 4)
    del state["alarms"]["places"]
    state["alarms"]["groups"] = [{"level": 4, "unacknowledged": 2, "region_code": "440104"}]
    drawn(scripts, state)
    assert pulsing(scripts) == ["440104"]


def test_a_level_has_its_shape_and_character(scripts: Scripts) -> None:
    for lang, characters in (("zh", ["红", "橙"]), ("en", ["R", "O"])):
        scripts.speak(lang)
        scripts.draw(
            "cityops.render('mark', given.map((one) => cityops.outlines.mark(one, 'said')));", [4, 3], ids=["mark"]
        )
        assert scripts.texts(".alarm-mark text") == characters
    shapes = scripts.every(".alarm-mark path", "one.getAttribute('d')")
    assert [len(re.findall(r"[\d.]+ [\d.]+|H|V", shape)) for shape in shapes] == [4, 5]  # a square, and a house
