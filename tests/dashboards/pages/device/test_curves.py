"""What a device measured: each metric with its own rules, those in alarm first, and what came of what was owed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityops import reference
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.pages.device.curves import cards, coverage, in_force, limits, of_silence, within_reach

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DEVICE = {
    "code": "WL-1",
    "kind": "waterlogging",
    "source": "water-logging",
    "region_code": "440106013",
    "expected_interval_s": 60,
}
SHIPPED: list[dict[str, Any]] = [{"version": 3, "definition": row} for row in reference.rows("alarm_rules")]


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def curves(**values: float) -> dict[str, Any]:
    """Return curves of the API, each of one reading."""
    items = [
        {
            "metric": metric,
            "n": 3,
            "newest": {"ts": ago(1), "value": value},
            "points": [{"ts": ago(3), "value": 1.0}, {"ts": ago(2), "value": 2.0}, {"ts": ago(1), "value": value}],
        }
        for metric, value in values.items()
    ]
    return {"start": ago(1440), "end": ago(0), "piece_s": 360, "expected": 4, "items": items}


def alarm(metric: str, *, gone: float | None = None) -> dict[str, Any]:
    return {
        "metric": metric,
        "level": 4,
        "worst_level": 4,
        "onset": ago(60),
        "gone_at": gone and ago(gone),
        "cleared_at": gone and ago(gone),
    }


def test_a_metric_has_the_rules_that_are_about_it_in_this_device() -> None:
    rules = in_force([*SHIPPED, elsewhere()], DEVICE)
    [card] = cards(curves(water_depth=62.4), DEVICE, rules, [], NOW, "zh")
    assert [words.split("，")[0] for words in card.rules] == [
        "规则 道路积水 第 3 版：蓝 5 黄 15 橙 27 红 40 cm",
        "规则 积水快速上涨 第 3 版：10 分内上升 黄 5 橙 10 红 15 cm",
    ]
    assert card.drawing is not None
    assert [one[:2] for one in card.drawing.thresholds] == [("red", 40), ("orange", 27), ("yellow", 15), ("blue", 5)]
    assert (card.value, card.unit, card.coverage) == ("62", "cm", "到报 75%（3/4）")
    assert of_silence(rules, "en") == [
        "rule Device silent, version 3: intervals without data Blue 6 Yellow 60 Orange 1440"
    ]


def elsewhere() -> dict[str, Any]:
    row = next(one for one in reference.rows("alarm_rules") if one["code"] == "water_depth")
    return {"version": 1, "definition": row | {"code": "elsewhere", "limits_of": "", "regions": "440105"}}


def test_limits_far_off_are_not_drawn() -> None:
    rises = {WarningLevel.BLUE: 5.0, WarningLevel.YELLOW: 15.0, WarningLevel.ORANGE: 27.0}
    assert [*within_reach(rises, [1, 4])] == [WarningLevel.BLUE]
    assert [*within_reach(rises, [1, 5])] == [WarningLevel.BLUE, WarningLevel.YELLOW]
    assert [*within_reach(rises, [99])] == [*rises]
    falls = {WarningLevel.BLUE: 25.0, WarningLevel.YELLOW: 20.0, WarningLevel.RED: 10.0}
    assert [*within_reach(falls, [30, 22])] == [WarningLevel.BLUE, WarningLevel.YELLOW]
    assert within_reach({}, [1]) == {}


def test_of_several_rules_the_limit_that_is_reached_first_is_drawn() -> None:
    depth = next(one["definition"] for one in SHIPPED if one["definition"]["code"] == "water_depth")
    strict = {"version": 1, "definition": depth | {"code": "strict", "limits_of": "", "red": "30"}}
    rules = [one for one in in_force([*SHIPPED, strict], DEVICE) if one.metric == "water_depth"]
    assert limits(rules)[WarningLevel.RED] == 30


def test_what_is_in_alarm_comes_first_with_the_time_of_its_alarms() -> None:
    told = curves(battery_voltage=3.4, water_depth=12.0)
    found = cards(told, DEVICE, [], [alarm("water_depth"), alarm("battery_voltage", gone=30)], NOW, "en")
    assert [one.code for one in found] == ["water_depth", "battery_voltage"]
    [stands], [stood] = (one.spells for one in found)
    assert (stands.begins, stood.begins) == (True, True)
    assert stands.left == stood.left
    assert stands.right > stood.right
    drawing = found[1].drawing
    assert drawing is not None
    assert drawing.floor[0] == pytest.approx(1.0, abs=0.3), "what lies below the usual span is in the drawing"


def test_without_a_reading_there_is_no_curve() -> None:
    told = curves(water_depth=1.0)
    told["items"][0] |= {"n": 0, "newest": None, "points": []}
    [card] = cards(told, DEVICE, [], [], NOW, "zh")
    assert (card.drawing, card.newest_ts, card.value, card.coverage) == (None, None, "", "到报 0%（0/4）")


@pytest.mark.parametrize(
    ("n", "expected", "said"),
    [
        (1439, 1440, "99% came (1,439/1,440)"),
        (1500, 1440, "100% came (1,500/1,440)"),
        (2, 0, "2 readings, none owed yet"),
        (1, 0, "1 reading, none owed yet"),
    ],
)
def test_not_quite_all_are_not_all(n: int, expected: int, said: str) -> None:
    assert coverage(n, expected, "en") == said
