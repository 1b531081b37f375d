"""Curves: a scale that holds all values and stays put, thresholds that matter, hatch where nothing came."""

from itertools import pairwise
from typing import Any

import pytest

from fixtures.scripts import Scripts, Told, told_state

NOON = "2026-11-23T04:00:00Z"
NONE = [None] * 4
SILENT = {"freshness": "silent", "as_of": "2026-11-23T03:02:00Z", "expected": 4}


def declared(**changes: Any) -> Told:
    return {"thresholds": NONE, "direction": "high", "span": None, "decimals": 1, "name": "n", "unit": "u"} | changes


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ([None, None], {}),
        ([5, 5, 5], {}),
        ([0, 0, 0], {}),
        ([-3, -3], {}),
        ([1e6, 1e6 + 1], {"span": [5e5, 2e6]}),
        ([-0.002, None, 0.003], {}),
        ([0.1, 0.1000001], {}),
        ([205.5, 224.0], {"span": [205, 235]}),
    ],
)
def test_a_scale_holds_its_values_with_room_above_and_begins_at_zero_but_for_levels(
    scripts: Scripts, values: list[float | None], changes: Told
) -> None:
    low, high = scripts.ask("given => cityops.curves.scale(...given)", [values, declared(**changes)])
    known = [value for value in values if value is not None] or [0.5]
    assert low <= min(known) <= max(known) < high
    from_zero = min(known) >= 0 and not changes.get("span")
    assert (low == 0) == from_zero


def test_a_scale_stays_put_while_a_value_wanders_a_little(scripts: Scripts) -> None:
    ends = [scripts.ask("given => cityops.curves.scale(...given)", [[20, 30, top], declared()]) for top in (44, 44.4)]
    assert all(before == after for before, after in pairwise(ends))


@pytest.mark.parametrize("ends", [[0, 1], [0, 110], [-2.5, 0.5], [205, 235], [0, 0.004], [60.1, 61.3]])
def test_a_scale_has_two_to_four_round_values(scripts: Scripts, ends: list[float]) -> None:
    found = scripts.ask("ends => cityops.curves.ticks(ends)", ends)
    assert 2 <= len(found["values"]) <= 5
    assert all(ends[0] - 1e-9 <= value <= ends[1] + 1e-9 for value in found["values"])


@pytest.mark.parametrize(
    ("values", "changes", "levels"),
    [
        ([20], {"thresholds": [60, 115, 150, 250]}, [1]),  # the next
        ([8], {"thresholds": [500, 650, 800, None]}, []),  # far off
        ([0, 0], {"thresholds": [5, 15, 27, 40]}, [1]),  # nothing, measured
        ([88, 62], {"thresholds": [5, 15, 27, 40]}, [1, 2, 3, 4]),
        ([2.1], {"thresholds": [None, 0.5, 0.3, 0.1], "direction": "low"}, [2]),
        ([0.2], {"thresholds": [None, 0.5, 0.3, 0.1], "direction": "low"}, [2, 3, 4]),
        ([None], {"thresholds": [5, 15, 27, 40]}, []),
    ],
)
def test_the_thresholds_that_were_reached_are_drawn_and_the_next_one(
    scripts: Scripts, values: list[float | None], changes: Told, levels: list[int]
) -> None:
    found = scripts.ask("given => cityops.curves.limits(...given)", [declared(**changes), values])
    assert [one["level"] for one in found] == levels


@pytest.mark.parametrize(
    ("heights", "foot", "placed"),
    [([10, 60], 100, [10, 60]), ([10, 12, 14], 100, [10, 31, 52]), ([80, 90, 95], 100, [58, 79, 100]), ([], 9, [])],
)
def test_names_of_thresholds_are_pushed_apart_and_stay_above_the_foot(
    scripts: Scripts, heights: list[int], foot: int, placed: list[int]
) -> None:
    assert scripts.ask("given => cityops.curves.pushed(...given)", [heights, foot]) == placed


