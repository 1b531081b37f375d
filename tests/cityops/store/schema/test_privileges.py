"""What the logins of API and ingest may not do beside the tables: chunks, forged audit, objects of their own."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import psycopg
import pytest
from sqlalchemy.exc import ProgrammingError

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.audit import Action, Actor, command_line
from cityops.store.access import audit
from cityops.store.engine import connect, make_engine, writing
from cityops.store.schema import privileges
from factories.world import World

ROLES = (privileges.API, privileges.INGEST)
SECURED = ("audit", "device_transition", "indicator_value", "reject")
"""Hypertables with row-level security; the others show as much by a chunk as by the table."""


@pytest.fixture
def filled(world: World) -> World:
    """Give a database whose hypertables have chunks, of today and of a year ago."""
    world.says(world.device("WL-1"), "water_depth", 1.0, world.now)
    old = "now() - interval '1 year'"
    for statement in (
        "INSERT INTO audit (subject, action, object, outcome) VALUES ('li', 'export:read', 'x', 'done')",
        f"INSERT INTO device_transition SELECT {old}, id, 'online', 'late' FROM device",
        "INSERT INTO indicator_value (indicator_code, region_code, period_start, period_end, source_system_code,"
        " revision, quality, definition_version, received_at)"
        " VALUES ('fires', '440100', now(), now() + interval '1 day', 'fire-119', 0, 0, 1, now())",
        f"INSERT INTO reading (ts, series_id, value, quality) SELECT {old}, id, 1, 0 FROM series",
        "INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,"
        " payload_bytes, fingerprint) VALUES (now(), 'readings', 'water-logging', 't', 0, 'r', 'd', '', 0, '')",
    ):
        world.connection.execute(statement)
    return world


@pytest.fixture(params=ROLES)
def login(request: pytest.FixtureRequest, database_as: Callable[[str], str]) -> Iterator[psycopg.Connection]:
    """Give a connection of each login."""
    with connect(database_as(request.param), "test") as connection:
        yield connection


def chunks(world: World) -> dict[str, str]:
    """Return the hypertable of each chunk."""
    rows = world.connection.execute(
        "SELECT format('%I.%I', chunk_schema, chunk_name), hypertable_name FROM timescaledb_information.chunks"
    )
    return {row[0]: row[1] for row in rows}


def touched(login: psycopg.Connection, table: str) -> list[str]:
    """Return the ways in which a login may touch a table."""
    ways = (
        f"SELECT count(*) FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE false",
        f"DELETE FROM {table}",
    )
    done = []
    for way in (*ways, f"TRUNCATE {table}"):
        try:
            login.execute(way)
        except psycopg.errors.InsufficientPrivilege:
            continue
        done.append(way)
    return done


def test_no_chunk_is_open_to_a_login_neither_old_ones_nor_new(filled: World, login: psycopg.Connection) -> None:
    privileges.grant(filled.connection)  # as an upgrade does it when there are chunks
    before = chunks(filled)
    filled.connection.execute("INSERT INTO device_transition SELECT '2024-01-01Z', id, 'late', 'online' FROM device")
    after = chunks(filled)
    assert {table for chunk, table in after.items() if chunk not in before} == {"device_transition"}
    assert set(SECURED) < set(after.values())
    secured = [chunk for chunk, table in after.items() if table in SECURED]
    assert {chunk: touched(login, chunk) for chunk in secured} == {chunk: [] for chunk in secured}
    for chunk, table in after.items():
        if table not in SECURED:
            assert len(touched(login, chunk)) <= len(touched(login, table))
    assert login.execute("SELECT count(*) FROM reading").fetchone() == (2,)


def test_the_ingest_still_makes_chunks_and_copies(filled: World, database_as: Callable[[str], str]) -> None:
    with connect(database_as(privileges.INGEST), "test") as login:
        [series] = login.execute("SELECT id FROM series").fetchone() or (0,)
        with login.cursor() as cursor, cursor.copy("COPY reading (ts, series_id, value, quality) FROM STDIN") as copy:
            copy.write_row(("2025-01-01T00:00:00Z", series, 1.0, 0))
        again = "INSERT INTO reading VALUES ('2025-01-01Z', %s, 1, 0) ON CONFLICT DO NOTHING RETURNING ts"
        assert login.execute(again, [series]).fetchall() == []
        assert login.execute("SELECT count(*) FROM reading WHERE ts < '2025-02-01Z'").fetchone() == (1,)


def test_hypertables_with_policies_give_their_chunks_nothing(world: World) -> None:
    """TimescaleDB hands a table's own grants to each new chunk, and not those of its columns."""
    secured = world.connection.execute(
        "SELECT relname FROM pg_class JOIN timescaledb_information.hypertables ON hypertable_name = relname"
        " WHERE relrowsecurity ORDER BY 1"
    ).fetchall()
    assert [row[0] for row in secured] == list(SECURED)
    granted = world.connection.execute(
        "SELECT relname FROM pg_class, aclexplode(relacl)"
        " WHERE relname = ANY(%s) AND grantee::regrole::text = ANY(%s)",
        [list(SECURED), list(ROLES)],
    )
    assert granted.fetchall() == []


