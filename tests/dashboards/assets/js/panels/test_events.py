"""Cases: the steps of the loop with what is overdue below its own, and the cases that press most."""

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
        ("zh", ["发现", "派单", "处置", "核查", "今日办结"], "在办 1,272 件 · 今日上报 1,742"),
        ("en", ["Found", "Assigned", "Handling", "Checking", "Closed today"], "1,272 open · 1,742 today"),
    ],
)
def test_the_loop_has_its_steps_in_order_also_where_one_is_empty(
    scripts: Scripts, lang: str, names: list[str], today: str
) -> None:
    drawn(
        scripts,
        lang,
        counts={"found": 0, "dispatched": 83, "handling": 1189, "open": 1272}
        | {"closed_today": 655, "reported_today": 1742, "checking": 28},
    )
    assert scripts.texts(".step-name") == names
    assert scripts.texts(".step-count") == ["0", "83", "1,189", "28", "655"]
    assert scripts.texts("#events-today > *") == [today, "41 s ago" if lang == "en" else "41 秒前"]


def test_a_scene_of_one_matter_shows_its_own_and_counts_the_others(scripts: Scripts) -> None:
    wanted: Told = {"classes": ["road_ponding"], "stages": None, "sources": None}
    pressing = [case(1), case(2, class_code="gas_leak", title="别的事")]
    shown: Told = {"counts": {"open": 1272}, "pressing": pressing}
    drawn(scripts, filters={"cases": wanted}, **shown)
    own = "在办 5 件 · 另有 1,267 件其他"
    assert scripts.texts("#events-today > :first-child") == [own]
    assert scripts.texts(".step-count") == ["3", "0", "2", "0", "0"]
    assert (scripts.texts(".step-late"), len(scripts.texts(".event-title"))) == (["超期 1"], 1)
    assert scripts.every(".step-count", "one.dataset.number")[0] == "own:events.counts.found"
    drawn(scripts, filters={"cases": wanted | {"stages": ["found"]}}, **shown)
    assert (scripts.texts(".step-count"), scripts.texts(".event-title")) == (["3"], [])
    assert scripts.texts("#event-list") == ["本专题没有超期、临期或紧急的案件"]
    drawn(scripts, filters={"cases": wanted | {"sources": ["grid-officer"]}}, **shown)
    assert scripts.texts("#events-today > :first-child") == ["在办 0 件 · 另有 1,272 件其他"]


def test_what_is_overdue_stands_below_its_own_step_where_that_is_told(scripts: Scripts) -> None:
    drawn(scripts, counts={"checking": 28, "found_overdue": 0, "dispatched_overdue": 3, "handling_overdue": 4})
    words = "[...one.children].map((part) => part.textContent).join(' ')"
    said = ["发现 46", "派单 83 超期 3", "处置 189 超期 4", "核查 28", "今日办结 655"]
    assert scripts.every(".step", words) == said


@pytest.mark.parametrize(
    ("lang", "meta", "stage"),
    [
        ("zh", "天河 · 道路积水 · 处置中", "处置中"),
        ("en", "Tianhe · Road waterlogging · In handling", "In handling"),
    ],
)
def test_a_case_that_its_source_handles_says_where_what_and_how_far(
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
            ("超 49 分", "海珠 · 天河 · 待签收"),
            ("49 min over", "Haizhu · Tianhe · To sign for"),
        ),
        (
            late(12.5, "yellow", status="signed", unit=WATER),
            ("剩 12 分", "市水务局 · 天河 · 待处置"),
            ("12 min left", "Water Affairs · Tianhe · To begin"),
        ),
        (
            late(-111, "red", status="processing", unit=STREET),
            ("超 1 时 51 分", "海珠 · 天河 · 处置中"),
            ("1 h 51 min over", "Haizhu · Tianhe · In handling"),
        ),
        (
            late(600, "green", status="done"),
            ("已 18分", "海珠 · 天河 · 待核查"),
            ("for 18 min", "Haizhu · Tianhe · To check"),
        ),
        (
            case(status="filed", unit={"kind": "district", "code": "440105"}, master="here"),
            ("已 18分", "值班台办理 · 天河 · 道路积水 · 待派遣"),
            ("for 18 min", "with the desk · Tianhe · Road waterlogging · To dispatch"),
        ),
    ],
)
def test_a_case_in_hand_says_how_long_it_has_and_who_is_on_it(
    scripts: Scripts, told: Told, zh: tuple[str, str], en: tuple[str, str]
) -> None:
    for lang, said in (("zh", zh), ("en", en)):
        drawn(scripts, lang, [told])
        assert (scripts.texts(".event-due")[0], scripts.texts(".event-meta")[0]) == said


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
    assert scripts.texts(".event-due .age") == ["18分" if lang == "zh" else "18 min"]


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


@pytest.mark.parametrize(("cases", "rows"), [(1, 1), (12, 12), (13, 12)])
def test_the_first_twelve_are_shown(scripts: Scripts, cases: int, rows: int) -> None:
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
