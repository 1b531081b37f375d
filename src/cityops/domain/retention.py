"""Retention: how long readings, 5-minute rollups, rejects and the audit are kept; hours, days and events for good."""

from dataclasses import dataclass
from datetime import timedelta

from cityops.errors import CityopsError

READINGS_DAYS = 400
"""A year, so that a month can be held against that of last year (同比), and some weeks to spare."""

ROLLUPS_DAYS = 800
"""Likewise for two years."""

REJECTS_DAYS = 90
"""Time enough to mend a cause and replay."""

AUDIT_DAYS = 400
"""A year, so that what came of it can be looked into after the year's report, and some weeks to spare."""

SHORTEST_AUDIT = timedelta(days=180)
"""Six months, which the Cybersecurity Law (article 21) asks for."""

SHORTEST = timedelta(days=2)
"""Nothing younger is dropped: the ingest looks for dropped times only among readings older than half of this."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long to keep what.

    Raises
    ------
    CityopsError
        Less than is possible, or 5-minute rollups would go before the readings that they are checked against.
    """

    readings: timedelta = timedelta(days=READINGS_DAYS)
    rollups: timedelta = timedelta(days=ROLLUPS_DAYS)
    rejects: timedelta = timedelta(days=REJECTS_DAYS)
    audit: timedelta = timedelta(days=AUDIT_DAYS)

    def __post_init__(self) -> None:
        """Check the lengths."""
        if min(self.readings, self.rejects) < SHORTEST:
            raise CityopsError(
                f"readings and rejects cannot be kept for less than {SHORTEST.days} days; ask for more."
            )
        if self.audit < SHORTEST_AUDIT:
            raise CityopsError(
                f"the audit cannot be kept for less than {SHORTEST_AUDIT.days} days: the Cybersecurity Law"
                " (article 21) asks for six months; ask for more."
            )
        if self.rollups < self.readings:
            raise CityopsError(
                "5-minute rollups cannot be kept for less than readings; ask for as many days or more."
            )
