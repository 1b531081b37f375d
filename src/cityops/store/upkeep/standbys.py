"""Looks for what is weak in a pair of databases: for `cityops doctor`, from its address and its servers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cityops.addresses import PAIR
from cityops.clock import utc_now
from cityops.domain.findings import Finding, serious, warning
from cityops.store.engine import connect

CLOCK = timedelta(seconds=5)
BEHIND = timedelta(seconds=10)
BEHIND_BYTES = 256 * 2**20

_URL, _READ_URL, _PAIR = "CITYOPS_DATABASE_URL", "CITYOPS_DATABASE_READ_URL", "database pair"
_WHOSE = "SELECT system_identifier FROM pg_control_system()"


@dataclass(frozen=True, slots=True)
class Replica:
    """A standby as the primary sees it; None where this login may not see it."""

    name: str
    state: str | None
    is_waited_for: bool | None
    """Whether a commit is acknowledged only once it is on this standby's disk, too."""
    behind: timedelta | None
    behind_bytes: int | None


def weaknesses(connection: psycopg.Connection, database_url: str, read_url: str = "") -> Iterator[Finding]:
    """Yield what is weak; nothing of a single server by whose address no other is meant.

    `connection` is to the server found by `database_url`; each that the address names is asked for its clock.
    """
    if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
        yield serious(_URL, "leads to a standby, which takes nothing that is written", PAIR)
        return
    parts: dict[str, Any] = conninfo_to_dict(database_url)
    servers = _servers(parts)
    found = replicas(connection)
    yield from judged(found, servers=len(servers), reads=bool(read_url))
    if read_url:
        yield from _of_questions(connection, read_url)
    if len(servers) > 1:
        for server in servers:
            yield from _clock(database_url, server)


def replicas(connection: psycopg.Connection) -> list[Replica]:
    """Return who copies the log of this primary, but for who makes a backup."""
    rows = connection.execute(
        """
        SELECT application_name, state, sync_state IN ('sync', 'quorum'), replay_lag,
               pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint
        FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup' ORDER BY application_name
        """
    ).fetchall()
    return [Replica(*row) for row in rows]


def judged(found: list[Replica], *, servers: int, reads: bool) -> Iterator[Finding]:
    """Yield what is weak in a pair.

    Parameters
    ----------
    servers
        How many the address names.
    reads
        Whether questions have an address of their own, which is for a standby.
    """
    if found and servers == 1:
        told = f"names one server, and the database has a standby ({found[0].name}): it would not be found"
        yield warning(_URL, told, PAIR)
    streaming = [one for one in found if one.state in {None, "streaming"}]
    if not streaming and (servers > 1 or reads or found):
        told = "no standby copies the database: what is acknowledged now is on one machine alone"
        yield serious(_PAIR, told, "look for the other with `patronictl list`, and start its Patroni")
    elif streaming and all(one.is_waited_for is False for one in streaming):
        names = ", ".join(one.name for one in streaming)
        told = f"{names} is an asynchronous standby: what was acknowledged last would be lost with the primary"
        yield serious(_PAIR, told, "`patronictl edit-config --set synchronous_mode=true`")
    for one in found:
        if (one.behind or timedelta()) > BEHIND or (one.behind_bytes or 0) > BEHIND_BYTES:
            seconds, size = (one.behind or timedelta()).total_seconds(), (one.behind_bytes or 0) / 1e6
            told = f"is {seconds:.0f} s and {size:,.0f} MB of log behind: it would take over late"
            yield warning(
                f"standby {one.name}", told, "look at its disk, processor and network, and for long questions"
            )


def _of_questions(connection: psycopg.Connection, read_url: str) -> Iterator[Finding]:
    """Yield whether the address for questions leads to a standby, and to one of this database."""
    try:
        with connect(make_conninfo(read_url, target_session_attrs="standby"), "cityops doctor") as standby:
            there = standby.execute(_WHOSE).fetchone()
    except psycopg.Error as error:
        [reason, *_] = str(error).splitlines() or [type(error).__name__]
        told = f"finds no standby ({reason}): the primary answers all questions"
        yield serious(_READ_URL, told, PAIR.replace("read-write", "prefer-standby"))
        return
    if there != connection.execute(_WHOSE).fetchone():
        yield serious(_READ_URL, "leads to a standby of another database, which is not asked", "mend the address")


def _servers(parts: dict[str, Any]) -> list[dict[str, str]]:
    """Return host and port of each server that an address names, as libpq pairs them."""
    hosts, ports = (str(parts.get(name) or "").split(",") for name in ("host", "port"))
    if len(ports) == 1:
        ports *= len(hosts)
    return [{"host": host, "port": port} for host, port in zip(hosts, ports, strict=False)]


def _clock(database_url: str, server: dict[str, str]) -> Iterator[Finding]:
    name = f"database {server['host']}:{server['port'] or 5432}"
    try:
        with connect(make_conninfo(database_url, **server, target_session_attrs="any"), "cityops doctor") as one:
            asked = utc_now()
            row = one.execute("SELECT clock_timestamp()").fetchone()
    except psycopg.Error as error:
        yield serious(
            name, f"does not answer ({type(error).__name__})", "start its Patroni, or take it out of the address"
        )
        return
    assert row is not None
    yield from apart(name, row[0], asked)


def apart(name: str, there: datetime, here: datetime) -> Iterator[Finding]:
    """Yield whether a server's clock is apart from ours: after a change of leaders time would jump."""
    if abs(there - here) > CLOCK:
        told = f"its clock is {(there - here).total_seconds():+.0f} s from this machine's"
        yield warning(name, told, "run NTP on all")
