"""Grants: which pages a display of a scope can be made for."""

import pytest

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.grants import GrantError, check_scene

DISTRICTS = {"440105", "440106"}
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
STREET = Scope(ScopeKind.STREETS, frozenset({"440105001"}))


@pytest.mark.parametrize("scope", [WHOLE_CITY, HAIZHU, STREET])
@pytest.mark.parametrize("scene", ["/", "/districts/440105"])
def test_pages_that_a_display_can_open(scene: str, scope: Scope) -> None:
    check_scene(scene, scope, DISTRICTS)


@pytest.mark.parametrize("scope", [HAIZHU, STREET])
def test_a_page_outside_the_scope(scope: Scope) -> None:
    with pytest.raises(GrantError, match="outside"):
        check_scene("/districts/440106", scope, DISTRICTS)


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
    with pytest.raises(GrantError, match="no page"):
        check_scene(scene, WHOLE_CITY, DISTRICTS)
