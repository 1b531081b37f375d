"""The embedded database: really TimescaleDB, fast, and whole again after a crash."""

import psycopg


def test_fresh_database_has_a_working_hypertable(empty_database: str) -> None:
    with psycopg.connect(empty_database) as connection:
        connection.execute("CREATE TABLE t (ts timestamptz NOT NULL, v int)")
        connection.execute("SELECT create_hypertable('t', 'ts')")
        connection.execute("INSERT INTO t SELECT now() - i * interval '1 day', i FROM generate_series(1, 20) i")
        rows = connection.execute("SELECT time_bucket('7 days', ts), sum(v) FROM t GROUP BY 1").fetchall()
        assert sum(total for _, total in rows) == 210
