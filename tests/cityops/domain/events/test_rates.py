"""Rates move with each case and with nothing else: closing, reopening and appeals make none of them better."""

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.domain.events.rates import (
    DEFINITIONS,
    CaseFacts,
    CaseMeasure,
    Rate,
    holds,
    measured,
    packed,
    rates,
    unpacked,
)

MAYBE = {"contacted", "signed", "late", "solved", "satisfied"}
VALUES: list[list[Any]] = [
    [False, True, None] if field.name in MAYBE else [False, True] for field in fields(CaseFacts)
]


@st.composite
def facts(draw: st.DrawFn) -> CaseFacts:
    """Draw a case such as can be: what follows another step is not there without it."""
    one = CaseFacts(*(draw(st.sampled_from(values)) for values in VALUES))
    return replace(
        one,
        redirected=one.dispatched and (one.redirected or one.returned),
        returned=one.dispatched and one.returned,
        signed=one.signed if one.dispatched else None,
        late=one.late if one.dispatched else None,
        excused=one.excused and one.dispatched and bool(one.late),
        done=one.dispatched and one.done,
        reworked=one.dispatched and one.done and one.reworked,
        reopened=one.closed and one.reopened,
        solved=one.solved if one.closed else None,
        satisfied=one.satisfied if one.closed else None,
    )


CITIES = st.lists(st.tuples(facts(), st.integers(1, 50)), max_size=12)

MOVES: dict[CaseMeasure, tuple[CaseFacts, CaseFacts]] = {
    CaseMeasure.ANSWERED: (CaseFacts(contacted=True), CaseFacts(contacted=False)),
    CaseMeasure.FIRST_DISPATCH_RIGHT: (CaseFacts(dispatched=True), CaseFacts(dispatched=True, redirected=True)),
    CaseMeasure.RETURNED: (CaseFacts(dispatched=True, returned=True), CaseFacts(dispatched=True)),
    CaseMeasure.SIGNED_IN_TIME: (CaseFacts(signed=True), CaseFacts(signed=False)),
    CaseMeasure.DONE_IN_TIME: (CaseFacts(done=True, late=False), CaseFacts(done=True, late=True)),
    CaseMeasure.REWORKED: (CaseFacts(done=True, reworked=True), CaseFacts(done=True)),
    CaseMeasure.ASKED: (CaseFacts(closed=True, satisfied=False), CaseFacts(closed=True)),
    CaseMeasure.SOLVED: (CaseFacts(solved=True), CaseFacts(solved=False)),
    CaseMeasure.SATISFIED: (CaseFacts(satisfied=True), CaseFacts(satisfied=False)),
    CaseMeasure.REOPENED: (CaseFacts(closed=True, reopened=True), CaseFacts(closed=True)),
}


@pytest.mark.parametrize("measure", CaseMeasure)
@settings(max_examples=20)
@given(others=CITIES)
def test_one_case_more_or_less_moves_the_rate(measure: CaseMeasure, others: list[tuple[CaseFacts, int]]) -> None:
    holding, failing = MOVES[measure]
    with_one, with_other = rates([*others, (holding, 1)])[measure], rates([*others, (failing, 1)])[measure]
    before = rates(others)[measure]
    assert with_one.denominator == with_other.denominator == before.denominator + 1
    assert (with_one.numerator, with_other.numerator) == (before.numerator + 1, before.numerator)
    assert with_one.value is not None
    assert with_other.value is not None
    assert with_one.value > with_other.value


@pytest.mark.parametrize("measure", CaseMeasure)
def test_where_nothing_could_have_been_there_is_no_rate(measure: CaseMeasure) -> None:
    for nobody in ([], [(CaseFacts(), 7)]):
        rate = rates(nobody)[measure]
        assert (rate.numerator, rate.denominator, rate.value) == (0, 0, None)


def test_a_rate_is_what_it_was_made_of() -> None:
    assert (Rate(0, 4).value, Rate(1, 4).value, Rate(4, 4).value) == (0.0, 0.25, 1.0)


GOOD = [one for one in CaseMeasure if DEFINITIONS[one].better == "high" and one is not CaseMeasure.ASKED]


