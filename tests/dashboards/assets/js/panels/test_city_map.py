"""The map: fills by value and age, labels and legend in words, marks over any metric, in any box."""

from typing import Any

import pytest

from cityops_dashboards.maps import shapes
from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_region, told_state

DISTRICTS = ["440103", "440104", "440105"]
BODY = """<div id="both" style="display: flex; gap: 28px">
    <div id="map" data-map="map" style="width: {width}px; height: {height}px; position: relative">
        <div id="map-picture"></div><span id="map-source"></span>
        <div id="map-legend" data-over></div>
    </div>
    <div id="map-core" data-map="core" style="width: {core}px; height: {height}px">
        <div id="map-core-picture"></div>
    </div>
    <div id="map-levels"></div><div id="choices"></div><div id="ranking"></div>
</div>"""


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon, at an address that asks for nothing."""
    scripts.ask("history.replaceState(null, '', '/')")
    scripts.speak("zh")
    scripts.shapes()
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def state_of(*regions: Told) -> Told:
    """Return a state with these districts, one after the other, in a metric."""
    state = told_state()
    for metric in state["metrics"]:
        if metric["code"] == "pm25":
            more = [*regions, *[{}] * len(DISTRICTS)]
            metric["regions"] = [
                told_region(code, 45.0) | changes for code, changes in zip(DISTRICTS, more, strict=False)
            ]
    return state


def drawn(
    scripts: Scripts, state: Told, lang: str = "zh", *, width: int = 836, core: int = 0, metric: str = "pm25"
) -> Told:
    """Draw the map into a box, and return the page's context."""
    context = scripts.speak(lang)
    scripts.body(BODY.format(width=width, core=core, height=700))
    again(scripts, state, context, metric)
    return context


def again(scripts: Scripts, state: Told, context: Told, metric: str = "pm25") -> None:
    draw = "ReactDOM.flushSync(() => cityops.panels.city_map.draw(...given))"
    scripts.ask(
        f"given => {{ {draw}; {draw}; }}", [state, metric, context]
    )  # by the second it knows what lies over it


@pytest.mark.parametrize(
    ("region", "look"),
    [
        ({"value": 0}, "ramp-1"),
        ({"value": 14.9}, "ramp-1"),
        ({"value": 15}, "ramp-2"),
        ({"value": 89}, "ramp-6"),
        ({"value": 900}, "ramp-6"),
        ({"value": -5}, "ramp-1"),
        ({"value": 45, "freshness": "late"}, "ramp-4 is-late"),
        ({"value": None}, "is-silent"),
        ({"value": None, "expected": 0}, "is-without"),
        ({"value": 45, "freshness": "silent"}, "is-silent"),
    ],
)
def test_a_district_is_filled_by_its_share_of_the_span_hatched_or_left_empty(
    scripts: Scripts, region: Told, look: str
) -> None:
    given = [told_region("440103", None) | region, [0, 90]]
    assert scripts.ask("given => cityops.map.fillOf(...given)", given) == look


@pytest.mark.parametrize(
    ("region", "zh", "en"),
    [
        ({"value": 45.4}, "45", "45"),
        ({"value": 0}, "0", "0"),
        ({"value": None, "freshness": "silent"}, "静默", "silent"),
        ({"value": 45, "freshness": "silent"}, "静默", "silent"),
        ({"value": None, "freshness": "silent", "as_of": None}, "", ""),  # it has never reported
        ({"value": None, "expected": 0, "as_of": None}, "—", "—"),
    ],
)
def test_a_label_has_the_value_or_says_why_there_is_none(scripts: Scripts, region: Told, zh: str, en: str) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        given = [
            "440103",
            {"regions": [told_region("440103", 1) | region], "metric": "pm25", "context": scripts.speak(lang)},
        ]
        assert scripts.ask("given => cityops.map.valueOf(...given)", given)["words"] == said


def test_it_draws_every_district_with_label_and_words_and_what_is_silent_hatched(scripts: Scripts) -> None:
    late = {"as_of": "2026-11-23T03:57:00Z"}
    drawn(scripts, state_of({}, late, {"as_of": "2026-11-23T03:00:00Z"}))
    assert len(scripts.texts(".map-fill")) == 11
    assert len(scripts.texts(".map-rivers path")) > 1
    names = scripts.texts(".map-label-name")
    assert len(names) == 11
    assert {"荔湾", "越秀", "从化", "南沙"} <= set(names)
    assert scripts.texts("#map-value-440103, #map-value-440105") == ["45", "静默"]
    looks = dict(scripts.every(".map-fill", "[one.dataset.code, one.getAttribute('class')]"))
    assert [looks[code] for code in DISTRICTS] == ["map-fill ramp-4", "map-fill ramp-4 is-late", "map-fill is-silent"]
    assert scripts.every(".map-fill.is-silent", "one.style.fill")[0] == 'url("#map-hatch")'
    title = "document.querySelector('[data-code=\"440103\"] title').textContent"
    assert scripts.ask(title) == "荔湾区\nPM2.5 45 µg/m³\n及时 4/4"
    assert scripts.texts(".legend-title") == ["PM2.5 区内平均"]
    assert scripts.texts(".legend-text") == ["15", "30", "45", "60", "75"]
    assert scripts.texts(".level-step") == ["红红≥250", "橙橙≥150", "黄黄≥115", "蓝蓝≥60"]  # first the name


