"""Alarms as the desk shows them: what stands in a line, where on the map, and the curve of the one that is chosen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.alarms.rules import RuleClass
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.pages.desk.alarms import (
    alarm,
    drawn,
    fold,
    folding,
    group,
    levels_by_district,
    marks,
    metric_unit,
    notice,
    number,
)
from cityops_dashboards.texts import LANGUAGES

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": 7, "rule_code": "water_depth", "name_zh": "道路积水", "name_en": "Road under water",
        "alarm_class": "flood", "metric": "water_depth", "region_code": "440106", "level": 4, "worst_level": 4,
        "priority": 2,
        "count": 3, "unacknowledged": 2, "cases": 1, "onset": NOW.isoformat(), "highest": 62.4, "lowest": 41.0,
        "quiet": None, "value_worst": 62.4, "device_name_zh": "车陂南隧道", "acknowledged_by": None,
        "cleared_at": None, "event_id": None, "chattering": False, "drill": False, "limits_in": None,
        "quiet_by": None, "quiet_why": None,
        "quiet_until": None, "raised_at": NOW.isoformat(), "lon": 113.4, "lat": 23.1,
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


GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "level": st.integers(0, 4),
            "priority": st.integers(1, 3),
            "count": st.integers(1, 50),
            "unacknowledged": st.integers(0, 3),
            "alarm_class": st.sampled_from([one.value for one in RuleClass]),
        }
    ),
    max_size=30,
)


@given(GROUPS)
def test_what_is_shown_and_what_is_folded_add_up_and_nothing_grave_is_folded(changes: list[dict[str, Any]]) -> None:
    rows = [row(id=number, **one) for number, one in enumerate(changes)]
    shown, lines = folding(rows)
    folds = [fold(line, "zh") for line in lines]
    assert sum(one["count"] for one in shown) + sum(one["count"] for one in folds) == sum(
        one["count"] for one in rows
    )
    assert len(shown) + sum(one["groups"] for one in folds) == len(rows)
    hidden = [one for one in rows if one not in shown]
    assert all(one["level"] < 3 for one in hidden)
    assert not any(one["priority"] == 1 and one["unacknowledged"] for one in hidden)
    assert len({one["key"] for one in folds}) == len(folds)
    waiting = sum(one["unacknowledged"] for one in shown) + sum(one["waiting"] for one in folds)
    assert waiting == sum(one["unacknowledged"] for one in rows)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_alarm_has_a_line_to_be_folded_to(lang: str) -> None:
    lines = folding([row(level=1, alarm_class=one.value) for one in RuleClass])[1]
    assert len({fold(line, lang)["words"] for line in lines}) == len(RuleClass)


def told(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": 5, "kind": "new", "rule_code": "water_depth", "name_zh": "道路积水", "name_en": "Road under water",
        "region_code": "440106", "level": 3, "count": 3, "new": 3, "graver": 0, "gone": 0, "unacknowledged": 3,
        "at": NOW.isoformat(), "waiting_since": (NOW - timedelta(minutes=25)).isoformat(),
    }  # fmt: skip
    return given | changes


def test_a_notice_says_what_is_new_what_changed_and_how_long_nobody_acknowledged() -> None:
    assert notice(told(), "zh") == {"id": 5, "level": 3, "sounds": True, "words": "新告警组 天河区 道路积水 · 3 条"}
    changed = notice(told(kind="changed", new=1, graver=0, gone=2), "zh")
    assert (changed["sounds"], changed["words"]) == (True, "告警组有变 天河区 道路积水 · 3 条（新增 1，减少 2）")
    again = notice(told(kind="repeated", new=0), "zh")
    assert (again["sounds"], again["words"]) == (True, "重复 天河区 道路积水 · 3 条 · 已 25 分无人确认")
    assert "nobody has acknowledged for 25 min" in notice(told(kind="repeated", new=0), "en")["words"]


def test_what_somebody_knows_of_and_what_is_over_makes_no_sound() -> None:
    known = notice(told(kind="repeated", new=0, unacknowledged=0, waiting_since=None), "zh")
    assert (known["sounds"], known["words"]) == (False, "")
    over = notice(told(kind="over", count=0, new=0, gone=3, unacknowledged=0, waiting_since=None), "zh")
    assert (over["sounds"], over["words"]) == (False, "不再告警 天河区 道路积水")
    assert not notice(told(kind="changed", new=0, gone=1), "zh")["sounds"]
