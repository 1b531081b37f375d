"""The machine's limit: raw binary COPY of prepared rows into a hypertable that equals `reading`, index and all."""

from collections.abc import Sequence

import numpy as np
import psycopg
from numpy.typing import NDArray

from bench.harness import timed
from cityops.store.readings import ReadingColumns

EPOCH_US = 946_684_800_000_000
"""2000-01-01 UTC, from which PostgreSQL's binary times count."""

TABLE = "reading_copied"

Column = NDArray[np.int16] | NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64]


def encoded(columns: Sequence[Column]) -> bytes:
    """Return rows in PostgreSQL's binary COPY form; times as microseconds since `EPOCH_US`."""
    fields = [("fields", ">i2")]
    for place, column in enumerate(columns):
        fields += [(f"bytes{place}", ">i4"), (f"value{place}", column.dtype.newbyteorder(">").str)]
    rows = np.empty(len(columns[0]), np.dtype(fields))
    rows["fields"] = len(columns)
    for place, column in enumerate(columns):
        rows[f"bytes{place}"], rows[f"value{place}"] = column.dtype.itemsize, column
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"


def copy(connection: psycopg.Connection, target: str, rows: bytes) -> None:
    """Copy encoded rows into `target`, a table with its columns, in one transaction."""
    statement = f"COPY {target} FROM STDIN (FORMAT BINARY)"
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as stream:
        stream.write(rows)


def encoded_readings(columns: ReadingColumns) -> bytes:
    """Return the rows of `reading (ts, series_id, value, quality)`."""
    return encoded([columns.ts - EPOCH_US, columns.series, columns.value, columns.quality])


def create_table(connection: psycopg.Connection) -> None:
    """Make the hypertable: columns, unique index and chunk length of `reading`."""
    row = connection.execute(
        "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'reading'"
    ).fetchone()
    assert row is not None
    connection.execute(f"CREATE TABLE {TABLE} (LIKE reading INCLUDING ALL)")
    connection.execute(
        f"SELECT create_hypertable('{TABLE}', by_range('ts', %s::interval), create_default_indexes => false)",
        [row[0]],
    )


def rows_per_s(connection: psycopg.Connection, columns: ReadingColumns) -> float:
    """Return how many rows per second one COPY of all the rows stores; they are encoded before the clock starts."""
    rows = encoded_readings(columns)
    connection.execute("CHECKPOINT")
    seconds = timed(lambda: copy(connection, f"{TABLE} (ts, series_id, value, quality)", rows))
    return len(columns) / seconds
