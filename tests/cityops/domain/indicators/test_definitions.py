"""Indicators: one for each metric and each entry of a file, with what it means in both languages."""

from dataclasses import replace
from datetime import date

import pytest

from cityops import reference
from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.measures import Additive, Aggregation, FromCases
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.reference import themes

THEMES = themes.shipped().themes
RAIN = Metric(
    "rain_3h", "3小时雨量", "Rain in 3 h", "mm", 0, 500, 1, Aggregate.MAX, Direction.HIGH, 30,
    basis_zh="暴雨预警信号", basis_en="the rainstorm signals",
)  # fmt: skip


def test_a_metric_is_an_indicator_with_what_it_declares() -> None:
    one = indicators([RAIN], {"rain_3h": "雨量监测系统"})["rain_3h"]
    assert (one.name_zh, one.name_en, one.unit, one.decimals) == ("3小时雨量", "Rain in 3 h", "mm", 1)
    assert (one.aggregate, one.source_zh, one.metric, one.declared) == (Aggregation.MAX, "雨量监测系统", RAIN, None)
    assert one.definition_zh == "区域内全部读数的最大值。"
    assert one.definition_en == "Largest reading in the region and period."


def test_a_metric_without_devices_names_no_source() -> None:
    assert indicators([RAIN], {"pm25": "空气质量"})["rain_3h"].source_zh == ""


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


def test_what_files_declare_stands_behind_the_metrics_theme_by_theme() -> None:
    every = indicators([RAIN], {}, THEMES)
    assert list(every) == ["rain_3h", *(code for theme in THEMES for code in theme.indicators)]
    assert (every["rain_3h"].kind, every["rain_3h"].owner) == ("readings", "emergency")
    assert (every["fires"].kind, every["fires"].owner, every["fires"].is_binned) == ("pushed", "fire", False)
    assert indicators([RAIN], {})["rain_3h"].owner == ""


@pytest.mark.parametrize("code", ["events_reported", "events_closed", "orders_12345"])
def test_cases_are_counted_in_whole_numbers_and_added_up(code: str) -> None:
    found = indicators([], {}, THEMES)[code]
    assert (found.unit, found.decimals, found.aggregate, found.metric) == ("件", 0, Aggregation.SUM, None)
    assert (found.additive_over, found.is_binned) == (Additive.BOTH, True)


def test_which_cases_are_counted() -> None:
    counted = {code: one.counts for code, one in indicators([], {}, THEMES).items()}
    assert counted["events_reported"] == FromCases(kind="cases", at="occurred_at")
    assert counted["orders_12345"] == FromCases(kind="cases", at="occurred_at", source="hotline-12345")
    closed = counted["events_closed"]
    assert isinstance(closed, FromCases)
    assert set(closed.statuses or ()) == set(Status) - set(OPEN_STATUSES)


def test_a_definition_is_the_one_in_force_on_its_day() -> None:
    of_2025, of_2027 = (indicators([], {}, THEMES, date(year, 1, 1))["aqi_published"] for year in (2025, 2027))
    assert ("HJ 633-2012" in of_2025.definition_en, "HJ 633-2026" in of_2027.definition_en) == (True, True)


def test_readings_of_devices_add_up_over_regions_alone() -> None:
    summed = indicators([replace(RAIN, aggregate=Aggregate.SUM)], {})["rain_3h"]
    assert (summed.additive_over, indicators([RAIN], {})["rain_3h"].additive_over) == (Additive.REGION, Additive.NONE)


def test_every_code_of_the_reference_is_an_indicator_of_its_own() -> None:
    metrics = reference.metrics()
    assert len(indicators(metrics, {}, THEMES)) == len(metrics) + sum(len(theme.indicators) for theme in THEMES)
