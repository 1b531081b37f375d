"""Rates over cases with their acts and clocks, on the real database: what counts and what does not, by group."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.events.rates import CaseMeasure
from cityops.store.engine import make_engine, reading
from cityops.store.events import rates
from cityops.store.events.queries import EventFilter
from cityops.store.schema import privileges
from factories.world import World

H = 3600
WATER, URBAN = ("department", "water"), ("department", "urban")
Step = tuple[float, str, dict[str, Any]]
"""An act: hours ago, its name, and what else its row has."""
Round = tuple[float, float | None, float | None, bool | None]
"""Of a clock: how many hours ago it began, falls due and stopped, and whether it was overdue then."""


class Cases:
    """Writes cases that are handled here, with acts and clocks as acting on them leaves them."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url

    def write(
        self,
        *steps: Step,
        citizen: Round | None = None,
        unit: tuple[Round, ...] = (),
        marks: tuple[str, ...] = (),
        status: str = "closed",
        **told: Any,
    ) -> None:
        """Write a case with acts, the clock of its citizen, and the rounds of its unit's."""
        name = self.world.case(**told)
        [number] = self.world.connection.execute(
            "UPDATE event SET master = 'here', status = %s, marks = %s, unit_kind = 'department', unit_code = 'water'"
            " WHERE external_id = %s RETURNING id",
            [status, list(marks), name],
        ).fetchone() or (0,)
        for sequence, (ago, act, more) in enumerate(steps, 1):
            kind, code = more.get("unit", (None, None))
            self.world.connection.execute(
                "INSERT INTO event_act (event_id, own_sequence, act, at, actor, from_status, to_status,"
                " asked_unit_kind, asked_unit_code, data) VALUES (%s, %s, %s, %s, 'li', %s, %s, %s, %s, %s)",
                [
                    *(number, sequence, act, self.world.ago(ago * H), more.get("was"), more.get("to", "x")),
                    *(kind, code, Jsonb(more.get("data", {}))),
                ],
            )
        for clock, rounds in (("citizen", (citizen,) if citizen else ()), ("unit", unit)):
            for turn, one in enumerate(rounds, 1):
                self._clock(number, clock, turn, *one)

    def _clock(
        self,
        number: int,
        clock: str,
        turn: int,
        start: float,
        due: float | None,
        stop: float | None,
        overdue: bool | None,
    ) -> None:
        moments = [None if ago is None else self.world.ago(ago * H) for ago in (start, due, stop)]
        self.world.connection.execute(
            "INSERT INTO deadline (event_id, clock, round, limit_kind, amount, started_at, due_at, stopped_at,"
            " overdue) VALUES (%s, %s, %s, 'days', 1, %s, %s, %s, %s)",
            [number, clock, turn, *moments, overdue],
        )

    def rates(self, by: str = "all", scope: Scope = WHOLE_CITY, **wanted: Any) -> dict[str, dict[CaseMeasure, Any]]:
        """Ask for rates as the API does."""
        engine = make_engine(self.url)
        try:
            with reading(engine, scope) as connection:
                return rates.by_group(connection, EventFilter(**wanted), by, self.world.now)
        finally:
            engine.dispose()

    def one(self, measure: CaseMeasure) -> tuple[int, int]:
        """Return numerator and denominator of a measure over all cases; 0 of 0 where there is none."""
        all_ = self.rates().get("all")
        return all_[measure][:2] if all_ else (0, 0)


@pytest.fixture
def cases(world: World, database_as: Callable[[str], str]) -> Cases:
    return Cases(world, database_as(privileges.API))


def sent(ago: float, unit: tuple[str, str] = WATER, act: str = "dispatch") -> Step:
    return ago, act, {"unit": unit}


def step(ago: float, act: str, **more: Any) -> Step:
    return ago, act, more


