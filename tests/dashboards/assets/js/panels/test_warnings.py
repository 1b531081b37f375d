"""Alarms: counts by level, what is out, the gravest groups and who has them in hand; devices that ail by name."""

from datetime import timedelta
from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

IDS = ["alarm-total", "alarm-counts", "warning-list", "warning-rest", "health-counts", "health-list", "health-line"]
NONE = {"blue": 0, "yellow": 0, "orange": 0, "red": 0, "worst": []}
OPEN = {"red": 1, "orange": 0, "yellow": 1700, "blue": 2, "unacknowledged": 3, "regions": []}
OPEN |= {"groups": [], "groups_open": 0}
CALM = OPEN | {"red": 0, "yellow": 0, "blue": 0, "unacknowledged": 0}


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


def drawn(scripts: Scripts, lang: str = "zh", /, **changes: Any) -> None:
    """Draw a state of which parts are given."""
    of_page = ("streets", "filters", "headlines", "trends", "choices", "numbers")
    context = scripts.speak(lang, **{name: changes.pop(name) for name in of_page if name in changes})
    state = told_state() | {"outages": [], "warnings": NONE, "device_health": NONE, "alarms": CALM} | changes
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    scripts.draw(
        "cityops.warnings.list(...given); cityops.panels.device_health.draw(given[0], null, given[1]);",
        [state, context],
        ids=IDS,
    )


@pytest.mark.parametrize(("lang", "words"), [("zh", "1,703 条 4 组"), ("en", "1,703 in 4 groups")])
def test_all_of_them_are_counted_as_at_the_desk(scripts: Scripts, lang: str, words: str) -> None:
    drawn(scripts, lang, alarms=OPEN | {"groups_open": 4})
    assert scripts.texts("#alarm-total") == [words]


@pytest.mark.parametrize(
    ("lang", "words", "unseen"),
    [
        ("zh", ["红红1", "橙橙0", "黄黄1,700", "蓝蓝2"], "未确认 3"),
        ("en", ["RedR1", "OrangeO0", "YellowY1,700", "BlueB2"], "3 unacknowledged"),
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


def test_a_device_that_ails_says_which_it_is_what_it_measures_since_when_and_how_much(scripts: Scripts) -> None:
    drawn(scripts, device_health=NONE | {"red": 1, "worst": [device()]})
    assert scripts.texts("#health-list .badge") == ["红"]
    assert scripts.texts(".warning-name") == ["天河区 猎德街道积水点1号"]
    assert scripts.texts(".warning-meta") == ["积水深度 · 11:53 起"]
    assert scripts.texts(".warning-value") == ["43 cm"]
    assert scripts.texts(".warning-figures .age") == ["已持续 7 分钟"]


def test_what_ails_whose_begin_is_not_known_says_so_twice(scripts: Scripts) -> None:
    worst = [device(since=ago(days=2, hours=13), since_known=False)]
    drawn(scripts, "en", device_health=NONE | {"red": 1, "worst": worst})
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
    drawn(scripts, lang, streets=streets, device_health=NONE | {"worst": [device(device_name_zh=named)]})
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


def group(number: int = 1, **changes: Any) -> Told:
    told: Told = {"rule_code": f"depth{number}", "name_zh": "道路积水", "name_en": "Ponding", "metric": "water_depth"}
    told |= {"region_code": "440106", "level": 4, "count": 3, "value": 62.0, "onset": ago(minutes=111)}
    told |= {"unacknowledged": 0, "unacknowledged_since": None, "acknowledged_by": "wang"}
    return told | {"cases": 0, "case_number": None} | changes


UNSEEN = {"unacknowledged": 3, "unacknowledged_since": ago(minutes=3), "acknowledged_by": None}


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        (
            {},
            ["天河 道路积水 3 处", "62 cm", "10:09 起 1 时 51 分 · wang 已确认"],
            ["Tianhe Ponding 3 places", "62 cm", "since 10:09 1 h 51 min · acknowledged by wang"],
        ),
        (
            UNSEEN | {"count": 1, "unacknowledged": 1},
            ["天河 道路积水", "62 cm", "未确认 3 分 · 10:09 起"],
            ["Tianhe Ponding", "62 cm", "unacknowledged 3 min · since 10:09"],
        ),
        (
            UNSEEN | {"unacknowledged": 2, "cases": 1, "case_number": "20261123-4QK7ZD", "acknowledged_by": "wang"},
            ["天河 道路积水 3 处", "62 cm", "2 处未确认 3 分 · 10:09 起 · 在办 1"],
            ["Tianhe Ponding 3 places", "62 cm", "2 unacknowledged 3 min · since 10:09 · 1 case"],
        ),
        (
            {"cases": 12, "case_number": "20261123-4QK7ZD", "value": None, "name_zh": None, "name_en": None}
            | {"onset": ago(hours=30)},
            ["天河 depth1 3 处", "", "已 30 时 0 分 · 在办 12"],
            ["Tianhe depth1 3 places", "", "for 30 h 0 min · 12 cases"],
        ),
    ],
)
def test_a_group_says_what_where_how_bad_since_when_and_who_has_it_in_hand(
    scripts: Scripts, changes: Told, zh: list[str], en: list[str]
) -> None:
    parts = (".warning-name", ".warning-value", ".warning-meta")
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, alarms=OPEN | {"groups": [group(**changes)]})
        assert [scripts.texts(f"#warning-list {part}") for part in parts] == [[one] for one in said]


