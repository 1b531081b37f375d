"""What officers do next: never what the judge denies, at rates near those of the table, the same for a seed."""

from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from cityops import reference
from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.events.acts import Act, Allowed, Asker, CaseStanding, Clock, Mark, Request, Unit, UnitKind
from cityops.domain.events.lifecycle import judge
from cityops.domain.events.standards import ProofAsked
from cityops.domain.events.status import Status
from cityops.domain.regions import district_of
from cityops.simulate.officers.habits import HABITS, PACES, happens, takes
from cityops.simulate.officers.moves import LEFT_TO_PEOPLE, CaseSeen, Move, Practice, Seat, Ways, fits, wrong_unit

MANY = 10_000
BEGAN = datetime(2026, 11, 30, 1, tzinfo=UTC)
LIMIT = timedelta(hours=4)
STREET, TIANHE, URBAN = "440106013", Unit(UnitKind.DISTRICT, "440106"), Unit(UnitKind.DEPARTMENT, "urban")
STANDARDS: dict[str, list[Practice]] = {}
for _one in reference.case_standards():
    STANDARDS.setdefault(_one.class_code, []).append(Practice.of(asdict(_one)))
WAYS = Ways(STANDARDS, seed=20)
CLASSES = sorted(STANDARDS)
KINDS = {
    Seat.DISTRICT: (Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS),
    Seat.STREET: (Role.STREET_OFFICER, ScopeKind.STREETS),
    Seat.DEPARTMENT: (Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS),
}


def seen(status: Status = Status.REPORTED, **more: object) -> CaseSeen:
    return replace(CaseSeen(7, status, "road_ponding", STREET, BEGAN), **more)  # type: ignore[arg-type]


def unit_of(code: str) -> Unit:
    if not code.isdigit():
        return Unit(UnitKind.DEPARTMENT, code)
    return Unit(UnitKind.STREET if len(code) > 6 else UnitKind.DISTRICT, code)


def asker(move: Move, unit: Unit | None) -> Asker:
    if move.seat is Seat.CENTRE:
        return Asker("centre", Role.SHIFT_LEADER)
    assert unit is not None
    role, kind = KINDS[move.seat]
    return Asker(move.seat, role, Scope(kind, frozenset({unit.code})))


def walked(number: int, ways: Ways = WAYS, most: int = 30) -> list[tuple[Move, CaseSeen]]:
    """Return the moves of a case until none is left, each judged as the platform judges it, with what was seen."""
    case = seen(number=number, class_code=CLASSES[number % len(CLASSES)], steps=("report",))
    standing = CaseStanding(Status.REPORTED, STREET, running=frozenset({Clock.STAFF_ACCEPT}))
    told: list[tuple[Move, CaseSeen]] = []
    while (move := ways.next(case)) is not None and len(told) < most:
        given = {name: value for name, value in move.given.items() if name != "unit"}
        unit = unit_of(move.given["unit"]) if "unit" in move.given else None
        request = Request(move.act, unit=unit, evidence=move.photos, region_code=STREET, **given)
        judged = judge(standing, asker(move, case.unit), request, move.at)
        assert isinstance(judged, Allowed), (number, move, judged)
        told.append((move, case))
        case = after(case, move, judged.after)
        practice = ways.practice(case)
        assert practice is not None
        standing = replace(judged.after, proof=practice.proof is not ProofAsked.NONE)
    return told


def after(case: CaseSeen, move: Move, standing: CaseStanding) -> CaseSeen:
    """Return the case as it is seen after a move; its unit has `LIMIT`, and none is left while the clock stands."""
    returned = case.returned_by | ({case.unit.code} if move.act is Act.RETURN and case.unit else frozenset())
    due = move.at + LIMIT if move.act in {Act.DISPATCH, Act.ARBITRATE, Act.REWORK} else case.due
    return replace(
        case,
        status=standing.status,
        since=move.at,
        due=due,
        unit=standing.unit,
        standard=standing.standard or move.given.get("standard") or case.standard,
        steps=(*case.steps, str(move.act)),
        returned_by=returned,
    )


@pytest.fixture(scope="module")
def whole() -> list[list[tuple[Move, CaseSeen]]]:
    """Give the moves of many cases from their report to their end."""
    return [walked(number) for number in range(1_000)]


def test_no_move_is_denied_and_every_case_comes_to_an_end(whole: list[list[tuple[Move, CaseSeen]]]) -> None:
    for number, told in enumerate(whole):
        assert told[-1][0].act in {Act.CLOSE, Act.REFUSE}, number
        assert [move.at for move, _ in told] == sorted(move.at for move, _ in told)


def test_the_same_seed_gives_the_same_moves_and_another_one_others() -> None:
    assert walked(11) == walked(11)
    other = Ways(STANDARDS, seed=21)
    assert any(walked(number) != walked(number, other) for number in range(3))


@pytest.mark.parametrize("habit", sorted(HABITS))
def test_each_habit_comes_out_near_its_rate(habit: str) -> None:
    rate = HABITS[habit].rate
    bound = 4 * (rate * (1 - rate) / MANY) ** 0.5
    assert sum(happens(habit, 20, number) for number in range(MANY)) / MANY == pytest.approx(rate, abs=bound)


