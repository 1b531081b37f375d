"""The audit on a real TimescaleDB: written with what it tells of, read by filter and scope, and never rewritten."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import NOBODY, Action, Actor, AuditOutcome, command_line
from cityops.store.access import audit, credentials
from cityops.store.access.audit import AuditFilter
from cityops.store.engine import connect, make_engine, reading, writing

HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
ALL = AuditFilter()


def officer(name: str, *codes: str, kind: ScopeKind = ScopeKind.DISTRICTS) -> Actor:
    role = Role.DISTRICT_OFFICER if kind is ScopeKind.DISTRICTS else Role.STREET_OFFICER
    return Actor.of(Subject(name, role, Scope(kind, frozenset(codes))), "session", "10.0.0.7")


@pytest.fixture
def engine(migrated_database: str) -> Iterator[Engine]:
    made = make_engine(migrated_database)
    yield made
    made.dispose()


def subjects(engine: Engine, scope: Scope = WHOLE_CITY, wanted: AuditFilter = ALL) -> list[str]:
    with reading(engine, scope) as connection:
        return [row["subject"] for row in audit.page(connection, scope, wanted, None, 100)]


def test_what_is_recorded_is_read_newest_first_and_page_by_page(engine: Engine) -> None:
    with writing(engine) as connection:
        for number in range(5):
            audit.record(connection, officer("li", "440105"), Action.EXPORT_READ, f"events {number}")
        audit.record(
            connection, Actor(NOBODY), Action.SESSION_REFUSED, "zhang", AuditOutcome.REFUSED, {"reason": "password"}
        )
    seen, before = [], None
    with reading(engine, WHOLE_CITY) as connection:
        while rows := audit.page(connection, WHOLE_CITY, ALL, before, 2):
            seen += [row["object"] for row in rows]
            before = rows[-1]["at"], rows[-1]["id"]
        [row] = audit.page(connection, WHOLE_CITY, AuditFilter(action=Action.SESSION_REFUSED), None, 9)
    assert seen == ["zhang", *(f"events {number}" for number in (4, 3, 2, 1, 0))]
    assert (row["subject"], row["outcome"], row["detail"]) == (NOBODY, "refused", {"reason": "password"})


def test_a_key_that_is_renewed_is_written_down_as_one_revoked_and_one_issued(engine: Engine) -> None:
    subject = Subject("dashboard", Role.ANALYST, WHOLE_CITY)
    for _ in range(2):
        with writing(engine) as connection:
            credentials.renew(connection, command_line("cityops up"), subject)
    with reading(engine, WHOLE_CITY) as connection:
        rows = audit.page(connection, WHOLE_CITY, ALL, None, 9)
    second, revoked, first = rows
    assert [row["action"] for row in rows] == ["credential:issue", "credential:revoke", "credential:issue"]
    assert (revoked["object"], first["subject"]) == (first["object"], "cityops up")
    assert second["detail"] == {
        "role": "analyst", "scope_kind": "city", "scope_codes": [], "kind": "key", "label": "dashboard"
    }  # fmt: skip


def test_filters_narrow(engine: Engine) -> None:
    with writing(engine) as connection:
        audit.record(connection, officer("li", "440105"), Action.EXPORT_READ, "events.csv")
        audit.record(connection, officer("wu", "440106"), Action.EXPORT_READ, "devices.csv", AuditOutcome.BROKEN_OFF)
        at = audit.newest(connection)
        assert at is not None
    narrow = {
        "li": AuditFilter(subject="li"),
        "wu": AuditFilter(object="dev", outcome=AuditOutcome.BROKEN_OFF, start=at, end=at + timedelta(seconds=1)),
        "": AuditFilter(object="%"),
    }
    assert {name: subjects(engine, WHOLE_CITY, wanted) for name, wanted in narrow.items()} == {
        "li": ["li"],
        "wu": ["wu"],
        "": [],
    }


def test_a_district_reads_only_what_its_own_people_did(engine: Engine) -> None:
    actors = [
        *(officer("here", "440105"), officer("there", "440106"), officer("both", "440105", "440106")),
        officer("street", "440105001", "440105002", kind=ScopeKind.STREETS),
        officer("across", "440105001", "440106001", kind=ScopeKind.STREETS),
        *(command_line("root"), Actor(NOBODY), Actor("empty", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS))),
    ]
    with writing(engine) as connection:
        for actor in actors:
            audit.record(connection, actor, Action.EXPORT_READ, "events.csv")
    assert sorted(subjects(engine, HAIZHU)) == ["here", "street"]
    assert len(subjects(engine)) == len(actors)


def test_what_a_guest_chooses_is_cut_and_cannot_stop_the_record(engine: Engine) -> None:
    with writing(engine) as connection:
        name, detail = "x" * 9999, {"filter": {"q": "\x00" * 999}}
        audit.record(connection, Actor(name), Action.SESSION_REFUSED, "a\x00b" * 999, detail=detail)
    with reading(engine, WHOLE_CITY) as connection:
        [row] = audit.page(connection, WHOLE_CITY, ALL, None, 9)
    assert (len(row["subject"]), len(row["object"])) == (audit.LONGEST, audit.LONGEST)
    assert row["detail"] == {"filter": {"q": ""}}


STATEMENTS = ("UPDATE {0} SET subject = 'x'", "DELETE FROM {0}", "TRUNCATE {0}")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_audit_cannot_be_rewritten(statement: str, engine: Engine, migrated_database: str) -> None:
    with writing(engine) as connection:
        audit.record(connection, Actor("li"), Action.EXPORT_READ, "events.csv")
    with connect(migrated_database, "test") as owner:
        [chunk] = owner.execute("SELECT show_chunks('audit')::text").fetchone() or ("",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(statement.format("audit"))
        if not statement.startswith("TRUNCATE"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                owner.execute(statement.format(chunk))
    assert subjects(engine) == ["li"]
