"""Trends of the last day: rows of words, and a chart whose axes hold all values and stay put while these wander."""

from itertools import pairwise
from typing import Any

import pytest

from fixtures.scripts import Scripts, Told, told_state

NOON = "2026-11-23T04:00:00Z"


def state_of(**metrics: Told) -> Told:
    """Return a state that has these metrics, each with what differs from the usual."""
    state = told_state()
    state["metrics"] = [one for one in state["metrics"] if one["code"] in metrics]
    for one in state["metrics"]:
        one.update(metrics[one["code"]])
    return state


def values(*known: float | None, start: str = NOON) -> Told:
    return {"trend": {"start": start, "step_s": 900, "values": list(known)}}


@pytest.mark.parametrize(
    ("known", "span"),
    [
        ([], "—"),
        ([None, None], "—"),
        ([0.0], "0.00 ~ 0.00"),
        ([-1.351, None, 0.25], "−1.35 ~ 0.25"),
        ([1234.5, 3], "3.00 ~ 1,234.50"),
    ],
)
def test_a_row_says_between_what_its_values_lay(scripts: Scripts, known: list[float | None], span: str) -> None:
    context = scripts.speak("zh", trends=["river_level_above_warning"])
    state = state_of(river_level_above_warning=values(*known) | {"value": -0.4, "warning": 1})
    scripts.draw("cityops.trends.rows(...given);", [state, context], ids=["trend-rows"])
    told = [scripts.texts(f".trend-{part}") for part in ("name", "value", "unit", "range")]
    assert told == [["河道水位超警戒"], ["−0.40"], ["m"], [f"蓝{span}"]]
    assert len(scripts.texts(".trend-row .age")) == 1


def test_a_metric_that_has_never_come_has_a_row_without_an_age(scripts: Scripts) -> None:
    context = scripts.speak("en", trends=["pm25"])
    gone = {"value": None, "as_of": None, "freshness": "silent", "warning": 0}
    scripts.draw("cityops.trends.rows(...given);", [state_of(pm25=gone), context], ids=["trend-rows"])
    assert scripts.texts(".trend-value") == ["—"]
    assert scripts.every(".trend-row", "one.dataset.judged") == ["silent"]
    assert scripts.texts(".trend-row .age") == []


CODES = ["pm25", "pm10", "no2", "o3", "so2", "co", "air_temperature", "wind_speed"]
ROWS: list[list[float | None]] = [
    [None, None, None],
    [5, 5, 5],
    [0, 0, 0],
    [-3, -3, -3],
    [1e6, 1e6 + 1, 1e6],
    [-0.002, None, 0.003],
    [0.1, 0.1000001, 0.1],
    [1, 99_999, 2],
]


def charted(charts: Scripts, state: Told, **changes: Any) -> Any:
    """Return the data and the axes of a chart with a line for each trend, after the script has drawn into it."""
    context = charts.speak("zh", **changes)
    charts.body('<div id="trends"><div class="chart"></div></div>')
    traces = [{"y": [0], "yaxis": f"y{number or ''}"} for number in (0, *range(2, len(context["trends"]) + 1))]
    charts.ask("traces => Plotly.newPlot(document.querySelector('.chart'), traces, {xaxis: {type: 'date'}})", traces)
    charts.ask("given => cityops.trends.chart(...given)", [state, context])
    return charts.ask("() => (({ data, layout }) => ({ data, layout }))(document.querySelector('.chart'))")


def test_each_axis_holds_its_values_with_room_and_the_flat_one_has_its_line_inside(charts: Scripts) -> None:
    state = state_of(**{code: values(*row) for code, row in zip(CODES, ROWS, strict=True)})
    layout = charted(charts, state, trends=CODES)["layout"]
    ranges = [layout[f"yaxis{number or ''}"]["range"] for number in (0, *range(2, len(CODES) + 1))]
    assert ranges[0] == [0, 1]
    for row, (low, high) in zip(ROWS[1:], ranges[1:], strict=True):
        assert all(low < value < high for value in row if value is not None), (row, low, high)


def test_an_axis_stays_put_while_a_value_wanders_a_little(charts: Scripts) -> None:
    codes = CODES[:3]
    rows = [[20, 30, top] for top in (44.0, 44.4, 44.8)]
    layout = charted(charts, state_of(**{c: values(*row) for c, row in zip(codes, rows, strict=True)}), trends=codes)
    ranges = [layout["layout"][axis]["range"] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert all(before == after for before, after in pairwise(ranges))


def test_the_line_has_a_gap_where_nothing_came_and_its_times_are_the_city_s(charts: Scripts) -> None:
    drawn = charted(charts, state_of(pm25=values(1, None, 3, start="2026-11-22T15:45:00Z")), trends=["pm25"])
    [line] = drawn["data"]
    assert line["y"] == [1, None, 3]
    assert line["x"] == ["2026-11-22T23:45:00", "2026-11-23T00:00:00", "2026-11-23T00:15:00"]
    assert drawn["layout"]["xaxis"]["range"] == [line["x"][0], line["x"][-1]]


def test_the_time_axis_reaches_over_all_lines_and_stays_where_there_is_none(charts: Scripts) -> None:
    state = state_of(pm25=values(1, 2), o3=values(1, start="2026-11-22T04:00:00Z"))
    layout = charted(charts, state, trends=["pm25", "o3"])["layout"]
    assert layout["xaxis"]["range"] == ["2026-11-22T12:00:00", "2026-11-23T12:15:00"]
    before = charted(charts, state_of(pm25=values()), trends=["pm25"])["layout"]["xaxis"]["range"]
    assert "2026-11-22T12:00:00" not in before


@pytest.mark.parametrize(
    ("metric", "is_stale"),
    [
        ({"freshness": "fresh", "as_of": NOON}, False),
        ({"freshness": "fresh", "as_of": "2026-11-23T03:57:00Z"}, True),
        ({"freshness": "late", "as_of": NOON}, True),
        ({"freshness": "silent", "as_of": None}, True),
    ],
)
def test_a_line_is_grey_by_the_age_that_its_data_have_by_now(charts: Scripts, metric: Told, is_stale: bool) -> None:
    charts.ask("now => cityops.ages.setServerTime(now)", NOON)
    context = charts.speak("zh")
    state = state_of(pm25=values(1, 2) | metric | {"expected_interval_s": 60})
    [line] = charted(charts, state, trends=["pm25"])["data"]
    assert line["line"]["color"] == context["stale" if is_stale else "accent"]