BACK = {"was": "dispatched", "to": "filed"}
ACTS: list[tuple[str, list[Step], CaseMeasure, tuple[int, int]]] = [
    ("signed within a day", [sent(40), step(16, "sign")], CaseMeasure.SIGNED_IN_TIME, (1, 1)),
    ("signed a little later", [sent(40), step(15.9, "sign")], CaseMeasure.SIGNED_IN_TIME, (0, 1)),
    ("not signed, still time", [sent(23)], CaseMeasure.SIGNED_IN_TIME, (0, 0)),
    ("not signed, too late", [sent(25)], CaseMeasure.SIGNED_IN_TIME, (0, 1)),
    ("returned in time", [sent(40), step(30, "return", **BACK)], CaseMeasure.SIGNED_IN_TIME, (0, 0)),
    ("returned too late", [sent(60), step(30, "return", **BACK)], CaseMeasure.SIGNED_IN_TIME, (0, 1)),
    ("closed over it in time", [sent(40), step(39, "close")], CaseMeasure.SIGNED_IN_TIME, (0, 0)),
    (
        "the first unit signed late, the second in time",
        [sent(90), step(60, "sign"), step(59, "return", **BACK), sent(50, URBAN), step(49, "sign")],
        CaseMeasure.SIGNED_IN_TIME,
        (0, 1),
    ),
    (
        "passed down and signed",
        [sent(9), step(8, "sign"), sent(7, act="forward")],
        CaseMeasure.SIGNED_IN_TIME,
        (1, 1),
    ),
    ("sent once", [sent(9), step(8, "sign")], CaseMeasure.FIRST_DISPATCH_RIGHT, (1, 1)),
    ("never sent", [step(9, "accept")], CaseMeasure.FIRST_DISPATCH_RIGHT, (0, 0)),
    ("returned", [sent(9), step(8, "return", **BACK)], CaseMeasure.FIRST_DISPATCH_RIGHT, (0, 1)),
    ("sent elsewhere", [sent(9), sent(8, URBAN)], CaseMeasure.FIRST_DISPATCH_RIGHT, (0, 1)),
    ("arbitrated elsewhere", [sent(9), sent(8, URBAN, "arbitrate")], CaseMeasure.FIRST_DISPATCH_RIGHT, (0, 1)),
    ("sent to the same again", [sent(9), step(7, "close"), sent(5)], CaseMeasure.FIRST_DISPATCH_RIGHT, (1, 1)),
    (
        "returned by the street to its district",
        [sent(9), step(8, "return", was="signed", to="signed")],
        CaseMeasure.FIRST_DISPATCH_RIGHT,
        (1, 1),
    ),
    ("a unit returned it", [sent(9), step(8, "return", **BACK)], CaseMeasure.RETURNED, (1, 1)),
    ("staff gave it back", [sent(9), step(8, "return", was="filed", to="accepted")], CaseMeasure.RETURNED, (0, 1)),
    ("done once", [step(9, "feed_back"), step(8, "close")], CaseMeasure.REWORKED, (0, 1)),
    ("reworked", [step(9, "feed_back"), step(8, "rework")], CaseMeasure.REWORKED, (1, 1)),
    ("not done", [sent(9)], CaseMeasure.REWORKED, (0, 0)),
    ("closed", [step(9, "close")], CaseMeasure.REOPENED, (0, 1)),
    ("reopened", [step(9, "close"), step(8, "reopen")], CaseMeasure.REOPENED, (1, 1)),
    ("open", [sent(9)], CaseMeasure.REOPENED, (0, 0)),
    ("nobody asked", [step(9, "close")], CaseMeasure.SATISFIED, (0, 0)),
    ("nobody asked, so not asked", [step(9, "close")], CaseMeasure.ASKED, (0, 1)),
    ("satisfied", [step(9, "close", data={"satisfied": True, "solved": True})], CaseMeasure.SATISFIED, (1, 1)),
    ("satisfied, so asked", [step(9, "close", data={"satisfied": True})], CaseMeasure.ASKED, (1, 1)),
    ("not solved", [step(9, "close", data={"satisfied": True, "solved": False})], CaseMeasure.SOLVED, (0, 1)),
    (
        "satisfied at the second time alone",
        [step(9, "close", data={"satisfied": False}), step(1, "close", data={"satisfied": True})],
        CaseMeasure.SATISFIED,
        (0, 1),
    ),
]


@pytest.mark.parametrize(("_what", "steps", "measure", "expected"), ACTS, ids=[one[0] for one in ACTS])
def test_acts_make_facts(
    cases: Cases, _what: str, steps: list[Step], measure: CaseMeasure, expected: tuple[int, int]
) -> None:
    cases.world.case("reported", "closed")  # its source handles it, so that it counts in nothing
    cases.write(*steps)
    assert cases.one(measure) == expected


