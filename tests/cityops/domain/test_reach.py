"""What a scope does to an answer: each permission has its reach, each reach its words."""

import pytest

from cityops.domain.access import Permission, ScopeKind
from cityops.domain.reach import REACH, Reach, effect

BY_PLACE = (ScopeKind.DISTRICTS, ScopeKind.STREETS)
BY_ORIGIN = (ScopeKind.DEPARTMENTS, ScopeKind.SOURCES)
P = Permission


def test_every_permission_has_a_reach() -> None:
    assert set(REACH) == set(Permission)


@pytest.mark.parametrize(
    ("reach", "permissions"),
    [
        (
            Reach.ALL,
            {P.CATALOGUE_READ, P.AGGREGATE_READ, P.PLATFORM_READ, P.ACCOUNT_ADMINISTER, P.CREDENTIAL_ADMINISTER},
        ),
        (Reach.SUMS, {P.STATE_READ}),
        (Reach.STREETS, {P.SERIES_READ}),
        (Reach.SOURCES, {P.REJECT_READ, P.REJECT_REPLAY, P.READING_WRITE, P.EVENT_WRITE, P.INDICATOR_WRITE}),
        (Reach.OWN, set()),
    ],
)
def test_these_permissions_reach_so_far(reach: Reach, permissions: set[Permission]) -> None:
    assert {one for one, far in REACH.items() if far is reach} == permissions


@pytest.mark.parametrize("permission", [P.DEVICE_READ, P.READING_READ, P.EVENT_READ, P.PERSON_READ, P.EXPORT_READ])
def test_single_things_are_seen_inside_the_scope_alone(permission: Permission) -> None:
    assert REACH[permission] is Reach.INSIDE


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("reach", [reach for reach in Reach if reach is not Reach.OWN])
def test_the_whole_city_sees_all(reach: Reach, single: bool) -> None:
    assert effect(reach, ScopeKind.CITY, single=single) == "all"


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("kind", ScopeKind)
def test_a_scope_changes_nothing_of_what_is_open_or_one_s_own(kind: ScopeKind, single: bool) -> None:
    assert effect(Reach.ALL, kind, single=single) == "all"
    assert effect(Reach.OWN, kind, single=single) == "own"


@pytest.mark.parametrize(
    ("reach", "kinds", "single", "told"),
    [
        (Reach.SUMS, BY_PLACE, False, "inside, sums around it, else 403"),
        (Reach.SUMS, BY_PLACE, True, "inside, sums around it, else 403"),
        (Reach.SUMS, BY_ORIGIN, False, "sums, a street 403"),
        (Reach.STREETS, BY_PLACE, False, "district sums, streets inside"),
        (Reach.STREETS, BY_ORIGIN, False, "district sums, streets 403"),
        (Reach.INSIDE, (*BY_PLACE, *BY_ORIGIN), False, "inside"),
        (Reach.INSIDE, (*BY_PLACE, *BY_ORIGIN), True, "inside, else 404"),
        (Reach.SOURCES, BY_PLACE, False, "nothing"),
        (Reach.SOURCES, BY_PLACE, True, "404"),
        (Reach.SOURCES, BY_ORIGIN, False, "inside"),
        (Reach.SOURCES, BY_ORIGIN, True, "inside, else 404"),
    ],
)
def test_what_a_scope_does(reach: Reach, kinds: tuple[ScopeKind, ...], single: bool, told: str) -> None:
    assert {effect(reach, kind, single=single) for kind in kinds} == {told}