@pytest.mark.parametrize(
    ("values", "gaps"),
    [
        ([1, 2, 3], []),
        ([1, None, 3], [[0, 2]]),
        ([None, None, 3, 4], [[0, 2]]),
        ([1, 2, None], []),  # the last step is still running
        ([1, None, None], [[0, 2]]),
        ([None, None, None], [[0, 2]]),
        ([None], []),
    ],
)
def test_where_nothing_came_is_hatched_and_never_a_straight_line(
    scripts: Scripts, values: list[float | None], gaps: list[list[int]]
) -> None:
    assert scripts.ask("values => cityops.curves.gaps(values)", values) == gaps


def drawn(scripts: Scripts, code: str = "water_depth", **changes: Any) -> None:
    context = scripts.speak("zh")
    [metric] = [one for one in told_state()["metrics"] if one["code"] == code]
    size = {"width": 452, "height": 190, "hasHours": True, "id": "x"}
    given = [metric | changes, context["metrics"][code], size]
    scripts.draw("cityops.render('box', cityops.curves.large(...given));", given, ids=["box"])


def test_a_curve_names_thresholds_extreme_and_hours_and_rings_its_last_point(scripts: Scripts) -> None:
    values = [0.0, 0, 10, 44, 88, 60, None, 20, 12, 9, 8, 7, None]
    trend = {"start": "2026-11-22T16:00:00Z", "step_s": 7200, "values": values}
    drawn(scripts, trend=trend, band={"low": [0] * 13, "high": [3] * 13, "days": 30})
    assert scripts.texts(".curve-name") == ["红 40", "橙 27", "黄 15", "蓝 5"]
    assert scripts.texts(".curve-extreme") == ["最大 88"]
    hours = [one for one in scripts.texts(".curve-axis") if ":" in one]
    assert hours == ["00:00", "06:00", "12:00", "18:00", "00:00"]
    assert len(scripts.texts(".curve-line")) == 2  # to either side of the gap
    assert [len(scripts.texts(f".curve-{part}")) for part in ("gap", "band", "last")] == [1, 1, 1]


def test_what_never_came_is_a_hatch_without_a_line(scripts: Scripts) -> None:
    drawn(scripts, trend={"start": NOON, "step_s": 900, "values": [None] * 9})
    assert [len(scripts.texts(f".curve-{part}")) for part in ("gap", "line", "last", "extreme")] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("metric", "zh", "en"),
    [
        ({"freshness": "fresh", "as_of": NOON, "expected": 4}, [], []),
        ({"freshness": "silent", "as_of": None, "expected": 4}, ["从未上报"], ["never reported"]),
        ({"freshness": "silent", "as_of": None, "expected": 0}, ["无设备"], ["no device"]),
        (SILENT, ["静默 · 末值 11:02"], ["silent · last 11:02"]),
    ],
)  # fmt: skip
def test_silent_never_and_no_device_read_different(
    scripts: Scripts, metric: Told, zh: list[str], en: list[str]
) -> None:
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON)
    for lang, said in (("zh", zh), ("en", en)):
        scripts.speak(lang)
        scripts.draw("cityops.render('box', cityops.curves.lack(given));", metric, ids=["box"])
        assert scripts.texts(".lack") == said


def test_two_are_large_and_the_others_are_vital_signs_with_yesterday_at_this_hour(scripts: Scripts) -> None:
    context = scripts.speak("zh", headlines=["pm25", "o3"], trends=["pm25", "traffic_index", "noise_leq", "gas_lel"])
    state = told_state()
    told = {"o3": {"yesterday": 88.2}, "noise_leq": {"change_1h": 1.26}, "gas_lel": {"expected": 0}}
    for metric in state["metrics"]:
        metric.update(told.get(metric["code"], {}))
    script = "cityops.trends.draw(...given); cityops.vitals.draw(...given);"
    scripts.draw(script, [state, context], ids=["trend-head-0", "trend-head-1", "trend-source", "vitals"])
    assert scripts.texts(".trend-name") == ["PM2.5", "交通拥堵指数"]
    assert scripts.every(".vital", "one.dataset.metric") == ["o3", "noise_leq"]  # of gas there is no device
    assert scripts.texts(".vital-before") == ["昨同时 88", "1 时内 +1.3"]
