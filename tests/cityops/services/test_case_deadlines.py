"""Deadlines of cases that follow the working calendar when a notice is loaded, and stand still as long as said."""

import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from cityops.domain.events.acts import Act, Clock
from cityops.domain.events.notices import Notice
from cityops.domain.events.workdays import DayChange
from cityops.domain.intervals import CITY_ZONE
from cityops.jobs import cases
from cityops.services import workdays
from cityops.services.case_clocks import follow
from cityops.services.workdays import Loaded
from cityops.store.engine import writing
from factories.acts import BOSS
from factories.desk import LEADER, OPERATOR, WATER, Desk
from factories.verbs import run

SOURCE = "示例通知"
FESTIVAL = Notice(
    2027, SOURCE, tuple(DayChange(date(2027, 2, day), False, SOURCE, "春节", 2027) for day in range(5, 12))
)
BEFORE, AFTER = "2027-02-16T10:00", "2027-02-17T10:00"


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@pytest.fixture
def pothole(desk: Desk) -> Desk:
    """Give a desk with a case of five working days, dispatched before Spring Festival 2027 at ten o'clock."""
    desk.now, desk.standard = city("2027-02-03T09:56"), "road_collapse-pothole"
    desk.dispatched(class_code="road_collapse")
    return desk


def load(engine: Engine, notice: Notice = FESTIVAL) -> Loaded:
    with writing(engine) as connection:
        return workdays.load(connection, BOSS, notice, follow)


def unit_clock(desk: Desk) -> dict[str, Any]:
    return next(row for row in desk.clocks() if row["clock"] == "unit")


def test_spring_festival_is_provisional_until_its_notice_moves_the_deadline_and_both_are_kept(
    pothole: Desk, engine: Engine
) -> None:
    assert (pothole.column("due_at"), unit_clock(pothole)["provisional"]) == (city(BEFORE), True)
    warned, version = pothole.column("warn_at"), pothole.kept().version
    assert load(engine).deadlines == 1
    clock = unit_clock(pothole)
    assert (pothole.column("due_at"), clock["due_at"], clock["provisional"]) == (city(AFTER), city(AFTER), False)
    assert pothole.column("warn_at") == warned + timedelta(days=1)
    last = pothole.acts()[-1]
    assert (last["act"], last["actor"], last["role"]) == ("note", "cityops jobs", None)
    assert last["data"]["clock"] == "unit"
    kept = [datetime.fromisoformat(last["data"][name]) for name in ("due_before", "due_after")]
    assert kept == [city(BEFORE), city(AFTER)]
    assert "由 2027-02-16 10:00 改为 2027-02-17 10:00" in last["text"]
    assert pothole.kept().version != version  # whoever saw the old moment looks again before he acts
    assert load(engine).deadlines == 0
    assert pothole.acts()[-1] == last


def test_the_clock_goes_on_from_what_has_moved(pothole: Desk, engine: Engine) -> None:
    load(engine)
    pothole.act(OPERATOR, Act.NOTE, text="x")
    assert pothole.column("due_at") == city(AFTER)
    assert [row["own_sequence"] for row in pothole.acts()] == [*range(1, 7)]


def test_until_when_a_unit_may_return_a_case_follows_a_notice_too(desk: Desk, engine: Engine) -> None:
    desk.now = city("2027-03-04T14:56")
    desk.dispatched()  # of two hours by the natural clock: its own deadline is moved by no notice
    assert desk.kept().standing.refuse_until == city("2027-03-05T15:00")
    day = DayChange(date(2027, 3, 5), False, SOURCE)
    assert load(engine, Notice(None, SOURCE, (day,))).deadlines == 1
    assert desk.kept().standing.refuse_until == city("2027-03-08T15:00")
    last = desk.acts()[-1]
    assert (last["act"], last["actor"], last["own_sequence"]) == ("note", "cityops jobs", 5)
    assert "由 2027-03-05 15:00 改为 2027-03-08 15:00" in last["text"]
    assert load(engine, Notice(None, SOURCE, (day,))).deadlines == 0
    desk.now = city("2027-03-08T13:00")
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    again = DayChange(date(2027, 3, 8), False, SOURCE)
    assert load(engine, Notice(None, SOURCE, (day, again))).deadlines == 0  # nobody has it to return


def test_a_closed_case_is_never_counted_again(pothole: Desk, engine: Engine) -> None:
    pothole.act(WATER, Act.SIGN).act(WATER, Act.FEED_BACK, text="已修补", evidence=pothole.files())
    pothole.act(OPERATOR, Act.CHECK).act(OPERATOR, Act.CLOSE, text="平整", condition="已修补平整")
    before, acts = unit_clock(pothole), pothole.acts()
    assert load(engine).deadlines == 0
    assert (unit_clock(pothole), pothole.acts()) == (before, acts)


