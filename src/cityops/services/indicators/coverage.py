"""How much of what is owed has come: readings of a bucket over those that the registered devices owe by now."""

from datetime import datetime

from cityops.store.indicators import series as store


def coverage_of(start: datetime, end: datetime, n: int, owed: store.Expected, now: datetime) -> float | None:
    """Return readings that came over readings owed so far; the running bucket owes only what is past of it."""
    elapsed = (min(end, now) - start).total_seconds()
    if elapsed <= 0 or not owed.devices:
        return None
    return round(min(1.0, n / (owed.readings_per_s * elapsed)), 4)
