"""What the platform's two roles in the database may do with each table; given anew at each `cityops db upgrade`.

`cityops_api` answers questions, `cityops_ingest` writes what the workers write. Both own nothing, may not log in
themselves and are held by the row-level security of the migrations; the owner keeps the administration.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from cityops.domain.events.reported import ATTRIBUTES
from cityops.errors import CityopsError
from cityops.store.engine import connect

API, INGEST = "cityops_api", "cityops_ingest"

_AUDITED = (
    "INSERT (subject, role, scope_kind, scope_codes, kind, action, object, outcome, detail, address, request_id)"
)
"""Not the id, not the time: those are the database's."""

_REPORTED = ", ".join(ATTRIBUTES)
_OURS = (
    "master, kind, own_sequence, unit_kind, unit_code, standard_code, standard_version, parent_id, merged_into,"
    " due_at, warn_at, overdue, marks, remembered, facts"
)
_CLOCKED = "pauses, extensions, due_at, provisional, stopped_at, overdue, appealed, spans"
_ACTED_ON = (
    "UPDATE (cleared_at, cleared_why, acknowledged_at, acknowledged_by, quiet, quiet_by, quiet_why, quiet_until,"
    " event_id, symptom_of)"
)
"""What people do with an alarm; what is so of it is written by the job alone."""

_NOTED = "SELECT, INSERT, UPDATE (marks, clock_ahead_s, seen_at), DELETE"
_READ = ("SELECT", "SELECT")
_KEPT_UP = ("SELECT", "SELECT, INSERT, UPDATE")
_WORKERS_OWN = ("", "SELECT, INSERT, UPDATE")

