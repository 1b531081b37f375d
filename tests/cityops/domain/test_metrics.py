"""Metrics: the warning level of a value, on either side, and sound declarations."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.metrics import Aggregate, Direction, Metric, WarningLevel, at_decimals

BY_CODE = {metric.code: metric for metric in reference.metrics()}


@pytest.mark.parametrize(
    ("code", "value", "level"),
    [
        ("water_depth", 0, WarningLevel.NONE),
        ("water_depth", 4.4, WarningLevel.NONE),
        ("water_depth", 4.9, WarningLevel.BLUE),
        ("water_depth", 5, WarningLevel.BLUE),
        ("water_depth", 15, WarningLevel.YELLOW),
        ("water_depth", 39, WarningLevel.ORANGE),
        ("water_depth", 300, WarningLevel.RED),
        ("water_depth", None, WarningLevel.NONE),
        ("traffic_speed", 30, WarningLevel.NONE),
        ("traffic_speed", 20, WarningLevel.YELLOW),
        ("traffic_speed", 3, WarningLevel.RED),
        ("rain_3h", 60, WarningLevel.ORANGE),
        ("relative_humidity", 100, WarningLevel.NONE),
    ],
)
def test_a_value_warns_at_its_threshold(code: str, value: float | None, level: WarningLevel) -> None:
    assert BY_CODE[code].warning(value) is level


@given(st.sampled_from(list(BY_CODE.values())), st.floats(0, 1), st.floats(0, 1))
def test_worse_never_warns_less(metric: Metric, a: float, b: float) -> None:
    low, high = (metric.valid_min + share * (metric.valid_max - metric.valid_min) for share in sorted((a, b)))
    worse, better = (low, high) if metric.direction is Direction.LOW else (high, low)
    assert metric.warning(worse) >= metric.warning(better)


@pytest.mark.parametrize("metric", reference.metrics(), ids=lambda metric: metric.code)
def test_a_declaration_is_sound(metric: Metric) -> None:
    levels = [level for level in (metric.blue, metric.yellow, metric.orange, metric.red) if level is not None]
    assert metric.valid_min < metric.valid_max
    assert all(metric.valid_min <= level <= metric.valid_max for level in levels)
    assert levels == sorted(levels, reverse=metric.direction is Direction.LOW)
    assert bool(levels) == (metric.direction is not Direction.NONE)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.30000001192092896, 2, 0.3),
        (-0.04, 1, 0.0),
        (-0.05, 1, -0.1),
        (0.25, 1, 0.3),
        (0.35, 1, 0.4),
        (0.3499999940395355, 1, 0.4),  # 0.35 as a 32-bit float
        (114.5, 0, 115.0),
        (114.4, 0, 114.0),
    ],
)
def test_a_value_is_rounded_as_it_is_shown(value: float, decimals: int, shown: float) -> None:
    rounded = float(at_decimals(value, decimals))
    assert (rounded, math.copysign(1, rounded)) == (shown, 1.0 if shown >= 0 else -1.0)


@pytest.mark.parametrize("code", ["cover_clearance", "air_temperature", "river_level_above_warning", "water_depth"])
def test_a_32_bit_float_meets_a_threshold_like_what_it_stands_for(code: str) -> None:
    metric = {one.code: one for one in reference.metrics()}[code]
    for threshold in (metric.blue, metric.yellow, metric.orange, metric.red):
        if threshold is not None:
            assert metric.warning(float(np.float32(threshold))) == metric.warning(threshold)


DOWN = Metric("low", "", "", "", 0, 100, 0, Aggregate.MEAN, Direction.LOW, 40, 30, None, 10)


@pytest.mark.parametrize(
    ("value", "level"), [(41, 0), (40.4, 1), (40, 1), (30, 2), (29, 2), (20, 2), (11, 2), (10.4, 4), (10, 4), (0, 4)]
)
def test_a_level_that_is_not_used_is_never_reached(value: float, level: int) -> None:
    assert DOWN.warning(value) == level


def test_levels_are_ordered_from_none_to_red() -> None:
    assert [level.name for level in sorted(WarningLevel)] == ["NONE", "BLUE", "YELLOW", "ORANGE", "RED"]
    assert [int(level) for level in WarningLevel] == [0, 1, 2, 3, 4]


def test_a_metric_without_a_direction_never_warns() -> None:
    assert replace(DOWN, direction=Direction.NONE).warning(0) is WarningLevel.NONE


def test_whole_columns_are_rounded_each_to_its_own_decimals() -> None:
    rounded = at_decimals(np.array([1.25, -1.25, 0.0, 7.5]), np.array([1, 1, 2, 0]))
    assert rounded.tolist() == [1.3, -1.3, 0.0, 8.0]
    assert at_decimals(np.array([]), np.array([], np.int64)).tolist() == []


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_rounding_moves_a_value_by_half_a_step_at_most(value: float, decimals: int) -> None:
    rounded = float(at_decimals(value, decimals))
    assert abs(rounded - value) <= 0.5 / 10**decimals + abs(value) * 1e-6
    assert float(at_decimals(-value, decimals)) == -rounded


def test_words_of_aggregate_and_direction_are_those_of_the_reference() -> None:
    assert [str(one) for one in Aggregate] == ["mean", "sum", "max", "min"]
    assert [str(one) for one in Direction] == ["high", "low", "none"]


def test_a_metric_tells_of_the_city_unless_it_says_otherwise() -> None:
    assert not DOWN.health
    assert BY_CODE["battery_voltage"].health
