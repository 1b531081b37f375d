"""Row-level security under the API's own login: a question without any filter shows its scope, none shows nothing."""

from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text

from cityops.domain.access import NOTHING, WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.store.access import credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import connect, make_engine, reading, writing
from cityops.store.schema import privileges
from factories.world import World

TIANHE, HAIZHU = "440106013", "440105001"
DEVICES = {"WL-T": TIANHE, "WL-H": HAIZHU}

# What belongs to one device or one case, by a column that says of which.
OWNED = {
    "device": "SELECT code FROM device",
    "device_state": "SELECT code FROM device_state JOIN device ON device.id = device_id",
    "series": "SELECT code FROM series JOIN device ON device.id = device_id",
    "reading_latest": "SELECT value::text FROM reading_latest",
    "event": "SELECT external_id FROM event",
    "event_history": "SELECT external_id FROM event_history JOIN event ON event.id = event_id",
    "video_channel": "SELECT code FROM video_channel",
    "reject": "SELECT source_system_code FROM reject",
    "event_evidence": "SELECT name FROM event_evidence",
    "evidence": "SELECT count(*)::text FROM evidence HAVING count(*) > 0",
    "handover": "SELECT seat FROM handover",
    "evidence_content": "SELECT encode(content, 'escape') FROM evidence_content",
    "alarm": "SELECT device.code FROM alarm JOIN device ON device.id = device_id",
    "alarm_change": "SELECT by FROM alarm_change",
    "alarm_late": "SELECT lowest::text FROM alarm_late",
    "alarm_quiet": "SELECT reason FROM alarm_quiet",
    "alarm_notice": "SELECT rule_code FROM alarm_notice",
}


@pytest.fixture
def filled(world: World) -> World:
    """Give two districts with a device, a reading, a case and a channel each, and rejects of two sources."""
    for code, region in DEVICES.items():
        world.device(code, region=region)
        world.says(code, "water_depth", 1.0 if region == TIANHE else 2.0, world.now)
        world.case(external_id=f"case of {code}", region=region)
        world.photo(f"case of {code}", f"photo of {code}".encode(), name=code)
    world.case(external_id="lamp", region=HAIZHU, source="grid-officer", event_class="road_ponding")
    execute = world.connection.execute
    for number, region in enumerate(DEVICES.values()):
        execute(
            "INSERT INTO video_channel (code, name_zh, source_system_code, region_code, lon, lat)"
            " SELECT %s, '路口', code, %s, 113, 23 FROM source_system WHERE carries = 'video' LIMIT 1",
            [f"{region[:6]}{number:014}", region],
        )
        execute(
            "INSERT INTO handover (region_code, seat, from_account, to_account, notes, counted)"
            " VALUES (%s, %s, 'li', 'wu', '', '{}')",
            [region[:6], region[:6]],
        )
    execute(
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, device_id, region_code,"
        " source_system_code, level, worst_level, onset) SELECT 'r', 1, 'flood', 1, 'device:' || id, id, region_code,"
        " source_system_code, 1, 1, now() FROM device"
    )
    execute(
        "INSERT INTO alarm_change (alarm_id, kind, by)"
        " SELECT alarm.id, 'raised', code FROM alarm JOIN device ON device.id = device_id"
    )
    execute(
        "INSERT INTO alarm_late (series_id, n, first_ts, last_ts, lowest, highest)"
        " SELECT series_id, 1, ts, ts, value, value FROM reading_latest"
    )
    execute(
        "INSERT INTO alarm_quiet (kind, region_code, reason, by, starts_at, ends_at)"
        " SELECT 'silenced', region_code, code, 'li', now(), now() FROM device"
    )
    execute(
        "INSERT INTO alarm_notice (part, at, kind, rule_code, region_code, source_system_code, level, n, n_new,"
        " n_graver, n_gone, unacknowledged)"
        " SELECT 1, now(), 'new', code, region_code, source_system_code, 1, 1, 1, 0, 0, 0 FROM device"
    )
    for source in ("water-logging", "hotline-12345"):
        execute(
            "INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,"
            " payload_bytes, fingerprint) VALUES (now(), 'readings', %s, 't', 0, 'r', 'd', '', 0, '')",
            [source],
        )
    return world


@pytest.fixture
def engine(filled: World, database_as: Callable[[str], str]) -> Iterator[Engine]:
    """Give the filled database as the API has it."""
    engine = make_engine(database_as(privileges.API))
    yield engine
    engine.dispose()


def values(connection: Connection, statement: str) -> set[str]:
    return set(connection.execute(text(statement)).scalars())


def seen(engine: Engine, scope: Scope) -> dict[str, set[str]]:
    with reading(engine, scope) as connection:
        return {table: values(connection, statement) for table, statement in OWNED.items()}


def districts(*codes: str) -> Scope:
    return Scope(ScopeKind.DISTRICTS, frozenset(codes))


