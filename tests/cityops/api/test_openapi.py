"""The OpenAPI document: Schemathesis asks every operation, as each role, for what it says; it finds no fault."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings

from cityops.api.app import create_app
from cityops.domain.access import SCOPES, Permission, Role, Scope, ScopeKind, Subject
from factories import marked
from factories.marked import Thing, marks_in
from factories.world import World
from fixtures.api import token_of

APP = create_app("postgresql:///")
SETTINGS = Path(__file__).parents[3] / "schemathesis.toml"


INSIDE = {
    ScopeKind.CITY: frozenset[str](),
    ScopeKind.DISTRICTS: frozenset({marked.DISTRICTS[0]}),
    ScopeKind.STREETS: frozenset({marked.STREETS[0]}),
    ScopeKind.DEPARTMENTS: frozenset({"water"}),
    ScopeKind.SOURCES: frozenset({"water-logging"}),
}


def schemathesis(api_url: str, key: str, *options: str) -> None:
    """Have every operation asked, under a key."""
    httpx.get(
        f"{api_url}/api/v1/openapi.json", timeout=60
    )  # made at the first question, which takes a busy machine long
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={SETTINGS}",
            "run",
            f"{api_url}/api/v1/openapi.json",
            f"--header=Authorization: Bearer {key}",
            "--no-color",
            *(["--seed=20"] if settings().derandomize else []),
            *options,
        ],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_schemathesis_finds_no_fault(world: World, api_url: str, key: str) -> None:
    world.says(world.device("WL-1"), "water_depth", 7, world.ago(1))
    world.case("reported", "dispatched")
    schemathesis(api_url, key, f"--max-examples={5 if settings().derandomize else 20}")


@pytest.mark.parametrize("role", Role)
def test_schemathesis_finds_no_fault_and_nothing_outside_the_scope_as(
    world: World, api_url: str, migrated_database: str, tmp_path: Path, role: Role
) -> None:
    kind = max(SCOPES[role] - {ScopeKind.CITY} or SCOPES[role])
    subject = Subject("asking", role, Scope(kind, INSIDE[kind]))
    things = [
        Thing(number, of, street, marked.KINDS[of][number % len(marked.KINDS[of])])
        for number, (of, street) in enumerate(product(marked.KINDS, marked.STREETS[::2]), 1)
    ]
    marked.fill(world, things)
    report = tmp_path / "answers.yaml"
    key = token_of(migrated_database, subject)
    schemathesis(
        api_url,
        key,
        f"--max-examples={1 if settings().derandomize else 5}",
        "--phases=examples,fuzzing",
        "--report=vcr",
        f"--report-vcr-path={report}",
    )
    told = marks_in(report.read_text())
    may = {one.number for one in things if one.lies_in(subject.scope)}
    assert told <= may
    assert told or not any(subject.may(one) for one in (Permission.DEVICE_READ, Permission.EVENT_READ))


def test_every_operation_is_described_and_every_parameter_has_its_problem(world: World, api: httpx.Client) -> None:
    document = api.get("/api/v1/openapi.json").json()
    operations = {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) >= 22
    for name, operation in operations.items():
        assert operation["tags"], name
        assert operation["description"], name
        if operation.get("parameters"):
            assert "application/problem+json" in operation["responses"]["422"]["content"], name
    assert "Problem" in document["components"]["schemas"]


def texts(document: dict[str, Any], schema: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every text in a schema, by what holds it."""
    if schema.get("type") == "string":
        yield name, schema
    for branch in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from texts(document, branch, name)
    if "items" in schema:
        yield from texts(document, schema["items"], name)
    for inner, of in schema.get("properties", {}).items():
        yield from texts(document, of, f"{name}.{inner}")
    if reference := schema.get("$ref"):
        yield from texts(document, document["components"]["schemas"][reference.rpartition("/")[2]], name)


def test_every_text_that_is_asked_with_says_that_it_holds_no_nul() -> None:
    document, free = APP.openapi(), []
    for path, way in product(document["paths"], ("get", "post", "patch", "delete")):
        asked = document["paths"][path].get(way, {})
        schemas = [(one["name"], one["schema"]) for one in asked.get("parameters", ()) if one["in"] != "header"]
        schemas += [("body", one["schema"]) for one in asked.get("requestBody", {}).get("content", {}).values()]
        for name, schema in schemas:
            found = texts(document, schema, name)
            free += [(path, where) for where, one in found if not {"pattern", "enum", "const", "format"} & one.keys()]
    assert free == []


def test_nothing_the_api_serves_loads_from_another_host(world: World, api: httpx.Client) -> None:
    assert api.get("/redoc").status_code == 404
    districts = api.get("/api/v1/map/districts.geojson")
    assert len(districts.json()["features"]) == 11
    assert "OpenStreetMap" in districts.json()["attribution"]
    assert "max-age" in districts.headers["cache-control"]
