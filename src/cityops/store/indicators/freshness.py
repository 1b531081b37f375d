"""Reads the newest value of indicators that come from outside: when its period ends, and when it came."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.lateness import NewestPeriod
from cityops.domain.indicators.measures import Filled, Pushed
from cityops.domain.regions import Region, RegionLevel

_NEWEST = text(
    """
    SELECT code, min(newest.period_end), min(newest.received_at)
    FROM unnest(CAST(:codes AS text[]), CAST(:regions AS text[])) AS wanted (code, region)
    CROSS JOIN LATERAL (
        SELECT period_end, received_at FROM indicator_value
        WHERE indicator_code = code AND region_code = region AND value IS NOT NULL
        ORDER BY period_start DESC, received_at DESC LIMIT 1) AS newest
    GROUP BY code
    """
)
"""Of each region the newest by the primary key, a chunk at a time; the indicator is as old as its oldest region."""


def newest(
    connection: Connection, indicators: Iterable[Indicator], regions: Iterable[Region]
) -> dict[str, NewestPeriod]:
    """Return the newest value of each indicator by code, of the largest regions by which it comes."""
    known = [*regions]
    by_level = {level: [one.code for one in known if one.level is level] for level in RegionLevel}
    pairs = [(one.code, code) for one in indicators for code in by_level[_largest(one)]]
    asked = {"codes": [code for code, _ in pairs], "regions": [code for _, code in pairs]}
    return {code: NewestPeriod(end, came) for code, end, came in connection.execute(_NEWEST, asked)}


def _largest(indicator: Indicator) -> RegionLevel:
    measure = indicator.declared.measure if indicator.declared else None
    assert isinstance(measure, Pushed | Filled)
    order: Sequence[RegionLevel] = list(RegionLevel)
    return min(measure.levels, key=order.index)
