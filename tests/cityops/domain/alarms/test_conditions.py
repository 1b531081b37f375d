"""Conditions: judged one by one and in columns alike, and no reading that could matter goes untouched."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.alarms.conditions import (
    Measured,
    condition_of,
    holding,
    holding_each,
    shown,
    touch_limit,
    touch_limits,
)
from cityops.domain.alarms.rules import AlarmRule, Applies, ConditionKind, LevelLimit, RuleSubject
from cityops.domain.alarms.tracks import advance, begin
from cityops.domain.metrics import Direction, Metric, WarningLevel, at_decimals

METRICS = {metric.code: metric for metric in reference.metrics()}
RULES = {rule.code: rule for rule in reference.alarm_rules()}
THRESHOLDS = [rule for rule in RULES.values() if rule.condition is ConditionKind.THRESHOLD]
START = datetime(2026, 8, 21, tzinfo=UTC)


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_one_value_is_shown_like_a_column_of_them(value: float, decimals: int) -> None:
    assert shown(value, decimals) == float(at_decimals(value, decimals))


@given(st.sampled_from(THRESHOLDS), st.data(), st.integers(0, 15))
def test_columns_are_judged_as_one_by_one(rule: AlarmRule, data: st.DataObject, before: int) -> None:
    condition = condition_of(rule, METRICS[rule.metric])
    before &= (1 << len(condition.steps)) - 1
    bounds = [bound for step in condition.steps for bound in (step.on, step.off)]
    around = st.sampled_from(bounds).flatmap(lambda bound: st.floats(bound - 2, bound + 2))
    values = data.draw(st.lists(around, max_size=20))
    expected, holds = [], before
    for value in values:
        holds = holding(condition, value, holds)
        expected.append([bool(holds >> place & 1) for place in range(len(condition.steps))])
    found = holding_each(condition, np.array(values, np.float64), before)
    assert found.tolist() == expected


@given(st.sampled_from(THRESHOLDS), st.floats(-100, 5000))
def test_the_gravest_level_from_rest_is_the_colour_on_the_wall(rule: AlarmRule, value: float) -> None:
    condition = condition_of(rule, METRICS[rule.metric])
    holds = holding(condition, value, 0)
    gravest = condition.steps[holds.bit_length() - 1].level if holds else WarningLevel.NONE
    assert gravest is METRICS[rule.metric].warning(value)


@given(st.sampled_from(THRESHOLDS), st.lists(st.floats(-50, 500), max_size=20))
def test_graver_levels_never_hold_without_the_lesser_ones(rule: AlarmRule, values: list[float]) -> None:
    holds = 0
    for value in values:
        holds = holding(condition_of(rule, METRICS[rule.metric]), value, holds)
        assert holds & (holds + 1) == 0  # ones from the least grave on


def test_no_data_is_measured_in_the_device_s_intervals() -> None:
    condition = condition_of(RULES["device_silent"], expected_interval_s=30)
    assert [step.on for step in condition.steps] == [180, 1800, 43200]


def series(code: str, kind: str = "waterlogging", region: str = "440106001", device: str = "D-1") -> Measured:
    return Measured(code, kind, region, "water-logging", device)


def test_touching_begins_at_the_lowest_limit_of_all_rules_that_are_about_a_series() -> None:
    deep = replace(RULES["water_depth"], code="deep", limits=(LevelLimit(WarningLevel.RED, 90, 5, 2),), in_modes=())
    near = replace(
        deep, code="near", limits=(LevelLimit(WarningLevel.RED, 2, 1, 2),), applies=Applies(regions=("440103",))
    )
    limits = touch_limits(
        [deep, near, RULES["cover_clearance"], RULES["device_silent"]],
        [series("water_depth"), series("water_depth", region="440103001"), series("cover_clearance"), series("pm25")],
        METRICS,
    )
    assert limits.high == pytest.approx([89.5, 1.5, np.inf, np.inf], abs=1e-3)
    assert limits.low == pytest.approx([-np.inf, -np.inf, 0.505, -np.inf], abs=1e-3)
    places = np.array([0, 0, 1, 2, 2, 3])
    values = np.array([89.4, 89.5, 1.5, 0.51, 0.50, 9999.0])
    assert limits.touches(places, values).tolist() == [False, True, True, False, True, False]


def test_a_rate_touches_from_where_it_could_have_risen_to_or_from_its_own_beginning() -> None:
    rising = RULES["water_depth_rising"]
    assert touch_limit(replace(rising, from_value=None), METRICS) == pytest.approx(4.5, abs=1e-3)
    assert touch_limit(replace(rising, from_value=20.0), METRICS) == pytest.approx(19.5, abs=1e-3)
    falling = replace(rising, direction=Direction.LOW, from_value=None)
    assert touch_limit(falling, METRICS) == pytest.approx(295.5, abs=1e-3)


def test_what_is_not_judged_by_a_value_touches_nothing() -> None:
    assert touch_limit(RULES["device_silent"], METRICS) is None
    assert touch_limit(RULES["source_outage"], METRICS) is None
    silent = replace(RULES["water_depth"], condition=ConditionKind.NO_DATA)
    assert silent.subject is RuleSubject.METRIC
    assert touch_limit(silent, METRICS) is None


def _histories(metric: Metric) -> st.SearchStrategy[list[float]]:
    edges = [bound for bound in (metric.blue, metric.yellow, metric.orange, metric.red) if bound is not None]
    half = 0.5 / 10**metric.decimals
    near = [edge + sign * half * share for edge in edges for sign in (-1, 1) for share in (0.999, 1, 1.001)]
    inside = [value for value in near if metric.valid_min <= value <= metric.valid_max]
    anywhere = st.floats(metric.valid_min, metric.valid_max, width=32)
    return st.lists(st.sampled_from(inside) | anywhere, min_size=1, max_size=8)


def _rules_by_value() -> Iterator[AlarmRule]:
    for rule in RULES.values():
        if touch_limit(rule, METRICS) is not None:
            yield replace(rule, on_delay=timedelta(0))
            yield replace(rule, on_delay=timedelta(seconds=30))


@given(st.sampled_from(list(_rules_by_value())), st.data())
def test_no_reading_that_moves_a_track_from_rest_goes_untouched(rule: AlarmRule, data: st.DataObject) -> None:
    metric = METRICS[rule.metric]
    condition = condition_of(rule, metric)
    limits = touch_limits([rule], [series(rule.metric)], METRICS)
    track = begin()
    for minute, value in enumerate(data.draw(_histories(metric))):
        was_at_rest = track.is_at_rest
        track, changes = advance(track, condition, START + timedelta(minutes=minute), value)
        touched = bool(limits.touches(np.array([0]), np.array([value]))[0])
        assert touched or not was_at_rest or (track.is_at_rest and not changes)


def test_series_alike_but_for_the_device_touch_apart_where_a_rule_names_devices() -> None:
    some = replace(RULES["water_depth"], applies=Applies(devices="WL-*"))
    limits = touch_limits(
        [some], [series("water_depth", device="WL-1"), series("water_depth", device="X-1")], METRICS
    )
    assert np.isfinite(limits.high).tolist() == [True, False]


def test_the_limits_of_a_city_are_laid_out_in_a_moment() -> None:
    """For 3,000 series by 3,000 rules; what is alike is found once, or it would take a minute."""
    some = [series(code, device=f"D-{number}") for number in range(1000) for code in ("water_depth", "pm25", "no2")]
    limits = touch_limits(list(RULES.values()) * 100, some, METRICS)
    assert np.isfinite(limits.high).all()
