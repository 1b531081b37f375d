"""Looks for what is weak in a database and in the accounts and credentials it holds: for `cityops doctor`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg

from cityops.domain.findings import LOCAL, Finding, note, serious, warning
from cityops.domain.retention import SHORTEST_AUDIT
from cityops.store import rollups
from cityops.store.schema import revision
from cityops.store.upkeep import advice, columnstore, retention

CLOCK = timedelta(seconds=5)
FREE_BYTES = 10_000_000_000
WAITING_HOURS = 48
"""With an hourly `cityops maintain` two or three hours wait for their rollups."""


def weaknesses(connection: psycopg.Connection, now: datetime) -> Iterator[Finding]:
    """Yield what is weak; accounts and credentials only where the schema is that of this version."""
    yield from _login(connection)
    yield from _host(connection, now)
    [there] = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone() or (False,)
    [found] = (there and connection.execute("SELECT version_num FROM alembic_version").fetchone()) or (None,)
    if found != revision.head():
        yield serious(
            "schema", f"the database is at {found or 'nothing'}, this version needs another", "cityops db upgrade"
        )
        return
    yield from _accounts(connection)
    yield from _credentials(connection)
    yield from _maintenance(connection, now)
    for concern in advice.concerns(connection):
        yield warning("database", concern.partition(": ")[0], concern.partition(": ")[2])


def _login(connection: psycopg.Connection) -> Iterator[Finding]:
    row = connection.execute(
        """
        SELECT current_user::text, rolsuper, rolbypassrls, EXISTS (
            SELECT FROM pg_class WHERE oid = to_regclass('device') AND pg_has_role(relowner, 'USAGE'))
        FROM pg_roles WHERE rolname = current_user
        """
    ).fetchone()
    assert row is not None
    kinds = ("is a superuser", "may pass by row-level security", "owns the tables")
    has = [told for told, so in zip(kinds, row[1:], strict=True) if so]
    if has:
        told = f"{' and '.join(has)}; row-level security does not hold it"
        yield serious(
            f"database login {row[0]}", told, "give API and ingest the logins of their own; keep this one for verbs"
        )


def _host(connection: psycopg.Connection, now: datetime) -> Iterator[Finding]:
    if is_in_the_clear(connection.info.host or "", has_tls=connection.pgconn.ssl_in_use):
        yield serious(
            "CITYOPS_DATABASE_URL", "the database is on another host without TLS", "add ?sslmode=verify-full"
        )
    [there] = connection.execute("SELECT clock_timestamp()").fetchone() or (now,)
    if abs(there - now) > CLOCK:
        away = (there - now).total_seconds()
        yield warning("clock", f"the database's clock is {away:+.0f} s from this machine's", "run NTP on both")
    free = advice.space(connection, now).free
    if free is not None and free < FREE_BYTES:
        yield serious(
            "disk", f"{free / 1e9:.1f} GB are free", "add space, or `cityops maintain --readings-days` fewer"
        )


def is_in_the_clear(host: str, *, has_tls: bool) -> bool:
    """Tell whether a connection crosses a network without TLS; a host with a slash is the folder of a socket."""
    return not (has_tls or not host or host.startswith("/") or host in LOCAL)


def _maintenance(connection: psycopg.Connection, now: datetime) -> Iterator[Finding]:
    kept_from = retention.kept_from(connection, "audit")
    if kept_from > now - SHORTEST_AUDIT:
        told = f"what was written before {kept_from:%Y-%m-%d} is gone: less than {SHORTEST_AUDIT.days} days are kept"
        yield serious("audit", told, f"cityops maintain --audit-days {SHORTEST_AUDIT.days} or more, nothing else")
    hours = rollups.waiting(connection)
    if hours > WAITING_HOURS:
        told = f"{hours} hours wait for their rollups, and nothing old is dropped"
        yield warning("maintenance", told, "run `cityops maintain --every 60` as a process")
    if not columnstore.available(connection):
        remedy = "the Community edition takes a third (bench/RESULTS.md)"
        yield note("TimescaleDB", "the Apache edition keeps readings as rows: about 100 bytes each", remedy)


def _accounts(connection: psycopg.Connection) -> Iterator[Finding]:
    rows = connection.execute(
        """
        SELECT login, role = 'administrator', created_at < now() - interval '14 days',
               used, used > now() - interval '90 days'
        FROM account LEFT JOIN LATERAL (
            SELECT max(coalesce(last_used_at, c.created_at)) AS used FROM credential c WHERE c.account_id = account.id
        ) AS sessions ON true
        WHERE disabled_at IS NULL ORDER BY login
        """
    ).fetchall()
    administrators = [row for row in rows if row[1]]
    if not administrators:
        remedy = "cityops accounts create LOGIN --role administrator"
        yield serious("administrators", "there is none, so nobody can end an access from a screen", remedy)
    for login, is_administrator, is_old, used, is_recent in rows:
        if used is None and is_old:
            yield warning(f"account {login}", "never signed in", f"cityops accounts disable {login}")
        elif is_administrator and used is not None and not is_recent:
            yield warning(
                f"account {login}", "an administrator not used for 90 days", f"cityops accounts disable {login}"
            )


def _credentials(connection: psycopg.Connection) -> Iterator[Finding]:
    rows = connection.execute(
        """
        SELECT kind, id, label, expires_at IS NULL, expires_at < now() + interval '14 days',
               coalesce(last_used_at, created_at) < now() - interval '90 days'
        FROM credential WHERE kind IN ('key', 'display') AND revoked_at IS NULL
          AND (expires_at IS NULL OR expires_at > now()) ORDER BY kind, label
        """
    ).fetchall()
    for kind, identifier, label, is_endless, is_ending, is_idle in rows:
        item, verb = f"{kind} {label} ({identifier})", f"cityops {kind}s"
        if is_endless:
            yield warning(item, "never expires", f"{verb} create one with --days, then {verb} revoke {identifier}")
        if is_ending:
            yield warning(item, "expires within 14 days", f"{verb} create, hand it over, {verb} revoke {identifier}")
        if is_idle:
            yield warning(item, "not used for 90 days", f"{verb} revoke {identifier}")