def test_a_group_that_nobody_knows_of_looks_so_and_one_of_one_street_is_called_by_it(scripts: Scripts) -> None:
    groups = [group(1, **UNSEEN), group(2, region_code="440106013")]
    drawn(scripts, streets={"440106013": "猎德街道"}, alarms=OPEN | {"groups": groups})
    assert scripts.every(".alarm-group", "one.classList.contains('is-unseen')") == [True, False]
    assert scripts.texts(".warning-name") == ["天河 道路积水 3 处", "猎德街道 道路积水 3 处"]


def test_groups_stand_by_level_then_what_nobody_knows_of_then_by_onset_with_the_way_they_go(scripts: Scripts) -> None:
    groups = [
        group(1, level=3),
        group(2, level=4, onset=ago(minutes=5)),
        group(3, level=4),
        group(4, level=4, **UNSEEN),
    ]
    place = {"rule_code": "depth3", "region_code": "440106013", "value": 62.0, "trend": "falling"}
    drawn(scripts, alarms=OPEN | {"groups": groups, "places": [place | {"value": 3.0, "trend": "rising"}, place]})
    levels = scripts.every(".alarm-group .alarm-mark", "one.getAttribute('class').trim()")
    assert levels == [f"alarm-mark level-{level}" for level in (4, 4, 4, 3)]
    assert scripts.texts(".warning-goes") == ["", "下降 ↓", "", ""]
    assert scripts.texts(".alarm-waits") == ["未确认 3 分"]


@pytest.mark.parametrize(("groups", "said"), [(1, ""), (6, ""), (8, "另 2 组 15 条"), (12, "另 6 组 57 条")])
def test_what_is_shown_and_what_is_left_out_are_all_alarms(scripts: Scripts, groups: int, said: str) -> None:
    told = [group(number, count=number) for number in range(1, groups + 1)]
    open_ = CALM | {"red": sum(one["count"] for one in told) - 1, "blue": 1}
    drawn(scripts, alarms=open_ | {"groups": told[:8], "groups_open": groups})
    assert scripts.texts("#warning-rest") == [said]


@pytest.mark.parametrize(("out", "rows"), [(0, (0, 6)), (1, (1, 5)), (2, (2, 4)), (9, (2, 4))])
def test_what_is_out_stands_first_and_leaves_room_for_the_gravest(
    scripts: Scripts, out: int, rows: tuple[int, int]
) -> None:
    groups = [group(number, value=number) for number in range(8)]
    drawn(scripts, outages=[outage(number) for number in range(out)], alarms=OPEN | {"groups": groups})
    marked = scripts.every("#warning-list .warning", "one.classList.contains('outage')")
    assert marked == [True] * rows[0] + [False] * rows[1]
    assert scripts.texts("#warning-list .warning:not(.outage) .warning-value")[0] == "0 cm"


