"""Cases as a scope finds them: one by one where they are few, in order of time where they are many, and the same."""

import pytest
from sqlalchemy import select, text

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.events.acts import Act
from cityops.store.engine import reading
from cityops.store.events import cases
from cityops.store.events.cases import CaseFilter
from cityops.store.tables import event
from factories.desk import HAIZHU, LIEDE, OPERATOR, TIANHE, URBAN, WATER, Desk, department, district, street

ELSEWHERE = "440105001"
HOTLINE = Scope(ScopeKind.DEPARTMENTS, frozenset({"hotline"}))
SCOPES = (*(who.scope for who in (OPERATOR, WATER, URBAN, TIANHE, HAIZHU, LIEDE)), HOTLINE)


@pytest.fixture
def city(desk: Desk) -> Desk:
    """Give cases of Liede that were dispatched to a department, a district and a street elsewhere, and given back."""
    desk.dispatched()
    desk.dispatched(department("urban"))
    desk.act(URBAN, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    desk.act(OPERATOR, Act.DISPATCH, unit=department("water"))
    desk.dispatched(district("440105"), region_code=ELSEWHERE)
    desk.dispatched(street(ELSEWHERE))
    return desk


def test_what_is_found_one_by_one_is_what_the_security_shows(city: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = []
    for scope in SCOPES:
        with reading(city.engine, scope) as connection:
            shown = sorted(connection.scalars(select(event.c.id)))
            numbers.append(len(shown))
            for most in (0, 1000):
                monkeypatch.setattr(cases, "FEW", most)
                monkeypatch.setattr(cases, "SOME", most)
                for wanted in (CaseFilter(), CaseFilter(text="积水")):
                    rows = cases.page(connection, wanted, city.now, None, 99, scope)
                    counted = cases.counts(connection, wanted, "status", city.now, scope)
                    assert sorted(row["id"] for row in rows) == shown if wanted.text is None else rows is not None
                    assert sum(row["count"] for row in counted) == len(rows)
    assert numbers == [4, 2, 1, 3, 2, 3, 0]


def test_who_was_ever_given_a_case_stands_beside_it(city: Desk) -> None:
    found = [city.column("given", number) for number in city.numbers()]
    assert found == [["water"], ["urban", "water"], ["440105"], ["440105", ELSEWHERE]]


def test_nobody_says_of_himself_that_he_was_given_a_case(city: Desk) -> None:
    with reading(city.engine, WATER.scope) as connection:
        for what in ("INSERT", "UPDATE"):
            assert connection.scalar(text(f"SELECT has_column_privilege('event', 'given', '{what}')")) is False
