"""What matters most: chosen by the rules that the docstring states, from rows in any order."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.alarms.situation import AlarmCaseHeld, Tendency, UnitAtWork, situation, tendency
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.domain.regions import holds

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PLACES = ("440100", "440105", "440105001", "440105002", "440106", "440106001", "440106013", "440111001")
DEPTH = Metric("water_depth", "", "", "cm", 0, 300, 0, Aggregate.MAX, Direction.HIGH, 5, 15, 27, 40)


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of open alarms, as the store counts them."""

    region_code: str
    rule_code: str
    level: int
    n: int
    unacknowledged: int
    onset: datetime
    symptom: bool = False
    highest: float | None = None
    lowest: float | None = None
    direction: str | None = "high"

    @property
    def unacknowledged_since(self) -> datetime | None:
        """As if each had been raised at its onset."""
        return self.onset if self.unacknowledged else None


def red(region: str, rule: str = "depth", n: int = 1, unseen: int = 0, ago: int = 10, **more: float) -> Counted:
    """Return a row of red alarms that have stood for so many minutes."""
    return Counted(region, rule, 4, n, unseen, NOON - timedelta(minutes=ago), **more)  # type: ignore[arg-type]


def held(
    number: int, status: str, region: str = "440106001", unit: str | None = "water", *, late: bool = False
) -> AlarmCaseHeld:
    """Return a case of a red alarm of depth."""
    return AlarmCaseHeld(region, "depth", 4, number, unit and "department", unit, status, late)


@st.composite
def rows(draw: st.DrawFn) -> Counted:
    """Draw a row; few kinds of everything, so that they meet."""
    n = draw(st.integers(1, 5))
    return Counted(
        draw(st.sampled_from(PLACES)),
        draw(st.sampled_from(["depth", "gas", "speed"])),
        draw(st.integers(1, 4)),
        n,
        draw(st.integers(0, n)),
        NOON - timedelta(minutes=draw(st.integers(0, 3))),
        draw(st.booleans()),
        draw(st.none() | st.floats(0, 99)),
        draw(st.none() | st.floats(0, 99)),
        draw(st.sampled_from(["high", "low", None])),
    )


@given(st.data(), st.lists(rows(), max_size=8), st.sampled_from(PLACES))
def test_what_is_told_adds_up_and_order_changes_nothing(
    data: st.DataObject, drawn: list[Counted], region: str
) -> None:
    cases = [
        AlarmCaseHeld(one.region_code, one.rule_code, one.level, number % 3, "department", "water", "signed", False)
        for number, one in enumerate(drawn)
        if not one.symptom  # whose cases the store does not give
    ]
    found = situation(drawn, cases, region)
    assert situation(data.draw(st.permutations(drawn)), data.draw(st.permutations(cases)), region) == found
    inside = [one for one in drawn if holds(region, one.region_code) and not one.symptom and one.level >= 3]
    assert (found is None) == (not inside)
    if found is None:
        return
    same = [one for one in inside if (one.rule_code, one.level) == (found.rule_code, found.level)]
    assert found.level == max(one.level for one in inside)
    assert (found.places, found.unacknowledged) == (
        sum(one.n for one in same),
        sum(one.unacknowledged for one in same),
    )
    assert (found.unacknowledged_since is None) == (found.unacknowledged == 0)
    assert found.regions
    assert len(set(found.regions)) == len(found.regions)
    assert all(any(holds(named, one.region_code) for one in same) for named in found.regions)
    assert all(holds(region, named) for named in found.regions)
    assert sum(one.count for one in found.handling) == found.cases <= len(same)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([red("440106001", n=9, unseen=9), Counted("440105001", "gas", 3, 50, 50, NOON)], "depth"),
        ([red("440106001", n=9), red("440105001", "gas", unseen=1)], "gas"),
        ([red("440106001", n=9), red("440105001", "gas", n=8, ago=99)], "depth"),
        ([red("440106001", ago=20), red("440105001", "gas", ago=21)], "gas"),
        ([red("440106001"), red("440105001", "gas")], "depth"),
    ],
    ids=["the gravest", "what nobody has seen", "the most places", "what has stood longest", "by its code"],
)
def test_which_rule_matters_most(rows: list[Counted], rule: str) -> None:
    found = situation(rows, [], "440100")
    assert found is not None
    assert found.rule_code == rule


def test_districts_with_more_places_come_first_then_those_with_the_worst_value() -> None:
    wet = [red("440106001", highest=62.0), red("440105001", highest=48.0), red("440111001", n=2, highest=41.0)]
    slow = [red(one.region_code, "speed", direction="low", lowest=one.highest or 0) for one in wet]  # type: ignore[arg-type]
    for rows, told in ((wet, ("440111", "440106", "440105")), (slow, ("440111", "440105", "440106"))):
        found = situation(rows, [], "440100")
        assert found is not None
        assert found.regions == told
    below, whole = situation(wet, [], "440106"), situation([red("440100")], [], "440100")
    assert below is not None
    assert below.regions == ("440106001",)
    assert whole is not None
    assert whole.regions == ("440100",)


def test_who_is_on_it_the_furthest_step_first_each_case_once() -> None:
    cases = [
        *(held(number, "dispatched") for number in (1, 2)),
        *(held(3, "processing", region, late=True) for region in ("440106001", "440106013")),
        held(4, "dispatched", unit="fire"),
        held(5, "accepted", unit=None),
    ]
    found = situation([red("440106001", n=6)], cases, "440100")
    assert found is not None
    assert (found.cases, found.overdue) == (5, 1)
    assert found.handling == (
        UnitAtWork("department", "water", "processing", 1),  # type: ignore[arg-type]
        UnitAtWork("department", "water", "dispatched", 2),  # type: ignore[arg-type]
        UnitAtWork("department", "fire", "dispatched", 1),  # type: ignore[arg-type]
    )


def test_a_value_holds_steady_within_a_twentieth_of_the_distance_of_its_thresholds() -> None:
    told = [tendency(newest, 60.0, DEPTH) for newest in (61.7, 61.75, 58.3, 58.2)]
    assert told == [Tendency.STEADY, Tendency.RISING, Tendency.STEADY, Tendency.FALLING]
    assert tendency(60.0, None, DEPTH) is None
    flow = Metric("flow", "", "", "", 0, 9, 1, Aggregate.MEAN, Direction.NONE)
    assert [tendency(newest, 2.0, flow) for newest in (2.05, 2.2)] == [Tendency.STEADY, Tendency.RISING]
