"""Random walks of acts, allowed and refused: what must hold of every case however it came to stand as it does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.events.acts import Act, Allowed, Asker, CaseKind, CaseStanding, Clock, Mark, Unit, UnitKind
from cityops.domain.events.lifecycle import judge
from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops.domain.events.transitions import lifecycle
from factories.judged import (
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
    done,
    filed,
    of,
    request,
)

UNITS = (STREET, Unit(UnitKind.STREET, "440106001"), TIANHE, WATER, URBAN)
PEOPLE = (OPERATOR, SECOND, LEADER, PLATFORM, *map(of, UNITS))
HANDLED = {Status.DISPATCHED, Status.SIGNED, Status.PROCESSING, Status.DONE, Status.VERIFYING_RESULT}

STEPS = st.tuples(
    st.sampled_from(Act),
    st.sampled_from(PEOPLE),
    st.fixed_dictionaries(
        {"unit": st.sampled_from(UNITS), "granted": st.booleans(), "until": st.sampled_from((NOW, LATER))}
    ),
)
BEGINNINGS = st.fixed_dictionaries({"kind": st.sampled_from(CaseKind), "citizen": st.booleans()})


def check(before: CaseStanding, after: CaseStanding) -> None:
    """Hold what must hold of a case, and between two of its standings."""
    assert after.running.isdisjoint(after.paused)
    assert after.status in OPEN_STATUSES or not (after.running | after.paused)
    held = lifecycle().held(Clock.UNIT, after.status, after.marks)
    assert not (Clock.UNIT in after.running and held)
    assert not (Clock.UNIT in after.paused and not held)
    assert after.status not in HANDLED or (after.unit is not None and Clock.UNIT in after.running | after.paused)
    assert after.citizen or Clock.CITIZEN not in after.running
    assert bool(after.marks & {Mark.POSTPONED, Mark.SUSPENDED}) is (after.until is not None)
    assert after.marks.isdisjoint({Mark.POSTPONED, Mark.SUSPENDED, Mark.EXTENSION_ASKED, Mark.RETURNED}) or (
        after.status in OPEN_STATUSES
    )
    assert after.unit not in after.co_handlers
    assert after.extensions <= 2
    assert before.returned_by <= after.returned_by
    assert before.arbitrated is None or after.arbitrated is not None
    assert before.standard is None or after.standard == before.standard
    assert Mark.SUSPENDED_ONCE not in before.marks or not (after.marks - before.marks) & {Mark.SUSPENDED}
    assert (before.status in OPEN_STATUSES) >= (after.status in OPEN_STATUSES) or after.status is Status.FILED


def walk(beginning: dict[str, Any], steps: list[tuple[Act, Asker, dict[str, Any]]]) -> CaseStanding:
    """Return the case as it stands after all steps that were allowed."""
    case = done(None, LEADER, Act.REPORT, **beginning)
    for act, who, given_ in steps:
        judged = judge(case, who, request(act, into=filed(), **given_), NOW)
        if isinstance(judged, Allowed):
            check(case, judged.after)
            case = judged.after
    return case


@given(BEGINNINGS, st.lists(STEPS, max_size=60))
def test_whatever_is_done_a_case_stays_whole(
    beginning: dict[str, Any], steps: list[tuple[Act, Asker, dict[str, Any]]]
) -> None:
    walk(beginning, steps)


NEXT = {
    Status.REPORTED: (OPERATOR, Act.ACCEPT),
    Status.ACCEPTED: (SECOND, Act.FILE),
    Status.VERIFYING: (SECOND, Act.FILE),
    Status.FILED: (LEADER, Act.DISPATCH),
    Status.DISPATCHED: (None, Act.SIGN),
    Status.SIGNED: (None, Act.FEED_BACK),
    Status.PROCESSING: (None, Act.FEED_BACK),
    Status.DONE: (OPERATOR, Act.CHECK),
    Status.VERIFYING_RESULT: (LEADER, Act.CLOSE),
}


@given(BEGINNINGS, st.lists(STEPS, max_size=40))
def test_every_open_case_can_be_closed_from_wherever_it_stands(
    beginning: dict[str, Any], steps: list[tuple[Act, Asker, dict[str, Any]]]
) -> None:
    case = walk(beginning, steps)
    if Mark.LOCKED in case.marks:
        case = done(case, LEADER, Act.UNLOCK)
    fresh = Unit(UnitKind.DEPARTMENT, "lighting")
    case = replace(case, returner=None) if case.returner == SECOND.name else case  # a third person is at hand
    for _ in range(10):
        if case.status not in OPEN_STATUSES:
            return
        who, act = NEXT[case.status]
        if case.kind is CaseKind.TASK and case.status is Status.REPORTED:
            who, act = LEADER, Act.FILE
        case = done(case, who or of(case.unit or STREET), act, unit=fresh)
    raise AssertionError(case)


def test_a_walk_takes_whole_ways() -> None:
    """Not that all is refused, and nothing is tested."""
    ways = [(OPERATOR, Act.ACCEPT), (OPERATOR, Act.FILE), (OPERATOR, Act.DISPATCH), (HOLDER, Act.SIGN)]
    case = walk({"citizen": True}, [(act, who, {"unit": STREET}) for who, act in ways])
    assert (case.status, case.unit) == (Status.SIGNED, STREET)


def test_time_alone_changes_nothing() -> None:
    case = filed()
    assert judge(case, OPERATOR, request(Act.NOTE), NOW + timedelta(days=400)) == judge(
        case, OPERATOR, request(Act.NOTE), NOW
    )
