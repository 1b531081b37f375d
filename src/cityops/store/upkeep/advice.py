"""Looks at the database's own statistics and says what an operator should do about space, vacuum and row numbers."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

DEAD_ROWS, DEAD_SHARE = 10_000, 0.3
"""More dead rows than this, and a larger share, means that vacuum does not keep up."""

OLD_TRANSACTIONS = 1_000_000_000
"""Half of what PostgreSQL can count before it refuses to write."""

LARGEST = 4
"""So many tables are named: readings, their rollups, and what should not be beside them."""

_LOCAL = {"127.0.0.1", "::1", "localhost", ""}


@dataclass(frozen=True, slots=True)
class ReadingSpan:
    """From when to when there are readings; both None in an empty store."""

    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes used by the database, added by readings in the last day, and free on its disk (None: elsewhere)."""

    used: int
    per_day: int
    free: int | None

    @property
    def days_left(self) -> float | None:
        """Days until readings alone fill the disk if the last day repeats; None where not known."""
        return None if self.free is None or self.per_day <= 0 else self.free / self.per_day


def span(connection: psycopg.Connection) -> ReadingSpan:
    """Return the age of the readings, without reading any: by the oldest chunk and the latest values."""
    row = connection.execute(
        """
        SELECT (SELECT min(range_start) FROM timescaledb_information.chunks WHERE hypertable_name = 'reading'),
               (SELECT max(coalesce(received_at, ts)) FROM reading_latest)
        """
    ).fetchone()
    return ReadingSpan(*row) if row else ReadingSpan(None, None)


def space(connection: psycopg.Connection, now: datetime) -> Space:
    """Return the use of disk space; growth is that of the chunks of readings of the last day alone."""
    [used] = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    row = connection.execute(
        """
        SELECT coalesce(sum(pg_total_relation_size(format('%%I.%%I', chunk_schema, chunk_name)::regclass)
                            / extract(epoch FROM least(range_end, %(now)s) - range_start) * 86400)
                        / nullif(count(DISTINCT range_start), 0), 0)::bigint
        FROM timescaledb_information.chunks
        WHERE hypertable_name = 'reading' AND range_start > %(then)s AND range_end <= %(now)s
        """,
        {"now": now, "then": now - timedelta(days=1, hours=6)},
    ).fetchone()
    return Space(int(used), int(row[0]) if row else 0, _free(connection))


def largest_tables(connection: psycopg.Connection) -> list[tuple[str, int]]:
    """Return the largest tables, the largest first, with their bytes: indexes, chunks and columns included."""
    return connection.execute(
        """
        SELECT relname, bytes FROM (
            SELECT relname, coalesce(CASE WHEN hypertable_name IS NULL THEN pg_total_relation_size(pg_class.oid)
                                          ELSE hypertable_size(pg_class.oid) END, 0) AS bytes
            FROM pg_class LEFT JOIN timescaledb_information.hypertables
                 ON hypertable_name = relname AND hypertable_schema = relnamespace::regnamespace::text
            WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        ) AS sizes
        ORDER BY bytes DESC, relname LIMIT %s
        """,
        [LARGEST],
    ).fetchall()


def _free(connection: psycopg.Connection) -> int | None:
    if (connection.info.host or "") not in _LOCAL:
        return None
    try:
        [folder] = connection.execute("SHOW data_directory").fetchone() or ("",)
        return shutil.disk_usage(folder).free
    except (psycopg.errors.InsufficientPrivilege, OSError):
        return None


def concerns(connection: psycopg.Connection) -> Iterator[str]:
    """Yield what needs attention, as sentences with the remedy; nothing where all is well."""
    tables = connection.execute(
        """
        SELECT relname, n_dead_tup, n_live_tup, last_autovacuum FROM pg_stat_user_tables
        WHERE n_dead_tup > %s AND n_dead_tup > %s * (n_live_tup + n_dead_tup) ORDER BY n_dead_tup DESC LIMIT 5
        """,
        [DEAD_ROWS, DEAD_SHARE],
    ).fetchall()
    for name, dead, live, last in tables:
        when = "never" if last is None else f"at {last:%Y-%m-%d %H:%M} UTC"
        yield (
            f"{name} has {dead:,} dead rows beside {live:,} live ones and was last vacuumed by itself {when}: "
            f"look for transactions that stay open, then VACUUM (ANALYZE) {name}."
        )
    [age] = connection.execute(
        "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()"
    ).fetchone() or (0,)
    if age > OLD_TRANSACTIONS:
        yield f"the oldest row number is {age:,} transactions old; at 2 billion writing stops: VACUUM (FREEZE) soon."
