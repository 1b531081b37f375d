"""How far a case is: bars of its clocks, with what counted and what did not; its history in sentences."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cityops_dashboards.pages.case.progress import SHOWN_SPANS, bars, history, span

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine in the morning of a Monday in the city."""


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def stretch(start: float, end: float | None, why: str = "clock", *, counted: bool = True) -> dict[str, Any]:
    return {"start": at(start), "end": None if end is None else at(end), "counted": counted, "why": why}


def run(clock: str = "unit", **changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "clock": clock, "round": 1, "limit_kind": "urgent_hours", "amount": 1, "extensions": 0, "allowed_s": 3600,
        "started_at": at(0), "due_at": at(60), "provisional": False, "paused": False, "stopped_at": None,
        "overdue": None, "lamp": "green", "spans": [stretch(0, 60)],
    }  # fmt: skip
    return told | changes


def bar(now: float, lang: str = "zh", **changes: Any) -> Any:
    [found] = bars({"clocks": [run(**changes)]}, START + timedelta(minutes=now), lang)
    return found


def test_a_running_clock_tells_what_is_used_of_what_is_allowed_and_until_when() -> None:
    found = bar(15)
    assert (found.words, found.share, found.due) == ("15 分 / 1 时 0 分", 25, "10:00")
    assert [found.is_over, found.is_done, found.is_paused] == [False, False, False]
    assert bar(15, "en").words == "15 min / 1 h 0 min"


def test_beyond_its_end_the_bar_is_that_of_what_was_used() -> None:
    found = bar(120)
    assert (found.words, found.share, found.is_over) == ("2 时 0 分 / 1 时 0 分", 50, True)


def test_a_stopped_clock_counts_until_it_stopped() -> None:
    found = bar(600, stopped_at=at(30), overdue=False)
    assert (found.words, found.share, found.is_over, found.is_done) == ("30 分 / 1 时 0 分", 50, False, True)


def test_a_clock_that_stands_still_is_allowed_no_less_for_that() -> None:
    spans = [stretch(0, 20), stretch(20, None, "postponed", counted=False)]
    found = bar(500, due_at=None, paused=True, spans=spans)
    assert (found.words, found.share, found.due, found.is_paused) == ("20 分 / 1 时 0 分", 33, None, True)
    assert found.spans == ["09:00–09:20 计 20 分（自然时）", "09:20–… 不计（缓办）"]


def test_what_does_not_count_is_not_used() -> None:
    spans = [stretch(0, 30, "work"), stretch(30, 150, "lunch", counted=False), stretch(150, 180, "work")]
    assert bar(100, due_at=at(180), spans=spans).words == "30 分 / 1 时 0 分"
    assert bar(160, due_at=at(180), spans=spans).words == "40 分 / 1 时 0 分"


def test_of_many_stretches_the_last_are_told_one_by_one() -> None:
    found = bar(5, spans=[stretch(n, n + 1) for n in range(SHOWN_SPANS + 3)])
    assert (len(found.spans), found.left_out) == (SHOWN_SPANS, 3)


def test_of_several_runs_of_a_clock_the_newest_is_shown_and_the_clocks_stand_in_their_order() -> None:
    runs = [run("citizen"), run("unit", round=2, started_at=at(10)), run("unit"), run("staff_accept")]
    found = bars({"clocks": runs}, START + timedelta(minutes=30), "zh")
    assert [one.name for one in found] == ["受理计时", "处置计时", "先行联系计时"]


def step(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "at": at(0), "act": "dispatch", "status": "dispatched", "actor": "liang", "unit": None,
        "asked_unit": None, "reason": None, "text": None, "evidence": [], "data": {},
    }  # fmt: skip
    return told | changes


def told(lang: str = "zh", **changes: Any) -> Any:
    [found] = history({"history": [step(**changes)]}, START, lang)
    return found


def test_a_step_says_what_was_done_to_whom_by_whom_for_whom() -> None:
    found = told(asked_unit={"kind": "district", "code": "440106"}, unit={"kind": "department", "code": "water"})
    assert (found.at, found.what, found.who) == ("09:00", "派遣 → 天河区", "liang · 市水务局")


def test_a_step_of_the_source_is_its_state() -> None:
    found = told(act=None, status="signed", actor=None)
    assert (found.what, found.who) == ("已签收", "来源系统")


def test_what_was_said_stands_beside_it() -> None:
    assert told(reason="不属本单位", text="请派水务").said == "不属本单位 请派水务"
    assert told().said == ""


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (60, "1 分", "1 min"),
        (3599, "59 分", "59 min"),
        (3600, "1 时 0 分", "1 h 0 min"),
        (48 * 3600 - 1, "47 时 59 分", "47 h 59 min"),
        (48 * 3600, "2 天", "2 days"),
    ],
)
def test_how_long_something_lasts_is_told_in_its_gravest_units(seconds: int, zh: str, en: str) -> None:
    assert (span(timedelta(seconds=seconds), "zh"), span(timedelta(seconds=seconds), "en")) == (zh, en)
