"""Who of several processes does a job: the one whose connection holds the job's lock in the database."""

import psycopg

_JOBS = 0x6A6F_6273  # "jobs": the first of the two numbers of a lock, so that no other use of locks meets it


def lead(connection: psycopg.Connection, job: str) -> bool:
    """Try to become the one that does `job`, for as long as this connection lasts."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_JOBS, job]).fetchone()
    return row is not None and bool(row[0])
