"""The audit over HTTP: exports and refusals are in it, by filter and page, and nobody fills it by being refused."""

from typing import Any

import httpx
import psycopg
import pytest

from cityops.api.access.refusals import EACH, MOST, WINDOW_S, Refusals
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Action, Actor
from cityops.local.processes import wait_until
from cityops.store.engine import make_engine
from factories.world import World
from fixtures.api import token_of


def entries(api: httpx.Client, **filters: str) -> list[dict[str, Any]]:
    """Return what the audit holds, newest first."""
    items: list[dict[str, Any]] = api.get("/api/v1/audit", params=filters).json()["items"]
    return items


def test_an_export_is_written_down_with_filter_and_rows(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    world.device("WL-2")
    file = api.get("/api/v1/export/devices.csv", params={"lang": "en"})
    assert file.status_code == 200
    ended, begun = entries(api, action="export:read")
    assert (begun["outcome"], ended["outcome"]) == ("begun", "done")
    assert ended["subject"] == "leader"
    assert ended["detail"] == {"filter": {"lang": "en"}, "rows": 2, "bytes": len(file.content)}


def test_an_export_that_cannot_be_audited_does_not_happen(world: World, api: httpx.Client) -> None:
    world.device("WL-1")
    world.connection.execute("ALTER TABLE audit RENAME TO audit_gone")
    with pytest.raises(httpx.HTTPError):
        api.get("/api/v1/export/devices.csv").raise_for_status()


def test_refusals_are_written_down(world: World, api: httpx.Client, migrated_database: str) -> None:
    key = token_of(migrated_database, Subject("desk", Role.ANALYST, WHOLE_CITY))
    for _ in range(3):
        assert api.get("/api/v1/audit", headers={"Authorization": f"Bearer {key}"}).status_code == 403
    assert api.get("/api/v1/me", headers={"Authorization": "Bearer key_0_0"}).status_code == 401
    assert wait_until(lambda: len(entries(api, outcome="refused")) == 2, seconds=10)
    unknown, refused = entries(api, outcome="refused")
    assert (refused["subject"], refused["action"], refused["object"]) == (
        "desk",
        "access:refused",
        "GET /api/v1/audit",
    )
    assert (unknown["subject"], unknown["action"]) == ("-", "access:unknown")


def test_each_region_and_route_that_was_probed_is_written_down(
    world: World, api: httpx.Client, migrated_database: str
) -> None:
    haizhu = Subject("haizhu", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
    headers = {"Authorization": f"Bearer {token_of(migrated_database, haizhu)}"}
    probed = ("audit", "events?region=440106", "export/events.csv?region=440111", "accounts", "accounts/leader")
    for path in (*probed, "accounts/other", "events?region=440106000000"):  # the last are no others
        assert api.get(f"/api/v1/{path}", headers=headers).status_code == 403
    assert wait_until(lambda: len(entries(api, subject="haizhu")) == len(probed), seconds=10)
    assert {one["object"] for one in entries(api, subject="haizhu")} == {f"GET /api/v1/{path}" for path in probed}


def test_refusals_without_end_are_few_rows(migrated_database: str, database: psycopg.Connection) -> None:
    engine, now = make_engine(migrated_database), [0.0]
    refusals = Refusals(engine, clock=lambda: now[0])
    each = EACH[Action.ACCESS_UNKNOWN]
    try:
        for number in range(40_000):
            address, path = f"10.0.0.{number % 200}", f"GET /{number % 1_000 // 200}"
            refusals.take(Actor("-", address=address), Action.ACCESS_UNKNOWN, path, "unknown")
        refusals.close()
    finally:
        engine.dispose()
    rows = database.execute("SELECT count(*), sum(coalesce((detail->>'again')::int, 1)) FROM audit").fetchone()
    assert rows == (2 * (MOST * (each + 1) + 1), 40_000)


def test_what_is_probed_beyond_some_is_counted(migrated_database: str, database: psycopg.Connection) -> None:
    engine, now = make_engine(migrated_database), [0.0]
    refusals = Refusals(engine, clock=lambda: now[0])
    each = EACH[Action.ACCESS_REFUSED]
    try:
        for number in range(each + 3):
            refusals.take(Actor("haizhu"), Action.ACCESS_REFUSED, f"GET /{number}", "outside")
        now[0] = WINDOW_S
        refusals.write()
        refusals.take(Actor("haizhu"), Action.ACCESS_REFUSED, f"GET /{each + 3}", "outside")
        refusals.close()
    finally:
        engine.dispose()
    rows = database.execute("SELECT object, detail->>'again' FROM audit ORDER BY id").fetchall()
    told = [(f"GET /{number}", None) for number in range(each)]
    assert rows == [*told, ("others", None), ("others", "2"), (f"GET /{each + 3}", None)]


def test_a_page_after_the_other(world: World, api: httpx.Client) -> None:
    for _ in range(3):
        api.get("/api/v1/export/devices.csv").raise_for_status()
    seen: list[int] = []
    after = None
    while after is not None or not seen:
        page = api.get("/api/v1/audit", params={"limit": 4, **({"after": after} if after else {})}).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen, reverse=True)


def test_a_district_reads_what_its_own_people_did(world: World, api: httpx.Client, migrated_database: str) -> None:
    for name, codes in (("haizhu", {"440105"}), ("tianhe", {"440106"})):
        subject = Subject(name, Role.SHIFT_LEADER, Scope(ScopeKind.DISTRICTS, frozenset(codes)))
        headers = {"Authorization": f"Bearer {token_of(migrated_database, subject)}"}
        api.get("/api/v1/export/devices.csv", headers=headers).raise_for_status()
        items = api.get("/api/v1/audit", headers=headers).json()["items"]
        assert {item["subject"] for item in items} == {name}
