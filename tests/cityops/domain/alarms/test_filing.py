"""What a case says that is made of an alarm: where, how bad, since when, by which rule."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cityops import reference
from cityops.domain.alarms.filing import CASE_CLASSES, NAMED, added, severity, text, title
from cityops.domain.events.status import Severity
from cityops.domain.metrics import Metric

DEPTH = next(one for one in reference.metrics() if one.code == "water_depth")


def alarm(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": 7, "device_name_zh": "车陂南隧道", "device_code": "WL-1", "name_zh": "道路积水", "worst_level": 4,
        "value_worst": 62.4, "rule_code": "water_depth", "rule_version": 3, "limits_in": None,
        "onset": datetime(2026, 11, 23, 4, 34, tzinfo=UTC),
    }  # fmt: skip
    return told | changes


def test_the_title_says_where_what_and_how_bad() -> None:
    assert title(alarm(), DEPTH) == "车陂南隧道 道路积水 62 cm"


@pytest.mark.parametrize(
    ("changes", "metric", "told"),
    [
        ({"value_worst": None}, DEPTH, "车陂南隧道 道路积水"),
        ({}, None, "车陂南隧道 道路积水"),
        ({"device_name_zh": None}, DEPTH, "道路积水 62 cm"),
        ({"device_name_zh": "长" * 300}, DEPTH, "长" * 200),
    ],
)
def test_a_title_leaves_out_what_is_not_known_and_is_no_longer_than_a_case_s(
    changes: dict[str, Any], metric: Metric | None, told: str
) -> None:
    assert title(alarm(**changes), metric) == told


def test_the_text_is_the_evidence_in_the_city_s_time() -> None:
    assert text([alarm()], DEPTH) == "红色告警 7：11-23 12:34 起，最重 62 cm。规则 water_depth v3，设备 WL-1。"
    assert (
        text([alarm(device_code=None, value_worst=None)], DEPTH)
        == "红色告警 7：11-23 12:34 起。规则 water_depth v3。"
    )


def test_of_a_group_the_gravest_is_told_whole_and_the_others_by_name() -> None:
    others = [
        alarm(id=8, worst_level=2, value_worst=22.0),
        alarm(id=9, device_name_zh=None, worst_level=1, value_worst=None),
    ]
    assert title(alarm(), DEPTH, 3) == "车陂南隧道 道路积水 62 cm 等 3 处"
    assert text([alarm(), *others], DEPTH).endswith("同组另有 2 条：黄色 8 车陂南隧道 22 cm；蓝色 9 WL-1。")
    assert added(others, DEPTH) == "并入同组告警 2 条：黄色 8 车陂南隧道 22 cm；蓝色 9 WL-1。"
    assert added([alarm()] * (NAMED + 3), DEPTH).endswith("；及其余 3 条。")


@pytest.mark.parametrize(
    ("level", "told"),
    [(1, Severity.NORMAL), (2, Severity.NORMAL), (3, Severity.URGENT), (4, Severity.CRITICAL)],
)
def test_the_graver_the_alarm_the_more_urgent_the_case(level: int, told: Severity) -> None:
    assert severity(level) is told


def test_an_alarm_s_class_becomes_a_class_of_cases_that_there_is() -> None:
    known = {row["code"] for row in reference.rows("event_classes")}
    assert set(CASE_CLASSES.values()) <= known
    assert set(CASE_CLASSES) <= {rule.rule_class for rule in reference.alarm_rules()}
