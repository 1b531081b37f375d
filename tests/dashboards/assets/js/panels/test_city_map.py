"""The map: fills by value and age in the districts' own shapes, labels and legend in words, the way to a district."""

from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

UNKNOWN = "#12171c"
DISTRICTS = ["440103", "440104", "440105"]


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon."""
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def state_of(*regions: Told) -> Told:
    """Return a state with these districts, one after the other, in PM2.5."""
    usual = {"value": 45.0, "warning": 0, "freshness": "fresh", "as_of": NOON.isoformat(), "expected": 4, "fresh": 3}
    state = told_state()
    for metric in state["metrics"]:
        if metric["code"] == "pm25":
            metric["regions"] = [usual | one | {"code": code} for code, one in zip(DISTRICTS, regions, strict=False)]
    return state


def filled(charts: Scripts, state: Told, lang: str = "zh") -> list[Told]:
    """Return the shapes of a map that has each district twice and a river, after the script has filled it."""
    context = charts.speak(lang)
    charts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    charts.body('<div id="map"><div class="chart"></div></div>')
    shapes = [{"x": [0, 1, 1], "y": [0, 0, 1], "fill": "toself", "meta": code} for code in [*DISTRICTS, *DISTRICTS]]
    charts.ask("shapes => Plotly.newPlot(document.querySelector('.chart'), shapes)", [*shapes, {"x": [0], "y": [0]}])
    charts.ask("given => cityops.map.fill('map', given[0], 'pm25', given[1])", [state, context])
    drawn: list[Told] = charts.ask("document.querySelector('.chart').data")
    return drawn


@pytest.mark.parametrize(
    ("region", "step"),
    [
        ({"value": 0}, 0),
        ({"value": 14.9}, 0),
        ({"value": 15}, 1),
        ({"value": 89}, 5),
        ({"value": 90}, 5),
        ({"value": 900}, 5),
        ({"value": -5}, 0),
        ({"value": 45, "as_of": "2026-11-23T03:57:00Z"}, 3),  # late, and still what is known
        ({"value": None}, None),
        ({"value": 45, "freshness": "silent"}, None),
        ({"value": 45, "as_of": "2026-11-23T03:00:00Z"}, None),  # silent by now
    ],
)
def test_a_district_is_filled_by_its_share_of_the_span_or_as_unknown(
    charts: Scripts, region: Told, step: int | None
) -> None:
    drawn = filled(charts, state_of(region))
    expected = UNKNOWN if step is None else charts.speak("zh")["ramp"][step]
    assert (drawn[0]["fillcolor"], drawn[3]["fillcolor"]) == (expected, expected)


def test_a_district_without_a_value_of_its_own_and_a_river_stay_as_they_are(charts: Scripts) -> None:
    drawn = filled(charts, state_of({"value": 90}))
    assert ["fillcolor" in shape for shape in drawn] == [True, False, False] * 2 + [False]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "荔湾区<br>PM2.5 45 µg/m³<br>及时 3/4"), ("en", "Liwan<br>PM2.5 45 µg/m³<br>3/4 on time")],
)
def test_under_the_pointer_it_is_said_what_and_on_how_many_devices(charts: Scripts, lang: str, said: str) -> None:
    assert filled(charts, state_of({}), lang)[0]["text"] == said


def worded(scripts: Scripts, state: Told, lang: str = "zh", code: str = "pm25") -> None:
    context = scripts.speak(lang)
    ids = [*(f"map-value-{district}" for district in DISTRICTS), "map-legend"]
    scripts.draw("cityops.map.words(...given);", [state, code, context], ids=ids)


@pytest.mark.parametrize(
    ("region", "zh", "en"),
    [
        ({"value": 45.4}, "45", "45"),
        ({"value": 160, "warning": 3}, "160橙", "160Orange"),
        ({"value": None}, "缺报", "no data"),
        ({"value": None, "expected": 0}, "无设备", "no device"),
    ],
)
def test_a_label_has_the_value_with_its_level_or_why_there_is_none(
    scripts: Scripts, region: Told, zh: str, en: str
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        worded(scripts, state_of(region), lang)
        assert scripts.texts("#map-value-440103") == [said]


def test_a_label_that_is_late_looks_it(scripts: Scripts) -> None:
    worded(scripts, state_of({"as_of": "2026-11-23T03:57:00Z"}, {}, {"value": None}))
    first = "one.firstChild.className"
    assert [scripts.every(f"#map-value-{code}", first)[0] for code in DISTRICTS] == ["is-stale", "", "is-missing"]


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("pm25", ["≥ 75", "60", "45", "30", "15", "0", "缺报", "≥ 250", "≥ 150", "≥ 115", "≥ 60"]),
        ("cover_clearance", ["≥ 2.5", "2", "1.5", "1", "0.5", "0", "缺报", "≤ 0.1", "≤ 0.3", "≤ 0.5"]),
        ("relative_humidity", ["≥ 90", "80", "70", "60", "50", "40", "缺报"]),
    ],
)
def test_the_legend_has_every_colour_the_unknown_and_the_thresholds_in_use(
    scripts: Scripts, code: str, steps: list[str]
) -> None:
    worded(scripts, told_state(), code=code)
    assert [text.replace(".0", "") for text in scripts.texts(".legend-text")] == steps
    assert len(scripts.texts(".legend-colour")) == 7


@pytest.mark.parametrize(("lang", "district"), [("zh", "/districts/440104"), ("en", "/districts/440104?lang=en")])
def test_a_click_on_a_district_opens_its_page(scripts: Scripts, lang: str, district: str) -> None:
    scripts.open()
    click = {"points": [{"curveNumber": 1}]}
    given = [click, scripts.speak(lang), {"data": [{"meta": code} for code in DISTRICTS]}]
    scripts.ask("given => cityops.map.open(...given)", given)
    scripts.arrives(district)


@pytest.mark.parametrize(
    ("click", "links"),
    [
        (None, "/districts/{code}"),
        ({"points": []}, "/districts/{code}"),
        ({"points": [{"curveNumber": 3}]}, "/districts/{code}"),  # a river
        ({"points": [{"curveNumber": 1}]}, None),  # a display that may show the wall alone
    ],
)
def test_any_other_click_leads_nowhere(scripts: Scripts, click: Any, links: str | None) -> None:
    scripts.open("/?lang=en")
    context = scripts.speak("en", links={"district": links})
    shapes = {"data": [*({"meta": code} for code in DISTRICTS), {}]}
    scripts.ask("given => cityops.map.open(...given)", [click, context, shapes])
    scripts.ask("new Promise((done) => { const { port1, port2 } = new MessageChannel();"
                " port1.onmessage = done; port2.postMessage(0); })")  # fmt: skip
    assert scripts.address == "/?lang=en"
