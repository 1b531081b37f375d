"""Alarms as the desk shows them: what stands in a line, where on the map, and the curve of the one that is chosen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityops.domain.metrics import WarningLevel
from cityops_dashboards.pages.desk.alarms import alarm, drawn, group, levels_by_district, marks, metric_unit, number

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": 7, "rule_code": "water_depth", "name_zh": "道路积水", "name_en": "Road under water",
        "alarm_class": "flood", "metric": "water_depth", "region_code": "440106", "level": 4, "worst_level": 4,
        "count": 3, "unacknowledged": 2, "cases": 1, "onset": NOW.isoformat(), "highest": 62.4, "lowest": 41.0,
        "quiet": None, "value_worst": 62.4, "device_name_zh": "车陂南隧道", "acknowledged_by": None,
        "cleared_at": None, "event_id": None, "chattering": False, "quiet_by": None, "quiet_why": None,
        "quiet_until": None, "lon": 113.4, "lat": 23.1,
    }  # fmt: skip
    return told | changes


def test_a_group_says_where_what_how_many_and_the_worst_value() -> None:
    found = group(row(), NOW, "zh")
    assert (found["title"], found["value"], found["unit"], found["since"]) == ("天河区 道路积水", "62", "cm", "12:00")
    assert found["shape"] == "red"
    assert group(row(), NOW, "en")["title"].endswith("Road under water")


def test_of_what_becomes_worse_downwards_the_lowest_is_the_worst() -> None:
    assert group(row(metric="traffic_speed", highest=25.0, lowest=9.0), NOW, "zh")["value"] == "9"


def test_what_has_no_value_shows_none() -> None:
    found = group(row(metric=None, highest=None, lowest=None), NOW, "zh")
    assert (found["value"], found["unit"]) == ("", "")


def test_one_whose_cause_is_gone_keeps_the_colour_it_had() -> None:
    assert alarm(row(level=0, worst_level=3), NOW, "zh")["shape"] == "orange"


def test_a_quiet_alarm_says_what_quieted_it_by_whom_and_until_when() -> None:
    shelved = row(quiet="shelved", quiet_by="liang", quiet_why="检修", quiet_until=NOW.isoformat())
    assert alarm(shelved, NOW, "zh")["quiet"] == "搁置 · liang · 检修 · 至 12:00"
    assert alarm(row(), NOW, "zh")["quiet"] == ""


def test_a_district_has_the_gravest_level_that_stands_in_it() -> None:
    rows = [row(level=2), row(level=3, region_code="440106013"), row(level=4, region_code="440105")]
    assert levels_by_district(rows) == {"440106": WarningLevel.ORANGE, "440105": WarningLevel.RED}


def test_every_place_has_its_mark() -> None:
    [mark] = marks([{"id": 7, "level": 2, "lon": 113.4, "lat": 23.1}])
    assert (mark.lon, mark.lat, mark.level, mark.key) == (113.4, 23.1, WarningLevel.YELLOW, "7")


@pytest.mark.parametrize(
    ("metric", "value", "told"),
    [("water_depth", 62.4, "62"), ("traffic_index", 8.25, "8.3"), ("river_level_above_warning", -0.084, "−0.08")],
)
def test_a_value_has_the_decimals_of_its_metric(metric: str, value: float, told: str) -> None:
    assert number(metric, value) == told


def test_units_are_those_of_the_page_s_language() -> None:
    assert metric_unit("water_depth", "zh") == "cm"
    assert metric_unit("nothing", "zh") == ""


def test_the_curve_begins_before_the_alarm_and_shows_the_metric_s_limits() -> None:
    points = [{"ts": (NOW - timedelta(minutes=n)).isoformat(), "value": float(n)} for n in range(0, 300, 5)]
    found = drawn(points, "water_depth", NOW - timedelta(minutes=30), NOW)
    assert found is not None
    assert [level for level, *_ in found.thresholds] == ["red", "orange", "yellow"]
    assert drawn([], "water_depth", NOW, NOW) is None
    assert drawn(points, None, NOW, NOW) is None