MATTER = {"alarms": {"classes": ["flood"], "levels": [4, 3], "regions": None}, "cases": None}


def test_a_scene_of_one_matter_shows_its_own_and_counts_the_others(scripts: Scripts) -> None:
    """Groups that are counted and not told, as beyond the twentieth, are counted in the matter too."""
    own, others = group(1, count=3), group(2, count=5, rule_code="pm25")
    told = [own | {"alarm_class": "flood", "level": 4}, others | {"alarm_class": "air", "level": 4}]
    tally = {"alarm_class": "flood", "region_code": "440105", "level": 3, "count": 2}
    low = tally | {"level": 1, "count": 9}
    open_ = CALM | {
        "red": 8,
        "orange": 2,
        "blue": 9,
        "groups": told,
        "groups_open": 4,
        "tallies": [*told, tally, low],
    }
    drawn(scripts, alarms=open_, outages=[outage(1)], filters=MATTER)
    assert scripts.texts("#alarm-total") == ["5 条 2 组"]
    assert scripts.every("#warning-list .alarm-group", "one.dataset.count") == ["3"]
    assert scripts.texts("#warning-rest") == ["另 1 组 2 条；另有 14 条其他告警"]
    drawn(scripts, "en", alarms=open_ | {"tallies": [low], "groups": []}, filters=MATTER)
    assert (scripts.texts("#warning-list"), scripts.texts("#warning-rest")) == (
        ["No open alarms of this matter"],
        ["19 alarms of other matters"],
    )
    drawn(scripts, alarms=open_ | {"groups": [], "tallies": []}, detail=False, filters=MATTER)
    assert (scripts.texts("#alarm-total"), scripts.texts("#warning-rest")) == (["19 条 4 组"], [""])


@pytest.mark.parametrize("classes", [["flood"], ["health"]])
def test_what_is_out_belongs_to_the_scene_that_its_source_feeds(scripts: Scripts, classes: list[str]) -> None:
    fed: Told = {
        "headlines": ["pm25"],
        "trends": [],
        "choices": [],
        "numbers": {"metric:pm25": {"sources": ["eco-air"]}},
    }
    out = [outage(1) | {"source": "eco-air"}, outage(2) | {"source": "met-rain"}]
    told = {"alarms": {"classes": classes, "levels": None, "regions": None}}
    drawn(scripts, outages=out, alarms=CALM | {"tallies": []}, filters=told, **fed)
    assert len(scripts.texts(".outage")) == (1 if classes == ["flood"] else 2)


@pytest.mark.parametrize(
    ("detail", "zh", "en"),
    [
        (True, "当前没有未解除的告警", "No alarm is open"),
        (
            False,
            "仅显示汇总：具体案件和设备不在您的管辖范围内",
            "Sums only: single cases and devices lie outside your area",
        ),
    ],
)
def test_an_empty_list_says_why_it_is_empty(scripts: Scripts, detail: bool, zh: str, en: str) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, detail=detail, alarms=CALM if detail else OPEN)
        assert (scripts.texts("#warning-list"), scripts.texts("#warning-rest")) == ([said], [""])


def test_the_devices_own_health_is_a_line_where_something_ails_and_a_list_of_six(scripts: Scripts) -> None:
    worst = [device(number, metric="battery_voltage", value=2.94) for number in range(7)]
    drawn(scripts, device_health=NONE | {"orange": 7, "worst": worst})
    assert scripts.texts("#health-line") == ["设备自身（电池等）红0橙7黄0蓝0"]
    assert scripts.texts("#health-list .warning-value") == ["2.94 V"] * 6
    drawn(scripts)
    assert (scripts.texts("#health-line"), scripts.texts("#health-list")) == ([""], ["没有设备报告自身异常"])
    drawn(scripts, detail=False)
    assert scripts.texts("#health-list") == ["仅显示汇总：具体案件和设备不在您的管辖范围内"]
