"""Acts on cases through the services: done and written, or refused with who may and what would be possible."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import WHOLE_CITY, Subject
from cityops.domain.events.acts import Act
from cityops.services import cases
from cityops.services.accounts import AbsentError
from cityops.services.case_clocks import StandardError
from cityops.services.case_orders import BeyondError, NotAllowedError, NotThereError, Order, StaleError
from cityops.store.engine import reading, writing
from cityops.store.events import standings
from factories.desk import (
    ANALYST,
    HAIZHU,
    LEADER,
    LIEDE,
    MONDAY,
    OPERATOR,
    OTHER,
    STREET,
    TIANHE,
    URBAN,
    WATER,
    Desk,
    department,
    district,
    street,
    whose,
)
from factories.world import World

UNTIL = MONDAY + timedelta(days=3)


def test_a_case_goes_its_way_from_report_to_closing_and_each_step_is_kept(desk: Desk) -> None:
    desk.closed()
    way = ["report", "accept", "file", "dispatch", "sign", "feed_back", "check", "close"]
    kept = desk.acts()
    assert [row["act"] for row in kept] == way
    assert [row["own_sequence"] for row in kept] == [*range(1, 9)]
    assert [row["to_status"] for row in kept] == [
        *("reported", "accepted", "filed", "dispatched", "signed", "done", "verifying_result", "closed"),
    ]
    assert [row["from_status"] for row in kept][1:] == [row["to_status"] for row in kept][:-1]
    assert [(row["actor"], row["unit_code"]) for row in kept[3:6]] == [
        *(("wang", None), ("water", "water"), ("water", "water")),
    ]
    assert (desk.column("master"), desk.column("source_system_code")) == ("here", "operations-desk")
    assert [row["detail"]["act"] for row in desk.audited()] == way
    assert {row["object"] for row in desk.audited()} == {f"case {desk.case}"}


Prepare = Callable[[Desk], object]

FILES: tuple[str, ...] = ()
"""In place of files that are sent when the case is there."""

ALL_ACTS: dict[Act, tuple[Prepare, Subject, dict[str, Any], str]] = {
    Act.ACCEPT: (Desk.report, OPERATOR, {}, "accepted"),
    Act.REFUSE: (Desk.report, OPERATOR, {"reason": "不属本市"}, "void"),
    Act.VERIFY: (lambda d: (d.report(), d.act(OPERATOR, Act.ACCEPT)), OPERATOR, {}, "verifying"),
    Act.RETURN: (Desk.dispatched, WATER, {"reason": "非本部门职责", "evidence": FILES}, "filed"),
    Act.SIGN: (Desk.dispatched, WATER, {}, "signed"),
    Act.FORWARD: (
        lambda d: (d.dispatched(district()), d.act(TIANHE, Act.SIGN)),
        TIANHE,
        {"unit": street()},
        "dispatched",
    ),
    Act.ADD_HANDLER: (Desk.dispatched, OPERATOR, {"unit": department("urban")}, "dispatched"),
    Act.PROCESS: (lambda d: (d.dispatched(), d.act(WATER, Act.SIGN)), WATER, {}, "processing"),
    Act.CONTACT: (lambda d: d.dispatched(citizen=True), WATER, {"text": "已电话联系"}, "dispatched"),
    Act.CHECK: (Desk.fed_back, OPERATOR, {}, "verifying_result"),
    Act.REWORK: (Desk.fed_back, OPERATOR, {"reason": "仍有积水"}, "processing"),
    Act.VOID: (Desk.dispatched, LEADER, {"reason": "误报"}, "void"),
    Act.REOPEN: (Desk.closed, OPERATOR, {"reason": "再次积水"}, "filed"),
    Act.ASK_EXTENSION: (lambda d: (d.dispatched(), d.act(WATER, Act.SIGN)), WATER, {"reason": "缺泵"}, "signed"),
    Act.POSTPONE: (
        lambda d: (d.dispatched(), d.act(WATER, Act.SIGN)),
        OPERATOR,
        {"reason": "等待天晴", "until": UNTIL},
        "signed",
    ),
    Act.SUSPEND: (
        lambda d: (d.dispatched(), d.act(WATER, Act.SIGN)),
        LEADER,
        {"reason": "列入改造", "until": UNTIL, "evidence": FILES},
        "signed",
    ),
    Act.SUPERVISE: (Desk.dispatched, OPERATOR, {"text": "请尽快"}, "dispatched"),
    Act.NOTE: (Desk.dispatched, TIANHE, {"text": "已到现场"}, "dispatched"),
    Act.SUPPLEMENT: (Desk.dispatched, OPERATOR, {"text": "水位又涨"}, "dispatched"),
    Act.LOCK: (Desk.dispatched, LEADER, {"reason": "信访"}, "dispatched"),
    Act.ARCHIVE: (Desk.closed, LEADER, {}, "archived"),
}
"""Acts that follow at once on a beginning: how it began, who acts, what comes with it, where it leads."""


@pytest.mark.parametrize("act", ALL_ACTS)
def test_each_act_moves_the_case_and_is_kept_with_what_came_with_it(desk: Desk, act: Act) -> None:
    prepare, who, given, to = ALL_ACTS[act]
    order = dict(given)
    prepare(desk)
    before = desk.kept()
    if "evidence" in order:
        order |= {"evidence": desk.files()}
    desk.act(who, act, **order)
    after, kept = desk.kept(), desk.acts()[-1]
    assert (kept["act"], kept["actor"], kept["role"], kept["to_status"]) == (act, who.name, who.role, to)
    assert (kept["reason"], kept["text"]) == (order.get("reason"), order.get("text"))
    assert after.own_sequence == before.own_sequence + 1
    assert after.standing.status == to
    assert desk.column("status") == to
    assert (desk.column("status_at") == kept["at"]) is (to != before.standing.status)


def test_pairs_of_acts_that_answer_one_another(desk: Desk) -> None:
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    desk.act(LEADER, Act.LOCK, reason="信访")
    desk.act(LEADER, Act.UNLOCK, reason="已答复")
    desk.act(OPERATOR, Act.SUPERVISE, text="请尽快")
    desk.act(WATER, Act.SUPERVISE_REPLY, text="正在抽水")
    desk.act(OPERATOR, Act.POSTPONE, reason="等待天晴", until=UNTIL)
    desk.act(OPERATOR, Act.RESUME, reason="天晴")
    assert desk.kept().standing.marks == frozenset()
    [unit] = [row for row in desk.clocks() if row["clock"] == "unit"]
    assert [pause[2] for pause in unit["pauses"]] == ["locked", "postponed"]
    assert all(pause[1] for pause in unit["pauses"])


def test_an_extension_is_asked_for_decided_and_adds_the_limit_once_more(desk: Desk) -> None:
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    before = desk.column("due_at")
    desk.act(WATER, Act.ASK_EXTENSION, reason="缺泵")
    desk.act(OPERATOR, Act.DECIDE_EXTENSION, granted=False, reason="附近有泵")
    assert desk.column("due_at") == before
    desk.act(WATER, Act.ASK_EXTENSION, reason="泵坏")
    desk.act(OPERATOR, Act.DECIDE_EXTENSION, granted=True, reason="属实")
    [unit] = [row for row in desk.clocks() if row["clock"] == "unit"]
    assert (unit["limit_kind"], unit["amount"], len(unit["extensions"])) == ("urgent_hours", 2, 1)
    assert desk.column("due_at") == unit["due_at"] == before + timedelta(hours=2)
    assert desk.kept().standing.extensions == 1
    assert desk.acts()[-1]["data"] == {"granted": True}


def test_the_staffs_clocks_run_a_quarter_of_an_hour_and_the_units_stands_still_while_the_case_is_back(
    desk: Desk,
) -> None:
    desk.report(citizen=True)
    start = desk.now
    desk.act(OPERATOR, Act.ACCEPT)
    desk.act(OPERATOR, Act.FILE, standard=desk.standard)
    desk.act(OPERATOR, Act.DISPATCH, unit=department("water"))
    rows = {(row["clock"], row["round"]): row for row in desk.clocks()}
    assert {key for key, _ in rows} == {"staff_accept", "staff_dispatch", "unit", "citizen"}
    accept = rows["staff_accept", 1]
    assert accept["due_at"] - accept["started_at"] == timedelta(minutes=15)
    assert (accept["started_at"], accept["stopped_at"], accept["overdue"]) == (
        *(start, start + timedelta(minutes=1), False),
    )
    assert rows["citizen", 1]["due_at"] == start + timedelta(hours=24, minutes=1)
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    returned = desk.now
    assert (desk.column("due_at"), desk.column("marks")) == (None, ["returned"])
    desk.act(OTHER, Act.DISPATCH, unit=department("urban"))
    units = [row for row in desk.clocks() if row["clock"] == "unit"]
    assert [(row["round"], row["stopped_at"] is None) for row in units] == [(1, False), (2, True)]
    assert units[0]["pauses"][0][2] == "returned"
    assert units[1]["started_at"] == returned + timedelta(minutes=1)
    assert desk.column("due_at") == units[1]["due_at"] == units[1]["started_at"] + timedelta(hours=2)
    assert desk.handlers() == {"water": ("main", False), "urban": ("main", True)}


def test_being_overdue_is_a_fact_that_an_appeal_leaves(desk: Desk) -> None:
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    desk.now += timedelta(hours=5)
    desk.act(WATER, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    desk.act(OPERATOR, Act.CHECK)
    desk.act(OPERATOR, Act.CLOSE, text="积水已退", condition="积水消退")
    assert desk.column("overdue") is True
    desk.act(WATER, Act.APPEAL, reason="道路封闭", evidence=desk.files())
    desk.act(OPERATOR, Act.DECIDE_APPEAL, granted=True, reason="属实")
    desk.act(OTHER, Act.DECIDE_APPEAL, granted=True, reason="属实")
    assert desk.column("overdue") is True
    assert "excused" in desk.column("marks")
    [unit] = [row for row in desk.clocks() if row["clock"] == "unit"]
    assert (unit["overdue"], unit["spans"][0][2:]) == (True, [True, "clock"])


def test_a_returned_case_can_be_arbitrated_to_the_unit_that_returned_it(desk: Desk) -> None:
    desk.dispatched()
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    with pytest.raises(NotAllowedError, match="only arbitration"):
        desk.act(OPERATOR, Act.DISPATCH, unit=department("water"))
    desk.act(LEADER, Act.ARBITRATE, unit=department("water"), reason="属水务职责")
    assert desk.kept().standing.arbitrated == department("water")
    assert [row["round"] for row in desk.clocks() if row["clock"] == "unit"] == [1]
    with pytest.raises(NotAllowedError, match="used its one return"):
        desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=desk.files())


def test_a_district_passes_a_case_down_and_both_have_it_in_hand(desk: Desk) -> None:
    desk.dispatched(district())
    desk.act(TIANHE, Act.SIGN)
    desk.act(TIANHE, Act.FORWARD, unit=street())
    assert desk.handlers() == {"440106": ("main", True), STREET: ("main", True)}
    desk.act(LIEDE, Act.RETURN, reason="非本街", evidence=desk.files())
    assert desk.kept().standing.unit == district()
    assert desk.handlers()[STREET] == ("main", False)


def test_cases_are_merged_and_attached_and_a_parent_waits_for_its_children(desk: Desk) -> None:
    parent = desk.report(title="内涝")
    child, twin = desk.report(), desk.report()
    desk.act(OPERATOR, Act.ATTACH, case=child, into=parent)
    desk.act(OPERATOR, Act.MERGE, case=twin, into=child)
    assert (desk.column("parent_id", child), desk.column("merged_into", twin)) == (parent, child)
    assert desk.column("status", twin) == "merged"
    assert desk.kept(parent).standing.children_open == 1
    with pytest.raises(NotAllowedError, match="still open"):
        desk.act(OPERATOR, Act.REFUSE, case=parent, reason="不属本市")


def test_a_key_task_runs_until_the_end_that_its_setter_names(desk: Desk) -> None:
    desk.report(LEADER, kind="task", description="清理河涌")
    desk.act(LEADER, Act.FILE, text="限期清理", until=UNTIL)
    desk.act(LEADER, Act.DISPATCH, unit=department("water"))
    [unit] = [row for row in desk.clocks() if row["clock"] == "unit"]
    assert abs(unit["due_at"] - UNTIL) <= timedelta(hours=1)


def test_who_was_first_and_what_changed_is_told(desk: Desk) -> None:
    desk.report()
    seen = desk.kept().version
    desk.act(OTHER, Act.ACCEPT)
    with pytest.raises(StaleError, match=r"zhao \(operator\) accept at 09:02:00: reported → accepted") as caught:
        desk.act(OPERATOR, Act.REFUSE, version=seen, reason="不属本市")
    assert caught.value.current == desk.kept().version
    assert len(caught.value.changes) == 1
    assert len(desk.acts()) == 2


@pytest.mark.parametrize("version", ["", "x", "9-9", "0-1-1", "0-99999999999999999999", "-"])
def test_any_other_version_is_stale(desk: Desk, version: str) -> None:
    desk.report()
    with pytest.raises(StaleError), writing(desk.engine, WHOLE_CITY) as connection:
        cases.act(connection, whose(OPERATOR), desk.case, version, Order(Act.ACCEPT))
    assert len(desk.acts()) == 1


def test_what_may_not_be_done_is_refused_with_what_may_and_who(desk: Desk) -> None:
    desk.dispatched()
    with pytest.raises(NotAllowedError, match="which you are not") as caught:
        desk.act(URBAN_SEES, Act.SIGN)
    denied = caught.value.denied
    assert [str(role) for role in denied.who[Act.SIGN]] == [
        *("district_officer", "street_officer", "department_handler"),
    ]
    assert Act.NOTE in denied.possible
    with pytest.raises(NotAllowedError, match="a reason, evidence"):
        desk.act(WATER, Act.RETURN)
    assert len(desk.acts()) == 4


URBAN_SEES = TIANHE
"""Sees the case by its place, and does not handle it."""


@pytest.mark.parametrize("subject", [HAIZHU, URBAN])
def test_what_lies_outside_the_scope_is_not_there(desk: Desk, subject: Subject) -> None:
    desk.dispatched()
    with pytest.raises(AbsentError, match="no case"):
        desk.act(subject, Act.NOTE, text="x")
    assert len(desk.acts()) == 4


def test_a_unit_outside_sees_and_moves_what_it_was_given_and_follows_it_afterwards(desk: Desk) -> None:
    desk.dispatched(department("urban"))
    desk.act(URBAN, Act.SIGN)
    desk.act(OPERATOR, Act.ADD_HANDLER, unit=district("440105"))
    desk.act(HAIZHU, Act.NOTE, text="已支援")
    desk.act(URBAN, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    with reading(desk.engine, URBAN.scope) as connection:
        found = standings.kept(connection, desk.case)
    assert found is not None
    assert found.standing.status == "filed"
    with pytest.raises(NotAllowedError):
        desk.act(URBAN, Act.SIGN)


def test_a_case_is_reported_where_one_works(desk: Desk) -> None:
    desk.report(LIEDE)
    with pytest.raises(BeyondError, match="outside your area"):
        desk.report(LIEDE, region_code="440105001")
    desk.report(WATER, region_code="440105001")
    assert desk.handlers() == {"water": ("reporter", True)}
    desk.act(WATER, Act.SUPPLEMENT, text="见图")
    with pytest.raises(NotAllowedError):
        desk.report(ANALYST)


def test_what_is_named_must_be_there(desk: Desk) -> None:
    desk.report()
    desk.act(OPERATOR, Act.ACCEPT)
    orders: list[tuple[dict[str, Any], str]] = [
        ({"standard": "nothing"}, "choose one of road_ponding"),
        ({"standard": "illegal_building-rising"}, "for cases of class road_ponding"),
    ]
    for order, told in orders:
        with pytest.raises(StandardError, match=told):
            desk.act(OPERATOR, Act.FILE, **order)
    desk.act(OPERATOR, Act.FILE, standard=desk.standard)
    for unit in (department("nobody"), district("440199"), street("440106999"), district(STREET)):
        with pytest.raises(NotThereError, match="unit: there is no"):
            desk.act(OPERATOR, Act.DISPATCH, unit=unit)
    for into, told in ((desk.case, "cannot go into itself"), (999_999, "there is no case 999999")):
        with pytest.raises(NotThereError, match=told):
            desk.act(OPERATOR, Act.MERGE, into=into)
    changes: list[tuple[dict[str, Any], str]] = [({"class_code": "x"}, "class")]
    changes.append(({"region_code": "440199"}, "region"))
    for change, told in changes:
        with pytest.raises(NotThereError, match=told):
            desk.report(**change)
    with pytest.raises(NotThereError, match="reported by POST"):
        desk.act(OPERATOR, Act.REPORT, text="x")


def test_files_belong_to_the_act_that_names_them_and_to_no_second_one(desk: Desk) -> None:
    desk.dispatched()
    files = desk.files()
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=files)
    assert desk.acts()[-1]["evidence"] == [*files]
    for digests in (files, ("cd" * 32,)):
        with pytest.raises(NotThereError, match=f"evidence: no file {digests[0]}"):
            desk.act(OTHER, Act.NOTE, text="x", evidence=digests)
    assert desk.acts()[-1]["act"] == "return"


def test_the_same_message_sent_again_is_done_once(desk: Desk) -> None:
    first = desk.report(token="phone-0001")
    assert desk.report(token="phone-0001") == first
    seen = desk.kept().version
    for _ in range(2):
        desk.act(OPERATOR, Act.ACCEPT, version=seen, token="phone-0002")
    assert [row["act"] for row in desk.acts()] == ["report", "accept"]
    other = desk.report()
    with pytest.raises(NotThereError, match=f"for case {first}"):
        desk.act(OPERATOR, Act.ACCEPT, case=other, token="phone-0002")
    desk.act(OTHER, Act.ACCEPT, case=other, token="phone-0002")  # another's token is another


def test_where_the_audit_cannot_be_written_nothing_was_done(desk: Desk, world: World) -> None:
    desk.report()
    world.connection.execute("ALTER TABLE audit RENAME TO gone")
    before = desk.kept()
    with pytest.raises(DBAPIError, match="audit"):
        desk.act(OPERATOR, Act.ACCEPT)
    assert desk.kept() == before
    assert len(desk.acts()) == 1


def test_the_time_of_an_act_is_the_databases(desk: Desk) -> None:
    desk.report()
    with writing(desk.engine, WHOLE_CITY) as connection:
        cases.act(connection, whose(OPERATOR), desk.case, desk.kept().version, Order(Act.ACCEPT))
        now = connection.execute(text("SELECT now()")).scalar_one()
    assert now <= desk.acts()[-1]["at"] <= now + timedelta(minutes=1)


@pytest.mark.parametrize("act", [Act.MERGE, Act.ATTACH])
def test_a_case_goes_neither_into_itself_nor_in_a_circle(desk: Desk, act: Act) -> None:
    grown, parent, child, twin = (desk.report() for _ in range(4))
    with pytest.raises(NotThereError, match=f"case {parent} cannot go into itself; name another case"):
        desk.act(OPERATOR, act, case=parent, into=parent)
    desk.act(OPERATOR, Act.ATTACH, case=child, into=parent)
    with pytest.raises(NotThereError, match=rf"case {child} belongs to case {parent} already \({child} → {parent}\)"):
        desk.act(OPERATOR, act, case=parent, into=child)
    desk.act(OPERATOR, Act.MERGE, case=twin, into=child)
    with pytest.raises(NotThereError, match=rf"\({twin} → {child} → {parent}\)"):
        desk.act(OPERATOR, act, case=parent, into=twin)
    assert (desk.column("parent_id", parent), desk.column("merged_into", parent)) == (None, None)
    desk.act(OPERATOR, act, case=grown, into=parent)
