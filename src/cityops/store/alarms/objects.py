"""What alarms are of: series with their devices, as rules choose them."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series by what rules choose it by, and where its alarms belong."""

    series_id: int
    metric: str
    device_id: int
    device: str
    kind: str
    region_code: str
    source: str


def series(cursor: psycopg.Cursor, ids: Sequence[int]) -> list[SeriesFacts]:
    """Return what is known of these series."""
    if not ids:
        return []
    rows = cursor.execute(
        """
        SELECT series.id, metric.code, device.id, device.code, kind, region_code, source_system_code
        FROM series JOIN metric ON metric.id = metric_id JOIN device ON device.id = device_id
        WHERE series.id = ANY(%s)
        """,
        [list(ids)],
    )
    return [SeriesFacts(*row) for row in rows]
