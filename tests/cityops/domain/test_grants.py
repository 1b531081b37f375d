"""Grants: which roles, scopes, pages, labels and days make sense, and what is told of those that do not."""

import re
from datetime import timedelta

import pytest

from cityops.domain.access import SCOPES, WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.grants import (
    DAYS,
    ROLES,
    SERVICE,
    SESSION,
    SESSION_IDLE,
    GrantError,
    Holder,
    check_grant,
    check_label,
    check_scene,
    folded,
    lasting,
)

DISTRICTS = {"440105", "440106"}
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
STREET = Scope(ScopeKind.STREETS, frozenset({"440105001"}))
BOTH = Scope(ScopeKind.DISTRICTS, frozenset({"440106", "440105"}))


@pytest.mark.parametrize("scope", [WHOLE_CITY, HAIZHU, STREET])
@pytest.mark.parametrize("scene", ["/", "/districts/440105"])
def test_pages_that_a_display_can_open(scene: str, scope: Scope) -> None:
    check_scene(scene, scope, DISTRICTS)


@pytest.mark.parametrize(
    ("scope", "told"), [(HAIZHU, "districts 440105"), (STREET, "streets 440105001")], ids=["district", "street"]
)
def test_a_page_outside_the_scope(scope: Scope, told: str) -> None:
    with pytest.raises(GrantError) as refused:
        check_scene("/districts/440106", scope, DISTRICTS)
    assert str(refused.value) == (
        f"scene: /districts/440106 lies outside {told}, so it would be refused; "
        "name a page inside, or both alike"
    )  # fmt: skip


@pytest.mark.parametrize(
    "scene",
    [
        "",
        "//",
        "/nonsense",
        "/data",
        "440105",
        "/districts/",
        "/districts/999999",
        "/districts/440105/",
        "/districts/440100",
    ],
)
def test_pages_that_no_display_has(scene: str) -> None:
    with pytest.raises(GrantError, match=rf"^scene: a display has no page {re.escape(scene)}; name / or"):
        check_scene(scene, WHOLE_CITY, DISTRICTS)


@pytest.mark.parametrize(
    ("holder", "without"),
    [
        (Holder.ACCOUNT, {Role.WALL_DISPLAY, Role.SOURCE_SYSTEM}),
        (Holder.DISPLAY, set(Role) - {Role.WALL_DISPLAY}),
        (Holder.KEY, {Role.WALL_DISPLAY, Role.ADMINISTRATOR}),
    ],
)
def test_what_is_held_by_whom(holder: Holder, without: set[Role]) -> None:
    assert set(Role) - ROLES[holder] == without


@pytest.mark.parametrize("holder", Holder)
def test_every_role_is_granted_over_each_of_its_scopes(holder: Holder) -> None:
    for role in ROLES[holder]:
        for kind in SCOPES[role]:
            scope = WHOLE_CITY if kind is ScopeKind.CITY else Scope(kind, frozenset({"one"}))
            check_grant(holder, role, scope, {"one", "other"})


@pytest.mark.parametrize(
    ("holder", "role", "scope", "told"),
    [
        (Holder.DISPLAY, Role.OPERATOR, WHOLE_CITY, "role: a display cannot be operator; it can be wall_display"),
        (
            Holder.ACCOUNT,
            Role.SOURCE_SYSTEM,
            WHOLE_CITY,
            "role: an account cannot be source_system; it can be administrator, analyst, data_liaison, data_steward, "
            "department_handler, district_officer, operator, shift_leader, street_officer",
        ),
        (
            Holder.KEY,
            Role.ADMINISTRATOR,
            WHOLE_CITY,
            "role: a key cannot be administrator; it can be analyst, data_liaison, data_steward, department_handler, "
            "district_officer, operator, shift_leader, source_system, street_officer",
        ),
        (
            Holder.ACCOUNT,
            Role.OPERATOR,
            STREET,
            "scope: operator cannot reach over streets; it can over city, districts",
        ),
        (
            Holder.ACCOUNT,
            Role.OPERATOR,
            Scope(ScopeKind.CITY, frozenset({"440106", "440105"})),
            "scope: the whole city has no codes; leave 440105, 440106 out or name another kind",
        ),
        (
            Holder.ACCOUNT,
            Role.DISTRICT_OFFICER,
            Scope(ScopeKind.DISTRICTS),
            "scope: no code is named, so nothing could be seen; name districts",
        ),
        (
            Holder.ACCOUNT,
            Role.DISTRICT_OFFICER,
            Scope(ScopeKind.DISTRICTS, frozenset({"440105", "440199", "110101"})),
            "scope: there is nothing registered as 110101, 440199 among the districts",
        ),
    ],
)  # fmt: skip
def test_a_grant_that_makes_no_sense_is_told_what_would(holder: Holder, role: Role, scope: Scope, told: str) -> None:
    with pytest.raises(GrantError) as refused:
        check_grant(holder, role, scope, DISTRICTS)
    assert str(refused.value) == told


def test_several_codes_that_are_all_known_are_granted() -> None:
    check_grant(Holder.ACCOUNT, Role.DISTRICT_OFFICER, BOTH, DISTRICTS)


def test_the_dashboards_label_is_given_at_the_command_line_alone() -> None:
    check_label(SERVICE, at_command_line=True)
    with pytest.raises(GrantError) as refused:
        check_label(SERVICE, at_command_line=False)
    assert str(refused.value) == (
        "label: dashboard is that of the dashboard's own key, which is not limited; choose another, or run "
        "`cityops keys create dashboard` where the platform runs"
    )


@pytest.mark.parametrize("label", ["", "Dashboard", "dashboard-2", "大屏"])
@pytest.mark.parametrize("at_command_line", [True, False])
def test_any_other_label_is_given_everywhere(label: str, at_command_line: bool) -> None:
    check_label(label, at_command_line=at_command_line)


@pytest.mark.parametrize(
    ("holder", "days", "given"),
    [
        (Holder.DISPLAY, None, 400),
        (Holder.DISPLAY, 1, 1),
        (Holder.DISPLAY, 1830, 1830),
        (Holder.KEY, None, 365),
        (Holder.KEY, 30, 30),
        (Holder.KEY, 730, 730),
    ],
)
def test_a_credential_is_given_for_days(holder: Holder, days: int | None, given: int) -> None:
    assert lasting(holder, days) == timedelta(days=given)


@pytest.mark.parametrize(
    ("holder", "days", "told"),
    [
        (Holder.DISPLAY, 1831, "days: 1831 is not possible; a display is given for 1 to 1830"),
        (Holder.KEY, 731, "days: 731 is not possible; a key is given for 1 to 730"),
        (Holder.KEY, 0, "days: 0 is not possible; a key is given for 1 to 730"),
        (Holder.KEY, -5, "days: -5 is not possible; a key is given for 1 to 730"),
    ],
)
def test_a_credential_is_not_given_for_longer_or_for_no_time(holder: Holder, days: int, told: str) -> None:
    with pytest.raises(GrantError) as refused:
        lasting(holder, days)
    assert str(refused.value) == told


@pytest.mark.parametrize("holder", DAYS)
def test_what_is_usual_is_possible(holder: Holder) -> None:
    usual, most = DAYS[holder]
    assert 1 <= usual <= most


def test_a_session_lasts_a_shift_and_ends_sooner_where_nobody_uses_it() -> None:
    assert timedelta(hours=12) == SESSION
    assert timedelta(hours=2) == SESSION_IDLE


def test_logins_are_not_told_apart_by_case() -> None:
    assert folded("Wang.Li") == folded("wang.LI") == "wang.li"
    assert folded("王丽") == "王丽"
