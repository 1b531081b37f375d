"""Regions by a metric: judged by their age, the worst first, ranked as they read, and the choice of what is shown."""

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state, told_values

HIGH = {"direction": "high", "decimals": 0, "span": [0, 100]}
LOW = HIGH | {"direction": "low"}


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon, and the scripts know a page."""
    scripts.speak("zh")
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


@pytest.mark.parametrize(
    ("as_of", "judged", "by_now"),
    [
        ("2026-11-23T03:59:00Z", "fresh", "fresh"),
        ("2026-11-23T03:57:59Z", "fresh", "late"),
        ("2026-11-23T03:53:59Z", "fresh", "silent"),
        (None, "silent", "silent"),
    ],
)
def test_a_region_is_judged_by_its_age_of_this_moment(
    scripts: Scripts, as_of: str | None, judged: str, by_now: str
) -> None:
    state = told_values(1.0, as_of=as_of, freshness=judged)
    assert scripts.ask("state => cityops.regions.of(state, 'pm25')", state)[0]["freshness"] == by_now


@pytest.mark.parametrize(
    ("declared", "values", "order"),
    [
        (HIGH, [], []),
        (HIGH, [5, None, 30, 0, None, 30], [30, 30, 5, 0, None, None]),
        (LOW, [5, None, 30, -1], [-1, 5, 30, None]),
        ({**HIGH, "direction": "none"}, [1, 2], [2, 1]),
        (HIGH, [None, None], [None, None]),
    ],
)
def test_the_worst_stands_first_and_what_is_not_known_last(
    scripts: Scripts, declared: Told, values: list[float | None], order: list[float | None]
) -> None:
    asked = [told_values(*values), declared]
    script = "([state, declared]) => cityops.regions.sorted(state, 'pm25', declared).map((one) => one.value)"
    assert scripts.ask(script, asked) == order


@pytest.mark.parametrize(
    ("code", "streets", "name"),
    [
        ("440106", None, "天河区"),
        ("440106013", None, "天河区"),
        ("440106013", {"440106013": "猎德街道"}, "猎德街道"),
        ("440105001", {"440106013": "猎德街道"}, "海珠区"),
        ("440100", None, "广州市"),
    ],
)
def test_a_street_lies_in_its_district_or_is_called_by_its_own_name_there(
    scripts: Scripts, code: str, streets: Told | None, name: str
) -> None:
    scripts.speak("zh", streets=streets)
    assert scripts.ask("code => cityops.regions.nameOf(code, cityops.context)", code) == name


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([], [0, 1]),
        ([None], [0, 1]),
        ([0, 0.3], [0, 1]),
        ([3], [0, 3]),
        ([3.2], [0, 3.5]),
        ([48_210], [0, 50_000]),
        ([100, 101], [0, 150]),
    ],
)
def test_a_metric_without_a_span_has_a_round_end_above_its_values(
    scripts: Scripts, values: list[float | None], ends: list[float]
) -> None:
    script = "values => cityops.regions.scale(values.map((value) => ({ value })), { span: null })"
    assert scripts.ask(script, values) == ends
    assert scripts.ask(script.replace("null", "[-3, 0]"), values) == [-3, 0]


def test_a_page_without_metrics_of_its_own_offers_what_most_regions_measure(scripts: Scripts) -> None:
    state = told_state("440106")
    measured = {"gas_lel": 3, "pm25": 2, "crowd_load": 2, "battery_voltage": 4, "voltage": 1}
    for one in state["metrics"]:
        for place, part in enumerate(one["regions"]):
            part["expected"] = int(place < measured.get(one["code"], 0))
    context = scripts.speak("zh", choices=[], headlines=["pm25"])
    offered = scripts.ask("given => cityops.regions.offered(...given)", [state, context])
    assert offered == ["gas_lel", "pm25", "crowd_load", "voltage"]
    assert scripts.ask("given => cityops.regions.offered(...given)", [state, context | {"choices": ["o3"]}]) == ["o3"]


def chosen(scripts: Scripts, code: str) -> list[str]:
    """Draw the choice and return what is pressed."""
    context = scripts.speak("zh")
    scripts.draw("cityops.regions.choices(...given);", [told_state(), code, context], ids=["choices"])
    return scripts.texts("#choices [aria-pressed=true]")


def test_the_chosen_metric_is_pressed_among_those_offered_first(scripts: Scripts) -> None:
    assert chosen(scripts, "rain_intensity") == ["小时雨强"]
    assert scripts.texts("#choices button") == ["PM2.5", "交通拥堵指数", "小时雨强", "积水深度"]
    assert scripts.every("#choices select", "one.value") == [""]


def test_another_metric_is_pressed_in_the_list_of_others(scripts: Scripts) -> None:
    assert len(chosen(scripts, "o3")) == 1
    assert scripts.every("#choices select", "[one.value, one.selectedOptions[0].text]") == [["o3", "臭氧"]]
    codes = scripts.every("#choices option", "one.value")
    assert codes[0] == ""
    assert set(codes[1:]) == set(scripts.speak("zh")["metrics"]) - {
        "pm25", "traffic_index", "rain_intensity", "water_depth",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choose", "code"),
    [
        ("document.querySelectorAll('#choices button')[3].click()", "water_depth"),
        (
            "(() => { const list = document.querySelector('#choices select'); list.value = 'o3';"
            " list.dispatchEvent(new Event('change', { bubbles: true })); })()",
            "o3",
        ),
    ],
)
def test_a_choice_stands_in_the_address(scripts: Scripts, choose: str, code: str) -> None:
    scripts.open("/?lang=en")
    scripts.speak("zh")
    scripts.ask("cityops.live.begin('pm25')")
    chosen(scripts, "pm25")
    scripts.ask(choose)
    assert scripts.address == f"/?lang=en&metric={code}"
