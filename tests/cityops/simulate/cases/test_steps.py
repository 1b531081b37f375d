"""The way of a case: states in an order that a case may take, times that fit its urgency, rare ways rare."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.events.status import Severity, Stage, Status
from cityops.simulate.cases.steps import _MINUTES, path, timed_path

SEEDS = st.integers(0, 2**32)
PATHS = [path(random.Random(seed)) for seed in range(4_000)]


@given(SEEDS)
def test_a_case_begins_reported_is_accepted_and_ends_closed_once(seed: int) -> None:
    states = path(random.Random(seed))
    assert states[:2] == (Status.REPORTED, Status.ACCEPTED)
    assert [state.stage for state in states].count(Stage.CLOSED) == 1
    assert states[-1].stage is Stage.CLOSED
    assert path(random.Random(seed)) == states


def test_the_usual_way_is_usual_and_each_detour_has_its_share() -> None:
    ends = Counter(states[-1] for states in PATHS)
    assert set(ends) == {Status.CLOSED, Status.MERGED, Status.VOID}
    shares = {
        "merged": ends[Status.MERGED],
        "void": ends[Status.VOID],
        "verified first": sum(Status.VERIFYING in states and Status.FILED in states for states in PATHS),
        "returned": sum(states.count(Status.DISPATCHED) == 2 for states in PATHS),
        "done again": sum(states.count(Status.DONE) == 2 for states in PATHS),
    }
    wanted = {"merged": 0.035, "void": 0.03, "verified first": 0.28, "returned": 0.047, "done again": 0.037}
    assert {name: count / len(PATHS) for name, count in shares.items()} == pytest.approx(wanted, abs=0.02)


def test_every_state_has_its_time_and_each_is_met() -> None:
    assert set(_MINUTES) >= {state for states in PATHS for state in states}
    assert {state for states in PATHS for state in states} == set(_MINUTES)
    assert all(0 <= shortest <= longest for shortest, longest in _MINUTES.values())


@given(SEEDS, st.sampled_from(list(Severity)), st.sampled_from([1.0, 60.0]))
def test_times_begin_with_the_report_and_go_on_within_their_bounds(
    seed: int, severity: Severity, pace: float
) -> None:
    timed = list(timed_path(severity, pace, random.Random(seed)))
    moments = [after for _, after in timed]
    assert timed[0] == (Status.REPORTED, 0)
    assert moments == sorted(moments)
    haste = {Severity.NORMAL: 1.0, Severity.URGENT: 0.4, Severity.CRITICAL: 0.2}[severity]
    for (_, before), (state, after) in pairwise(timed):
        shortest, longest = (minutes * 60 * haste / pace for minutes in _MINUTES[state])
        assert shortest - 1e-6 <= after - before <= longest * 6 + 1e-6


@given(SEEDS)
def test_the_graver_a_case_the_faster_and_a_quick_city_is_so_many_times_faster(seed: int) -> None:
    normal, urgent, critical = (
        [after for _, after in timed_path(severity, 1, random.Random(seed))]
        for severity in (Severity.NORMAL, Severity.URGENT, Severity.CRITICAL)
    )
    assert urgent == pytest.approx([0.4 * one for one in normal])
    assert critical == pytest.approx([0.2 * one for one in normal])
    quick = [after for _, after in timed_path(Severity.NORMAL, 60, random.Random(seed))]
    assert quick == pytest.approx([one / 60 for one in normal])


def test_some_cases_take_several_times_as_long() -> None:
    def to_acceptance(seed: int) -> float:
        return list(timed_path(Severity.NORMAL, 1, random.Random(seed)))[1][1]

    overdue = sum(to_acceptance(seed) > 9 * 60 for seed in range(2_000)) / 2_000
    assert 0.01 < overdue < 0.07  # of one in fourteen, those that were not quick anyway
