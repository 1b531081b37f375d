"""Turns old chunks into columns where TimescaleDB's edition can (`timescaledb.license` = timescale)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from cityops.clock import utc_now
from cityops.store.upkeep.retention import LOCK_TIMEOUT


@dataclass(frozen=True, slots=True)
class Layout:
    """How a hypertable's chunks become columns: rows with equal `segment_by` together, in the order of `order_by`."""

    hypertable: str
    segment_by: str
    order_by: str
    after: timedelta


# Late readings may come into columns, but each costs the unpacking of a part of its segment, which stays rows until
# the next maintenance: nearly all come within a week.
LAYOUTS = (
    Layout("reading", "series_id", "ts DESC", timedelta(days=7)),
    Layout("reading_rollup", "metric_id, region_id", "bucket DESC", timedelta(days=30)),
)


def available(connection: psycopg.Connection) -> bool:
    """Tell whether this edition has the columnstore."""
    return connection.execute("SELECT current_setting('timescaledb.license')").fetchone() == ("timescale",)


_UNPACKED = 2 | 8
"""Bits of a chunk's status (TimescaleDB, src/chunk.h): columns that are out of order, and rows beside the columns."""


def waiting(connection: psycopg.Connection, layout: Layout) -> list[str]:
    """Return the chunks that are old enough and wholly or partly in rows, oldest first, quoted."""
    rows = connection.execute(
        """
        SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks AS chunks
            JOIN _timescaledb_catalog.chunk ON (schema_name, table_name) = (chunk_schema, chunk_name)
        WHERE hypertable_schema = current_schema() AND hypertable_name = %s AND range_end <= %s
            AND (NOT is_compressed OR chunk.status & %s <> 0)
        ORDER BY range_start
        """,
        [layout.hypertable, utc_now() - layout.after, _UNPACKED],
    )
    return [row[0] for row in rows]


def convert(connection: psycopg.Connection, progress: Callable[[str], None]) -> int:
    """Convert what waits, also again what late readings have unpacked; return the number of chunks.

    Needs the Community edition, 2.18 or newer.
    """
    converted = 0
    for layout in LAYOUTS:
        chunks = waiting(connection, layout)
        if chunks:
            _enable(connection, layout)
        for chunk in chunks:
            progress(f"turning {chunk} into columns")
            connection.execute("CALL convert_to_columnstore(%s::regclass)", [chunk])
            converted += 1
    return converted


def _enable(connection: psycopg.Connection, layout: Layout) -> None:
    on = "SELECT compression_enabled FROM timescaledb_information.hypertables WHERE hypertable_name = %s"
    if connection.execute(on, [layout.hypertable]).fetchone() == (True,):
        return
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        connection.execute(
            f"ALTER TABLE {layout.hypertable} SET (timescaledb.enable_columnstore = true, "
            f"timescaledb.segmentby = '{layout.segment_by}', timescaledb.orderby = '{layout.order_by}')"
        )