PRIVILEGES: Mapping[str, tuple[str, str]] = {
    "alembic_version": ("SELECT", ""),
    "region": _READ,
    "department": _READ,
    "source_system": _READ,
    "metric": _READ,
    "alarm_rule": _READ,
    "device_kind": _READ,
    "event_class": _READ,
    "case_standard": ("SELECT", ""),
    "device": _READ,
    "series": ("SELECT", "SELECT, INSERT"),
    "device_state": ("SELECT", "SELECT, UPDATE"),
    "device_transition": ("SELECT", "SELECT, INSERT"),
    # What is over, triggers write.
    "device_state_past": ("SELECT", ""),
    "event_past": ("SELECT", ""),
    "alarm_past": ("SELECT", ""),
    "ledger_past": ("SELECT", "SELECT, INSERT"),
    "device_watch": _KEPT_UP,
    "video_channel": ("SELECT", ""),
    "video_plan": ("SELECT", ""),
    "video_plan_channel": ("SELECT", ""),
    "reading": ("SELECT", "SELECT, INSERT"),
    "reading_latest": _KEPT_UP,
    "reading_rollup": _KEPT_UP,
    "reading_rollup_hour": ("SELECT", ""),
    "reading_rollup_day": ("SELECT", ""),
    "rollup_touched": ("SELECT", "SELECT, INSERT"),
    "rollup_unmade": ("SELECT", ""),
    "retention": _READ,
    "baseline": ("SELECT", ""),
    "baseline_flag": ("SELECT", ""),
    # Between two jobs, both under the owner.
    "baseline_standing": ("", ""),
    # What a source told of its case, only the ingest writes; the API adds cases of our own, and moves those it may.
    "event": (f"SELECT, INSERT ({_REPORTED}, {_OURS}), UPDATE (status, status_at, severity, {_OURS})", _KEPT_UP[1]),
    "event_act": ("SELECT, INSERT", ""),
    "event_handler": ("SELECT, INSERT, UPDATE (duty, since, until)", ""),
    "deadline": (f"SELECT, INSERT, UPDATE ({_CLOCKED})", ""),
    "calendar_notice": ("SELECT", ""),
    "calendar_day": ("SELECT", ""),
    # What the source told of a step, whole, stays with the owner: it holds whatever the source knows of people.
    "event_history": ("SELECT (event_id, sequence, status, status_at, received_at)", "SELECT, INSERT"),
    "evidence": ("SELECT, INSERT", ""),
    "evidence_content": ("SELECT, INSERT", ""),
    # Who added a file, when and to which case stays as it was; by which act it was used is said once.
    "event_evidence": (
        "SELECT, INSERT (event_id, digest, name, added_by, lon, lat, taken_at), UPDATE (act_sequence)",
        "",
    ),
    # Who handed what over and when stays as it was; how it ended is said once.
    "handover": (
        "SELECT, INSERT (region_code, seat, from_account, to_account, notes, counted),"
        " UPDATE (settled_at, outcome, reason)",
        "",
    ),
    # What was started when, and why, stays as it was; a planned end is moved, an end said once.
    "mode": (
        "SELECT, INSERT (region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver, drill,"
        " started_by, until), UPDATE (until, ended_at, ended_by)",
        "",
    ),
    # Rosters come by the command alone.
    "duty": ("SELECT", ""),
    "wall": ("SELECT, INSERT, UPDATE (shows, answered_at, scene, sent_by, sent_at, held_until)", ""),
    "reject": ("SELECT", "SELECT, INSERT"),
    "reject_attempt": ("SELECT", ""),
    "reject_dropped": ("SELECT", ""),
    # Of the API only what was filled in and approved: a policy holds it to that source.
    "indicator_value": ("SELECT, INSERT", "SELECT, INSERT"),
    "filling_sheet": (
        "SELECT, INSERT (form_code, region_code, department_code, period_start, period_end, state, version),"
        " UPDATE (state, version)",
        "",
    ),
    # Who filled in what, and who said what of it, stays as it was.
    "filling_act": ("SELECT, INSERT (sheet_id, version, act, by, reason)", ""),
    "filling_cell": ("SELECT, INSERT", ""),
    # What was corrected when and why stays as it was, and so does each step; their times are the database's.
    "correction": (
        "SELECT, INSERT (indicator_code, region_code, source_system_code, period_start, period_end, action, amount,"
        " expected_low, expected_high, reason, by, expires_at)",
        "",
    ),
    "correction_step": ("SELECT, INSERT (correction_id, status, to, note, by)", ""),
    # Register and officers come by the command alone; what is used, the API counts.
    "dataset": ("SELECT", ""),
    "data_officer": ("SELECT", ""),
    "indicator_usage": ("SELECT, INSERT, UPDATE (reads, exports)", ""),
    "report": (
        "SELECT, INSERT (kind, region_code, period_start, period_end, edition, title_zh, title_en, numbers, made_at,"
        " made_by)",
        "",
    ),
    "report_file": ("SELECT, INSERT", ""),
    "ingest_ledger": _KEPT_UP,
    "ingest_ledger_day": ("SELECT", ""),
    # The workers leave hints; the job that takes them evaluates under the owner.
    "alarm_hint": ("", "INSERT"),
    "alarm_track": ("", ""),
    "alarm_taken_up": ("", ""),
    "alarm_late": ("SELECT", ""),
    "alarm_group": ("", ""),
    "alarm_notice": ("SELECT", ""),
    "alarm": (f"SELECT, {_ACTED_ON}", ""),
    "alarm_change": ("SELECT, INSERT (alarm_id, kind, level, value, by, detail)", ""),
    "alarm_quiet": (
        "SELECT, INSERT (kind, region_code, device_id, rule_code, class, metric, reason, by, starts_at, ends_at),"
        " UPDATE (ends_at, ended_by)",
        "",
    ),
    "receipt": _WORKERS_OWN,
    "uplink": _WORKERS_OWN,
    "sparkplug_node": _WORKERS_OWN,
    "account": (
        "SELECT, INSERT, UPDATE",
        "SELECT (id, login, role, scope_kind, scope_codes, disabled_at)",
    ),
    "credential": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE (last_used_at)"),
    # Each process notes itself; the API those that have no database.
    "process": (_NOTED, _NOTED),
    "sign_in_bucket": ("SELECT, INSERT, UPDATE, DELETE", ""),
    "spent_id_token": ("SELECT, INSERT, DELETE", ""),
    # A question stays as it was saved: another one under the same name is another view.
    "saved_view": ("SELECT, INSERT (login, name, question, area_code, shared), UPDATE (name, shared), DELETE", ""),
    "saved_filter": ("SELECT, INSERT, UPDATE (todo, q), DELETE", ""),
    "audit": (f"SELECT, {_AUDITED}", _AUDITED),
}
"""Of each table what the API and what the ingest may do; a table that is not named here may be used by neither."""


_PRIVILEGE = re.compile(r"(\w+)(?: \(([^)]*)\))?")


def make_roles(connection: psycopg.Connection) -> None:
    """Make the two roles where the server does not have them yet; several databases of one server share them.

    Raises
    ------
    CityopsError
        The address's role may not make roles, or roles of these names could pass by the row-level security.
    """
    for name in (API, INGEST):
        _make_role(connection, name, "NOLOGIN")
    free = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)", [[API, INGEST]]
    ).fetchall()
    if free:
        names = ", ".join(row[0] for row in free)
        raise CityopsError(f"{names} may pass by row-level security: `ALTER ROLE … NOSUPERUSER NOBYPASSRLS`.")


