"""The strip's sentence: what is wrong, where, how bad, which way it goes, who is there; calm is said in words too."""

from datetime import timedelta
from typing import Any

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

NONE: Told = dict.fromkeys(("red", "orange", "yellow", "blue", "unacknowledged", "groups_open"), 0)
NONE |= {"groups": [], "regions": []}


def ago(minutes: int) -> str:
    return (NOON - timedelta(minutes=minutes)).isoformat()


def drawn(scripts: Scripts, lang: str = "zh", **changes: Any) -> None:
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())
    scripts.speak(lang)
    state = told_state() | {"outages": []} | changes
    script = "cityops.situation.halt(null); cityops.situation.draw(given);"
    scripts.draw(script, state, ids=["situation"])


def standing(**changes: Any) -> Told:
    worst = {"alarm_id": 1, "device_code": "WL-1", "name_zh": "车陂南隧道", "region_code": "440106013", "value": 62.0}
    told: Told = {
        "level": 4,
        "rule_code": "water_depth",
        "name_zh": "道路积水",
        "name_en": "Road under water",
        "metric": "water_depth",
        "threshold": 40,
        "direction": "high",
        "regions": ["440106", "440105"],
        "places": 3,
        "worst": worst | {"since": ago(111), "trend": "falling"},
        "cases": 57,
        "overdue": 7,
        "unacknowledged": 0,
        "unacknowledged_since": None,
        "handling": [{"unit": {"kind": "department", "code": "water"}, "status": "processing", "count": 8}],
    }
    return told | changes


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (26, "最高 车陂南隧道 62 cm，已 26 分无数据，告警 1 时 51 分，市水务局 处置中"),
        (0, "最高 车陂南隧道 62 cm，下降中，已 1 时 51 分，市水务局 处置中"),
    ],
)
def test_the_last_value_of_a_gauge_that_is_silent_says_how_old_it_is(
    scripts: Scripts, minutes: int, told: str
) -> None:
    worst = standing()["worst"] | {"as_of": ago(minutes)}
    drawn(scripts, situation=standing(worst=worst))
    assert scripts.texts(".sit-more") == [told]


