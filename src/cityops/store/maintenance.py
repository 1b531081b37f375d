"""Looks after the store: one caller at a time makes rollups, drops what is too old and says what needs attention."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from cityops.errors import CityopsError

_ADVISORY_LOCK = 0x6B65_6570  # "keep": one maintenance at a time per database


@contextmanager
def exclusively(connection: psycopg.Connection) -> Iterator[None]:
    """Keep every other maintenance of this database out while the block runs; the lock ends with the session.

    Raises
    ------
    CityopsError
        Another one is running; the text says since when.
    """
    if connection.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK]).fetchone() != (True,):
        raise CityopsError(_busy(connection))
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


def _busy(connection: psycopg.Connection) -> str:
    row = connection.execute(
        """
        SELECT pid, client_addr, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND objid = %s
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [_ADVISORY_LOCK],
    ).fetchone()
    who = (
        ""
        if row is None
        else f" from {row[1] or 'this machine'}, session {row[0]}, since {row[2]:%Y-%m-%d %H:%M:%S} UTC"
    )
    return f"`cityops maintain` is running already{who}. Nothing was done; it does the same work."