FORGED = (
    "INSERT INTO audit (id, subject, action, object, outcome) OVERRIDING SYSTEM VALUE"
    " VALUES (1, 'li', {}, 'x', 'done')",
    "INSERT INTO audit (at, subject, action, object, outcome) VALUES (now() - interval '1 d', 'li', {}, 'x', 'done')",
    "INSERT INTO audit VALUES (DEFAULT, now(), 'li', null, null, '{{}}', null, {}, 'x', 'done')",
    "UPDATE audit SET subject = 'wu'",
    "DELETE FROM audit",
)


def test_no_login_writes_an_id_or_a_time_of_its_own_into_the_audit(filled: World, login: psycopg.Connection) -> None:
    for statement in FORGED:
        for action in ("'export:read'", "'reject:replay'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement.format(action))


def test_ids_of_the_audit_are_given_by_the_database_alone(filled: World) -> None:
    with pytest.raises(psycopg.errors.GeneratedAlways):
        filled.connection.execute(
            "INSERT INTO audit (id, subject, action, object, outcome) VALUES (7, 'li', 'export:read', 'x', 'done')"
        )


API_KEY = Actor.of(Subject("li", Role.ANALYST, WHOLE_CITY), "key")
HAND = command_line("root")
WRITES = [
    (privileges.API, API_KEY, Action.EXPORT_READ, True),
    (privileges.API, API_KEY, Action.ACCOUNT_CREATE, True),
    (privileges.API, Actor("-"), Action.SESSION_REFUSED, True),
    (privileges.API, HAND, Action.EXPORT_READ, False),
    (privileges.API, API_KEY, Action.BACKUP_MAKE, False),
    (privileges.API, API_KEY, Action.WORKER_RETIRE, False),
    (privileges.INGEST, HAND, Action.REJECT_REPLAY, True),
    (privileges.INGEST, HAND, Action.WORKER_RETIRE, True),
    (privileges.INGEST, HAND, Action.ACCOUNT_CREATE, False),
    (privileges.INGEST, HAND, Action.SESSION_OPEN, False),
    (privileges.INGEST, API_KEY, Action.REJECT_REPLAY, False),
    (privileges.INGEST, Actor("-"), Action.ACCESS_REFUSED, False),
]


@pytest.mark.parametrize(("role", "actor", "action", "may"), WRITES)
def test_each_login_audits_its_own_acts_alone(
    world: World, database_as: Callable[[str], str], role: str, actor: Actor, action: Action, may: bool
) -> None:
    engine = make_engine(database_as(role))
    refused = nullcontext() if may else pytest.raises(ProgrammingError, match="row-level security")
    try:
        with refused, writing(engine) as connection:
            audit.record(connection, actor, action, "x")
    finally:
        engine.dispose()
    rows = world.connection.execute("SELECT at <= %s FROM audit", [utc_now()]).fetchall()
    assert rows == ([(True,)] if may else [])


KEPT_FROM_BOTH = (
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_put(1, 0, 'x')",
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine (id int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
)
KEPT_FROM_THE_API = (
    "CREATE TEMPORARY TABLE mine (id int)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock(1)",
)


def test_logins_keep_nothing_of_their_own_in_the_database(
    world: World, migrated_database: str, database_as: Callable[[str], str]
) -> None:
    with connect(migrated_database, "test") as owner:
        privileges.grant(owner)  # whether temporary tables may be made is not copied with a database
    for role in ROLES:
        with connect(database_as(role), "test") as login:
            for statement in (*KEPT_FROM_BOTH, *(KEPT_FROM_THE_API if role == privileges.API else ())):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    login.execute(statement)
    with connect(database_as(privileges.INGEST), "test") as login:
        login.execute("CREATE TEMPORARY TABLE stage (id int)")  # of batches that hold what is there already
        login.execute("SELECT pg_try_advisory_lock(1)")  # which of several watches leads


def test_what_a_login_has_set_for_itself_ends_when_its_password_is_given_anew(
    world: World, migrated_database: str, logins: dict[str, str], database_as: Callable[[str], str]
) -> None:
    with connect(database_as(privileges.API), "test") as login:
        login.execute("ALTER ROLE CURRENT_USER SET statement_timeout = '1ms'")
        login.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {login.info.dbname} SET work_mem = '64MB'")
    password = f"secret of {privileges.API}"
    _, url = privileges.give_login(migrated_database, privileges.API, password)
    with connect(url, "test") as login:
        assert login.execute("SHOW statement_timeout").fetchone() == ("0",)
        assert login.execute("SHOW work_mem").fetchone() != ("64MB",)
