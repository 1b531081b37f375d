"""Facts of a case, of who asks and of what is asked, each where it holds and where it does not, to the moment."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cityops.domain.events.acts import Act, Asker, CaseStanding, Clock, Mark, Master, Need, Request, Unit, UnitKind
from cityops.domain.events.facts import FACTS, GIVEN, Question
from cityops.domain.events.status import Status
from cityops.domain.events.transitions import lifecycle
from factories.judged import DISTRICT, HOLDER, LATER, NOW, OPERATOR, SECOND, STREET, TIANHE, WATER

CASE = CaseStanding(Status.PROCESSING, "440106013", unit=STREET)
BEFORE, MOMENT = NOW - timedelta(microseconds=1), timedelta(microseconds=1)
DAYS = timedelta(days=1)


def question(who: Asker, asked: Request, **case: Any) -> Question:
    return Question(replace(CASE, **case), who, asked, NOW, lifecycle().limits)


def test_every_mark_is_a_fact() -> None:
    for mark in Mark:
        assert FACTS[mark](question(OPERATOR, Request(Act.NOTE), marks=frozenset({mark})))
        assert not FACTS[mark](question(OPERATOR, Request(Act.NOTE), marks=frozenset(Mark) - {mark}))


@pytest.mark.parametrize(
    ("fact", "holds", "lacks"),
    [
        ("waiting", {"marks": frozenset({Mark.SUSPENDED})}, {"marks": frozenset({Mark.SUSPENDED_ONCE})}),
        ("waiting", {"marks": frozenset({Mark.POSTPONED})}, {}),
        ("overdue", {"overdue": True}, {}),
        ("forwarded", {"passed_by": (TIANHE,)}, {}),
        ("disputed", {"returned_by": frozenset({WATER})}, {}),
        ("arbitrated", {"arbitrated": WATER}, {}),
        ("clock_paused", {"paused": frozenset({Clock.UNIT})}, {"running": frozenset({Clock.UNIT})}),
        ("parent", {"children": 1}, {}),
        ("children_open", {"children": 2, "children_open": 1}, {"children": 2}),
        ("child", {"child": True}, {}),
        ("citizen", {"citizen": True}, {}),
        ("extensions_used", {"extensions": 2}, {"extensions": 1}),
        ("past_due", {"due": BEFORE}, {"due": NOW}),
        ("past_due", {"due": BEFORE}, {"due": None}),
        ("refuse_over", {"refuse_until": BEFORE}, {"refuse_until": NOW}),
        ("refuse_over", {"refuse_until": BEFORE}, {"refuse_until": None}),
        ("until_reached", {"until": NOW}, {"until": NOW + MOMENT}),
        ("until_reached", {"until": NOW}, {"until": None}),
        ("return_used", {"returned_by": frozenset({STREET})}, {"returned_by": frozenset({WATER})}),
        ("last_review", {"reviewers": frozenset({"a"})}, {"reviewers": frozenset()}),
        ("own_return", {"returner": OPERATOR.name}, {"returner": SECOND.name}),
        ("own_return", {"returner": OPERATOR.name}, {"returner": None}),
        ("reviewed", {"reviewers": frozenset({OPERATOR.name})}, {"reviewers": frozenset({SECOND.name})}),
    ],
)
def test_a_fact_of_the_case(fact: str, holds: dict[str, Any], lacks: dict[str, Any]) -> None:
    assert FACTS[fact](question(OPERATOR, Request(Act.NOTE), **holds))
    assert not FACTS[fact](question(OPERATOR, Request(Act.NOTE), **lacks))


@pytest.mark.parametrize(
    ("fact", "who", "holds", "lacks", "case"),
    [
        ("granted", OPERATOR, {"granted": True}, {"granted": False}, {}),
        ("granted", OPERATOR, {"granted": True}, {}, {}),
        ("proof_lacking", HOLDER, {}, {"evidence": 1}, {"proof": True}),
        ("same_unit", OPERATOR, {"unit": STREET}, {"unit": WATER}, {}),
        ("same_unit", OPERATOR, {"unit": STREET}, {}, {}),
        ("to_returner", OPERATOR, {"unit": WATER}, {"unit": STREET}, {"returned_by": frozenset({WATER})}),
        ("helping", OPERATOR, {"unit": WATER}, {"unit": TIANHE}, {"co_handlers": frozenset({WATER})}),
        ("helping", OPERATOR, {"unit": STREET}, {}, {}),
        ("below", DISTRICT, {"unit": STREET}, {"unit": WATER}, {"unit": TIANHE}),
        ("below", DISTRICT, {"unit": STREET}, {}, {"unit": TIANHE}),
        ("own_or_below", DISTRICT, {"unit": STREET}, {"unit": WATER}, {"passed_by": (TIANHE,)}),
        ("own_or_below", DISTRICT, {"unit": TIANHE}, {}, {"passed_by": (TIANHE,)}),
        ("until_ahead", OPERATOR, {"until": NOW + MOMENT}, {"until": NOW}, {}),
        ("until_ahead", OPERATOR, {"until": LATER}, {}, {}),
        ("postpone_long", OPERATOR, {"until": NOW + 30 * DAYS + MOMENT}, {"until": NOW + 30 * DAYS}, {}),
        ("suspend_long", OPERATOR, {"until": NOW + 365 * DAYS + MOMENT}, {"until": NOW + 365 * DAYS}, {}),
        ("target_open", OPERATOR, {"into": CASE}, {"into": replace(CASE, status=Status.VOID)}, {}),
        ("target_open", OPERATOR, {"into": CASE}, {"into": replace(CASE, master=Master.SOURCE)}, {}),
        ("target_child", OPERATOR, {"into": replace(CASE, child=True)}, {"into": CASE}, {}),
    ],
)
def test_a_fact_of_what_is_asked(
    fact: str, who: Asker, holds: dict[str, Any], lacks: dict[str, Any], case: dict[str, Any]
) -> None:
    assert FACTS[fact](question(who, Request(Act.NOTE, **holds), **case))
    assert not FACTS[fact](question(who, Request(Act.NOTE, **lacks), **case))


def test_files_that_a_case_has_are_proof_and_without_a_rule_none_is_lacking() -> None:
    assert not FACTS["proof_lacking"](question(HOLDER, Request(Act.FEED_BACK), proof=True, files=1))
    assert not FACTS["proof_lacking"](question(HOLDER, Request(Act.FEED_BACK)))


def test_the_unit_that_arbitration_named_may_be_given_the_case_again() -> None:
    asked = Request(Act.DISPATCH, unit=WATER)
    assert not FACTS["to_returner"](question(OPERATOR, asked, returned_by=frozenset({WATER}), arbitrated=WATER))


def test_nobody_passes_a_case_down_for_another_district() -> None:
    other = Unit(UnitKind.DISTRICT, "440105")
    asked = Request(Act.FORWARD, unit=Unit(UnitKind.STREET, "440105001"))
    assert not FACTS["own_or_below"](question(DISTRICT, asked, passed_by=(other,)))


@pytest.mark.parametrize(
    ("need", "given", "blank"),
    [
        (Need.REASON, {"reason": "x"}, {"reason": " "}),
        (Need.TEXT, {"text": "x"}, {"text": "\n"}),
        (Need.EVIDENCE, {"evidence": 1}, {"evidence": 0}),
        (Need.STANDARD, {"standard": "x"}, {"standard": ""}),
        (Need.CONDITION, {"condition": "x"}, {"condition": " "}),
        (Need.UNIT, {"unit": WATER}, {}),
        (Need.UNTIL, {"until": NOW}, {}),
        (Need.INTO, {"into": CASE}, {}),
        (Need.DECISION, {"granted": False}, {}),
    ],
)
def test_what_is_blank_is_not_given(need: Need, given: dict[str, Any], blank: dict[str, Any]) -> None:
    assert GIVEN[need](question(OPERATOR, Request(Act.NOTE, **given)))
    assert not GIVEN[need](question(OPERATOR, Request(Act.NOTE, **blank)))


def test_the_standard_that_a_case_has_need_not_be_named_again() -> None:
    assert GIVEN[Need.STANDARD](question(OPERATOR, Request(Act.CLOSE), standard="road_ponding-deep"))