def test_a_forgotten_filter_shows_the_district_alone(engine: Engine) -> None:
    assert seen(engine, districts("440106")) == {
        **{table: {"WL-T"} for table in ("device", "device_state", "series")},
        **{table: {"1"} for table in ("reading_latest", "alarm_late")},
        **{table: {"WL-T"} for table in ("alarm", "alarm_change", "alarm_quiet", "alarm_notice")},
        **{table: {"case of WL-T"} for table in ("event", "event_history")},
        "event_evidence": {"WL-T"},
        "evidence": {"1"},
        "evidence_content": {"photo of WL-T"},
        "video_channel": {"44010600000000000000"},
        "reject": set(),
        "handover": {"440106"},
    }


def test_a_street_shows_what_lies_in_it(engine: Engine) -> None:
    street = seen(engine, Scope(ScopeKind.STREETS, frozenset({HAIZHU})))
    assert street["device"] == {"WL-H"}
    assert street["event"] == {"case of WL-H", "lamp"}
    assert seen(engine, Scope(ScopeKind.STREETS, frozenset({"440105002"})))["event"] == set()


def test_several_districts_add_up_and_the_whole_city_shows_all(engine: Engine) -> None:
    both = seen(engine, districts("440105", "440106"))
    city = seen(engine, WHOLE_CITY)
    assert city.pop("reject") == {"water-logging", "hotline-12345"}
    assert both.pop("reject") == set()
    assert both == city
    assert len(city["device"]) == 2


def test_a_department_and_a_source_show_what_was_sent_by_them(engine: Engine) -> None:
    by_source = seen(engine, Scope(ScopeKind.SOURCES, frozenset({"hotline-12345"})))
    assert by_source["event"] == {"case of WL-T", "case of WL-H"}
    assert by_source["device"] == set()
    assert by_source["reject"] == {"hotline-12345"}
    urban = seen(engine, Scope(ScopeKind.DEPARTMENTS, frozenset({"urban"})))
    assert (urban["event"], urban["event_history"]) == ({"lamp"}, {"lamp"})
    assert (urban["device"], urban["video_channel"]) == (set(), set())
    both = seen(engine, Scope(ScopeKind.DEPARTMENTS, frozenset({"urban", "water"})))
    assert both["device"] == {"WL-T", "WL-H"}
    assert both["reading_latest"] == {"1", "2"}
    assert both["reject"] == {"water-logging"}


HANDLERS = (
    "SELECT external_id FROM event_act JOIN event ON event.id = event_id",
    "SELECT external_id FROM event_handler JOIN event ON event.id = event_id",
    "SELECT external_id FROM deadline JOIN event ON event.id = event_id",
)


def test_a_unit_sees_the_cases_that_it_has_or_had_in_hand_wherever_they_lie(filled: World, engine: Engine) -> None:
    def given(case: str, kind: str, code: str) -> None:
        filled.connection.execute(
            "INSERT INTO event_handler (event_id, unit_kind, unit_code, duty, since)"
            " SELECT id, %s, %s, 'main', now() FROM event WHERE external_id = %s",
            [kind, code, case],
        )

    given("case of WL-T", "department", "water")
    given("case of WL-T", "street", HAIZHU)
    given("lamp", "district", "440106")
    filled.connection.execute(
        "INSERT INTO event_act (event_id, own_sequence, act, at, actor, to_status)"
        " SELECT id, 1, 'note', now(), 'x', status FROM event"
    )
    filled.connection.execute(
        "INSERT INTO deadline (event_id, clock, round, limit_kind, amount, started_at)"
        " SELECT id, 'unit', 1, 'days', 1, now() FROM event"
    )
    for scope, expected in (
        (Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})), {"case of WL-T"}),
        (Scope(ScopeKind.DEPARTMENTS, frozenset({"urban"})), {"lamp"}),
        (Scope(ScopeKind.STREETS, frozenset({HAIZHU})), {"case of WL-H", "lamp", "case of WL-T"}),
        (Scope(ScopeKind.STREETS, frozenset({"440105002"})), set[str]()),
        (districts("440105"), {"case of WL-H", "lamp", "case of WL-T"}),  # of its street, which was given it
        (districts("440106"), {"case of WL-T", "lamp"}),
        (WHOLE_CITY, {"case of WL-H", "lamp", "case of WL-T"}),
        (NOTHING, set[str]()),
    ):
        with reading(engine, scope) as connection:
            assert values(connection, OWNED["event"]) == expected, scope
            assert values(connection, HANDLERS[0]) == values(connection, HANDLERS[2]) == expected, scope
            assert values(connection, HANDLERS[1]) == expected & {"case of WL-T", "lamp"}


def test_without_a_scope_there_is_nothing(engine: Engine) -> None:
    nothing = {table: set[str]() for table in OWNED}
    assert seen(engine, NOTHING) == nothing
    assert seen(engine, districts()) == nothing
    with engine.connect() as connection:
        assert {table: values(connection, statement) for table, statement in OWNED.items()} == nothing


