"""The job `cases`: what the platform does by itself with cases when the time has come, and once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from cityops.domain.access import WHOLE_CITY
from cityops.domain.events.acts import Act
from cityops.domain.intervals import CITY_ZONE
from cityops.jobs import cases
from cityops.store.engine import connect, now_of, reading
from cityops.store.events import ripe
from factories.desk import LEADER, MONDAY, OPERATOR, WATER, Desk, department

DAY = timedelta(days=1)
UNTIL = MONDAY + 3 * DAY


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def postponed(desk: Desk) -> int:
    desk.dispatched()
    desk.act(WATER, Act.SIGN).act(OPERATOR, Act.POSTPONE, reason="等待天晴", until=UNTIL)
    return desk.case


def test_a_postponed_case_goes_on_when_its_end_has_come_and_once(desk: Desk, engine: Engine) -> None:
    case = postponed(desk)
    assert cases.look(engine, UNTIL - timedelta(seconds=1)) == {}
    assert cases.look(engine, UNTIL + timedelta(seconds=30)) == {"resume": 1}
    assert cases.look(engine, UNTIL + timedelta(seconds=60)) == {}
    assert desk.kept(case).standing.marks == frozenset()
    last = desk.acts()[-1]
    assert (last["act"], last["actor"], last["role"], last["unit_code"]) == ("resume", "cityops jobs", None, None)
    assert desk.audited()[-1]["kind"] == "command"


def test_a_locked_case_stays_as_it_is_until_it_is_unlocked(desk: Desk, engine: Engine) -> None:
    postponed(desk)
    desk.act(LEADER, Act.LOCK, reason="信访")
    assert cases.look(engine, UNTIL) == {}
    desk.act(LEADER, Act.UNLOCK, reason="已答复")
    assert cases.look(engine, UNTIL) == {"resume": 1}


def test_a_closed_case_is_archived_after_thirty_days_unless_an_appeal_is_open(desk: Desk, engine: Engine) -> None:
    plain = desk.closed()
    closed_at = desk.now
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    desk.now += timedelta(hours=5)
    desk.act(WATER, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    desk.act(OPERATOR, Act.CHECK).act(OPERATOR, Act.CLOSE, text="积水已退", condition="积水消退")
    desk.act(WATER, Act.APPEAL, reason="道路封闭", evidence=desk.files())
    later = closed_at + 30 * DAY
    assert cases.look(engine, later - timedelta(seconds=1)) == {}
    assert cases.look(engine, later + DAY) == {"archive": 1}
    assert desk.column("status", plain) == "archived"
    assert cases.look(engine, later + DAY) == {}


def test_an_overdue_case_is_reminded_of_the_next_day_and_named_after_five_working_days_each_once(
    desk: Desk, engine: Engine
) -> None:
    desk.dispatched()  # on Monday morning, of two hours
    assert cases.look(engine, city("2026-11-30T23:59")) == {}
    assert cases.look(engine, city("2026-12-01T00:00")) == {"reminder": 1}
    assert cases.look(engine, city("2026-12-07T23:59")) == {}
    assert cases.look(engine, city("2026-12-08T00:00")) == {"circular": 1}
    assert cases.look(engine, city("2027-01-08T00:00")) == {}
    told = desk.acts()[-2:]
    assert [(row["act"], row["role"], row["data"]) for row in told] == [
        ("supervise", None, {"step": "reminder"}),
        ("supervise", None, {"step": "circular"}),
    ]
    assert "应于 2026-11-30 11:04 办结" in told[0]["text"]
    assert desk.kept().standing.marks == {"supervised"}


def test_another_unit_is_reminded_anew_and_nobody_while_the_case_waits_or_is_done(desk: Desk, engine: Engine) -> None:
    desk.dispatched()
    assert cases.look(engine, city("2026-12-01T08:00")) == {"reminder": 1}
    desk.now = city("2026-12-01T09:00")
    desk.act(OPERATOR, Act.DISPATCH, unit=department("urban"), reason="属市政")
    assert cases.look(engine, city("2026-12-01T23:00")) == {}
    assert cases.look(engine, city("2026-12-02T08:00")) == {"reminder": 1}
    desk.now = city("2026-12-02T09:00")
    desk.fed_back()
    desk.now += 5 * DAY
    assert cases.look(engine, desk.now) == {}


def test_who_acts_meanwhile_goes_first_and_the_next_turn_looks_again(
    desk: Desk, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = postponed(desk)
    with reading(engine, WHOLE_CITY) as connection:
        seen = ripe.to_resume(connection, UNTIL, 10)
    desk.act(OPERATOR, Act.NOTE, text="已电话联系")
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(ripe, "to_resume", lambda *_: seen)
        assert cases.look(engine, UNTIL) == {}
    assert logs[0]["case"] == case
    assert cases.look(engine, UNTIL) == {"resume": 1}


def test_a_turn_does_so_many_at_most_and_the_next_the_rest(
    desk: Desk, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "MOST", 2)
    for _ in range(3):
        desk.dispatched()
    later = MONDAY + DAY
    assert [cases.look(engine, later) for _ in range(3)] == [{"reminder": 2}, {"reminder": 1}, {}]


def test_a_case_that_is_found_late_is_told_of_the_graver_rung_alone(desk: Desk, engine: Engine) -> None:
    desk.dispatched()
    assert [cases.look(engine, MONDAY + 30 * DAY) for _ in range(2)] == [{"circular": 1}, {}]


def test_the_job_looks_each_minute_by_the_databases_time_and_says_what_it_did(
    desk: Desk, engine: Engine, migrated_database: str
) -> None:
    with reading(engine, WHOLE_CITY) as connection:
        desk.now = now_of(connection) - 60 * DAY
    desk.dispatched()
    job = cases.upkeep(engine)
    assert (job.name, job.every_s) == ("cases", 60.0)
    with connect(migrated_database, "test") as connection, capture_logs() as logs:
        job.turn(connection)
        job.turn(connection)
    assert [(one["log_level"], one["circular"]) for one in logs] == [("info", 1)]