def test_rates_of_whole_cases_come_out_near_those_of_the_table(whole: list[list[tuple[Move, CaseSeen]]]) -> None:
    """Counted of the moves of many cases: what the platform's rates count of acts and clocks."""
    counts = Counter[str]()
    for told in whole:
        acts = Counter(move.act for move, _ in told)
        counts["dispatched"] += bool(acts[Act.DISPATCH])
        counts["wrong"] += bool(acts[Act.RETURN])
        counts["done"] += bool(acts[Act.FEED_BACK])
        first = next(((m, c) for m, c in told if m.act is Act.FEED_BACK), None)
        counts["late"] += first is not None and first[1].due is not None and first[0].at > first[1].due
        counts["reworked"] += bool(acts[Act.REWORK])
        counts["reopened"] += bool(acts[Act.REOPEN])
    assert counts["wrong"] / counts["dispatched"] == pytest.approx(0.02, abs=0.012)
    assert counts["late"] / counts["done"] == pytest.approx(0.01, abs=0.009)
    assert counts["reworked"] / counts["done"] == pytest.approx(0.03, abs=0.015)
    assert counts["reopened"] / counts["done"] == pytest.approx(0.01, abs=0.009)


def test_an_act_takes_about_as_long_as_the_table_says() -> None:
    for act, pace in PACES.items():
        times = sorted(takes(act, 20, number, 0) for number in range(501))
        assert times[250] / timedelta(minutes=pace.minutes) == pytest.approx(1, rel=0.2)


def test_a_pace_makes_all_faster_but_the_late_ones() -> None:
    fast = Ways(STANDARDS, seed=20, pace=100)
    late = next(number for number in range(MANY) if happens("late", 20, number) and not happens("refuse", 20, number))
    quick, slow = (walked(late, ways)[0][0].at - BEGAN for ways in (fast, WAYS))
    assert quick == pytest.approx(slow / 100, abs=timedelta(milliseconds=1))
    done = next((move, case) for move, case in walked(late, fast) if move.act in {Act.FEED_BACK, Act.SIGN})
    overdue = [m.at > c.due for m, c in walked(late, fast) if m.act is Act.FEED_BACK and c.due]
    assert overdue[0], done


def test_a_unit_returns_what_is_not_its_own_once_and_with_a_photo() -> None:
    wrong = seen(Status.DISPATCHED, unit=URBAN, class_code="noise_complaint", steps=("report", "dispatch"))
    right = STANDARDS["noise_complaint"][0].unit_at(STREET)
    assert not fits(URBAN, right, STREET)
    move = WAYS.next(wrong)
    assert move is not None
    assert (move.act, move.seat, move.photos) == (Act.RETURN, Seat.DEPARTMENT, 1)
    for settled in (
        replace(wrong, returned_by=frozenset({"urban"})),
        replace(wrong, steps=("report", "arbitrate")),
        replace(wrong, refuse_over=True),
    ):
        again = WAYS.next(settled)
        assert again is not None
        assert again.act is Act.SIGN


def test_a_right_unit_that_has_returned_it_is_named_by_arbitration() -> None:
    practice = WAYS.practice(seen())
    assert practice is not None
    right = practice.unit_at(STREET)
    move = WAYS.next(seen(Status.FILED, returned_by=frozenset({right.code})))
    assert move is not None
    assert (move.act, move.given["unit"]) == (Act.ARBITRATE, right.code)


def test_a_wrong_unit_is_never_the_right_one_nor_the_place_s_own() -> None:
    for right in (URBAN, TIANHE, Unit(UnitKind.STREET, STREET)):
        units = {wrong_unit(20, seen(number=number), right) for number in range(200)}
        assert right not in units
        assert district_of(STREET) not in {unit.code for unit in units}
        assert len(units) > 5


def test_a_case_on_which_a_person_has_acted_is_left_to_people_for_a_while() -> None:
    fast = Ways(STANDARDS, seed=20, pace=1000)
    ours, theirs = fast.next(seen()), fast.next(seen(by_people=True))
    assert ours is not None
    assert theirs is not None
    assert ours.at < BEGAN + timedelta(minutes=1)
    assert theirs.at == BEGAN + LEFT_TO_PEOPLE


@pytest.mark.parametrize("mark", [Mark.LOCKED, Mark.POSTPONED, Mark.SUSPENDED, Mark.EXTENSION_ASKED])
def test_what_somebody_else_decides_first_is_left_alone(mark: Mark) -> None:
    assert WAYS.next(seen(Status.PROCESSING, unit=TIANHE, marks=frozenset({mark}))) is None


def test_a_class_without_a_standard_is_refused_and_what_is_archived_is_over() -> None:
    move = WAYS.next(seen(class_code="unheard_of"))
    assert move is not None
    assert move.act is Act.REFUSE
    assert WAYS.next(seen(Status.ACCEPTED, class_code="unheard_of")) is None
    assert WAYS.next(seen(Status.ARCHIVED)) is None
