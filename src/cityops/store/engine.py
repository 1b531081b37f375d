"""Connections to the database: a pooled engine for the API, a plain psycopg connection for the ingest writer."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text

READ_TIMEOUT_MS = 15_000
"""A question that takes longer is wrong or too large; it must not hold a connection."""


def sqlalchemy_url(database_url: str) -> str:
    """Return the URL with SQLAlchemy's name of the psycopg 3 driver."""
    return database_url.replace("postgresql://", "postgresql+psycopg://", 1)


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
            "tcp_user_timeout": 10_000,  # ms; a cut cable must not hold a reader for the kernel's quarter of an hour
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
        },
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a read-only transaction with a statement timeout."""
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {READ_TIMEOUT_MS}"))
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that commits at the end of the block."""
    with engine.begin() as connection:
        yield connection


def connect(database_url: str, application_name: str) -> psycopg.Connection:
    """Open a psycopg connection that speaks UTC; the caller opens its own transactions.

    Raises
    ------
    psycopg.OperationalError
        The database cannot be reached.
    """
    return psycopg.connect(
        database_url,
        autocommit=True,
        application_name=application_name,
        connect_timeout=5,
        options="-c TimeZone=UTC",
    )
