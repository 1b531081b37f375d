"""Metrics: the warning level of a value, on either side, and sound declarations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.metrics import Direction, Metric, WarningLevel, at_decimals

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
