"""Warnings: counts by level, what is out, the gravest devices by a name with their place, and why there are none."""

from datetime import timedelta
from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

IDS = ["warning-counts", "alarm-counts", "warning-list", "health-counts", "health-list", "health-line"]
NONE = {"blue": 0, "yellow": 0, "orange": 0, "red": 0, "worst": []}


def ago(**passed: int) -> str:
    return (NOON - timedelta(**passed)).isoformat()


def device(number: int = 1, **changes: Any) -> Told:
    told: Told = {
        "device_code": f"WL-{number}",
        "device_name_zh": "猎德街道积水点1号",
        "kind_en": "Waterlogging gauge",
    }
    told |= {"region_code": "440106013", "metric": "water_depth", "value": 43.0, "warning": 4}
    return told | {"since": ago(minutes=7), "since_known": True} | changes


def drawn(scripts: Scripts, lang: str = "zh", **changes: Any) -> None:
    """Draw a state of which parts are given."""
    context = scripts.speak(lang, streets=changes.pop("streets", None))
    state = told_state() | {"outages": [], "warnings": NONE, "device_health": NONE} | changes
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    scripts.draw(
        "cityops.warnings.list(...given); cityops.panels.device_health.draw(given[0], null, given[1]);",
        [state, context],
        ids=IDS,
    )


@pytest.mark.parametrize(("lang", "words"), [("zh", "红1橙0黄1,700蓝2"), ("en", "Red1Orange0Yellow1,700Blue2")])
def test_the_counts_go_from_the_gravest_down_with_none_left_out(scripts: Scripts, lang: str, words: str) -> None:
    drawn(scripts, lang, warnings=NONE | {"blue": 2, "yellow": 1700, "red": 1})
    assert scripts.texts("#warning-counts") == [words]


OPEN = {"red": 1, "orange": 0, "yellow": 1700, "blue": 2, "unacknowledged": 3, "regions": []}


@pytest.mark.parametrize(
    ("lang", "words", "unseen"),
    [
        ("zh", ["未解除告警", "红红1", "橙橙0", "黄黄1,700", "蓝蓝2"], "未确认 3"),
        ("en", ["Alarms", "RedR1", "OrangeO0", "YellowY1,700", "BlueB2"], "3 unacknowledged"),
    ],
)
def test_open_alarms_are_counted_by_level_with_those_that_nobody_has_acknowledged(
    scripts: Scripts, lang: str, words: list[str], unseen: str
) -> None:
    drawn(scripts, lang, alarms=OPEN)
    assert scripts.texts("#alarm-counts > *") == [*words, unseen]


def test_a_level_without_alarms_is_seen_and_has_no_colour(scripts: Scripts) -> None:
    drawn(scripts, alarms=OPEN | {"unacknowledged": 0})
    look = "one.classList.contains('is-none')"
    assert scripts.every(".alarm-count", look) == [False, True, False, False]
    assert scripts.every(".alarm-mark", look) == [False, True, False, False]
    assert scripts.every(".alarm-unseen", look) == [True]


def test_a_warning_says_which_device_what_it_measures_since_when_and_how_much(scripts: Scripts) -> None:
    drawn(scripts, warnings=NONE | {"red": 1, "worst": [device()]})
    assert scripts.texts("#warning-list .badge") == ["红"]
    assert scripts.texts(".warning-name") == ["天河区 猎德街道积水点1号"]
    assert scripts.texts(".warning-meta") == ["积水深度 · 11:53 起"]
    assert scripts.texts(".warning-value") == ["43 cm"]
    assert scripts.texts(".warning-figures .age") == ["已持续 7 分钟"]


def test_a_warning_whose_begin_is_not_known_says_so_twice(scripts: Scripts) -> None:
    worst = [device(since=ago(days=2, hours=13), since_known=False)]
    drawn(scripts, "en", warnings=NONE | {"red": 1, "worst": worst})
    assert scripts.texts(".warning-meta") == ["Waterlogging depth · since before 11-20 23:00"]
    assert scripts.texts(".warning-figures .age") == ["for over 2 d"]


