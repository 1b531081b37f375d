"""How far an indicator has come on its way to a target of policy, and who may see which values."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.folding import Cell
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.privacy import RestrictedError, check_may_see, of_enough_persons
from cityops.domain.indicators.targets import PolicyTarget, TargetDirection, TargetDocument, progress
from cityops.reference import themes

EVERY = indicators([], {}, themes.shipped().themes)


def target(value: float, reached: str = "at_least", base: float | None = None) -> PolicyTarget:
    return PolicyTarget(
        indicator="gdp",
        value=value,
        reached=TargetDirection(reached),
        by=date(2026, 12, 31),
        interval=Grain.YEAR,
        region="440100",
        base=base,
        document=TargetDocument(zh="示例", en="Example", example=True),
    )


@pytest.mark.parametrize(
    ("aim", "value", "gap", "share"),
    [
        (target(200), 150, 50, 0.75),
        (target(200, base=100), 150, 50, 0.5),
        (target(10, "at_most"), 20, 10, 0.5),
        (target(10, "at_most", base=30), 20, 10, 0.5),
        (target(200), 200, 0, 1.0),
        (target(10, "at_most"), 8, -2, 1.0),
    ],
)
def test_gap_and_share_of_the_way(aim: PolicyTarget, value: float, gap: float, share: float) -> None:
    assert progress(aim, value) == (gap, share, gap <= 0)


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from(["at_least", "at_most"]),
    st.none() | st.floats(-1e6, 1e6),
)
def test_a_share_is_between_none_and_all_and_all_only_where_nothing_is_missing(
    aim: float, value: float, reached: str, base: float | None
) -> None:
    told = progress(target(aim, reached, base), value)
    assert 0 <= told.share <= 1
    assert told.is_reached is (told.gap <= 0)


def test_a_document_without_a_date_must_say_that_it_is_an_example() -> None:
    with pytest.raises(ValueError, match="a document has a date"):
        TargetDocument(zh="某规划", en="A plan")


def test_a_restricted_indicator_is_for_its_owner_and_the_centre() -> None:
    one = next(one for one in EVERY.values() if one.declared and one.declared.privacy == "restricted")
    owner = Scope(ScopeKind.DEPARTMENTS, frozenset({one.owner}))
    check_may_see(one, EVERY, Subject("a", Role.DEPARTMENT_HANDLER, owner))
    check_may_see(one, EVERY, Subject("b", Role.OPERATOR, WHOLE_CITY))
    others = (
        Subject("c", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))),
        Subject("d", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"market"}))),
        Subject("e", Role.ADMINISTRATOR, WHOLE_CITY),
    )
    for subject in others:
        with pytest.raises(RestrictedError, match=f"{one.owner} and the centre see it"):
            check_may_see(one, EVERY, subject)
        check_may_see(EVERY["gdp"], EVERY, subject)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (Cell(9.0, n=1), None),
        (Cell(10.0, n=1), 10.0),
        (Cell(0.0, n=1), 0.0),
        (Cell(50.0, 5.0, 10.0, 1), None),
        (Cell(50.0, 10.0, 20.0, 1), 50.0),
    ],
)
def test_a_count_of_few_persons_is_withheld(cell: Cell, value: float | None) -> None:
    told = of_enough_persons(cell)
    assert told.value == value
    assert (told.mark == "withheld") is (value is None)
