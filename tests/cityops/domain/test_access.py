"""Who may do what and where: what each role may and may not, and which part of the city a scope is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.access import (
    NOTHING,
    PERMISSIONS,
    SCOPES,
    WHOLE_CITY,
    Permission,
    Role,
    Scope,
    ScopeKind,
    Subject,
)

P = Permission
REGIONS = tuple(one.code for one in reference.regions())
OFFICERS = {Role.OPERATOR, Role.SHIFT_LEADER, Role.DISTRICT_OFFICER, Role.STREET_OFFICER, Role.DEPARTMENT_HANDLER}
DESKS = OFFICERS | {Role.ANALYST, Role.DATA_STEWARD}
TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
LIEDE = Scope(ScopeKind.STREETS, frozenset({"440106013"}))
WATER = Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))
SOURCE = Scope(ScopeKind.SOURCES, frozenset({"eco-air"}))


@pytest.mark.parametrize("told", [PERMISSIONS, SCOPES], ids=["permissions", "scopes"])
def test_every_role_is_declared(told: dict[Role, frozenset[str]]) -> None:
    assert set(told) == set(Role)
    assert all(told.values())


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (P.CATALOGUE_READ, set(Role) - {Role.SOURCE_SYSTEM}),
        (P.AGGREGATE_READ, set(Role) - {Role.SOURCE_SYSTEM}),
        (P.STATE_READ, set(Role) - {Role.SOURCE_SYSTEM}),
        (P.SERIES_READ, DESKS | {Role.ADMINISTRATOR, Role.DATA_LIAISON}),
        (P.DEVICE_READ, DESKS | {Role.WALL_DISPLAY}),
        (P.READING_READ, DESKS),
        (P.CHANNEL_READ, DESKS),
        (P.EVENT_READ, DESKS | {Role.WALL_DISPLAY}),
        (P.EVENT_HANDLE, OFFICERS),
        (P.SHIFT_HANDOVER, {Role.OPERATOR, Role.SHIFT_LEADER, Role.DISTRICT_OFFICER}),
        (P.MODE_CHANGE, {Role.SHIFT_LEADER}),
        (P.WALL_PUSH, {Role.OPERATOR, Role.SHIFT_LEADER, Role.DISTRICT_OFFICER}),
        (P.PERSON_READ, OFFICERS),
        (P.EXPORT_READ, DESKS),
        (
            P.REPORT_READ,
            {Role.OPERATOR, Role.SHIFT_LEADER, Role.DISTRICT_OFFICER, Role.ANALYST, Role.DATA_STEWARD},
        ),
        (P.REPORT_MAKE, {Role.SHIFT_LEADER, Role.DISTRICT_OFFICER, Role.ANALYST, Role.DATA_STEWARD}),
        (P.REJECT_READ, {Role.SHIFT_LEADER, Role.DATA_STEWARD, Role.ADMINISTRATOR}),
        (P.REJECT_REPLAY, {Role.DATA_STEWARD}),
        (
            P.PLATFORM_READ,
            {
                Role.WALL_DISPLAY,
                Role.OPERATOR,
                Role.SHIFT_LEADER,
                Role.ANALYST,
                Role.DATA_STEWARD,
                Role.ADMINISTRATOR,
            },
        ),
        (P.READING_WRITE, {Role.SOURCE_SYSTEM}),
        (P.EVENT_WRITE, {Role.SOURCE_SYSTEM}),
        (P.INDICATOR_WRITE, {Role.SOURCE_SYSTEM}),
        (P.FORM_FILL, {Role.DATA_LIAISON, Role.DATA_STEWARD}),
        (P.FORM_REVIEW, {Role.DATA_STEWARD}),
        (P.ACCOUNT_ADMINISTER, {Role.ADMINISTRATOR}),
        (P.CREDENTIAL_ADMINISTER, {Role.ADMINISTRATOR}),
        (P.AUDIT_READ, {Role.SHIFT_LEADER, Role.ADMINISTRATOR}),
    ],
)
def test_these_roles_and_no_others_have_a_permission(permission: Permission, roles: set[Role]) -> None:
    assert {role for role in Role if Subject("one", role, NOTHING).may(permission)} == roles


def test_whoever_administers_accounts_reads_no_case_and_no_device() -> None:
    assert not PERMISSIONS[Role.ADMINISTRATOR] & {P.EVENT_READ, P.DEVICE_READ, P.PERSON_READ, P.EXPORT_READ}


def test_a_source_system_sends_and_reads_nothing() -> None:
    assert {one.partition(":")[2] for one in PERMISSIONS[Role.SOURCE_SYSTEM]} == {"write"}


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_a_resource_and_an_action(permission: Permission) -> None:
    resource, colon, action = permission.partition(":")
    assert (resource.isalpha(), colon, action.isalpha()) == (True, ":", True)
    assert permission.name == f"{resource}_{action}".upper()


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.WALL_DISPLAY, "city districts streets"),
        (Role.OPERATOR, "city districts"),
        (Role.SHIFT_LEADER, "city districts"),
        (Role.DISTRICT_OFFICER, "districts"),
        (Role.STREET_OFFICER, "streets"),
        (Role.DEPARTMENT_HANDLER, "departments"),
        (Role.ANALYST, "city districts streets departments"),
        (Role.DATA_LIAISON, "districts streets"),
        (Role.DATA_STEWARD, "city districts streets departments"),
        (Role.ADMINISTRATOR, "city"),
        (Role.SOURCE_SYSTEM, "sources"),
    ],
)
def test_a_role_is_given_over_these_kinds_of_scope(role: Role, kinds: str) -> None:
    assert SCOPES[role] == {ScopeKind(kind) for kind in kinds.split()}


def test_roles_have_chinese_names_that_tell_them_apart() -> None:
    names = [role.name_zh for role in Role]
    assert len(set(names)) == len(Role)
    assert Role.SHIFT_LEADER.name_zh == "值班长"
    assert all("\u4e00" <= sign <= "\u9fff" for name in names for sign in name)


@pytest.mark.parametrize(
    ("scope", "region", "covers", "touches"),
    [
        (WHOLE_CITY, "440100", True, True),
        (WHOLE_CITY, "440106013", True, True),
        (TIANHE, "440106", True, True),
        (TIANHE, "440106013", True, True),
        (TIANHE, "440105", False, False),
        (TIANHE, "440105001", False, False),
        (TIANHE, "440100", False, True),
        (LIEDE, "440106013", True, True),
        (LIEDE, "440106014", False, False),
        (LIEDE, "440106", False, True),
        (LIEDE, "440105", False, False),
        (LIEDE, "440100", False, True),
        (TIANHE, "440115100", False, False),  # a street whose code ends in 00 is not the city
        (LIEDE, "440115100", False, False),
        (WATER, "440106", False, True),
        (SOURCE, "440106013", False, True),
        (NOTHING, "440106", False, True),
    ],
)
def test_what_a_scope_covers_and_touches(scope: Scope, region: str, covers: bool, touches: bool) -> None:
    assert (scope.covers(region), scope.touches(region)) == (covers, touches)


@given(
    st.sampled_from([ScopeKind.DISTRICTS, ScopeKind.STREETS]),
    st.frozensets(st.sampled_from(REGIONS), max_size=4),
    st.sampled_from(REGIONS),
)
def test_whatever_is_covered_is_touched(kind: ScopeKind, codes: frozenset[str], region: str) -> None:
    scope = Scope(kind, codes)
    assert scope.touches(region) or not scope.covers(region)


@pytest.mark.parametrize("kind", [kind for kind in ScopeKind if kind is not ScopeKind.CITY])
def test_a_scope_without_codes_covers_nothing(kind: ScopeKind) -> None:
    assert [code for code in REGIONS if Scope(kind).covers(code)] == []


def test_a_scope_by_place_without_codes_touches_the_city_alone() -> None:
    assert [code for code in REGIONS if Scope(ScopeKind.DISTRICTS).touches(code)] == [reference.CITY_CODE]
