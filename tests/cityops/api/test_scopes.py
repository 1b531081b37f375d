"""What a scope does to an answer, kind by kind, where it is told in words: what is refused and what becomes a sum."""

import httpx
import pytest

from cityops.api.parameters import cursor_of
from cityops.domain.access import Role, Scope, ScopeKind, Subject
from factories.world import STREET, World
from fixtures.api import token_of

OTHER_STREET = "440106001"
STREET_OFFICER = Subject("street", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({STREET})))
HANDLER = Subject("handler", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})))
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))


def asked(api: httpx.Client, database: str, subject: Subject, path: str) -> httpx.Response:
    """Return the answer that a subject gets."""
    return api.get(path, headers={"Authorization": f"Bearer {token_of(database, subject)}"})


@pytest.mark.parametrize("subject", [STREET_OFFICER, HANDLER])
def test_the_state_around_a_scope_tells_no_street(
    world: World, api: httpx.Client, migrated_database: str, subject: Subject
) -> None:
    for street in (STREET, OTHER_STREET):
        world.says(world.device(f"WL-{street}", region=street), "water_depth", 60, world.ago(1))
        world.case(region=street)
    state = asked(api, migrated_database, subject, "/api/v1/state?region=440106").json()
    assert (state["detail"], state["devices"]["expected"], state["events"]["counts"]["open"]) == (False, 2, 2)
    assert not any(metric["regions"] for metric in state["metrics"])
    assert not any((state["events"]["regions"], state["events"]["pressing"], state["warnings"]["worst"]))
    assert not any((state["alarms"]["regions"], state["alarms"]["groups"]))
    city = asked(api, migrated_database, subject, "/api/v1/state").json()
    assert len(city["events"]["regions"]) == 11  # sums by district are open


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        (STREET_OFFICER, f"state?region={OTHER_STREET}"),
        (HANDLER, f"state?region={STREET}"),
        (HANDLER, "series?indicator=water_depth&level=street"),
        (STREET_OFFICER, f"series?indicator=water_depth&region={OTHER_STREET}"),
        (OFFICER, "channels?region=440105"),
        (OFFICER, "devices?region=440105"),
        (OFFICER, "map/points?kind=air&region=440105"),
        (OFFICER, "events?region=440105001"),
        (OFFICER, "events/counts?region=440105"),
        (OFFICER, "cases?region=440105001"),
        (OFFICER, "cases/counts?region=440105"),
        (OFFICER, "export/devices.csv?region=440105"),
        (OFFICER, "cases/rates?region=440105"),
        (OFFICER, "export/events.csv?region=440105"),
    ],
)
def test_an_area_outside_is_refused_by_name(
    world: World, api: httpx.Client, migrated_database: str, subject: Subject, path: str
) -> None:
    answer = asked(api, migrated_database, subject, f"/api/v1/{path}")
    assert answer.status_code == 403
    assert "outside your area: " + subject.scope.kind in answer.json()["detail"]


def test_a_cursor_that_no_database_can_hold_leads_nowhere(world: World, api: httpx.Client) -> None:
    for parts in (("2026-11-24T00:00:00+00:00", "9" * 30), ("2026-11-24T00:00:00", "1")):
        assert api.get("/api/v1/events", params={"after": cursor_of(*parts)}).status_code == 404


def test_the_instruments_never_name_what_was_asked_for(world: World, api: httpx.Client) -> None:
    for code in ("d", "a", "v"):  # each begins another part of its address
        api.get(f"/api/v1/devices/{code}")
    paths = {line for line in api.get("/metrics").text.splitlines() if 'status="404"' in line}
    assert any('route="/api/v1/devices/{code}"' in line for line in paths)
    assert not any("{code}" in line.replace("devices/{code}", "") for line in paths)
