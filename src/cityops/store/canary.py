"""Tells a message that is refused from a database that refuses everything, by trying a reading that is sound."""

from collections.abc import Sequence

import numpy as np
import psycopg

from cityops.store import readings
from cityops.store.readings import ReadingColumns

_TRIED = 5
"""So many, in case that others are refused for a reason of their own."""


def takes_others(connection: psycopg.Connection, refused: Sequence[int]) -> bool:
    """Return whether a reading of another device than these series' would be stored now; nothing is.

    True also where the store holds none of another device: then nothing speaks for a fault of the database.
    """
    rows = connection.execute(
        """
        SELECT (extract(epoch FROM ts) * 1000000)::bigint + 1, series_id, value, quality, metric_id, region.id
        FROM reading_latest JOIN series ON series.id = series_id
            JOIN device ON device.id = device_id JOIN region ON region.code = region_code
        WHERE device_id NOT IN (SELECT device_id FROM series WHERE id = ANY(%s))
        ORDER BY ts DESC LIMIT %s
        """,
        [list(refused), _TRIED],
    ).fetchall()
    return not rows or any(_is_taken(connection, row) for row in rows)


def _is_taken(connection: psycopg.Connection, row: tuple[float, ...]) -> bool:
    ts, series, value, quality, metric, region = row
    columns = ReadingColumns(
        np.array([ts], np.int64),
        np.array([series], np.int32),
        np.array([value], np.float64),
        np.array([quality], np.int16),
        np.array([metric], np.int16),
        np.array([region], np.int16),
        np.array([ts], np.int64),
    )
    try:
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            readings.insert(cursor, columns, np.zeros(1, dtype=bool))
    except psycopg.Error:
        return False
    return True