def test_the_lens_says_by_how_much_and_key_m_changes_to_a_map_true_to_scale(scripts: Scripts) -> None:
    drawn(scripts, told_state())
    assert scripts.texts("#map-source") == ["示意图：中心城区放大 2.3 倍，网格每格 10 km"]
    scripts.page.keyboard.press("m")
    scripts.page.locator(".map-bar").wait_for()
    assert scripts.address == "/?view=plain"
    assert scripts.texts("#map-source") == ["真实比例，网格每格 10 km20 km"]
    assert scripts.every(".map-bar", "[one.dataset.km, Number(one.getAttribute('width')) > 60]") == [["20", True]]
    scripts.page.keyboard.press("M")
    scripts.page.locator("[data-view=lens]").wait_for()
    assert scripts.address == "/"


def alarms() -> list[Told]:
    places = [(113.398, 23.113, 4), (113.338, 23.134, 4), (113.372, 23.098, 3), (113.5, 22.8, 2), (113.9, 23.4, 1)]
    return [
        {
            "id": number, "level": level, "lon": lon, "lat": lat, "region_code": "440106001",
            "metric": "water_depth", "value": 40.0 + number, "name_zh": f"积水点 {number}",
            "device_code": f"wl-{number}", "acknowledged": True, "since": NOON.isoformat(), "trend": None,
            "case_number": None, "unit": None, "status": None, "overdue": False,
        }
        for number, (lon, lat, level) in enumerate(places)
    ]  # fmt: skip


def storm() -> Told:
    state = told_state()
    state["alarms"]["places"] = alarms()
    state["alarms"]["regions"][0]["worst"] = 4
    return state


def test_alarms_stand_on_the_map_of_any_metric_the_three_gravest_with_callouts(scripts: Scripts) -> None:
    drawn(scripts, storm())
    assert sorted(scripts.every(".map-mark", "one.getAttribute('class')")) == [
        "map-mark level-1",
        "map-mark level-2",
        "map-mark level-3",
        "map-mark level-4",
        "map-mark level-4",
    ]
    assert set(scripts.texts(".callout-title")) == {"积水点 0", "积水点 1", "积水点 2"}
    assert len(scripts.texts(".callout-leader")) == 3
    assert scripts.texts("#map-mark-440103 text") == ["红"]
    assert scripts.every(".outline", "one.dataset.code") == ["440103"]


def test_what_changes_is_drawn_in_its_place(scripts: Scripts) -> None:
    state = storm()
    context = drawn(scripts, state)
    where = "[one.dataset.key, one.querySelector('rect').getAttribute('y')]"
    before = scripts.every(".callout", where)
    state["alarms"]["places"][0] |= {"value": 61.0, "acknowledged": False}
    again(scripts, state, context)
    assert scripts.every(".callout", where) == before
    assert "61 cm" in scripts.texts(".callout-figure")
    assert len(scripts.texts(".mark-frame")) == 1


def test_a_small_map_has_marks_and_no_callouts(scripts: Scripts) -> None:
    drawn(scripts, storm(), width=360)
    assert scripts.texts(".callout") == []
    assert sum(scripts.every(".map-mark", "Number(one.dataset.count)")) == 5
    assert scripts.every("#map", "one.dataset.room") == ["small"]
    assert len(scripts.texts(".map-label")) == 11


def test_beside_a_map_of_the_core_the_city_is_true_to_scale_and_nothing_is_drawn_twice(scripts: Scripts) -> None:
    drawn(scripts, storm(), width=560, core=1120)
    assert scripts.every(".map-svg", "one.dataset.view") == ["plain", "core"]
    inner = scripts.texts("#map-core .map-label-name")
    assert {"荔湾", "越秀", "海珠", "天河"} <= set(inner)
    assert set(scripts.texts("#map .map-label-name")) & {"荔湾", "越秀", "海珠", "天河"} == set()
    counts = [scripts.every(f"#{name} .map-mark", "one.dataset.key") for name in ("map", "map-core")]
    assert sorted(counts[0] + counts[1]) == [f"alarm {number}" for number in range(5)]
    assert len(scripts.texts("#map-core .callout")) == 3
    assert len(scripts.texts(".map-tie path")) == 2


def test_a_district_is_drawn_alone_and_true_to_scale_with_its_own_value(scripts: Scripts) -> None:
    state = told_state("440106")
    state["alarms"]["places"] = alarms()[:2]
    drawn(scripts, state)
    assert scripts.every(".map-fill", "one.dataset.code") == ["440106"]
    assert scripts.texts("#map-source")[0].startswith("真实比例")
    assert len(scripts.texts(".callout")) == 2
    assert scripts.texts(".rank-head")[0].startswith("街镇排行")