def is_no_better(measure: CaseMeasure, before: CaseFacts, after: CaseFacts) -> bool:
    """Whether a case that counted is no better, and one that did not count is not good."""
    was, now = holds(measure, before), holds(measure, after)
    return now is was or now is False or (was is True and now is None)


@given(case=facts())
def test_closing_before_anything_is_done_makes_no_rate_better(case: CaseFacts) -> None:
    case = replace(case, closed=False, reopened=False, solved=None, satisfied=None)
    closed = replace(case, closed=True, contacted=False if case.contacted is None else case.contacted)
    ended = replace(closed, late=False if case.late is None else case.late)  # its round was cut short in time
    for measure in GOOD:
        assert is_no_better(measure, case, closed), measure
        assert case.done or is_no_better(measure, case, ended), measure


@given(case=facts(), again=facts())
def test_handling_it_again_makes_no_rate_better(case: CaseFacts, again: CaseFacts) -> None:
    """What was said and done the first time stays; the second time can only add to it."""
    case = replace(case, closed=True)

    def worst(*values: bool | None) -> bool | None:
        known = [value for value in values if value is not None]
        return all(known) if known else None

    def any_late(*values: bool | None) -> bool | None:
        known = [value for value in values if value is not None]
        return any(known) if known else None

    both = replace(
        case,
        reopened=True,
        contacted=worst(case.contacted, again.contacted),
        redirected=case.redirected or again.redirected,
        signed=worst(case.signed, again.signed),
        late=any_late(case.late, again.late),
        solved=worst(case.solved, again.solved),
        satisfied=worst(case.satisfied, again.satisfied),
    )
    for measure in GOOD:
        before, after = holds(measure, case), holds(measure, both)
        assert not (before is False and after is not False), measure
    assert holds(CaseMeasure.REOPENED, both) is True


@given(case=facts(), others=CITIES)
def test_an_appeal_sets_a_flag_and_leaves_the_fact(case: CaseFacts, others: list[tuple[CaseFacts, int]]) -> None:
    case = replace(case, dispatched=True, late=True, excused=False)
    before, after = rates([*others, (case, 1)]), rates([*others, (replace(case, excused=True), 1)])
    assert after[CaseMeasure.DONE_IN_TIME].excused == before[CaseMeasure.DONE_IN_TIME].excused + 1
    for measure in CaseMeasure:
        assert after[measure][:2] == before[measure][:2]


@settings(max_examples=30)
@given(CITIES, CITIES)
def test_rates_of_parts_add_up(some: list[tuple[CaseFacts, int]], others: list[tuple[CaseFacts, int]]) -> None:
    whole, parts = rates([*some, *others]), (rates(some), rates(others))
    for measure in CaseMeasure:
        assert whole[measure] == Rate(*(sum(column) for column in zip(*(one[measure] for one in parts), strict=True)))


@given(case=facts())
def test_facts_come_back_from_the_number_that_they_are_kept_as(case: CaseFacts) -> None:
    assert unpacked(packed(case)) == case
    assert 0 <= packed(case) < 2**31


def test_a_kept_number_means_what_it_meant() -> None:
    """Numbers are kept for years: a fact that is added comes last."""
    known = CaseFacts(contacted=True, dispatched=True, signed=None, late=False, done=True, closed=True, solved=None)
    assert packed(known) == 1439212


def test_every_case_that_can_be_thought_of_has_an_answer() -> None:
    for values in product(*VALUES):
        case = CaseFacts(*values)
        found = measured(case)
        assert found.keys() == {*CaseMeasure}, case
        assert {*found.values()} <= {True, False, None}, case


def test_late_without_a_result_is_late_and_cut_short_is_nothing() -> None:
    assert holds(CaseMeasure.DONE_IN_TIME, CaseFacts(dispatched=True, late=True)) is False
    assert holds(CaseMeasure.DONE_IN_TIME, CaseFacts(dispatched=True, late=False, closed=True)) is None
    assert holds(CaseMeasure.DONE_IN_TIME, CaseFacts(dispatched=True, done=True)) is None


@pytest.mark.parametrize("measure", CaseMeasure)
def test_every_measure_says_in_both_languages_what_is_counted(measure: CaseMeasure) -> None:
    definition = DEFINITIONS[measure]
    assert "÷" in definition.text_zh
    assert " of those " in definition.text_en
    assert definition.better in {"high", "low"}
    assert all(definition)
