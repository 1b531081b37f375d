"""Headline tiles: a number, its unit, its age and what stands behind it, also where there is nothing behind it."""

from typing import Any

import pytest

from fixtures.scripts import Scripts, Told, told_state

CHOSEN = {"headlines": ["pm25", "traffic_index", "rain_intensity", "water_depth", "gas_lel"]}


def drawn(scripts: Scripts, state: Told, **changes: Any) -> list[list[str]]:
    """Return the label, number, unit and foot of each tile."""
    context = scripts.speak("zh", **CHOSEN | changes)
    scripts.draw("cityops.headlines.draw(given[0], null, given[1]);", [state, context], ids=["headlines"])
    parts = ".tile-name", ".digits", ".unit", ".behind"
    columns = [scripts.texts(f".tile {part}") for part in parts]
    return [list(tile) for tile in zip(*columns, strict=True)]


def metric(state: Told, code: str) -> Told:
    found: Told = next(one for one in state["metrics"] if one["code"] == code)
    return found


def test_they_begin_with_devices_and_cases_and_has_the_chosen_metrics(scripts: Scripts) -> None:
    state = told_state()
    metric(state, "gas_lel").update(value=4.249, fresh=43, expected=44)
    tiles = drawn(scripts, state)
    assert tiles[0] == ["感知设备及时率", "96.3", "%", "1,926/2,000"]
    assert tiles[1] == ["在办事件", "318", "件", "紧急 12"]
    assert [tile[0] for tile in tiles[2:]] == ["PM2.5", "交通拥堵指数", "小时雨强", "积水深度", "可燃气体浓度"]
    assert tiles[-1] == ["可燃气体浓度", "4.2", "%LEL", "最大 43/44 台"]


def test_without_devices_and_without_a_value_a_tile_has_a_dash_and_no_share(scripts: Scripts) -> None:
    state = told_state()
    state["devices"] |= {"expected": 0, "fresh": 0}
    metric(state, "pm25").update(value=None, as_of=None, warning=0, freshness="silent", fresh=0, expected=0)
    tiles = drawn(scripts, state)
    assert tiles[0] == ["感知设备及时率", "—", "%", "0/0"]
    assert tiles[2] == ["PM2.5", "—", "µg/m³", "平均 0/0 台"]
    assert scripts.every(".tile", "one.dataset.judged")[2] == "silent"
    assert scripts.texts(".tile .age")[2] == "—"


@pytest.mark.parametrize(("level", "words"), [(0, []), (1, ["蓝"]), (4, ["红"])])
def test_a_tile_warns_in_words_where_its_metric_warns(scripts: Scripts, level: int, words: list[str]) -> None:
    state = told_state()
    for one in state["metrics"]:
        one["warning"] = level if one["code"] == "water_depth" else 0
    drawn(scripts, state)
    assert scripts.texts(".tile .badge") == words


def test_a_district_has_tiles_of_what_is_measured_there_and_six_at_most(scripts: Scripts) -> None:
    state = told_state("440106")
    codes = [one["code"] for one in state["metrics"]]
    metric(state, codes[1])["expected"] = 0
    tiles = drawn(scripts, state, headlines=codes, headlines_measured=6)
    names = ["PM2.5", "二氧化氮", "臭氧", "二氧化硫", "一氧化碳", "气温"]
    assert [tile[0] for tile in tiles[2:]] == names
    for one in state["metrics"]:
        one["expected"] = 0
    assert len(drawn(scripts, state, headlines=codes, headlines_measured=6)) == 2


def test_a_number_that_changes_is_a_new_element_and_one_that_stays_is_not(scripts: Scripts) -> None:
    """What is new is marked by an animation, which starts where an element comes."""
    state = told_state()
    drawn(scripts, state)
    scripts.ask("() => { window.before = [...document.querySelectorAll('.digits')]; }")
    metric(state, "pm25")["value"] = 99.4
    context = scripts.speak("zh", **CHOSEN)
    scripts.ask(
        "given => ReactDOM.flushSync(() => cityops.headlines.draw(given[0], null, given[1]))", [state, context]
    )
    same = scripts.ask("() => [...document.querySelectorAll('.digits')].map((one, place) => one === before[place])")
    assert same == [True, True, False, True, True, True, True]
    assert scripts.texts(".digits")[2] == "99"
