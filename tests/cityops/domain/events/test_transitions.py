"""The life-cycle's file: what makes sense; one that does not is refused with the place and the remedy."""

from importlib.resources import files

import pytest

from cityops.domain import events
from cityops.domain.events.acts import Act, CaseKind, Clock, Effect, Mark, Master
from cityops.domain.events.deadlines import MOST_EXTENSIONS
from cityops.domain.events.status import OPEN_STATUSES, Stage, Status
from cityops.domain.events.transitions import LifecycleError, lifecycle, load, spread

TEXT = (files(events) / "lifecycle.toml").read_text(encoding="utf-8")
CYCLE = lifecycle()


def test_the_shipped_file_is_whole() -> None:
    assert set(CYCLE.acts) == set(Act)
    assert set(CYCLE.states) == set(Status)


def test_a_step_from_closed_to_open_is_a_reopening_alone() -> None:
    leaks = {
        act
        for act, way in CYCLE.transitions()
        for one in way.sources
        if one not in OPEN_STATUSES and way.leads(one) in OPEN_STATUSES
    }
    assert leaks == {Act.REOPEN}


@pytest.mark.parametrize("kind", CaseKind)
def test_every_open_state_leads_to_closing(kind: CaseKind) -> None:
    steps = {(way.leads(one), one) for _, way in CYCLE.transitions() if kind in way.kinds for one in way.sources}
    reached = {way.to for _, way in CYCLE.transitions() if kind in way.kinds and way.to}
    assert reached & {*OPEN_STATUSES} <= spread({Status.CLOSED}, steps)


def test_a_pause_names_what_holds_the_clock_and_what_lets_it_go() -> None:
    for act, way in CYCLE.transitions():
        for clock, effect in way.clocks.items():
            if effect is Effect.PAUSE:
                rule = CYCLE.clocks[clock]
                assert way.to in rule.held_in or rule.held_by & {*way.sets}, act


def test_no_way_both_sets_and_clears_a_mark() -> None:
    assert all(set(way.sets).isdisjoint(way.clears) for _, way in CYCLE.transitions())


def test_the_limits_are_those_by_which_deadlines_are_computed() -> None:
    assert CYCLE.limits.extensions == MOST_EXTENSIONS


def test_every_mark_is_set_by_some_act() -> None:
    assert {mark for _, way in CYCLE.transitions() for mark in way.sets} == set(Mark)


def test_a_source_moves_its_cases_itself() -> None:
    ways = [(act, way) for act, way in CYCLE.transitions() if Master.SOURCE in way.masters]
    assert {act for act, _ in ways} == {Act.NOTE, Act.SUPPLEMENT, Act.SUPERVISE}
    assert all(way.to is None and not way.clocks for _, way in ways)


def test_what_closes_a_case_leaves_no_clock_that_could_run() -> None:
    """Every clock that may run in a state is stopped where it is left for a closed one."""
    for act, way in CYCLE.transitions():
        for one in way.sources:
            if one in OPEN_STATUSES and way.leads(one).stage is Stage.CLOSED and CaseKind.CASE in way.kinds:
                stopped = {clock for clock, effect in way.clocks.items() if effect is Effect.STOP}
                assert could_tick(one) <= stopped, f"{act} from {one}"


def could_tick(status: Status) -> set[Clock]:
    """Return the clocks that run or are paused in a state, by the acts that start them."""
    started = {
        Clock.STAFF_ACCEPT: {Status.REPORTED},
        Clock.STAFF_DISPATCH: {Status.FILED},
        Clock.CITIZEN: {*OPEN_STATUSES} - {Status.REPORTED},
        Clock.UNIT: {*OPEN_STATUSES} - {Status.REPORTED},
    }
    return {clock for clock, states in started.items() if status in states}