@pytest.mark.parametrize(
    ("lang", "streets", "named", "called"),
    [
        ("zh", None, "猎德街道积水点1号", "天河区 猎德街道积水点1号"),
        ("zh", None, "天河区积水点1号", "天河区积水点1号"),
        ("zh", {"440106013": "猎德街道"}, "猎德街道积水点1号", "猎德街道积水点1号"),
        ("zh", {"440106013": "猎德街道"}, "<b>1号</b>", "猎德街道 <b>1号</b>"),
        ("en", None, "猎德街道积水点1号", "Tianhe · Waterlogging gauge WL-1"),
        ("en", {"440106013": "Liede"}, "猎德街道积水点1号", "Liede · Waterlogging gauge WL-1"),
    ],
)
def test_a_device_is_called_with_its_place_once(
    scripts: Scripts, lang: str, streets: Told | None, named: str, called: str
) -> None:
    drawn(scripts, lang, streets=streets, warnings=NONE | {"worst": [device(device_name_zh=named)]})
    assert scripts.texts(".warning-name") == [called]


def outage(number: int = 1, **changes: Any) -> Told:
    told = {"region_code": f"44010{number}", "source": "water-logging", "kind": None, "devices": 1430, "silent": 1412}
    told |= {
        "region_zh": "天河区",
        "region_en": "Tianhe",
        "name_zh": "内涝监测系统",
        "name_en": "Waterlogging monitor",
    }
    return told | {"since": ago(minutes=25)} | changes


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ["失联", "天河区 内涝监测系统", "11:35 起", "1,412/1,430", "已持续 25 分钟"]),
        ("en", ["silent", "Tianhe Waterlogging monitor", "since 11:35", "1,412/1,430", "for 25 min"]),
    ],
)
def test_many_silent_devices_are_one_row_with_their_number(scripts: Scripts, lang: str, said: list[str]) -> None:
    drawn(scripts, lang, outages=[outage()])
    parts = (".outage-mark", ".warning-name", ".warning-meta", ".warning-value", ".age")
    assert [scripts.texts(f".outage {part}") for part in parts] == [[one] for one in said]


@pytest.mark.parametrize(("place", "called"), [(None, "内涝监测系统"), ("", "内涝监测系统")])
def test_an_outage_without_a_region_of_its_own_is_called_by_what_is_out(
    scripts: Scripts, place: str | None, called: str
) -> None:
    drawn(scripts, outages=[outage(region_zh=place)])
    assert scripts.texts(".outage .warning-name") == [called]


@pytest.mark.parametrize(("out", "rows"), [(0, (0, 6)), (1, (1, 5)), (3, (3, 3)), (9, (3, 3))])
def test_what_is_out_stands_first_and_leaves_room_for_the_gravest(
    scripts: Scripts, out: int, rows: tuple[int, int]
) -> None:
    worst = [device(number, value=number) for number in range(8)]
    drawn(scripts, outages=[outage(number) for number in range(out)], warnings=NONE | {"red": 8, "worst": worst})
    marked = scripts.every("#warning-list .warning", "one.classList.contains('outage')")
    assert marked == [True] * rows[0] + [False] * rows[1]
    assert scripts.texts("#warning-list .warning:not(.outage) .warning-value")[0] == "0 cm"


@pytest.mark.parametrize(
    ("detail", "counted", "zh", "en"),
    [
        (True, 0, "当前没有设备达到预警值", "No device has reached a warning threshold"),
        (True, 3, "预警设备的名单暂未列出", "The devices behind these counts are not listed yet"),
        (
            False,
            3,
            "仅显示汇总：具体案件和设备不在您的管辖范围内",
            "Sums only: single cases and devices lie outside your area",
        ),
    ],
)
def test_an_empty_list_says_why_it_is_empty(scripts: Scripts, detail: bool, counted: int, zh: str, en: str) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, detail=detail, warnings=NONE | {"blue": counted})
        assert scripts.texts("#warning-list") == [said]


def test_the_devices_own_health_is_a_line_where_something_ails_and_a_list_of_six(scripts: Scripts) -> None:
    worst = [device(number, metric="battery_voltage", value=2.94) for number in range(7)]
    drawn(scripts, device_health=NONE | {"orange": 7, "worst": worst})
    assert scripts.texts("#health-line") == ["设备自身（电池等）红0橙7黄0蓝0"]
    assert scripts.texts("#health-list .warning-value") == ["2.94 V"] * 6
    drawn(scripts)
    assert (scripts.texts("#health-line"), scripts.texts("#health-list")) == ([""], ["没有设备报告自身异常"])
    drawn(scripts, detail=False)
    assert scripts.texts("#health-list") == ["仅显示汇总：具体案件和设备不在您的管辖范围内"]
