"""Reads how many alarms stood over a span of time, from what open ones are and what they were before."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from cityops.domain.regions import RegionLevel, is_city, level_of

_STOOD = """
    WITH stood AS (
        SELECT lower(during) AS since, upper(during) AS until, was.level
        FROM alarm_past AS was JOIN alarm ON alarm.id = alarm_id
        WHERE during && tstzrange(:start, :end) AND was.level > 0
            AND (was.quiet IS NULL OR was.quiet = 'silenced') {here}
        UNION ALL
        SELECT coalesce(moved_at, raised_at), NULL, level FROM alarm
        WHERE cleared_at IS NULL AND level > 0 AND (quiet IS NULL OR quiet = 'silenced')
            AND coalesce(moved_at, raised_at) < :end {here}
    )
    SELECT level, greatest(ceil(extract(epoch FROM since - :start) / :step), 0)::int AS first,
           CASE WHEN until < :end THEN ceil(extract(epoch FROM until - :start) / :step)::int END AS over,
           count(*), min(since), max(until)
    FROM stood GROUP BY 1, 2, 3
"""
_HERE = {
    RegionLevel.DISTRICT: "AND left(alarm.region_code, 6) = :region",
    RegionLevel.STREET: "AND alarm.region_code = :region",
}


class Stood(NamedTuple):
    """So many alarms of a level that stood from one step on, until another (None: beyond the end)."""

    level: int
    first: int
    over: int | None
    n: int
    since: datetime
    until: datetime | None
    """When the first of them began, and the last was over; None where it stands."""


def stood(connection: Connection, region: str, start: datetime, end: datetime, step_s: int) -> list[Stood]:
    """Return the alarms to be heard of a region that stood at a step of this span, in bundles."""
    here = "" if is_city(region) else _HERE[level_of(region)]
    asked = {"start": start, "end": end, "step": step_s} | ({} if not here else {"region": region})
    return [Stood(*row) for row in connection.execute(text(_STOOD.format(here=here)), asked)]
