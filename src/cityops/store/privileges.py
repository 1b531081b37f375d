"""What the platform's two roles in the database may do with each table; given anew at each `cityops db upgrade`.

`cityops_api` answers questions, `cityops_ingest` writes what the workers write. Both own nothing, may not log in
themselves and are held by the row-level security of the migrations; the owner keeps the administration.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from cityops.errors import CityopsError
from cityops.store.engine import connect

API, INGEST = "cityops_api", "cityops_ingest"

_READ = ("SELECT", "SELECT")
_KEPT_UP = ("SELECT", "SELECT, INSERT, UPDATE")
_WORKERS_OWN = ("", "SELECT, INSERT, UPDATE")

PRIVILEGES: Mapping[str, tuple[str, str]] = {
    "alembic_version": ("SELECT", ""),
    "region": _READ,
    "department": _READ,
    "source_system": _READ,
    "metric": _READ,
    "device_kind": _READ,
    "event_class": _READ,
    "device": _READ,
    "series": ("SELECT", "SELECT, INSERT"),
    "device_state": ("SELECT", "SELECT, UPDATE"),
    "device_transition": ("SELECT", "SELECT, INSERT"),
    "device_watch": _KEPT_UP,
    "video_channel": ("SELECT", ""),
    "reading": ("SELECT", "SELECT, INSERT"),
    "reading_latest": _KEPT_UP,
    "reading_rollup": _KEPT_UP,
    "reading_rollup_hour": ("SELECT", ""),
    "reading_rollup_day": ("SELECT", ""),
    "rollup_touched": ("SELECT", "SELECT, INSERT"),
    "rollup_unmade": ("SELECT", ""),
    "retention": _READ,
    "event": _KEPT_UP,
    # What the source told of a step, whole, stays with the owner: it holds whatever the source knows of people.
    "event_history": ("SELECT (event_id, sequence, status, status_at, received_at)", "SELECT, INSERT"),
    "reject": ("SELECT", "SELECT, INSERT"),
    "reject_attempt": ("SELECT", ""),
    "reject_dropped": ("SELECT", ""),
    "ingest_ledger": _KEPT_UP,
    "receipt": _WORKERS_OWN,
    "sparkplug_node": _WORKERS_OWN,
    "account": (
        "SELECT, INSERT, UPDATE",
        "SELECT (id, login, role, scope_kind, scope_codes, disabled_at)",
    ),
    "credential": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE (last_used_at)"),
    "audit": ("SELECT, INSERT", "INSERT"),
}
"""Of each table what the API and what the ingest may do; a table that is not named here may be used by neither."""


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
    """Give the roles exactly what `PRIVILEGES` says, and take what they had beyond it."""
    with connection.transaction():
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in rows:
            for role, given in zip((API, INGEST), PRIVILEGES.get(table, ("", "")), strict=True):
                names = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
                connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**names))
                if given:
                    connection.execute(sql.SQL("GRANT " + given + " ON {table} TO {role}").format(**names))


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
    server = urlsplit(database_url)
    host = server.netloc.rpartition("@")[2]
    return login, server._replace(netloc=f"{login}:{quote(password, safe='')}@{host}").geturl()
