"""Values of indicators that come from outside: one revision of one value, and what makes it sound."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

TEXT_LIMIT = 400
"""Characters of who revised a value, and of why."""


@dataclass(frozen=True, slots=True)
class IndicatorReport:
    """One revision as its source sends it, checked; field names are the columns, times have a zone.

    Without a value it withdraws what was said before.
    """

    indicator_code: str
    region_code: str
    period_start: datetime
    period_end: datetime
    source_system_code: str
    revision: int
    value: float | None
    numerator: float | None
    denominator: float | None
    quality: int
    coverage: float | None
    definition_version: int
    by: str | None
    reason: str | None
    received_at: datetime

    @property
    def key(self) -> tuple[str, str, datetime, datetime, str, int]:
        """What names it once and for all."""
        period = self.period_start, self.period_end
        return (self.indicator_code, self.region_code, *period, self.source_system_code, self.revision)


class KeptValue(NamedTuple):
    """A value in force: the newest revision of what a source says, and what corrections have made of it.

    `mark` is None unless a correction applies; `corrections` are the ids of those that do, `stale` of those that name
    this value but expect another one.
    """

    region_code: str
    start: datetime
    end: datetime
    source: str
    value: float | None
    numerator: float | None
    denominator: float | None
    quality: int
    coverage: float | None
    definition_version: int
    revision: int
    received_at: datetime
    mark: str | None = None
    corrections: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
