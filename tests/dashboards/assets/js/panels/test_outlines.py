"""Outlines of alarms: on any metric, each level in its own colour, shape and character, the graver of both."""

import re

import pytest

from fixtures.scripts import Scripts, Told, told_state

ORANGE, RED, CASING = "#ff9d45", "#ff5f57", "#0c0f12"
CODES = ["440103", "440104", "440105"]


def alarmed(*worst: int) -> Told:
    """Return a state whose districts have open alarms up to these levels."""
    state = told_state()
    state["alarms"]["regions"] = [
        {"code": code, "open": int(level > 0), "worst": level} for code, level in zip(CODES, worst, strict=True)
    ]
    return state


SHAPE: Told = {"x": [0, 1, 1, None, 0, 1, 1], "y": [0, 0, 1, None, 2, 2, 3]}
LAYOUT: Told = {
    "width": 200,
    "height": 100,
    "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
    "xaxis": {"range": [0, 10], "domain": [0, 0.5]},
    "yaxis": {"range": [0, 10], "domain": [0, 1]},
    "xaxis2": {"range": [0, 1], "domain": [0.5, 1], "anchor": "y2"},
    "yaxis2": {"range": [0, 1], "domain": [0, 0.5], "anchor": "x2"},
}


def drawn(charts: Scripts, *states: Told, lang: str = "zh") -> None:
    """Draw states one after the other over a plot of 200 × 100 px with each district in two frames, and a river."""
    context = charts.speak(lang)
    labels = "".join(f'<div id="map-mark-{code}"></div>' for code in CODES)
    plot = '<div class="chart" style="width: 200px; height: 100px"></div>'
    charts.body(f'<div id="map">{plot}</div><div id="map-outlines"></div>{labels}')
    traces = [SHAPE | {"meta": code} | frame for frame in ({}, {"xaxis": "x2", "yaxis": "y2"}) for code in CODES]
    charts.ask(
        "given => Plotly.newPlot(document.querySelector('.chart'), ...given).then(() => null)",
        [[*traces, {"x": [0], "y": [0]}], LAYOUT],
    )
    for state in states:
        charts.ask("given => ReactDOM.flushSync(() => cityops.outlines.draw('map', ...given))", [state, context])


def test_red_and_orange_districts_are_outlined_in_every_frame_red_on_top_and_others_not(charts: Scripts) -> None:
    drawn(charts, alarmed(4, 3, 2))
    assert charts.every(".outline", "[one.dataset.name, one.dataset.level]") == [
        ["440104-x", "3"],
        ["440104-x2", "3"],
        ["440103-x", "4"],
        ["440103-x2", "4"],
    ]


@pytest.mark.parametrize(("level", "colour"), [(3, ORANGE), (4, RED)])
def test_an_outline_lies_inside_its_district_with_a_casing_on_either_side(
    charts: Scripts, level: int, colour: str
) -> None:
    drawn(charts, alarmed(level, 0, 0))
    lines = charts.every(
        ".outline[data-name='440103-x'] > path",
        "[one.getAttribute('stroke'), Number(one.getAttribute('stroke-width')), one.getAttribute('clip-path')]",
    )
    own = "url(#outline-own-440103-x)"
    assert [(stroke, clip) for stroke, _, clip in lines] == [(CASING, None), (CASING, own), (colour, own)]
    assert lines[1][1] > lines[2][1] > 0


def test_an_outline_follows_all_parts_of_the_shape_where_its_frame_draws_them(charts: Scripts) -> None:
    drawn(charts, alarmed(4, 0, 0))
    [path] = charts.every(".outline[data-name='440103-x'] clipPath path", "one.getAttribute('d')")
    assert path == "M0.0 100.0L10.0 100.0L10.0 90.0ZM0.0 80.0L10.0 80.0L10.0 70.0Z"
    [path] = charts.every(".outline[data-name='440103-x2'] clipPath path", "one.getAttribute('d')")
    assert path.startswith("M100.0 100.0L200.0 100.0L200.0 50.0Z")
    boxes = charts.every(
        "#map-outlines defs rect", "['x', 'y', 'width', 'height'].map((name) => Number(one.getAttribute(name)))"
    )
    assert boxes == [[0, 0, 100, 100], [100, 50, 100, 50]]


@pytest.mark.parametrize(
    ("lang", "marks", "said"),
    [
        ("zh", ["红", "橙"], ["有红色告警", "有橙色告警"]),
        ("en", ["R", "O"], ["Red alarms are open", "Orange alarms are open"]),
    ],
)
def test_a_district_bears_the_mark_of_its_gravest_level_in_shape_character_and_words(
    charts: Scripts, lang: str, marks: list[str], said: list[str]
) -> None:
    drawn(charts, alarmed(4, 3, 1), lang=lang)
    assert [charts.texts(f"#map-mark-{code} text") for code in CODES] == [[marks[0]], [marks[1]], []]
    assert charts.every(".alarm-mark", "one.getAttribute('aria-label')") == said
    shapes = charts.every(".alarm-mark path", "one.getAttribute('d')")
    assert [len(re.findall(r"[\d.]+ [\d.]+|H|V", shape)) for shape in shapes] == [4, 5]  # a square, and a house


def test_outline_and_mark_go_with_the_alarm(charts: Scripts) -> None:
    drawn(charts, alarmed(4, 3, 0), alarmed(0, 4, 0))
    assert charts.every(".outline", "one.dataset.name + one.dataset.level") == ["440104-x4", "440104-x24"]
    assert [charts.texts(f"#map-mark-{code} text") for code in CODES] == [[], ["红"], []]
