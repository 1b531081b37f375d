"""The rules of acting one by one: filing, dispatch, return, arbitration, pauses, extensions, appeals, incidents."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cityops.domain.events.acts import (
    Act,
    Allowed,
    Asker,
    CaseKind,
    CaseStanding,
    Clock,
    Effect,
    Mark,
    Need,
    Request,
)
from cityops.domain.events.lifecycle import judge
from cityops.domain.events.status import Status
from factories.judged import (
    DISTRICT,
    HELPER,
    HOLDER,
    LATER,
    LEADER,
    NOW,
    OPERATOR,
    PLATFORM,
    SECOND,
    STREET,
    TIANHE,
    URBAN,
    WATER,
    closed,
    denied,
    dispatched,
    done,
    filed,
    of,
    request,
    signed,
    task,
)


def clocks(case: CaseStanding, who: Asker, act: Act, **given: Any) -> dict[Clock, Effect]:
    judged = judge(case, who, request(act, **given), NOW)
    assert isinstance(judged, Allowed), judged
    return dict(judged.clocks)


def test_a_case_goes_the_whole_way_and_every_clock_is_at_rest_then() -> None:
    case = done(None, OPERATOR, Act.REPORT, citizen=True)
    assert case.running == {Clock.STAFF_ACCEPT}
    case = done(case, OPERATOR, Act.ACCEPT)
    assert case.running == {Clock.CITIZEN}
    case = done(done(case, OPERATOR, Act.VERIFY), OPERATOR, Act.FILE)
    assert case.running == {Clock.CITIZEN, Clock.STAFF_DISPATCH}
    case = done(case, OPERATOR, Act.DISPATCH)
    assert case.running == {Clock.CITIZEN, Clock.UNIT}
    case = done(done(case, HOLDER, Act.SIGN), HOLDER, Act.CONTACT)
    assert case.running == {Clock.UNIT}
    case = done(done(case, HOLDER, Act.PROCESS), HOLDER, Act.FEED_BACK)
    assert ({*case.running}, {*case.paused}) == (set(), {Clock.UNIT})
    case = done(done(case, OPERATOR, Act.CHECK), OPERATOR, Act.CLOSE)
    assert (case.status, {*case.running}, {*case.paused}) == (Status.CLOSED, set(), set())
    assert done(case, PLATFORM, Act.ARCHIVE).status is Status.ARCHIVED


def test_filing_and_closing_want_a_standard_and_its_closing_condition() -> None:
    case = done(done(None, OPERATOR, Act.REPORT), OPERATOR, Act.ACCEPT)
    assert denied(case, OPERATOR, Act.FILE, standard=None).needs == (Need.STANDARD,)
    case = done(done(signed(), HOLDER, Act.FEED_BACK), OPERATOR, Act.CHECK)
    assert denied(case, OPERATOR, Act.CLOSE, condition=None).needs == (Need.CONDITION,)
    assert denied(replace(case, standard=None), OPERATOR, Act.CLOSE, standard=None).needs == (Need.STANDARD,)


def test_a_result_without_the_photo_that_its_standard_asks_for_is_refused() -> None:
    case = replace(signed(), proof=True)
    assert "立案标准要求处置后的照片" in denied(case, HOLDER, Act.FEED_BACK, evidence=0).reason_zh
    assert done(case, HOLDER, Act.FEED_BACK, evidence=1).files == 1
    assert done(replace(case, files=1), HOLDER, Act.FEED_BACK, evidence=0).status is Status.DONE


def test_a_return_keeps_what_is_known_and_pauses_the_units_clock() -> None:
    case = done(signed(), HOLDER, Act.RETURN)
    assert (case.status, case.unit, case.standard) == (Status.FILED, STREET, "road_ponding-deep")
    assert case.marks == {Mark.RETURNED}
    assert ({*case.paused}, {*case.running}) == ({Clock.UNIT}, {Clock.STAFF_DISPATCH})
    assert denied(case, HOLDER, Act.SIGN).reason_zh.startswith("签收：案件已立案，只有在已派遣时才可以")


@pytest.mark.parametrize(("left_out", "need"), [({"reason": None}, Need.REASON), ({"evidence": 0}, Need.EVIDENCE)])
def test_a_return_wants_reason_and_evidence(left_out: dict[str, Any], need: Need) -> None:
    assert denied(signed(), HOLDER, Act.RETURN, **left_out).needs == (need,)


def test_a_return_is_too_late_after_its_time() -> None:
    case = replace(signed(), refuse_until=NOW)
    assert done(case, HOLDER, Act.RETURN, NOW).status is Status.FILED
    late = denied(case, HOLDER, Act.RETURN, NOW + timedelta(microseconds=1))
    assert "可退回的时限已过" in late.reason_zh


def test_whoever_is_on_it_cannot_give_it_back_any_more() -> None:
    assert "the case is in handling" in denied(done(signed(), HOLDER, Act.PROCESS), HOLDER, Act.RETURN).reason_en


def test_another_unit_begins_a_new_run_and_may_return_once_itself() -> None:
    case = done(signed(), HOLDER, Act.RETURN)
    assert clocks(case, OPERATOR, Act.DISPATCH, unit=WATER)[Clock.UNIT] is Effect.RESET
    case = done(case, OPERATOR, Act.DISPATCH, unit=WATER)
    assert (case.unit, {*case.marks}, {*case.returned_by}) == (WATER, set(), {STREET})
    assert done(case, of(WATER), Act.RETURN).returned_by == {STREET, WATER}


def test_only_arbitration_sends_a_case_to_a_unit_that_returned_it_and_that_is_final() -> None:
    case = done(signed(), HOLDER, Act.RETURN)
    assert "再派须经仲裁" in denied(case, OPERATOR, Act.DISPATCH, unit=STREET).reason_zh
    assert Act.ARBITRATE not in denied(case, OPERATOR, Act.ARBITRATE).possible
    assert clocks(case, LEADER, Act.ARBITRATE, unit=STREET)[Clock.UNIT] is Effect.RESUME
    case = done(case, LEADER, Act.ARBITRATE, unit=STREET)
    assert (case.status, case.arbitrated, {*case.running}) == (Status.DISPATCHED, STREET, {Clock.UNIT})
    assert "仲裁已定承办单位，不得再退" in denied(case, HOLDER, Act.RETURN).reason_zh


def test_arbitration_may_name_a_third_unit_whose_time_begins_anew() -> None:
    case = done(signed(), HOLDER, Act.RETURN)
    assert clocks(case, LEADER, Act.ARBITRATE, unit=URBAN)[Clock.UNIT] is Effect.RESET
    case = done(case, LEADER, Act.ARBITRATE, unit=URBAN)
    assert "final" in denied(case, of(URBAN), Act.RETURN).reason_en


def test_there_is_nothing_to_arbitrate_where_nobody_returned_it() -> None:
    assert "没有单位退回过" in denied(filed(), LEADER, Act.ARBITRATE).reason_zh


def test_whoever_returned_it_to_acceptance_does_not_file_it_himself() -> None:
    case = done(filed(), OPERATOR, Act.RETURN)
    assert (case.status, case.standard) == (Status.ACCEPTED, "road_ponding-deep")
    assert "请换一人" in denied(case, OPERATOR, Act.FILE).reason_zh
    case = done(case, SECOND, Act.FILE)
    assert done(case, OPERATOR, Act.DISPATCH).status is Status.DISPATCHED


def test_a_returned_case_is_not_closed_straight_away() -> None:
    assert "has just been returned" in denied(done(signed(), HOLDER, Act.RETURN), OPERATOR, Act.CLOSE).reason_en


def test_a_wrong_dispatch_is_put_right_before_the_unit_signs() -> None:
    case = dispatched()
    assert denied(case, OPERATOR, Act.DISPATCH, unit=WATER, reason=None).needs == (Need.REASON,)
    assert "已由该单位承办" in denied(case, OPERATOR, Act.DISPATCH, unit=STREET).reason_zh
    assert done(case, OPERATOR, Act.DISPATCH, unit=WATER).unit == WATER
    denied(done(case, HOLDER, Act.SIGN), OPERATOR, Act.DISPATCH, unit=WATER)


def test_a_district_passes_a_case_to_its_street_and_the_time_runs_on() -> None:
    case = signed(TIANHE)
    assert "只能下派给本区的街镇" in denied(case, DISTRICT, Act.FORWARD, unit=WATER).reason_zh
    assert clocks(case, DISTRICT, Act.FORWARD) == {}
    case = done(case, DISTRICT, Act.FORWARD)
    assert (case.unit, case.passed_by, case.status) == (STREET, (TIANHE,), Status.DISPATCHED)


def test_a_street_gives_a_case_back_to_its_district_which_may_pass_it_on_again() -> None:
    case = done(done(signed(TIANHE), DISTRICT, Act.FORWARD), HOLDER, Act.RETURN)
    assert (case.unit, case.passed_by, case.status) == (TIANHE, (), Status.SIGNED)
    assert case.running == {Clock.UNIT}
    case = done(case, DISTRICT, Act.FORWARD)
    assert "该单位已退回过一次" in denied(case, HOLDER, Act.RETURN).reason_zh


def test_a_district_takes_a_case_back_before_it_returns_it() -> None:
    case = done(signed(TIANHE), DISTRICT, Act.FORWARD)
    denied(case, DISTRICT, Act.RETURN)
    case = done(case, DISTRICT, Act.FORWARD, unit=TIANHE)
    assert (case.unit, case.passed_by) == (TIANHE, ())
    assert done(case, DISTRICT, Act.RETURN).status is Status.FILED


def test_units_help_without_handling() -> None:
    case = done(signed(), OPERATOR, Act.ADD_HANDLER, unit=WATER)
    assert case.co_handlers == {WATER}
    assert "已是承办或协办" in denied(case, OPERATOR, Act.ADD_HANDLER, unit=WATER).reason_zh
    assert "已是承办或协办" in denied(case, OPERATOR, Act.ADD_HANDLER, unit=STREET).reason_zh
    denied(case, HELPER, Act.FEED_BACK)
    done(case, HELPER, Act.NOTE)


def test_rework_lets_the_clock_run_on() -> None:
    case = done(signed(), HOLDER, Act.FEED_BACK)
    assert clocks(case, OPERATOR, Act.REWORK) == {Clock.UNIT: Effect.RESUME}
    assert done(case, OPERATOR, Act.REWORK).status is Status.PROCESSING


def test_an_extension_is_asked_for_before_the_time_is_over() -> None:
    case = replace(signed(), due=NOW)
    assert done(case, HOLDER, Act.ASK_EXTENSION).marks == {Mark.EXTENSION_ASKED}
    assert "延期须在到期前申请" in denied(case, HOLDER, Act.ASK_EXTENSION, NOW + timedelta(seconds=1)).reason_zh


def test_two_extensions_are_granted_and_a_refusal_does_not_count() -> None:
    case = signed()
    for granted in (True, False, False, True):
        case = done(case, HOLDER, Act.ASK_EXTENSION)
        assert "待审批" in denied(case, HOLDER, Act.ASK_EXTENSION).reason_zh
        effect = clocks(case, OPERATOR, Act.DECIDE_EXTENSION, granted=granted)
        assert effect == ({Clock.UNIT: Effect.EXTEND} if granted else {})
        case = done(case, OPERATOR, Act.DECIDE_EXTENSION, granted=granted)
    assert case.extensions == 2
    assert "延期次数已用完" in denied(case, HOLDER, Act.ASK_EXTENSION).reason_zh
    assert done(done(case, HOLDER, Act.RETURN), OPERATOR, Act.DISPATCH, unit=WATER).extensions == 0


def test_a_postponed_case_stands_still_and_goes_on_by_itself() -> None:
    case = done(signed(), OPERATOR, Act.POSTPONE, until=LATER)
    assert ({*case.paused}, case.until) == ({Clock.UNIT}, LATER)
    assert "暂缓期未满" in denied(case, PLATFORM, Act.RESUME, LATER - timedelta(seconds=1)).reason_zh
    case = done(case, PLATFORM, Act.RESUME, LATER)
    assert ({*case.running}, case.until, {*case.marks}) == ({Clock.UNIT}, None, set())


@pytest.mark.parametrize(("act", "days"), [(Act.POSTPONE, 30), (Act.SUSPEND, 365)])
def test_a_pause_has_an_end_that_is_not_too_far(act: Act, days: int) -> None:
    for until, told in ((NOW, "期限须在将来"), (NOW + timedelta(days=days, seconds=1), f"最长 {days} 天")):
        assert told in denied(signed(), LEADER, act, until=until).reason_zh
    done(signed(), LEADER, act, until=NOW + timedelta(days=days))


def test_a_case_is_suspended_once_by_the_shift_leader() -> None:
    denied(signed(), OPERATOR, Act.SUSPEND)
    case = done(done(signed(), LEADER, Act.SUSPEND), OPERATOR, Act.RESUME)
    assert case.marks == {Mark.SUSPENDED_ONCE}
    assert "已挂账过一次" in denied(case, LEADER, Act.SUSPEND).reason_zh


def test_a_locked_case_is_left_alone_until_it_is_unlocked() -> None:
    case = done(done(signed(), OPERATOR, Act.POSTPONE), LEADER, Act.LOCK)
    assert "案件已锁定" in denied(case, HOLDER, Act.FEED_BACK).reason_zh
    assert "案件已锁定" in denied(case, OPERATOR, Act.RESUME).reason_zh
    assert clocks(case, LEADER, Act.UNLOCK) == {}  # it is still postponed
    case = done(done(case, LEADER, Act.UNLOCK), OPERATOR, Act.RESUME)
    assert case.running == {Clock.UNIT}


def test_a_supervision_is_answered_by_the_unit() -> None:
    case = done(signed(), LEADER, Act.SUPERVISE)
    assert done(case, HOLDER, Act.SUPERVISE_REPLY).marks == set()
    assert "没有待答复的督办" in denied(signed(), HOLDER, Act.SUPERVISE_REPLY).reason_zh


def test_an_appeal_is_the_units_once_after_closing_and_leaves_the_fact() -> None:
    assert "案件没有超期" in denied(closed(), HOLDER, Act.APPEAL).reason_zh
    case = replace(closed(), overdue=True)
    denied(case, OPERATOR, Act.APPEAL)
    case = done(case, HOLDER, Act.APPEAL)
    assert "申诉待审核" in denied(case, OPERATOR, Act.REOPEN).reason_zh
    case = done(case, OPERATOR, Act.DECIDE_APPEAL)
    assert case.marks == {Mark.APPEALED, Mark.APPEAL_OPEN}
    assert "须由另一人复核" in denied(case, OPERATOR, Act.DECIDE_APPEAL).reason_zh
    case = done(case, SECOND, Act.DECIDE_APPEAL)
    assert ({*case.marks}, case.overdue) == ({Mark.APPEALED, Mark.EXCUSED}, True)
    assert "已申诉过一次" in denied(case, HOLDER, Act.APPEAL).reason_zh


def test_one_refusal_ends_an_appeal() -> None:
    case = done(replace(closed(), overdue=True), HOLDER, Act.APPEAL)
    case = done(done(case, OPERATOR, Act.DECIDE_APPEAL), SECOND, Act.DECIDE_APPEAL, granted=False)
    assert ({*case.marks}, {*case.reviewers}) == ({Mark.APPEALED}, set())


def test_a_reopened_case_is_dispatched_anew() -> None:
    case = done(replace(closed(), citizen=True), OPERATOR, Act.REOPEN)
    assert (case.status, {*case.running}) == (Status.FILED, {Clock.STAFF_DISPATCH, Clock.CITIZEN})
    assert clocks(case, OPERATOR, Act.DISPATCH, unit=STREET)[Clock.UNIT] is Effect.RESET


def test_a_reopened_case_that_was_arbitrated_stays_so_and_its_clock_begins_anew() -> None:
    case = done(done(signed(), HOLDER, Act.RETURN), LEADER, Act.ARBITRATE, unit=STREET)
    case = done(done(done(case, HOLDER, Act.SIGN), HOLDER, Act.FEED_BACK), OPERATOR, Act.CHECK)
    case = done(done(case, OPERATOR, Act.CLOSE), OPERATOR, Act.REOPEN)
    assert clocks(case, OPERATOR, Act.DISPATCH, unit=STREET)[Clock.UNIT] is Effect.RESET
    assert clocks(case, LEADER, Act.ARBITRATE, unit=STREET)[Clock.UNIT] is Effect.RESET
    denied(done(case, OPERATOR, Act.DISPATCH), HOLDER, Act.RETURN)


def test_a_case_is_merged_into_one_that_is_open_here() -> None:
    assert "须在本平台办理且未办结" in denied(signed(), OPERATOR, Act.MERGE, into=closed()).reason_zh
    case = done(replace(signed(), citizen=True), OPERATOR, Act.MERGE, into=filed())
    assert (case.status, {*case.running}) == (Status.MERGED, set())


def test_an_incident_is_closed_by_one_report_after_its_children() -> None:
    parent = replace(filed(), children=2, children_open=1)
    assert "还有子案件没有办结" in denied(parent, OPERATOR, Act.CLOSE).reason_zh
    parent = replace(parent, children_open=0)
    assert denied(parent, OPERATOR, Act.CLOSE, text="").needs == (Need.TEXT,)
    assert done(parent, OPERATOR, Act.CLOSE).status is Status.CLOSED


def test_incidents_have_one_level() -> None:
    child = done(signed(), OPERATOR, Act.ATTACH, into=filed())
    assert child.child
    assert "已归入另一事件" in denied(child, OPERATOR, Act.ATTACH, into=filed()).reason_zh
    assert "自己是子案件" in denied(filed(), OPERATOR, Act.ATTACH, into=child).reason_zh
    assert "下有子案件" in denied(replace(filed(), children=1), OPERATOR, Act.ATTACH, into=filed()).reason_zh


def test_a_key_task_is_filed_by_the_shift_leader_with_an_end_and_handled_like_a_case() -> None:
    fresh = done(None, LEADER, Act.REPORT, kind=CaseKind.TASK)
    assert "重点任务没有“受理”这一步" in denied(fresh, LEADER, Act.ACCEPT).reason_zh
    assert denied(fresh, LEADER, Act.FILE, until=None, standard=None).needs == (Need.UNTIL,)
    denied(None, OPERATOR, Act.REPORT, kind=CaseKind.TASK)
    case = done(done(task(), OPERATOR, Act.DISPATCH), HOLDER, Act.SIGN)
    case = done(done(case, HOLDER, Act.FEED_BACK), OPERATOR, Act.CHECK)
    denied(case, OPERATOR, Act.CLOSE)
    assert done(case, LEADER, Act.CLOSE, standard=None, condition=None).status is Status.CLOSED


def test_who_may_is_told_beside_what_is_wrong() -> None:
    judged = denied(dispatched(), HOLDER, Act.VOID)
    assert judged.reason_zh.startswith("作废：由值班长办理，您不是。现在您可以：签收、")
    assert judged.who[Act.VOID] == (LEADER.role,)
    early = denied(signed(), LEADER, Act.CHECK)
    assert early.reason_en.startswith("have checked: the case is signed for; it must be done. What you may do now: ")
    assert early.reason_en.endswith("; to have checked is for staff of the centre.")


def test_a_refused_request_says_all_that_is_lacking() -> None:
    judged = judge(signed(), HOLDER, Request(Act.RETURN), NOW)
    assert "还缺理由、凭证（照片或文件）" in getattr(judged, "reason_zh", "")
