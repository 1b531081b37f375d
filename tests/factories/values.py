"""Keeps values of indicators as if a source system had sent them."""

from datetime import datetime
from typing import Any

from cityops.domain.indicators.revisions import IndicatorReport
from cityops.reference import themes
from cityops.store.indicators import recorded
from factories.world import World


def keep_value(world: World, code: str, source: str, start: datetime, **said: Any) -> None:
    """Keep a revision of the value of a shipped indicator's period that begins at `start`; of the city by default."""
    told = {
        **dict.fromkeys(("value", "numerator", "denominator", "coverage", "by", "reason")),
        "region_code": "440100",
        "revision": 0,
        "quality": 0,
        "definition_version": 1,
        "received_at": world.now,
        **said,
    }
    end = themes.shipped().indicators[code].period.shifted(start, 1)
    report = IndicatorReport(code, period_start=start, period_end=end, source_system_code=source, **told)
    with world.connection.transaction(), world.connection.cursor() as cursor:
        [kept] = recorded.record(cursor, [report])
        assert kept.is_new
