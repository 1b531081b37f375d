"""Events: the four steps of the closed loop, and the newest cases as text, in the page's language."""

from typing import Any

import pytest

from fixtures.scripts import Scripts, Told, told_state

IDS = ["events-today", "event-strip", "event-list"]


def case(number: int = 1, **changes: Any) -> Told:
    told = {"id": number, "title": "下穿隧道积水", "class_code": "road_ponding", "severity": "normal"}
    told |= {"stage": "handling", "region_code": "440106013", "source": "hotline-12345"}
    return told | {"occurred_at": "2026-11-23T03:59:00Z"} | changes


def drawn(scripts: Scripts, lang: str = "zh", newest: list[Told] | None = None, **changes: Any) -> None:
    context = scripts.speak(lang, **changes)
    state = told_state() | {"detail": changes.get("detail", True)}
    state["events"]["newest"] = newest or []
    state["events"]["counts"] |= changes.get("counts", {})
    scripts.draw("cityops.events.list(...given);", [state, context], ids=IDS)


@pytest.mark.parametrize(
    ("lang", "names", "today"),
    [
        ("zh", ["发现", "派单", "处置", "今日办结"], "今日上报 1,742 件"),
        ("en", ["Found", "Assigned", "Handling", "Closed today"], "1,742 reported today"),
    ],
)
def test_the_loop_has_its_four_steps_in_order_also_where_one_is_empty(
    scripts: Scripts, lang: str, names: list[str], today: str
) -> None:
    drawn(
        scripts,
        lang,
        counts={"found": 0, "dispatched": 83, "handling": 1189, "closed_today": 655, "reported_today": 1742},
    )
    assert scripts.texts(".step-name") == names
    assert scripts.texts(".step-count") == ["0", "83", "1,189", "655"]
    assert scripts.texts("#events-today > *") == [today, "41 s ago" if lang == "en" else "41 秒前"]


@pytest.mark.parametrize(
    ("lang", "meta", "stage"),
    [
        ("zh", "11:59 · 天河区 · 道路积水 · 12345热线工单系统", "处置"),
        ("en", "11:59 · Tianhe · Road waterlogging · 12345 hotline orders", "Handling"),
    ],
)
def test_a_case_says_when_where_what_and_from_whom(scripts: Scripts, lang: str, meta: str, stage: str) -> None:
    drawn(scripts, lang, [case()])
    assert (scripts.texts(".event-meta"), scripts.texts(".stage")) == ([meta], [stage])


def test_what_people_have_written_is_text_and_no_markup(scripts: Scripts) -> None:
    title = "<img src=x onerror=alert(1)>'\"&amp;"
    drawn(scripts, newest=[case(title=title)])
    assert scripts.texts(".event-title") == [title]
    assert scripts.every(".event-title", "one.title") == [title]
    assert scripts.every("#event-list img", "one.src") == []


@pytest.mark.parametrize(
    ("severity", "zh", "en"),
    [("normal", [], []), ("urgent", ["急"], ["Urgent"]), ("critical", ["特急"], ["Critical"])],
)
def test_only_what_is_urgent_is_marked(scripts: Scripts, severity: str, zh: list[str], en: list[str]) -> None:
    for lang, words in (("zh", zh), ("en", en)):
        drawn(scripts, lang, [case(severity=severity)])
        assert scripts.texts(".severity") == words


@pytest.mark.parametrize(("cases", "rows"), [(1, 1), (7, 7), (8, 7)])
def test_the_newest_seven_are_shown(scripts: Scripts, cases: int, rows: int) -> None:
    drawn(scripts, newest=[case(number, title=f"第{number}件") for number in range(cases)])
    assert scripts.texts(".event-title") == [f"第{number}件" for number in range(rows)]


@pytest.mark.parametrize(
    ("hidden", "zh", "en"),
    [
        (None, "还没有事件", "No events yet"),
        (
            "detail.area",
            "仅显示汇总：具体案件和设备不在您的管辖范围内",
            "Sums only: single cases and devices lie outside your area",
        ),
        (
            "detail.department",
            "仅显示汇总：案件尚未分派到部门，因此这里没有本部门的案件和设备名单",
            "Sums only: cases are not dispatched to departments yet, so there is no list for yours",
        ),
    ],
)
def test_without_cases_it_is_said_whether_there_are_none_or_they_are_kept_back(
    scripts: Scripts, hidden: str | None, zh: str, en: str
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, detail=hidden is None, hidden=hidden)
        assert scripts.texts("#event-list") == [said]
