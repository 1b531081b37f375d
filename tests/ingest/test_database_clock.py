"""The time a worker judges by is the database's, from the first batch on, and this machine's is told beside it."""

from datetime import timedelta

import psycopg

from cityops.clock import utc_now
from cityops_ingest.database_clock import NOT_KNOWN, DatabaseClock


def test_it_is_not_known_until_asked_and_then_goes_on(database: psycopg.Connection) -> None:
    clock = DatabaseClock()
    assert clock.now() is NOT_KNOWN
    clock.refresh(database)
    first = clock.now()
    assert abs(first - utc_now()) < timedelta(seconds=5)  # one machine, one clock
    assert clock.now() > first


def test_the_database_decides_and_the_difference_is_told(database: psycopg.Connection) -> None:
    # A schema before pg_catalog in the search path gives this session another clock.
    database.execute(
        "CREATE SCHEMA moved; "
        "CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
        "AS $$SELECT pg_catalog.clock_timestamp() - interval '3 hours'$$; "
        "SET search_path = moved, pg_catalog, public"
    )
    from prometheus_client import REGISTRY

    clock = DatabaseClock()
    clock.refresh(database)
    assert abs(clock.now() - utc_now() + timedelta(hours=3)) < timedelta(seconds=5)
    ahead = REGISTRY.get_sample_value("cityops_ingest_clock_ahead_seconds")
    assert ahead is not None
    assert abs(ahead - 3 * 3600) < 5
