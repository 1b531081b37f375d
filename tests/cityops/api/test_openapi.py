"""The OpenAPI document: Schemathesis asks every operation what it says it answers, and finds no fault."""

import subprocess
import sys
from pathlib import Path

import httpx

from factories.world import World

SETTINGS = Path(__file__).parents[3] / "schemathesis.toml"


def test_schemathesis_finds_no_fault(world: World, api_url: str, key: str) -> None:
    world.says(world.device("WL-1"), "water_depth", 7, world.ago(1))
    world.case("reported", "dispatched")
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            f"--config-file={SETTINGS}",
            "run",
            f"{api_url}/api/v1/openapi.json",
            "--max-examples=12",
            f"--header=Authorization: Bearer {key}",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


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


def test_nothing_the_api_serves_loads_from_another_host(world: World, api: httpx.Client) -> None:
    assert {api.get(path).status_code for path in ("/docs", "/redoc")} == {404}
    districts = api.get("/api/v1/map/districts.geojson")
    assert len(districts.json()["features"]) == 11
    assert "OpenStreetMap" in districts.json()["attribution"]
    assert "max-age" in districts.headers["cache-control"]
