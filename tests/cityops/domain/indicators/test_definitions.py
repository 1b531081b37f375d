"""Indicators: one for each metric and each count of cases, with what it means in both languages."""

from dataclasses import replace

import pytest

from cityops import reference
from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops.domain.indicators.definitions import EVENT_INDICATORS, EventCount, indicators
from cityops.domain.metrics import Aggregate, Direction, Metric

RAIN = Metric(
    "rain_3h", "3小时雨量", "Rain in 3 h", "mm", 0, 500, 1, Aggregate.MAX, Direction.HIGH, 30,
    basis_zh="暴雨预警信号", basis_en="the rainstorm signals",
)  # fmt: skip


def test_a_metric_is_an_indicator_with_what_it_declares() -> None:
    one = indicators([RAIN], {"rain_3h": "雨量监测系统"})["rain_3h"]
    assert (one.name_zh, one.name_en, one.unit, one.decimals) == ("3小时雨量", "Rain in 3 h", "mm", 1)
    assert (one.aggregate, one.source_zh, one.metric, one.events) == (Aggregate.MAX, "雨量监测系统", RAIN, None)
    assert one.definition_zh == "区域内全部读数的最大值；阈值依据：暴雨预警信号。"
    assert one.definition_en == "Largest reading in the region and period; thresholds after the rainstorm signals."


def test_a_metric_without_thresholds_names_no_basis_and_one_without_devices_no_source() -> None:
    one = indicators([replace(RAIN, basis_zh="", basis_en="")], {"pm25": "空气质量"})["rain_3h"]
    assert one.source_zh == ""
    assert one.definition_zh == "区域内全部读数的最大值。"
    assert one.definition_en == "Largest reading in the region and period."


@pytest.mark.parametrize(
    ("aggregate", "chinese", "english"),
    [
        (Aggregate.MEAN, "平均值", "Mean of all readings"),
        (Aggregate.SUM, "登记设备数", "times the number of registered devices"),
        (Aggregate.MAX, "最大值", "Largest reading"),
        (Aggregate.MIN, "最小值", "Smallest reading"),
    ],
)
def test_a_definition_tells_how_devices_become_one_number(aggregate: Aggregate, chinese: str, english: str) -> None:
    one = indicators([replace(RAIN, aggregate=aggregate)], {})["rain_3h"]
    assert chinese in one.definition_zh
    assert english in one.definition_en


def test_counts_of_cases_stand_behind_the_metrics() -> None:
    every = indicators([RAIN], {})
    assert list(every) == ["rain_3h", "events_reported", "events_closed", "orders_12345"]
    assert list(indicators([], {})) == [one.code for one in EVENT_INDICATORS]


@pytest.mark.parametrize("one", EVENT_INDICATORS, ids=lambda one: one.code)
def test_cases_are_counted_in_whole_numbers_and_added_up(one: object) -> None:
    found = indicators([], {})[getattr(one, "code", "")]
    assert (found.unit, found.decimals, found.aggregate, found.metric) == ("件", 0, Aggregate.SUM, None)
    assert found.definition_zh.endswith("。")
    assert found.definition_en.endswith(".")


def test_which_cases_are_counted() -> None:
    counted = {one.code: one.events for one in EVENT_INDICATORS}
    assert counted["events_reported"] == EventCount("occurred_at", None, None)
    assert counted["orders_12345"] == EventCount("occurred_at", None, "hotline-12345")
    closed = counted["events_closed"]
    assert closed is not None
    assert (closed.at, closed.source) == ("status_at", None)
    assert set(closed.statuses or ()) == set(Status) - set(OPEN_STATUSES)


def test_every_code_of_the_reference_is_an_indicator_of_its_own() -> None:
    metrics = reference.metrics()
    assert len(indicators(metrics, {})) == len(metrics) + len(EVENT_INDICATORS)


def test_the_hotline_is_a_registered_source() -> None:
    assert "hotline-12345" in {row["code"] for row in reference.rows("source_systems")}
