"""Spans are of declared metrics and fit thresholds and colours; there is one rule for what is not declared."""

from itertools import pairwise

import pytest

from cityops import reference
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops_dashboards import display

METRICS = {metric.code: metric for metric in reference.metrics()}
each = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def test_spans_are_of_declared_metrics() -> None:
    assert set(display.SPANS) <= set(METRICS)


@each
def test_a_span_lies_within_what_the_metric_can_be_and_a_sum_has_none(metric: Metric) -> None:
    span = display.span(metric)
    if metric.aggregate is Aggregate.SUM:
        assert span is None
    else:
        assert span
        assert metric.valid_min <= span[0] < span[1] <= metric.valid_max


@each
def test_thresholds_become_graver_in_their_direction(metric: Metric) -> None:
    known = [value for value in display.thresholds(metric) if value is not None]
    if metric.direction is Direction.NONE:
        assert display.thresholds(metric) == [None] * 4
    else:
        assert known
        assert all((low < high) is (metric.direction is Direction.HIGH) for low, high in pairwise(known))


@pytest.mark.parametrize("code", ["", "nonsense", "PM25", "pm25"])
def test_what_nobody_declared_means_the_default_metric(code: str) -> None:
    assert display.metric_of(code) == METRICS[display.DEFAULT_METRIC]


def test_a_metric_without_a_span_of_its_own_has_all_that_it_can_be() -> None:
    without = [metric for metric in METRICS.values() if metric.code not in display.SPANS and display.span(metric)]
    assert [display.span(metric) for metric in without] == [(one.valid_min, one.valid_max) for one in without]
