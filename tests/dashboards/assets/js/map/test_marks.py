"""Marks of what happens: gravest first, a case with its alarm, and who is there in the words of a callout."""

import pytest

from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state

WATER = {"kind": "department", "code": "water"}


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    scripts.speak("zh")
    scripts.shapes()
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


def alarm(number: int = 1, level: int = 4, **changes: object) -> Told:
    told: Told = {
        "id": number, "rule_code": "waterlogging", "metric": "water_depth", "level": level, "lon": 113.4, "lat": 23.1,
        "region_code": "440106013", "device_code": "wl-1", "name_zh": "车陂南隧道", "value": 62.0,
        "since": "2026-11-23T03:57:00Z", "trend": "falling", "acknowledged": True, "case_number": None, "unit": None,
        "status": None, "overdue": False,
    }  # fmt: skip
    return told | changes


def case(number: int, **changes: object) -> Told:
    told: Told = {
        "id": number, "number": f"GZ{number}", "lon": 113.3, "lat": 23.1, "overdue": False, "severity": "urgent",
        "title": "倒树压车", "region_code": "440106013", "status": "filed", "unit": None,
    }  # fmt: skip
    return told | changes


def test_the_gravest_come_first_and_a_case_is_told_with_its_alarm(scripts: Scripts) -> None:
    state = told_state()
    state["alarms"]["places"] = [alarm(1, 4, case_number="GZ7"), alarm(2, 3), alarm(3, 1)]
    state["events"]["places"] = [case(7), case(8), case(9, overdue=True), case(10, severity="critical")]
    parts = "({ key, look, size, isGrave }) => [key, look, size, isGrave]"
    found = scripts.ask(f"state => cityops.marks.places(state).map({parts})", state)
    assert found == [
        ["alarm 1", "level-4", 20, True],
        ["case 9", "case is-overdue", 16, True],
        ["alarm 2", "level-3", 20, True],
        ["case 10", "case", 16, True],
        ["case 8", "case", 16, True],
        ["alarm 3", "level-1", 11, False],
    ]


def test_a_state_without_places_has_no_marks(scripts: Scripts) -> None:
    state = told_state()
    state["alarms"].pop("places", None)
    state["events"].pop("places", None)
    assert scripts.ask("state => cityops.marks.places(state)", state) == []


def words(scripts: Scripts, place: Told, lang: str = "zh", most: int = 360) -> Told:
    context = scripts.speak(lang)
    found: Told = scripts.ask("given => cityops.marks.words(...given)", [place, context, most])
    return found


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        (alarm(acknowledged=False), "未确认 3 分 ↓", "Unacknowledged 3 min ↓"),
        (alarm(unit=WATER, status="processing", case_number="x"), "市水务局 处置中 ↓", "Water Affairs In handling ↓"),
        (alarm(unit=WATER, overdue=True, trend="rising"), "市水务局 · 超期 ↑", "Water Affairs · overdue ↑"),
        (alarm(overdue=True, trend=None), "无人承办 · 超期", "Nobody on it · overdue"),
        (alarm(case_number="x", trend="steady"), "案件待派遣 →", "Case not dispatched →"),
        (alarm(trend=None), "尚无案件", "No case yet"),
        (case(3) | {"level": 0}, "案件待派遣", "Case not dispatched"),
        (case(3, unit=WATER, overdue=True) | {"level": 0}, "市水务局 · 超期", "Water Affairs · overdue"),
    ],
)
def test_a_callout_says_who_is_there_or_what_is_missing(scripts: Scripts, place: Told, zh: str, en: str) -> None:
    assert words(scripts, place)["under"] == zh
    assert words(scripts, place, "en")["under"] == en


def test_a_callout_has_place_figure_and_unit_and_leaves_out_words_never_letters(scripts: Scripts) -> None:
    told = words(scripts, alarm())
    assert [told[key] for key in ("title", "figure", "unit")] == ["车陂南隧道", "62", "cm"]
    assert words(scripts, alarm(name_zh="天河区" + "很长的名字" * 5))["title"] == "猎德街道"
    assert words(scripts, alarm(), "en")["title"] == "Tianhe wl-1"
    assert words(scripts, alarm(device_code="wl-" + "1" * 30), "en")["title"] == "Tianhe"
    assert words(scripts, alarm(metric=None, value=None))["figure"] == ""


def test_the_callout_of_a_case_says_what_it_is_and_how_urgent(scripts: Scripts) -> None:
    told = words(scripts, case(3, severity="critical") | {"level": 0})
    assert [told[key] for key in ("title", "figure", "unit")] == ["倒树压车", "特急", ""]
    told = words(scripts, case(3) | {"level": 0}, "en")
    assert [told[key] for key in ("title", "figure")] == ["Tianhe GZ3", "Urgent"]


def test_a_digit_more_leaves_a_callout_as_wide(scripts: Scripts) -> None:
    assert words(scripts, alarm(value=9))["width"] == words(scripts, alarm(value=62))["width"]


def test_a_mark_is_framed_while_one_of_its_alarms_is_not_acknowledged_and_says_all_of_them(scripts: Scripts) -> None:
    context = scripts.speak("zh")
    placed = {"size": 20, "look": "level-4", "at": [50, 50], "x": 20, "y": 20}
    members = [alarm(1) | {"key": "alarm 1"}, alarm(2, acknowledged=False) | {"key": "alarm 2"}]
    scripts.draw(
        "cityops.render('mark', cityops.part('svg', null, cityops.marks.mark(...given)));",
        [placed, members, context],
        ids=["mark"],
    )
    assert scripts.texts(".mark-count") == ["2"]
    assert len(scripts.texts(".mark-frame")) == 1
    assert len(scripts.texts(".mark-tether")) == 1, "it does not stand at its place"
    assert scripts.texts(".map-mark title") == [
        "红 · 车陂南隧道 · 62 cm · 尚无案件 ↓\n红 · 车陂南隧道 · 62 cm · 未确认 3 分 ↓"
    ]
