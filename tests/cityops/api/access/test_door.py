"""The matrix of docs/reference/access.md: every route has one guard, and every cell answers as it says."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from cityops.api.access.door import PUBLIC
from cityops.api.access.matrix import Way, ways
from cityops.api.app import create_app
from cityops.domain.access import SCOPES, WHOLE_CITY, Role, Scope, ScopeKind, Subject
from factories.world import STREET, World
from fixtures.api import token_of

WAYS = ways(create_app("postgresql:///"))
GUARDED = [way for way in WAYS if way.guards]
SUBJECTS = [(role, kind) for role in Role for kind in ScopeKind if kind in SCOPES[role]]
QUERIES = {f"/api/v1/{path}": "?indicator=water_depth" for path in ("series", "export/series", "export/series.csv")}

INSIDE = {
    ScopeKind.CITY: WHOLE_CITY,
    ScopeKind.DISTRICTS: Scope(ScopeKind.DISTRICTS, frozenset({STREET[:6]})),
    ScopeKind.STREETS: Scope(ScopeKind.STREETS, frozenset({STREET})),
    ScopeKind.DEPARTMENTS: Scope(ScopeKind.DEPARTMENTS, frozenset({"water", "hotline"})),
    ScopeKind.SOURCES: Scope(ScopeKind.SOURCES, frozenset({"wl-monitor"})),
}


def test_every_route_has_one_guard_or_a_reason_to_have_none() -> None:
    assert len(GUARDED) >= 29
    assert {way.name: len(way.guards) for way in WAYS if way.name not in PUBLIC} == {way.name: 1 for way in GUARDED}
    assert {way.name for way in GUARDED}.isdisjoint(PUBLIC)
    assert "GET /metrics" in {way.name for way in GUARDED}


@pytest.mark.parametrize("add", ["route", "mount", "websocket"])
def test_a_route_that_was_forgotten_is_seen(add: str) -> None:
    app = create_app("postgresql:///")
    if add == "route":
        app.add_api_route("/api/v1/forgotten", lambda: None)
    elif add == "mount":
        app.mount("/forgotten", FastAPI())
    else:
        app.add_api_websocket_route("/forgotten", lambda: None)
    found = next(way for way in ways(app) if not way.guards and way.name not in PUBLIC)
    assert found.path.endswith("/forgotten")


@pytest.mark.parametrize(("role", "kind"), SUBJECTS)
def test_each_role_may_what_the_matrix_says(
    world: World, api_url: str, migrated_database: str, role: Role, kind: ScopeKind
) -> None:
    subject = Subject(f"{role}-{kind}", role, INSIDE[kind])
    with client(api_url, token_of(migrated_database, subject)) as asking:
        for way in sorted(GUARDED, key=lambda way: way.method == "DELETE"):  # the last one signs out
            status = asking.request(way.method, address(way)).status_code
            if way.admits(role):
                assert status in {200, 204, 404, 422}, way.name
            else:
                assert status == 403, way.name


def test_nobody_comes_in_without_a_credential(world: World, api: httpx.Client, migrated_database: str) -> None:
    key = token_of(migrated_database, Subject("one", Role.ANALYST, WHOLE_CITY))
    for headers in refused(key):
        for way in GUARDED:
            answer = api.request(way.method, address(way), headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), way.name
            assert answer.headers["www-authenticate"].startswith("Bearer"), way.name


def client(url: str, token: str) -> httpx.Client:
    """Return a client that shows this token."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def refused(key: str) -> Iterator[dict[str, str]]:
    """Yield headers that name nobody: nothing, another scheme, a token of nobody, and one whose secret is wrong."""
    for value in ("", f"Basic {key}", "Bearer", "Bearer key_0_0", f"Bearer {key[:-1]}"):
        yield {"Authorization": value}


def address(way: Way) -> str:
    """Return an address of a route whose parameters are well-formed, and name nothing that is there."""
    values = {
        "code": "9" * 20,
        "event_id": "1",
        "reject_id": "1",
        "login": "nobody-there",
        "credential_id": "0" * 16,
        "day": "2020-01-01",
    }
    values |= {
        "digest": "0" * 64,
        "handover_id": "1",
        "alarm_id": "1",
        "quiet_id": "1",
        "mode_id": "1",
        "report_id": "1",
        "view_id": "1",
        "wall_id": "0" * 16,
        "correction_id": "1",
        "form": "nothing",
        "region": "440106",
        "start": "2020-01-01",
    }
    return way.path.format(**values) + QUERIES.get(way.path, "")