CLOCKS: list[tuple[str, dict[str, Any], CaseMeasure, tuple[int, int]]] = [
    ("nobody waits", {}, CaseMeasure.ANSWERED, (0, 0)),
    ("still time", {"citizen": (9, -15, None, None)}, CaseMeasure.ANSWERED, (0, 0)),
    ("time is over", {"citizen": (30, 6, None, None)}, CaseMeasure.ANSWERED, (0, 1)),
    ("contacted", {"steps": [step(8, "contact")], "citizen": (9, -15, 8, False)}, CaseMeasure.ANSWERED, (1, 1)),
    ("contacted late", {"steps": [step(5, "contact")], "citizen": (30, 6, 5, True)}, CaseMeasure.ANSWERED, (0, 1)),
    ("contacted before", {"steps": [step(31, "contact")], "citizen": (30, 6, 5, True)}, CaseMeasure.ANSWERED, (0, 1)),
    ("closed without contact", {"citizen": (9, -15, 8, False)}, CaseMeasure.ANSWERED, (0, 1)),
    ("voided without contact", {"citizen": (9, -15, 8, False), "status": "void"}, CaseMeasure.ANSWERED, (0, 1)),
    ("merged", {"citizen": (9, -15, 8, False), "status": "merged"}, CaseMeasure.ANSWERED, (0, 0)),
    (
        "done in time",
        {"steps": [step(5, "feed_back")], "unit": ((9, 2, 4, False),)},
        CaseMeasure.DONE_IN_TIME,
        (1, 1),
    ),
    ("done late", {"steps": [step(5, "feed_back")], "unit": ((9, 6, 4, True),)}, CaseMeasure.DONE_IN_TIME, (0, 1)),
    ("running", {"steps": [step(5, "feed_back")], "unit": ((9, -2, None, None),)}, CaseMeasure.DONE_IN_TIME, (0, 0)),
    ("paused", {"unit": ((9, None, None, None),)}, CaseMeasure.DONE_IN_TIME, (0, 0)),
    ("running late", {"unit": ((9, 2, None, None),)}, CaseMeasure.DONE_IN_TIME, (0, 1)),
    ("cut short by closing", {"unit": ((9, -2, 4, False),)}, CaseMeasure.DONE_IN_TIME, (0, 0)),
    (
        "late, reopened, then in time",
        {"steps": [step(5, "feed_back")], "unit": ((90, 80, 70, True), (9, 2, 4, False))},
        CaseMeasure.DONE_IN_TIME,
        (0, 1),
    ),
]


@pytest.mark.parametrize(("_what", "told", "measure", "expected"), CLOCKS, ids=[one[0] for one in CLOCKS])
def test_clocks_make_facts(
    cases: Cases, _what: str, told: dict[str, Any], measure: CaseMeasure, expected: tuple[int, int]
) -> None:
    cases.write(*told.pop("steps", []), **told)
    assert cases.one(measure) == expected


def test_an_appeal_that_was_granted_is_counted_beside_and_changes_nothing(cases: Cases) -> None:
    for marks in ((), ("excused",)):
        cases.write(step(5, "feed_back"), unit=((9, 6, 4, True),), marks=marks)
    assert cases.rates()["all"][CaseMeasure.DONE_IN_TIME] == (0, 2, 1)


def test_rates_are_told_apart_and_add_up(cases: Cases) -> None:
    cases.write(sent(9), step(8, "sign"), region="440106013")
    cases.write(
        sent(9), sent(8, URBAN), region="440106001", event_class="noise_complaint", at=cases.world.ago(90_000)
    )
    cases.write(sent(9), region="440105001", source="grid-officer")
    measure = CaseMeasure.FIRST_DISPATCH_RIGHT
    assert {group: found[measure][:2] for group, found in cases.rates("district").items()} == {
        "440105": (1, 1),
        "440106": (1, 2),
    }
    assert {group: found[measure][:2] for group, found in cases.rates("class").items()} == {
        "gas_leak": (2, 2),
        "noise_complaint": (0, 1),
    }
    assert {group: found[measure][:2] for group, found in cases.rates("source").items()} == {
        "grid-officer": (1, 1),
        "hotline-12345": (1, 2),
    }
    assert {group: found[measure][:2] for group, found in cases.rates("unit").items()} == {"department:water": (2, 3)}
    assert cases.rates(start=cases.world.ago(80_000))["all"][measure][:2] == (2, 2)
    assert cases.rates(region="440106")["all"][measure][:2] == (1, 2)
    assert cases.rates(class_code="noise_complaint")["all"][measure][:2] == (0, 1)


def test_a_scope_counts_its_own_cases_alone(cases: Cases) -> None:
    cases.write(sent(9), region="440106013")
    cases.write(sent(9), sent(8, URBAN), region="440105001")
    tianhe = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
    assert list(cases.rates("district", tianhe)) == ["440106"]
    assert cases.rates("all", tianhe)["all"][CaseMeasure.FIRST_DISPATCH_RIGHT][:2] == (1, 1)
    assert cases.rates("all", Scope(ScopeKind.DISTRICTS)) == {}