def test_a_scope_ends_with_its_transaction(engine: Engine) -> None:
    with reading(engine, WHOLE_CITY) as connection:
        assert values(connection, OWNED["device"])
        process = connection.scalar(text("SELECT pg_backend_pid()"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == process
        assert values(connection, OWNED["device"]) == set()


def test_a_question_within_a_district_sees_no_account_and_no_credential(engine: Engine) -> None:
    with writing(engine) as connection:
        subject = Subject("key", Role.ANALYST, WHOLE_CITY)
        _, token = credentials.issue(connection, CredentialKind.KEY, "key", subject, created_by="test")
        assert credentials.find(connection, token) is not None
    with reading(engine, districts("440106")) as connection:
        assert credentials.find(connection, token) is None
        assert values(connection, "SELECT login FROM account") == set()


FORBIDDEN = (
    "UPDATE event_history SET status = 'closed'",
    "DELETE FROM event_history",
    "INSERT INTO event_history SELECT * FROM event_history",
    "SELECT reported FROM event_history",
    "UPDATE event SET title = 'x'",
    "UPDATE event SET sequence = 9, external_id = 'x'",
    "DELETE FROM event",
    "UPDATE event_act SET text = 'x'",
    "DELETE FROM event_act",
    "DELETE FROM event_handler",
    "UPDATE event_handler SET unit_code = 'water'",
    "UPDATE deadline SET started_at = now()",
    "DELETE FROM deadline",
    "UPDATE device SET region_code = '440105001'",
    "INSERT INTO reading VALUES (now(), 1, 1, 0)",
    "DELETE FROM account",
    "DELETE FROM credential",
    "TRUNCATE event",
    "SELECT * FROM receipt",
    "SELECT * FROM alarm_hint",
    "UPDATE alarm SET level = 1",
    "INSERT INTO alarm SELECT * FROM alarm",
    "DELETE FROM alarm",
    "SELECT * FROM alarm_group",
    *(
        "UPDATE alarm_notice SET n = 9",
        "DELETE FROM alarm_notice",
        "INSERT INTO alarm_notice SELECT * FROM alarm_notice",
    ),
    "SET ROLE cityops",
    "SET SESSION AUTHORIZATION cityops",
    "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
    "DROP POLICY scope ON event",
    "CREATE POLICY mine ON event USING (true)",
    "CREATE TABLE mine (id int)",
    "ALTER ROLE cityops_api BYPASSRLS",
    "ALTER ROLE cityops_api_login SUPERUSER",
    "GRANT cityops_ingest TO cityops_api_login",
    "CREATE OR REPLACE FUNCTION scope_is_city() RETURNS boolean LANGUAGE sql RETURN true",
    "SET row_security = off; SELECT * FROM event",
    "SELECT pg_read_file('PG_VERSION')",
)


REWRITES = (
    *("UPDATE event_history SET status = 'x'", "DELETE FROM event_history", "TRUNCATE event_history"),
    *("UPDATE alarm_change SET kind = 'x'", "DELETE FROM alarm_change", "TRUNCATE alarm_change"),
)


def taken(database_url: str, statements: Sequence[str]) -> list[str]:
    """Return the statements that were not refused for want of a privilege."""
    accepted = []
    with connect(database_url, "test") as connection:
        for statement in statements:
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            accepted.append(statement)
    return accepted


@pytest.mark.usefixtures("filled")
def test_the_login_of_the_api_may_neither_rewrite_nor_free_itself(database_as: Callable[[str], str]) -> None:
    assert taken(database_as(privileges.API), (*FORBIDDEN, *REWRITES)) == []


@pytest.mark.usefixtures("filled")
def test_the_login_of_the_ingest_cannot_rewrite_the_history(database_as: Callable[[str], str]) -> None:
    assert taken(database_as(privileges.INGEST), REWRITES) == []


@pytest.mark.usefixtures("logins")
def test_neither_role_nor_login_may_pass_by_the_security(world: World) -> None:
    rows = world.connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication, rolcanlogin"
        " FROM pg_roles WHERE rolname LIKE 'cityops\\_%' ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("cityops_api", False, False),
        ("cityops_api_login", False, True),
        ("cityops_ingest", False, False),
        ("cityops_ingest_login", False, True),
    ]
    owned = world.connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND pg_get_userbyid(relowner) <> 'cityops'"
    )
    assert owned.fetchall() == []


def test_privileges_of_every_table_are_decided(world: World) -> None:
    tables = {
        row[0] for row in world.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }
    assert tables == set(privileges.PRIVILEGES), "say in store/schema/privileges who may do what with the table"


HELD_BY_WAY_OF = {
    "reading": "series, whose ids its readers look up first; the columnstore takes no policy",
    **dict.fromkeys(("alarm_hint", "alarm_track"), "nobody reads them but the job, under the owner"),
    **dict.fromkeys(
        ("reading_rollup", "reading_rollup_hour", "reading_rollup_day"),
        "nothing: sums by district are open to all, and the API asks `covers` before those of a street",
    ),
}
"""Tables with rows of places that have no policy, and what keeps them back."""


def test_every_table_that_knows_a_place_a_device_a_case_or_a_person_has_a_policy(world: World) -> None:
    rows = world.connection.execute(
        "SELECT DISTINCT relname, relrowsecurity FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = ANY(%s)",
        [["region_code", "region_id", "device_id", "series_id", "event_id", "reject_id", "login", "account_id"]],
    )
    assert {table for table, secured in rows if not secured} == set(HELD_BY_WAY_OF)