def test_a_city_without_shapes_is_a_grid_of_tiles(scripts: Scripts) -> None:
    told = storm()
    for part in (told["children"], told["alarms"]["regions"], *(one["regions"] for one in told["metrics"])):
        for one in part:
            one["code"] = one["code"].replace("4401", "9901")
    told["region"]["code"] = "990100"
    told["alarms"]["places"] = [one | {"region_code": "990106001"} for one in alarms()]
    drawn(scripts, told)
    assert len(scripts.texts(".map-fill")) == len(scripts.texts(".map-label")) == 11
    assert scripts.texts("#map-source") == ["无区划图形，按区排列"]
    assert sum(scripts.every(".map-mark", "Number(one.dataset.count)")) == 5


def test_tiles_stand_as_the_reference_has_them_where_it_has_no_shapes(scripts: Scripts) -> None:
    without = shapes() | {"districts": {}}
    scripts.ask("told => cityops.ground.take(told)", without)
    state = storm()
    drawn(scripts, state)
    place = "[one.dataset.code, one.getBBox().x, one.getBBox().y]"
    places = {code: (x, y) for code, x, y in scripts.every(".map-fill", place)}
    assert places["440111"][0] == places["440104"][0] == places["440115"][0], "白云, 越秀 and 南沙 in one column"
    assert places["440114"][1] < places["440111"][1] < places["440106"][1] < places["440115"][1]
    assert scripts.every(".map-fill", "one.getAttribute('class')")[0].startswith("map-fill ramp-")
    assert sum(scripts.every(".map-mark", "Number(one.dataset.count)")) == 5
    assert scripts.every(".outline", "one.dataset.code") == ["440103"]


def test_callouts_and_marks_are_reached_by_keys_and_tell_of_what_they_stand_for(scripts: Scripts) -> None:
    state = storm()
    context = drawn(scripts, state)
    scripts.ask("([state, context]) => cityops.number.draw(state, 'pm25', context)", [state, context])
    assert scripts.every(".callout", "one.dataset.number") == [f"place:alarm {number}" for number in range(3)]
    stops = scripts.every(".map-mark", "[one.dataset.number, one.tabIndex]")
    assert sorted(number for number, stop in stops if stop == 0) == ["place:alarm 3", "place:alarm 4"]
    scripts.page.locator(".callout").first.focus()
    scripts.page.keyboard.press("Enter")
    told = scripts.page.locator("#number")
    told.wait_for()
    said = told.text_content() or ""
    assert all(words in said for words in ("积水点 0", "40", "尚无案件", "15 cm", "天河区"))
    scripts.page.keyboard.press("Escape")
    state["alarms"]["places"] = []
    scripts.ask("([state, context]) => cityops.number.draw(state, 'pm25', context)", [state, context])
    scripts.page.locator(".map-mark[tabindex='0']").first.dispatch_event("click")
    told.wait_for()
    assert "已不在未解除的告警" in (told.text_content() or "")
    scripts.page.keyboard.press("Escape")


def test_an_urgent_case_that_is_overdue_has_a_callout_before_an_orange_alarm(scripts: Scripts) -> None:
    state = storm()
    state["events"]["places"] = [
        {"id": 7, "number": "GZ7", "lon": 113.3, "lat": 23.12, "severity": "urgent", "overdue": True, "unit": None,
         "title": "倒树压车", "region_code": "440104001", "status": "filed"}
    ]  # fmt: skip
    context = drawn(scripts, state)
    assert sorted(scripts.texts(".callout-title")) == ["倒树压车", "积水点 0", "积水点 1"]
    assert scripts.every(".callout.case", "one.getAttribute('class')") == ["callout case is-overdue"]
    again(scripts, storm(), context)
    assert sorted(scripts.texts(".callout-title")) == ["积水点 0", "积水点 1", "积水点 2"], "none stays behind"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_districts_are_links_by_shape_and_label_where_the_viewer_may_go_there(scripts: Scripts, lang: str) -> None:
    context = drawn(scripts, told_state(), lang)
    href = "/districts/440106" if lang == "zh" else "/districts/440106?lang=en"
    script = "[...document.querySelectorAll('#map a[href]')].map((one) => one.getAttribute('href'))"
    assert scripts.ask(script).count(href) == 2
    again(scripts, told_state(), context | {"links": {"district": None}})
    assert scripts.ask(script) == []


def test_shapes_that_do_not_come_are_asked_for_again(scripts: Scripts) -> None:
    scripts.open()
    scripts.answers["/map/shapes.json"] = {"status": 503, "body": ""}
    drawn_later: list[Any] = [told_state(), "pm25", scripts.speak("zh")]
    scripts.body(BODY.format(width=836, core=0, height=700))
    with scripts.page.expect_response("**/map/shapes.json"):
        scripts.ask("given => cityops.map.draw(...given)", drawn_later)
    assert scripts.texts(".map-fill") == []
    scripts.ask("new Promise((done) => { const { port1, port2 } = new MessageChannel();"
                " port1.onmessage = done; port2.postMessage(0); })")  # fmt: skip
    del scripts.answers["/map/shapes.json"]
    with scripts.page.expect_response("**/map/shapes.json"):
        scripts.passes(6000)
