"""Processes that note themselves in a real database: each is told of the others while they run, and no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import structlog
from structlog.testing import capture_logs

from cityops import presence
from cityops.clock import utc_now
from cityops.domain.findings import serious
from cityops.domain.replicas.processes import ALIVE
from cityops.local.processes import wait_until
from cityops.presence import tell
from cityops.services.processes import noted, present
from cityops.store.engine import make_engine
from cityops.store.schema import privileges
from cityops.store.upkeep.processes import weaknesses_of

FOUND = serious("CITYOPS_SECRET", "differs", "give all the same")


def told(number: int, mark: str, **more: Any) -> dict[str, Any]:
    one = {"id": f"{number:016x}", "part": "api", "name": str(number), "host": "here", "pid": number, "version": "1"}
    return one | {"schema_head": "x", "marks": {"CITYOPS_FORMS": mark}} | more


@pytest.mark.parametrize("role", [privileges.API, privileges.INGEST])
def test_who_runs_beside_another_is_told_until_it_runs_no_more(
    role: str, database_as: Callable[[str], str], database: psycopg.Connection
) -> None:
    engine = make_engine(database_as(role))
    try:
        assert noted(engine, told(1, "a"), utc_now()) == []
        [found] = noted(engine, told(2, "b"), utc_now())
        assert (found.item, "api 1 at here (1) against api 2 at here (2)" in found.reason) == ("CITYOPS_FORMS", True)
        assert noted(engine, told(2, "a"), utc_now()) == []  # its file was mended
        assert len(noted(engine, told(1, "c"), utc_now())) == 1
        database.execute("UPDATE process SET seen_at = now() - %s::interval WHERE pid = 2", [str(ALIVE)])
        assert noted(engine, told(1, "c"), utc_now()) == []
        [late] = noted(engine, told(1, "c"), utc_now() + timedelta(minutes=1))
        assert "its clock is +60 s from the database's" in late.reason
    finally:
        engine.dispose()


def test_a_process_notes_itself_and_leaves(migrated_database: str, database: psycopg.Connection) -> None:
    def parts() -> list[Any]:
        return database.execute("SELECT part, name, marks FROM process ORDER BY name").fetchall()

    def marks() -> dict[str, str]:
        return {"CITYOPS_SECRET": "0" * 32}

    with present(migrated_database, "ingest http", "front", marks):
        assert wait_until(lambda: len(parts()) == 1, seconds=30)
        with present(migrated_database, "ingest http", "front", marks):
            assert wait_until(lambda: len(weaknesses_of(migrated_database)) == 1, seconds=30)
            [found] = weaknesses_of(migrated_database)
            assert found.item == "worker front"
        assert wait_until(lambda: parts() == [("ingest http", "front", marks())], seconds=30)
    assert parts() == []


def test_a_database_of_an_earlier_schema_has_no_processes_to_tell_of(empty_database: str) -> None:
    assert weaknesses_of(empty_database) == []


def test_what_differs_is_said_once_and_what_does_so_no_more() -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        tell(set(), {FOUND})
        tell({FOUND}, {FOUND, replace(FOUND, reason="differs from a third one, too")})
        tell({FOUND}, set())
    assert [(one["log_level"], one["event"]) for one in logs] == [
        ("error", "CITYOPS_SECRET differs"),
        ("info", "CITYOPS_SECRET differs no more"),
    ]


def test_a_note_that_fails_ends_nothing() -> None:
    tries = []

    def note(me: presence.Me) -> list[Any]:
        tries.append(me)
        raise ConnectionError if len(tries) == 1 else ZeroDivisionError

    for _ in range(2):
        with presence.present(presence.Me("jobs", "1", dict), note):
            assert wait_until(lambda: bool(tries), seconds=30)
