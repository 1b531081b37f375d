"""Freshness: whether a number is as young as its cadence promises; stale is never shown as fresh."""

from enum import StrEnum

FRESH_INTERVALS = 2
"""A reading stays fresh for two expected intervals: one may be on its way, one may have been lost."""

LATE_INTERVALS = 6
"""After six missed intervals a device is taken for silent, not for slow."""


class Freshness(StrEnum):
    """State of a number's age against its expected cadence."""

    FRESH = "fresh"
    LATE = "late"
    SILENT = "silent"
    MANUAL = "manual"


def freshness(age_s: float | None, expected_interval_s: float) -> Freshness:
    """Judge an age in seconds (None: never seen) against the expected interval in seconds."""
    if age_s is None or age_s > LATE_INTERVALS * expected_interval_s:
        return Freshness.SILENT
    return Freshness.FRESH if age_s <= FRESH_INTERVALS * expected_interval_s else Freshness.LATE


class DeviceState(StrEnum):
    """State of a device by the age of its newest reading, as kept in the store between two looks."""

    ONLINE = "online"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"

    @property
    def freshness(self) -> Freshness:
        """What screens call it: a device that has never spoken is silent to them."""
        return {DeviceState.ONLINE: Freshness.FRESH, DeviceState.LATE: Freshness.LATE}.get(self, Freshness.SILENT)
