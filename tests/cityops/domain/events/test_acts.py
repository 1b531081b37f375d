"""The words of acting: for which units somebody acts, and which units lie below which."""

import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.events.acts import Asker, Unit, UnitKind
from factories.judged import STREET, TIANHE, WATER


@pytest.mark.parametrize(
    ("upper", "lower", "holds"),
    [
        (TIANHE, STREET, True),
        (TIANHE, Unit(UnitKind.STREET, "440105001"), False),
        (TIANHE, TIANHE, False),
        (STREET, STREET, False),
        (WATER, STREET, False),
        (TIANHE, Unit(UnitKind.DEPARTMENT, "440106013"), False),
    ],
)
def test_a_district_holds_its_streets_and_nothing_else(upper: Unit, lower: Unit, holds: bool) -> None:
    assert upper.holds(lower) is holds


@pytest.mark.parametrize(
    ("scope", "units"),
    [
        (Scope(ScopeKind.STREETS, frozenset({"440106013"})), {STREET}),
        (Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})), {WATER}),
        (Scope(ScopeKind.DISTRICTS, frozenset({"440106", "440105"})), {TIANHE, Unit(UnitKind.DISTRICT, "440105")}),
        (Scope(ScopeKind.SOURCES, frozenset({"hotline-12345"})), set()),
        (WHOLE_CITY, set()),
    ],
)
def test_somebody_acts_for_the_units_of_his_scope(scope: Scope, units: set[Unit]) -> None:
    assert Asker("li", Role.OPERATOR, scope).units == units