def test_a_transition_leaves_from_its_states_and_a_report_from_none() -> None:
    report, check = (CYCLE.acts[act].transitions[0] for act in (Act.REPORT, Act.CHECK))
    assert report.leaves(None)
    assert not report.leaves(Status.REPORTED)
    assert check.leaves(Status.DONE)
    assert not check.leaves(Status.CLOSED)
    assert not check.leaves(None)
    assert check.leads(Status.DONE) is Status.VERIFYING_RESULT
    assert CYCLE.acts[Act.NOTE].transitions[0].leads(Status.VOID) is Status.VOID


def test_a_clock_is_held_by_a_state_or_a_mark() -> None:
    assert CYCLE.held(Clock.UNIT, Status.DONE, ())
    assert CYCLE.held(Clock.UNIT, Status.SIGNED, {Mark.LOCKED, Mark.SUPERVISED})
    assert not CYCLE.held(Clock.UNIT, Status.SIGNED, {Mark.SUPERVISED})
    assert not CYCLE.held(Clock.CITIZEN, Status.DONE, {Mark.LOCKED})


def test_a_lock_stands_against_all_acts_but_those_that_say_so() -> None:
    check, note = (CYCLE.acts[act].transitions[0] for act in (Act.CHECK, Act.NOTE))
    assert CYCLE.unless(Act.CHECK, check) == ("locked",)
    assert CYCLE.unless(Act.NOTE, note) == ()


def test_ways_are_told_from_each_other_by_what_some_of_them_want() -> None:
    assert CYCLE.telling(Act.DECIDE_APPEAL) == {"granted", "last_review"}
    assert CYCLE.telling(Act.RETURN) == {"forwarded"}
    assert CYCLE.telling(Act.SIGN) == set()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[limits]", "[limits", "lifecycle: "),
        ('who = ["viewer"]', 'who = ["anybody"]', "acts.report: there is no party 'anybody'; name one of co_handler"),
        ('when = ["citizen"]', 'when = ["sunny"]', "acts.contact: there is no fact 'sunny'; name one of appeal_open"),
        ('does = ["assign"]', 'does = ["magic"]', "acts.dispatch: there is no change 'magic'; name one of add_files"),
        ('only = "citizen"', 'only = "sunny"', "clocks.citizen: there is no fact 'sunny'"),
        ('to = "archived"', 'to = "closed"', "states.archived: nothing leads to it; give an act a way"),
        ('to = "archived"', 'to = "buried"', "Invalid enum value 'buried'"),
        ('needs = ["unit"]', 'needs = ["luck"]', "Invalid enum value 'luck'"),
        ('sets = ["locked"]', 'sets = ["blue"]', "Invalid enum value 'blue'"),
        ("postpone_days = 30", "postpone_days = 'long'", "Expected `int`, got `str`"),
        ('kind = "work_hours"', 'kind = "hours"', "Invalid enum value 'hours'"),
        ("amount = 8", "amount = 0", "a limit of 0 工作时 cannot be"),
        ("postpone_days = 30", "", "missing required field `postpone_days`"),
        ('masters = ["here"', 'master = ["here"', "unknown field `master`"),
        ("[acts.accept]\n", "[acts.admit]\n", "Invalid enum value 'admit'"),
        (
            "[facts.child]",
            "[facts.orphan]",
            "facts.child: is missing; add it; facts.orphan: means nothing; remove it",
        ),
        (
            'roles = ["operator", "shift_leader"]',
            'roles = ["analyst"]',
            "parties.staff: analyst may not handle cases",
        ),
        ('held_in = ["accepted"', 'held_in = ["closed"', "clocks.unit: it cannot be held in closed, which is closed"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(old: str, new: str, told: str) -> None:
    assert old in TEXT
    with pytest.raises(LifecycleError) as refused:
        load(TEXT.replace(old, new))
    assert told in str(refused.value)


def test_an_open_state_without_a_way_to_closing_is_refused() -> None:
    ways = TEXT.replace(
        'from = ["filed", "dispatched", "signed", "processing", "done", "verifying_result"]', "from = []"
    )
    text = ways.replace('to = "closed"', 'to = "done"')
    with pytest.raises(LifecycleError, match="can never be closed"):
        load(text)
