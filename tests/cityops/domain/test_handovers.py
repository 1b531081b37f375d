"""Who may hand a shift over to whom, and who of the two says what: all roles, and every pair of people."""

from itertools import product

import pytest

from cityops.domain.access import SCOPES, WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.handovers import HandoverError, HandoverOutcome, NotYoursError, check_offer, check_settler

TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
LIEDE = Scope(ScopeKind.STREETS, frozenset({"440106013"}))
CENTRE = Subject("li", Role.OPERATOR, WHOLE_CITY)
DISTRICT = Subject("li", Role.DISTRICT_OFFICER, TIANHE)


def may(giver: Subject, receiver: Subject | None, region: str) -> bool:
    try:
        check_offer(giver, receiver, "wu", region)
    except HandoverError:
        return False
    return True


SCOPE = {
    ScopeKind.CITY: WHOLE_CITY,
    ScopeKind.DISTRICTS: TIANHE,
    ScopeKind.STREETS: LIEDE,
    ScopeKind.DEPARTMENTS: Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})),
    ScopeKind.SOURCES: Scope(ScopeKind.SOURCES, frozenset({"eco-air"})),
}


@pytest.mark.parametrize(("role", "kind"), [(role, kind) for role in Role for kind in sorted(SCOPES[role])])
def test_those_who_sit_in_a_centre_take_over_within_their_area(role: Role, kind: ScopeKind) -> None:
    receiver = Subject("wu", role, SCOPE[kind])
    sits = role in {Role.OPERATOR, Role.SHIFT_LEADER, Role.DISTRICT_OFFICER}
    assert may(CENTRE, receiver, "440100") is (sits and kind is ScopeKind.CITY)
    assert may(CENTRE, receiver, "440106") is sits
    assert may(CENTRE, receiver, "440105") is (sits and kind is ScopeKind.CITY)


@pytest.mark.parametrize(
    ("giver", "region", "expected"),
    [
        (CENTRE, "440100", True),
        (CENTRE, "440105", True),
        (DISTRICT, "440106", True),
        (DISTRICT, "440105", False),
        (DISTRICT, "440100", False),
        (CENTRE, "440106013", False),
    ],
)
def test_a_shift_is_handed_over_within_the_area_of_who_has_it(giver: Subject, region: str, expected: bool) -> None:
    assert may(giver, Subject("wu", Role.SHIFT_LEADER, WHOLE_CITY), region) is expected


def test_nobody_hands_over_to_himself_or_to_nobody() -> None:
    with pytest.raises(HandoverError, match="somebody else"):
        check_offer(CENTRE, CENTRE, "li", "440100")
    with pytest.raises(HandoverError, match="no account wu that may take over a seat of 440100"):
        check_offer(CENTRE, None, "wu", "440100")


@pytest.mark.parametrize(("asking", "outcome"), [*product(("li", "wu", "zhao", ""), HandoverOutcome)])
def test_who_takes_over_answers_and_who_hands_over_withdraws(asking: str, outcome: HandoverOutcome) -> None:
    whose = "li" if outcome is HandoverOutcome.WITHDRAWN else "wu"
    if asking == whose:
        check_settler(asking, "li", "wu", outcome)
    else:
        with pytest.raises(NotYoursError, match=f"{outcome} by {whose} alone"):
            check_settler(asking, "li", "wu", outcome)