def _make_role(connection: psycopg.Connection, name: str, login: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if known:
        return
    try:
        connection.execute(sql.SQL("CREATE ROLE {} " + login).format(sql.Identifier(name)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # the migration of another database on this server was faster
    except psycopg.errors.InsufficientPrivilege:
        raise CityopsError(
            f"the role {name} is missing and may not be made with this address: have an administrator of the "
            f"database run `CREATE ROLE {name} {login}`, then try again."
        ) from None


def grant(connection: psycopg.Connection) -> None:
    """Give the roles exactly what `PRIVILEGES` says, and take what they, and all others, had beyond it.

    Of a hypertable with row-level security they are given the columns, all of them, and not the table: TimescaleDB
    hands what is given of the table on to each new chunk, which its policies do not hold. What chunks have is taken.
    Those without a policy may be columns inside (TimescaleDB can grant none of these then); a chunk of them shows
    nothing that the table does not.
    """
    with connection.transaction():
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        hypertables = {row[0] for row in connection.execute(_HYPERTABLES)}
        for (table,) in tables:
            columns = _columns(connection, table)
            for role, given in zip((API, INGEST), PRIVILEGES.get(table, ("", "")), strict=True):
                names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
                connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
                for privilege in _given(given, columns, of_all=table in hypertables):
                    connection.execute(sql.SQL("GRANT {given} ON {table} TO {role}").format(given=privilege, **names))
        for schema, chunk in connection.execute(_CHUNKS, [list(hypertables)]).fetchall():
            names = {
                "chunk": sql.Identifier(schema, chunk),
                "api": sql.Identifier(API),
                "ingest": sql.Identifier(INGEST),
            }
            connection.execute(sql.SQL("REVOKE ALL ON {chunk} FROM {api}, {ingest}").format(**names))
        _open_past(connection)
        _close_side_doors(connection)


def _open_past(connection: psycopg.Connection) -> None:
    """Let the API read through the views of the past; what they show it are rows that it may read anyway."""
    if connection.execute("SELECT FROM pg_namespace WHERE nspname = 'past'").fetchone() is not None:
        role = sql.Identifier(API)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA past TO {role}").format(role=role))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA past TO {role}").format(role=role))


_HYPERTABLES = """
SELECT hypertable_name FROM timescaledb_information.hypertables JOIN pg_class ON relname = hypertable_name
WHERE hypertable_schema = 'public' AND relnamespace = 'public'::regnamespace AND relrowsecurity
"""
_CHUNKS = """
SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN timescaledb_information.chunks ON (nspname, relname) = (chunk_schema, chunk_name)
WHERE hypertable_name = ANY(%s)
    AND (EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee::regrole::text LIKE 'cityops\\_%%')
         OR EXISTS (SELECT FROM pg_attribute, aclexplode(attacl)
                    WHERE attrelid = pg_class.oid AND grantee::regrole::text LIKE 'cityops\\_%%'))
"""
"""Chunks of hypertables of which a role of ours has something."""

_SIDE_DOORS = r"^(lo_(creat|create|from_bytea|put|open|unlink|truncate|truncate64)|lowrite|loread)$|advisory"
"""Functions that everybody may call: large objects fill the disk past every table, locks stop who waits for them."""


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    statement = (
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum"
    )
    return [row[0] for row in connection.execute(statement, [f"public.{table}"])]


def _given(given: str, columns: Sequence[str], *, of_all: bool) -> Iterator[sql.Composable]:
    """Yield each privilege as GRANT has it; those of a hypertable by all its `columns`, where no other are named.

    A column that is not there yet, because the schema stands at an earlier revision, is left out.
    """
    for word, named in _PRIVILEGE.findall(given):
        of = [one for one in named.split(", ") if one in columns] if named else columns if of_all else []
        listed = sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Identifier, of))) if of else sql.SQL("")
        yield sql.SQL(word) + listed


def _close_side_doors(connection: psycopg.Connection) -> None:
    """Take from everybody what PostgreSQL gives to all; without an administrator's rights it stays as it is."""
    names = {
        "database": sql.Identifier(connection.info.dbname),
        "ingest": sql.Identifier(
            INGEST
        ),  # stages a batch in a temporary table; one of several watches leads by a lock
    }
    connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC").format(**names))
    connection.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {database} TO {ingest}").format(**names))
    functions = connection.execute(
        "SELECT oid::regprocedure::text, proname LIKE '%%advisory%%' FROM pg_proc"
        " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s"
        " AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
        [_SIDE_DOORS],
    ).fetchall()
    for function, is_lock in functions:
        of = sql.SQL(function)
        connection.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION {of} FROM PUBLIC").format(of=of))
        if is_lock:
            connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {of} TO {ingest}").format(of=of, **names))


def give_login(database_url: str, role: str, password: str) -> tuple[str, str]:
    """Make the login `<role>_login`, or give it this password from now on; return its name and the address with it.

    The server sees a digest of the password alone, so that no log of it can hold the password.

    Raises
    ------
    CityopsError
        The address's role may not make roles.
    """
    login = f"{role}_login"
    with connect(database_url, "cityops db") as connection:
        _make_role(connection, login, "LOGIN")
        digest = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        names = {"login": sql.Identifier(login), "role": sql.Identifier(role), "digest": sql.Literal(digest)}
        connection.execute(sql.SQL("ALTER ROLE {login} LOGIN PASSWORD {digest}").format(**names))
        connection.execute(sql.SQL("GRANT {role} TO {login}").format(**names))
        # Every role may choose defaults for its own sessions, which no privilege keeps from it: they end here.
        names["database"] = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER ROLE {login} RESET ALL").format(**names))
        connection.execute(sql.SQL("ALTER ROLE {login} IN DATABASE {database} RESET ALL").format(**names))
    server = urlsplit(database_url)
    host = server.netloc.rpartition("@")[2]
    return login, server._replace(netloc=f"{login}:{quote(password, safe='')}@{host}").geturl()
