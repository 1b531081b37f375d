"""Sends whole columns to PostgreSQL in its binary COPY format: numpy arrays from the ingest into a table."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

_EPOCH_US = 946_684_800_000_000  # 2000-01-01 UTC, from which PostgreSQL's binary times count
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"


def timestamps(microseconds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return times given in microseconds since 1970 UTC as `timestamptz` columns carry them."""
    return microseconds - _EPOCH_US


def copy_columns(cursor: psycopg.Cursor, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Copy rows given as columns of one length; an array's type must be as wide as its column's (int2 … float8)."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:
        copy.write(_HEADER + _rows(columns) + _TRAILER)


def _rows(columns: Mapping[str, NDArray[Any]]) -> bytes:
    # Every row is the number of fields, then each field as its length in bytes and its value, big-endian.
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, array in columns.items():
        layout += [(f"length of {name}", ">i4"), (name, array.dtype.newbyteorder(">").str)]
    rows = np.empty(len(next(iter(columns.values()))), dtype=layout)
    rows["fields"] = len(columns)
    for name, array in columns.items():
        rows[f"length of {name}"] = array.dtype.itemsize
        rows[name] = array
    return rows.tobytes()
