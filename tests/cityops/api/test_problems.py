"""Errors: every one is a problem document that names the item, the reason and the remedy."""

import time

import httpx
import pytest

from cityops.api.app import create_app
from cityops.api.routes import state
from cityops.client import bearer
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local import Servers
from cityops.local.processes import free_ports
from cityops.store.engine import connect
from factories.world import World
from fixtures.api import token_of
from fixtures.web import serving


def problem(answer: httpx.Response, status: int) -> dict[str, str]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body: dict[str, str] = answer.json()
    assert body["status"] == status  # type: ignore[comparison-overlap]  # the one number among texts
    return body


NOT_THERE = [
    ("/api/v1/state?region=449999", "There is no region 449999"),
    ("/api/v1/regions/449999", "There is no region 449999"),
    ("/api/v1/devices/nobody", "There is no device nobody"),
    ("/api/v1/devices?region=449999", "There is no region 449999"),
    ("/api/v1/events/77", "There is no event 77"),
    ("/api/v1/series?indicator=nothing", "There is no indicator nothing"),
    ("/api/v2/state", "Nothing is served at /api/v2/state"),
]


def test_what_is_not_there(world: World, api: httpx.Client) -> None:
    for path, told in NOT_THERE:
        assert told in problem(api.get(path), 404)["detail"]


def test_an_unknown_parameter_never_widens_a_filter(world: World, api: httpx.Client, migrated_database: str) -> None:
    administrator = bearer(token_of(migrated_database, Subject("boss", Role.ADMINISTRATOR, WHOLE_CITY)))
    steward = bearer(token_of(migrated_database, Subject("cdo", Role.DATA_STEWARD, WHOLE_CITY)))
    document = api.get("/api/v1/openapi.json").json()
    read = {path for path, methods in document["paths"].items() if "get" in methods}
    paths = [path for path in read if path.startswith("/api/v1") and "{" not in path]
    assert len(paths) > 15
    for path in paths:
        headers = administrator if path.endswith(("/accounts", "/credentials")) else None
        headers = steward if "/filling/" in path else headers
        answer = api.get(path, params={"regoin": "440106", "indicator": "pm25"}, headers=headers)
        told = problem(answer, 422)
        assert "regoin: there is no such parameter here" in told["detail"], path


def test_a_made_up_cursor(world: World, api: httpx.Client) -> None:
    for cursor in ("x", "AAAA", "YQ", "AA", "YQpi"):
        told = problem(api.get("/api/v1/events", params={"after": cursor}), 404)
        assert "no page after" in told["detail"], cursor


def test_what_is_read_cannot_be_written(world: World, api: httpx.Client) -> None:
    assert "POST" in problem(api.post("/api/v1/state"), 405)["detail"]
    assert api.put("/api/v1/sessions").headers["allow"] == "GET, POST"


def test_a_fault_of_ours_tells_nothing_of_the_inside(world: World, api: httpx.Client) -> None:
    world.connection.execute("ALTER TABLE event RENAME TO event_gone")
    told = problem(api.get("/api/v1/events"), 500)
    assert "event_gone" not in str(told)
    assert "SELECT" not in str(told)


def test_the_database_is_away_and_comes_back(
    servers: Servers, migrated_database: str, api: httpx.Client, world: World
) -> None:
    name = migrated_database.rsplit("/", 1)[1]
    assert "cityops_database_up 1.0" in api.get("/metrics").text
    with connect(servers.database_url, "test") as outside:
        outside.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        outside.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        answer = api.get("/api/v1/state")
        problem(answer, 503)
        assert answer.headers["retry-after"] == "5"
        assert "cityops_database_up 0.0" in api.get("/metrics").text
        outside.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert api.get("/api/v1/state").status_code == 200


def test_no_database_at_all_is_told_within_seconds(world: World) -> None:
    [port] = free_ports(1)
    app = create_app(f"postgresql://cityops@127.0.0.1:{port}/cityops")
    with serving(app) as url, httpx.Client(base_url=url, timeout=20, headers=bearer("key_0_0")) as api:
        began = time.monotonic()
        for path in ("/api/v1/state", "/api/v1/devices", "/api/v1/export/devices.csv", "/health/ready"):
            problem(api.get(path), 503)
        assert time.monotonic() - began < 12  # well below the 15 s that a question may take
        assert api.get("/health/live").status_code == 200


def test_a_question_that_takes_too_long(world: World, api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a reader waits for ends in an answer, not in a hanging wall."""
    monkeypatch.setattr(state, "PATIENCE_S", 5.0)  # as it is, which tests have more of
    with world.connection.transaction():
        world.connection.execute("LOCK TABLE region IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        problem(api.get("/api/v1/state"), 503)
        assert time.monotonic() - began < 12  # well below the 15 s that a question may take
    assert api.get("/api/v1/state").status_code == 200


def test_a_schema_that_is_behind(world: World, api: httpx.Client) -> None:
    assert api.get("/health/ready").json() == {"status": "ready"}
    world.connection.execute("UPDATE alembic_version SET version_num = 'older'")
    assert "cityops db upgrade" in problem(api.get("/health/ready"), 503)["detail"]