SAID = ".sit-sentence", ".sit-more"


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        (
            {},
            ("天河、海珠 3 处道路积水超 40 cm", "最高 车陂南隧道 62 cm，下降中，已 1 时 51 分，市水务局 处置中"),
            (
                "Tianhe, Haizhu: Road under water over 40 cm in 3 places",
                "worst Tianhe 62 cm, falling, for 1 h 51 min, Water Affairs: In handling",
            ),
        ),
        (
            {"regions": ["440106", "440105", "440104", "440112", "440111"], "places": 1200, "worst": None}
            | {"cases": 0, "unacknowledged": 2, "unacknowledged_since": ago(3), "handling": []},
            ("天河、海珠等 5 区 1,200 处道路积水超 40 cm", "未确认 2 条 3 分，尚无案件"),
            (
                "Tianhe, Haizhu, 5 districts in all: Road under water over 40 cm in 1,200 places",
                "2 unacknowledged 3 min, no case yet",
            ),
        ),
        (
            {"regions": ["440117"], "places": 1, "name_zh": "PM2.5 超标", "name_en": "PM2.5", "metric": "pm25"}
            | {"threshold": 250, "worst": None, "handling": None, "cases": 2},
            ("从化 1 处 PM2.5 超标，达 250 µg/m³", "在办 2"),
            ("Conghua: PM2.5 over 250 µg/m³ in 1 place", "2 cases"),
        ),
        (
            {"regions": ["440106"], "metric": "cover_clearance", "threshold": 0.1, "direction": "low", "places": 2}
            | {"worst": None, "name_zh": "井下水位", "name_en": "Water close below a cover"},
            ("天河 2 处井下水位，不足 0.1 m", "市水务局 处置中"),
            ("Tianhe: Water close below a cover below 0.1 m in 2 places", "Water Affairs: In handling"),
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_sentence_by_rule(
    scripts: Scripts, changes: Told, zh: tuple[str, str], en: tuple[str, str]
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, situation=standing(**changes))
        assert tuple(scripts.texts(part)[0] for part in SAID) == said
        assert scripts.every("#situation", "one.className") == ["situation is-red"]


def group(level: int, region: str, count: int, **changes: Any) -> Told:
    told: Told = {
        "rule_code": "water_depth",
        "name_zh": "道路积水",
        "name_en": "Road under water",
        "metric": "water_depth",
    }
    told |= {"region_code": region, "level": level, "count": count, "value": 31.0, "onset": ago(9), "cases": 0}
    return told | {"unacknowledged": 0, "unacknowledged_since": None} | changes


def test_without_a_situation_the_gravest_groups_tell_it_and_no_threshold_is_made_up(scripts: Scripts) -> None:
    groups = [
        group(3, "440106013", 4, unacknowledged=1, unacknowledged_since=ago(3)),
        group(3, "440105", 2),
        group(2, "440104", 9),
    ]
    drawn(scripts, alarms=NONE | {"orange": 3, "yellow": 12, "unacknowledged": 1, "groups": groups})
    assert [scripts.texts(part)[0] for part in SAID] == [
        "天河、海珠 6 处道路积水",
        "最高 天河 31 cm，已 9 分，未确认 1 条 3 分，尚无案件",
    ]
    assert scripts.every("#situation", "one.className") == ["situation is-orange"]


def test_who_sees_sums_alone_is_told_how_many_and_where(scripts: Scripts) -> None:
    regions = [{"code": "440106", "open": 2, "worst": 4}, {"code": "440105", "open": 2, "worst": 3}]
    drawn(scripts, alarms=NONE | {"red": 2, "unacknowledged": 0, "regions": regions}, detail=False)
    assert scripts.texts(".sit-sentence") == ["天河 2 条红色告警"]


@pytest.mark.parametrize(
    ("alarms", "overdue", "zh"),
    [
        ({}, 0, "没有未解除的告警；无超期案件；1 个数据源不及时"),
        ({"yellow": 1, "blue": 4}, 2, "5 条黄、蓝告警均已确认；超期案件 2 件；1 个数据源不及时"),
        ({"blue": 4, "unacknowledged": 3}, 0, "4 条黄、蓝告警，3 条未确认；无超期案件；1 个数据源不及时"),
    ],
)
def test_calm_is_said_without_a_block_and_with_what_is_in_hand(
    scripts: Scripts, alarms: Told, overdue: int, zh: str
) -> None:
    events = told_state()["events"]
    events["counts"]["overdue"] = overdue
    drawn(scripts, situation=None, alarms=NONE | alarms, events=events)
    assert [scripts.texts(part) for part in (*SAID, ".sit-level")] == [["无红、橙告警"], [zh], []]
    none = [not alarms.get(name) for name in ("red", "orange", "yellow", "blue")]
    assert scripts.every(".alarm-count", "one.classList.contains('is-none')") == none


def test_a_picture_that_has_stopped_says_since_when_and_what_to_use_and_its_age_goes_on(scripts: Scripts) -> None:
    drawn(scripts, situation=standing())
    scripts.ask("ReactDOM.flushSync(() => cityops.situation.halt('接口失联', null))")
    assert scripts.every("#situation", "one.className") == ["situation is-halted"]
    assert scripts.texts(".sit-sentence") == ["停在 11:59:58，已 2 秒"]
    scripts.passes(60_000)
    assert scripts.texts(".sit-sentence") == ["停在 11:59:58，已 1 分"]
    assert [scripts.texts(one)[0] for one in (".sit-more", ".sit-instead")] == ["接口失联", "电话、对讲"]
    assert scripts.every(".sit-more", "one.getAttribute('role')") == ["alert"]
    scripts.ask("ReactDOM.flushSync(() => cityops.situation.halt('已失效', 'session'))")
    assert scripts.texts(".sit-more a") == ["重新登录"]
    scripts.ask("ReactDOM.flushSync(() => cityops.situation.halt(null))")
    assert scripts.every("#situation", "one.className") == ["situation is-red"]
