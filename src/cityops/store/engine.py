"""Connections to the database: a pooled engine for the API, a plain psycopg connection for the ingest writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NewType

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, text

from cityops.addresses import FORMS
from cityops.domain.access import WHOLE_CITY, Scope
from cityops.errors import CityopsError

READ_TIMEOUT_MS = 15_000
"""A question that takes longer is wrong or too large; it must not hold a connection."""

IDLE_TIMEOUT_MS = 60_000
"""Between two pieces of a file its transaction is idle. Longer than this, and its reader has gone, or reads too
slowly to hold a connection and the rows it began with."""

_ENTER = text(
    "SELECT set_config('transaction_read_only', 'on', true),"
    f" set_config('idle_in_transaction_session_timeout', '{IDLE_TIMEOUT_MS}', true),"
    f" set_config('statement_timeout', '{READ_TIMEOUT_MS}', true),"
    " set_config('cityops.scope_kind', :kind, true), set_config('cityops.scope_codes', :codes, true)"
)
"""One round trip at the beginning of each transaction; all of it ends with the transaction."""

_THEN = text("SELECT set_config('search_path', 'past, public', true), set_config('cityops.at', :at, true)")
"""From here on the names of tables mean the views of schema `past`, which show the rows of that moment."""

_WITHIN = text(
    "SELECT set_config('cityops.scope_kind', :kind, true), set_config('cityops.scope_codes', :codes, true)"
)

_DEAD_HOST = {"tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""A cut cable or a dead host must not hold us for the kernel's quarter of an hour: 10 s (ms the first, s the others)
without a sign of life end the connection. A server that lives and is slow is waited for."""

_DEAD_WRITER = (
    "-c tcp_user_timeout=20000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2"
    " -c idle_in_transaction_session_timeout=60000"
)
"""The same from the server's side: a writer whose host died, or that is frozen between two statements, would hold the
rows of its open batch against all other writers for the kernel's two hours."""

_UNPACK_ALL = """
    SELECT set_config(name, '0', false) FROM pg_settings
    WHERE name = 'timescaledb.max_tuples_decompressed_per_dml_transaction'
"""
"""Of the 100,000 rows that a transaction may unpack by default, 485 late readings of as many series need more: each
unpacks its street's rollups of a week. Asked for by name, for not every version of TimescaleDB knows the setting."""


WriteConnection = NewType("WriteConnection", Connection)
"""A connection whose transaction commits: what writes asks for one, so that nothing which only reads can call it."""


def sqlalchemy_url(database_url: str) -> URL:
    """Return what libpq reads in an address as SQLAlchemy's URL, which cannot name several hosts as libpq's does.

    Raises
    ------
    CityopsError
        libpq does not understand the address.
    """
    try:
        parts: dict[str, Any] = conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        raise CityopsError(
            # What libpq says of it may hold the password.
            f"the database's address is none that libpq understands: {FORMS}"
        ) from None
    names = {"username": parts.pop("user", None), "password": parts.pop("password", None)}
    return URL.create("postgresql+psycopg", **names, database=parts.pop("dbname", None), query=parts)


def make_engine(database_url: str) -> Engine:
    """Return an engine whose connections speak UTC and are checked before use."""
    return create_engine(
        sqlalchemy_url(database_url),
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=4,
        pool_timeout=5,
        connect_args={
            "options": "-c TimeZone=UTC",
            "application_name": "cityops",
            "connect_timeout": 5,
            **_DEAD_HOST,
        },
    )


def make_past_engine(database_url: str) -> Engine:
    """Return an engine for `as_of`, with few connections of its own: who looks back takes none from those of now.

    Nothing is prepared on the server: the same words mean another table there, and a plan would not fit. Nor is
    anything compiled: how many rows held at a moment is guessed far too high, and that takes longer than they do.
    """
    return create_engine(
        sqlalchemy_url(database_url),
        pool_pre_ping=True,
        pool_size=3,
        max_overflow=1,
        pool_timeout=5,
        connect_args={
            "options": "-c TimeZone=UTC -c jit=off",
            "application_name": "cityops past",
            "connect_timeout": 5,
            "prepare_threshold": None,
            **_DEAD_HOST,
        },
    )


@contextmanager
def reading(engine: Engine, scope: Scope | None) -> Iterator[Connection]:
    """Give a connection in a read-only transaction with a statement timeout, to which only `scope` is visible.

    None, as before anybody is known: accounts and credentials, which a part of the city does not see, and no region.
    """
    kind, codes = ("", "") if scope is None else (scope.kind, ",".join(sorted(scope.codes)))
    with engine.connect() as connection, connection.begin():
        connection.execute(_ENTER, {"kind": kind, "codes": codes})
        if (at := connection.get_execution_options().get(_AT)) is not None:
            connection.execute(_THEN, {"at": at.isoformat()})
        yield connection


_AT = "cityops_at"


def as_of(engine: Engine, at: datetime) -> Engine:
    """Return an engine of `make_past_engine`, through which `reading` shows the rows of then."""
    return engine.execution_options(**{_AT: at})


@contextmanager
def writing(engine: Engine, scope: Scope | None = None) -> Iterator[WriteConnection]:
    """Give a connection in a transaction that commits at the end of the block.

    With a scope only what lies in it is visible and can be written, as in `reading`; without one it is as None there.
    """
    with engine.begin() as connection:
        if scope is not None:
            connection.execute(_WITHIN, {"kind": scope.kind, "codes": ",".join(sorted(scope.codes))})
        yield WriteConnection(connection)


_POSITION = text(
    "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
    " - '0/0'::pg_lsn)::bigint"
)


def position(connection: Connection) -> int:
    """Return up to where of the log what is read next knows all: of a standby what it has replayed (LSN, a number).

    Of two answers, whoever gave them, the one of the greater position is the later one.
    """
    return int(connection.execute(_POSITION).scalar_one())


def now_of(connection: Connection) -> datetime:
    """Return the database's own present instant, aware, in UTC; it goes on within a transaction."""
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


def see_all(connection: WriteConnection) -> None:
    """Lift the scope of a transaction: what is to be done was seen within it, and has been judged.

    A row that leaves the scope, as a case that a unit passes on, could not be written otherwise.
    """
    connection.execute(_WITHIN, {"kind": WHOLE_CITY.kind, "codes": ""})


def connect(database_url: str, application_name: str) -> psycopg.Connection:
    """Open a psycopg connection that speaks UTC; the caller opens its own transactions.

    Raises
    ------
    psycopg.OperationalError
        The database cannot be reached.
    """
    return psycopg.connect(
        make_conninfo(database_url, **_DEAD_HOST),
        autocommit=True,
        application_name=application_name,
        connect_timeout=5,
        options="-c TimeZone=UTC",
    )


def connect_writer(database_url: str, application_name: str) -> psycopg.Connection:
    """Open a connection as `connect` does, for who writes batches: either side notices that the other died.

    There is no statement timeout: a batch that was broken off has to be written again, which helps no database that
    is slow. Nor is there a limit to the rows that late readings unpack.

    Raises
    ------
    psycopg.OperationalError
        The database cannot be reached.
    """
    connection = psycopg.connect(
        make_conninfo(database_url, **_DEAD_HOST),
        autocommit=True,
        application_name=application_name,
        connect_timeout=5,
        options=f"-c TimeZone=UTC {_DEAD_WRITER}",
    )
    try:
        connection.execute(_UNPACK_ALL)
    except BaseException:
        connection.close()
        raise
    return connection


def present(connection: psycopg.Connection) -> datetime:
    """Return the database's own present instant, aware, in UTC."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
