"""Personal data over HTTP: every route is asked, and only who handles the case reads whom it is about."""

import itertools
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.api.access.matrix import Way, ways
from cityops.api.app import create_app
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.events.reported import EventStep
from cityops.domain.rejects import Reason
from cityops.store.access import credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import make_engine, writing
from cityops.store.events import history
from cityops.store.rejects import records
from factories.persons import CARDS, IDENTITIES, MOBILES
from factories.world import STREET, World
from fixtures.api import token_of

GET = [way for way in ways(create_app("postgresql:///")) if way.method == "GET" and way.guards]
QUERIES = {f"/api/v1/{path}": "?indicator=water_depth" for path in ("series", "export/series", "export/series.csv")}
NAME, MOBILE, IDENTITY, LANDLINE = "张三丰", "13912345678", "44010619900101123X", "020-81234567"
WRITTEN = f"市民{NAME}来电，手机{MOBILE}，身份证{IDENTITY}，固话{LANDLINE}"
PERSONAL = (NAME, MOBILE, IDENTITY, LANDLINE, LANDLINE[4:])
DISTRICT = Scope(ScopeKind.DISTRICTS, frozenset({STREET[:6]}))
ELSEWHERE = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))

ANALYST = Subject("analyst", Role.ANALYST, WHOLE_CITY)
STEWARD = Subject("steward", Role.DATA_STEWARD, WHOLE_CITY)
OTHERS = [
    Subject("wall", Role.WALL_DISPLAY, WHOLE_CITY),
    ANALYST,
    Subject("analyst here", Role.ANALYST, DISTRICT),
    STEWARD,
    Subject("administrator", Role.ADMINISTRATOR, WHOLE_CITY),
    Subject("sender", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"hotline-12345"}))),
    Subject("elsewhere", Role.DISTRICT_OFFICER, ELSEWHERE),
]
HANDLERS = [
    Subject("operator", Role.OPERATOR, WHOLE_CITY),
    Subject("leader", Role.SHIFT_LEADER, WHOLE_CITY),
    Subject("officer", Role.DISTRICT_OFFICER, DISTRICT),
    Subject("street", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({STREET}))),
    Subject("handler", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"hotline"}))),
]
FOR_HANDLERS = {f"/api/v1/{cases}{one}" for cases in ("events", "cases") for one in ("", "/{event_id}")}
"""The routes that show a person to who handles the case."""
BESIDE_A_DEVICE = "/api/v1/devices/{code}/cases"
"""Likewise a list of cases, for who sees the device."""


@pytest.fixture
def told(world: World) -> World:
    """Give a world in which all that a sender may write holds a person."""
    report(world.connection, step(world, WRITTEN, MOBILE))
    world.says(world.device("WL-1"), "water_depth", 1, world.ago(5))
    refused = records.Reject(
        *(world.ago(5), "events", "hotline-12345", "cityops/v1/events/hotline-12345", 0),
        *(Reason.UNKNOWN_CLASS, WRITTEN, WRITTEN.encode(), len(WRITTEN.encode())),
    )
    with world.connection.transaction(), world.connection.cursor() as cursor:
        records.record(cursor, [refused])
    return world


def step(world: World, text: str, name: str) -> EventStep:
    at = world.ago(10)
    return EventStep(
        source_system_code="hotline-12345",
        external_id=name,
        sequence=0,
        class_code="gas_leak",
        severity="normal",
        status="reported",
        title=text[:200],
        description=text,
        address=text,
        region_code=STREET,
        lon=113.3,
        lat=23.1,
        occurred_at=at,
        status_at=at,
        received_at=at,
    )


def report(connection: psycopg.Connection, *steps: EventStep) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        history.record(cursor, steps)


def answers(url: str, token: str) -> Iterator[tuple[Way, httpx.Response]]:
    values = {"code": "WL-1", "event_id": "1", "reject_id": "1", "login": "li", "credential_id": "0" * 16}
    values |= {
        "alarm_id": "1",
        "digest": "0" * 64,
        "handover_id": "1",
        "quiet_id": "1",
        "mode_id": "1",
        "report_id": "1",
        "form": "street",
        "start": "2026-11-01",
        "region": "440106",
        "day": "2026-11-01",
        "wall_id": "0" * 16,
    }
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for way in GET:
            yield way, client.get(way.path.format(**values) + QUERIES.get(way.path, ""))


