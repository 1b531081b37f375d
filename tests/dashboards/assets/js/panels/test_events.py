"""Events: the four steps of the closed loop, how many are late, and the cases that press most."""

from datetime import timedelta
from typing import Any

import pytest

from cityops.domain.events.status import Status
from factories.state import NOON
from fixtures.scripts import Scripts, Told, told_state


@pytest.fixture(autouse=True)
def noon(scripts: Scripts) -> None:
    """Have the server's clock say noon."""
    scripts.ask("now => cityops.ages.setServerTime(now)", NOON.isoformat())


IDS = ["events-today", "event-strip", "event-late", "event-list"]


def case(number: int = 1, **changes: Any) -> Told:
    told = {"id": number, "title": "下穿隧道积水", "class_code": "road_ponding", "severity": "normal"}
    told |= {"stage": "handling", "region_code": "440106013", "source": "hotline-12345"}
    told |= {"status": "processing", "unit": None, "due_at": None, "lamp": None, "master": "source"}
    return told | {"occurred_at": "2026-11-23T03:59:00Z", "status_at": "2026-11-23T03:42:00Z"} | changes


def drawn(scripts: Scripts, lang: str = "zh", pressing: list[Told] | None = None, **changes: Any) -> None:
    context = scripts.speak(lang, **changes)
    state = told_state() | {"detail": changes.get("detail", True)}
    state["events"]["pressing"] = pressing or []
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
        ("zh", "天河区 · 道路积水 · 12345热线工单系统", "处置中"),
        ("en", "Tianhe · Road waterlogging · 12345 hotline orders", "In handling"),
    ],
)
def test_a_case_that_its_source_handles_says_where_what_and_from_whom(
    scripts: Scripts, lang: str, meta: str, stage: str
) -> None:
    drawn(scripts, lang, [case()])
    assert (scripts.texts(".event-meta"), scripts.texts(".stage")) == ([meta], [stage])


def late(minutes: float, lamp: str, **changes: Any) -> Told:
    """Return a case in the hands of a district whose time runs out in so many minutes."""
    due = NOON + timedelta(minutes=minutes)
    unit = {"kind": "district", "code": "440105"}
    told = {"status": "dispatched", "unit": unit, "due_at": due.isoformat(), "lamp": lamp}
    return case() | told | changes


WATER = {"kind": "department", "code": "water"}
STREET = {"kind": "street", "code": "440105001"}


@pytest.mark.parametrize(
    ("told", "zh", "en"),
    [
        (
            late(-49, "red"),
            "超 49 分海珠区办理 · 天河区",
            "49 min overwith Haizhu · Tianhe",
        ),
        (
            late(12.5, "yellow", status="signed", unit=WATER),
            "剩 12 分市水务局办理 · 天河区",
            "12 min leftwith Water Affairs · Tianhe",
        ),
        (
            late(-111, "red", status="processing", unit=STREET),
            "超 1 时 51 分海珠区办理 · 天河区",
            "1 h 51 min overwith Haizhu · Tianhe",
        ),
        (
            late(600, "green", status="done"),
            "海珠区办理 · 天河区",
            "with Haizhu · Tianhe",
        ),
        (
            case(status="filed", unit={"kind": "district", "code": "440105"}, master="here"),
            "值班台办理 · 天河区 · 道路积水",
            "with the desk · Tianhe · Road waterlogging",
        ),
    ],
)
def test_a_case_in_hand_says_how_long_it_has_and_who_is_on_it(scripts: Scripts, told: Told, zh: str, en: str) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, [told])
        assert scripts.texts(".event-meta") == [said]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "zh",
            ["待受理", "待立案", "核实中", "待派遣", "待签收", "待处置", "处置中", "待核查", "核查中", "已结案"],
        ),
        (
            "en",
            [
                *("To accept", "To file", "Verifying", "To dispatch", "To sign for", "To begin", "In handling"),
                *("To check", "Checking result", "Closed"),
            ],
        ),
    ],
)
def test_each_step_of_a_case_has_words_of_its_own_and_says_since_when_it_lasts(
    scripts: Scripts, lang: str, said: list[str]
) -> None:
    statuses = [one for one in Status if one not in {Status.ARCHIVED, Status.VOID, Status.MERGED}]
    found = []
    for status in statuses:
        drawn(scripts, lang, [case(status=status)])
        found += scripts.texts(".stage")
    assert found == said
    assert scripts.texts(".event-step .age") == ["18分" if lang == "zh" else "18 min"]


def test_a_time_that_runs_out_is_counted_down_and_then_up(scripts: Scripts) -> None:
    drawn(scripts, pressing=[late(1, "yellow")])
    said = []
    for _ in range(3):
        said += scripts.texts(".event .due")
        scripts.passes(60_000)
    assert said == ["剩 1 分", "剩 0 秒", "超 1 分"]


def test_over_and_near_differ_without_colours_too_and_what_has_time_has_no_lamp(scripts: Scripts) -> None:
    drawn(scripts, pressing=[late(-1, "red"), late(1, "yellow", id=2), late(600, "green", id=3)])
    assert scripts.every(".event .due", "one.className") == ["due due-red", "due due-yellow"]
    flags = scripts.every(".event .flag path:last-child", "one.getAttribute('fill')")
    assert flags == ["currentColor", "none"]


@pytest.mark.parametrize(
    ("counts", "zh", "en", "looks"),
    [
        (
            {"overdue": 1003, "near_due": 2},
            ["超期 1,003", "临期 2"],
            ["1,003 overdue", "2 near due"],
            ["red", "yellow"],
        ),
        ({"overdue": 0, "near_due": 0}, ["超期 0", "临期 0"], ["0 overdue", "0 near due"], ["none", "none"]),
    ],
)
def test_what_is_overdue_and_near_due_is_counted_and_none_has_no_colour(
    scripts: Scripts, counts: Told, zh: list[str], en: list[str], looks: list[str]
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, counts=counts)
        assert scripts.texts("#event-late .due") == said
        assert scripts.every("#event-late .due", "one.className") == [f"due due-{look}" for look in looks]


def test_what_people_have_written_is_text_and_no_markup(scripts: Scripts) -> None:
    title = "<img src=x onerror=alert(1)>'\"&amp;"
    drawn(scripts, pressing=[case(title=title)])
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
def test_the_first_seven_are_shown(scripts: Scripts, cases: int, rows: int) -> None:
    drawn(scripts, pressing=[case(number, title=f"第{number}件") for number in range(cases)])
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
            "仅显示汇总：派给本部门的案件见“待办”",
            "Sums only: cases dispatched to your department stand in your to-do",
        ),
    ],
)
def test_without_cases_it_is_said_whether_there_are_none_or_they_are_kept_back(
    scripts: Scripts, hidden: str | None, zh: str, en: str
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, detail=hidden is None, hidden=hidden)
        assert scripts.texts("#event-list") == [said]