def test_one_that_stands_still_or_runs_elsewhere_is_not_said_to_have_moved(pothole: Desk, engine: Engine) -> None:
    pothole.act(WATER, Act.RETURN, reason="非本部门职责", evidence=pothole.files())
    pothole.now = city("2027-03-01T09:56")
    pothole.dispatched(class_code="road_collapse")
    due, acts = pothole.column("due_at"), pothole.acts()
    assert load(engine).deadlines == 0
    assert (pothole.column("due_at"), pothole.acts()) == (due, acts)
    assert unit_clock(pothole)["provisional"] is False  # certain now


def test_the_verb_says_how_many_have_moved(
    pothole: Desk, engine: Engine, migrated_database: str, tmp_path: Path
) -> None:
    file = tmp_path / "stop.csv"
    file.write_text("day,kind,name,source\n2027-02-12,off,停工,穗府〔2027〕1号\n", encoding="utf-8")
    told = run("calendar", "import", str(file), database_url=migrated_database).stdout
    assert told == "1 days are loaded; 1 are another than before, 1 running deadlines have moved\n"
    assert pothole.column("due_at") == city("2027-02-17T10:00")


def test_an_act_and_a_notice_at_once_wait_for_each_other_in_turn(pothole: Desk, engine: Engine) -> None:
    """The act holds the calendar, then its case; the notice waits for the calendar before it asks for the case."""
    failed: list[BaseException] = []

    def acts() -> None:
        try:
            for _ in range(15):
                pothole.act(OPERATOR, Act.NOTE, text="x")
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=acts)
    thread.start()
    for number in range(8):
        day = DayChange(date(2027, 3, 1 + number), False, SOURCE)
        load(engine, Notice(None, SOURCE, (day,)))
    thread.join()
    assert [type(one).__name__ for one in failed if type(one).__name__ != "StaleError"] == []


def paused(desk: Desk) -> list[tuple[datetime, datetime | None, str]]:
    """Return the pauses of the unit's clock, in the city's time."""
    told = unit_clock(desk)["pauses"]
    return [(datetime.fromisoformat(start), end and datetime.fromisoformat(end), why) for start, end, why in told]


@pytest.mark.parametrize(
    ("asked", "ends"), [("2027-11-01T00:00", "2027-01-01T00:00"), ("2026-12-07T09:00", "2026-12-07T09:00")]
)
def test_a_suspended_case_goes_on_by_itself_with_the_new_year_or_when_it_was_said(
    desk: Desk, engine: Engine, asked: str, ends: str
) -> None:
    desk.dispatched()  # of two hours by the clock
    desk.act(WATER, Act.SIGN)
    due = desk.column("due_at")
    desk.act(LEADER, Act.SUSPEND, reason="列入改造", until=city(asked), evidence=desk.files())
    begun = desk.now
    assert paused(desk) == [(begun, city(ends), "suspended")]
    assert desk.kept().standing.until == city(ends)
    assert desk.kept().standing.paused == {Clock.UNIT}
    assert desk.column("due_at") == due + (city(ends) - begun)
    desk.now = city(ends)
    assert desk.kept().standing.running == {Clock.UNIT}  # whether or not somebody has said so
    assert cases.look(engine, city(ends) + timedelta(hours=1)) == {"resume": 1}
    assert paused(desk) == [(begun, city(ends), "suspended")]
    assert desk.column("due_at") == due + (city(ends) - begun)


def test_a_case_that_waits_and_is_locked_stands_still_until_both_are_over(desk: Desk) -> None:
    desk.dispatched()
    until = city("2026-12-03T09:00")
    desk.act(WATER, Act.SIGN).act(OPERATOR, Act.POSTPONE, reason="等待天晴", until=until)
    first = desk.now
    desk.act(LEADER, Act.LOCK, reason="信访")
    locked = desk.now
    assert paused(desk) == [(first, locked, "postponed"), (locked, None, "locked")]
    desk.act(LEADER, Act.UNLOCK, reason="已答复")
    unlocked = desk.now
    before = [(first, locked, "postponed"), (locked, unlocked, "locked")]
    assert paused(desk) == [*before, (unlocked, until, "postponed")]
    desk.act(LEADER, Act.LOCK, reason="信访")
    again = desk.now
    desk.now = city("2026-12-05T09:00")
    desk.act(LEADER, Act.UNLOCK, reason="已答复")  # the end has come meanwhile
    assert paused(desk) == [*before, (unlocked, again, "postponed"), (again, desk.now, "locked")]
    assert desk.kept().standing.running == {Clock.UNIT}


def test_who_reports_while_the_case_waits_has_his_clock_stopped_until_it_is_checked(desk: Desk) -> None:
    desk.dispatched()
    until = city("2026-12-03T09:00")
    desk.act(WATER, Act.SIGN).act(OPERATOR, Act.POSTPONE, reason="等待天晴", until=until)
    first = desk.now
    desk.act(WATER, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    assert paused(desk) == [(first, desk.now, "postponed"), (desk.now, None, "returned")]
    desk.now = city("2026-12-05T09:00")
    assert desk.kept().standing.paused == {Clock.UNIT}
    desk.act(OPERATOR, Act.REWORK, reason="仍有积水")
    assert paused(desk)[-1][1] == desk.now