def shown(answer: httpx.Response) -> list[str]:
    return [personal for personal in PERSONAL if personal in answer.text]


def test_no_route_shows_a_person_to_who_does_not_handle_the_case(
    told: World, api_url: str, migrated_database: str
) -> None:
    for subject in OTHERS:
        for way, answer in answers(api_url, token_of(migrated_database, subject)):
            assert answer.status_code < 500, (subject.name, way.name)
            assert shown(answer) == [], (subject.name, way.name)


def test_who_handles_the_case_reads_it_in_list_and_detail_alone(
    told: World, api_url: str, migrated_database: str
) -> None:
    for subject in HANDLERS:
        asked = list(answers(api_url, token_of(migrated_database, subject)))
        around = {BESIDE_A_DEVICE} - {way.path for way, answer in asked if answer.status_code == 404}
        assert {way.path for way, answer in asked if shown(answer)} == FOR_HANDLERS | around, subject.name


def test_the_others_are_told_of_the_case_masked(told: World, api_url: str, migrated_database: str) -> None:
    asked = answers(api_url, token_of(migrated_database, STEWARD))
    masked = {way.path for way, answer in asked if "市民张**来电，手机139****5678" in answer.text}
    files = {"/api/v1/state", "/api/v1/export/events", "/api/v1/export/events.csv"}
    assert masked == FOR_HANDLERS | {BESIDE_A_DEVICE} | files | {"/api/v1/rejects", "/api/v1/rejects/{reject_id}"}


def test_a_display_is_shown_nobody_whatever_its_role(told: World, api_url: str, migrated_database: str) -> None:
    engine = make_engine(migrated_database)
    with writing(engine) as connection:
        leader = Subject("hall", Role.SHIFT_LEADER, WHOLE_CITY)
        token = credentials.issue(connection, CredentialKind.DISPLAY, "hall", leader, created_by="test")[1]
    engine.dispose()
    assert [way.name for way, answer in answers(api_url, token) if shown(answer)] == []


def test_what_is_masked_cannot_be_searched_for(told: World, api_url: str, migrated_database: str) -> None:
    token = token_of(migrated_database, ANALYST)
    with httpx.Client(base_url=api_url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for name in ("q", "title", "description", "address", "external_id"):
            for path in ("/api/v1/events", "/api/v1/events/counts", "/api/v1/export/events.csv"):
                assert client.get(path, params={name: MOBILE}).status_code == 422
        for path in ("/api/v1/cases", "/api/v1/cases/counts"):
            assert client.get(path, params={"q": MOBILE}).status_code == 403
        for path in ("/api/v1/devices", "/api/v1/channels"):
            assert client.get(path, params={"q": MOBILE}).json()["items"] == []


def test_the_audit_keeps_no_number_that_was_asked_for(told: World, api: httpx.Client) -> None:
    api.get("/api/v1/export/devices.csv", params={"q": MOBILE})
    found = api.get("/api/v1/audit", params={"action": "export:read"}).json()["items"]
    assert {one["detail"]["filter"]["q"] for one in found} == {"139****5678"}


NUMBERS = st.one_of(MOBILES, IDENTITIES, CARDS)
AROUND = st.text(st.characters(exclude_categories=["Nd", "Cs", "Cc"]), max_size=30)


_number = itertools.count(1)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(AROUND, NUMBERS, AROUND), min_size=20, max_size=20))
def test_no_number_survives_in_list_detail_export_or_state(
    world: World, api_url: str, migrated_database: str, written: list[tuple[str, str, str]]
) -> None:
    report(world.connection, *(step(world, "".join(one), f"N{next(_number)}") for one in written))
    token = token_of(migrated_database, ANALYST)
    with httpx.Client(base_url=api_url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        listed = client.get("/api/v1/events", params={"limit": len(written)})
        ids = [one["id"] for one in listed.json()["items"]]
        state = client.get("/api/v1/state", params={"region": STREET})
        export = client.get("/api/v1/export/events.csv")
        details = [client.get(f"/api/v1/events/{one}") for one in ids]
    for answer in (listed, state, export, *details):
        assert answer.status_code == 200
        assert [number for _, number, _ in written if number in answer.text] == []
