"""Hours of the week in the city's zone: a moment goes in, out come the rows of a baseline that speak of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

from cityops.domain.intervals import CITY_ZONE

DAY_HOURS = 24
WEEK_HOURS = 7 * DAY_HOURS
SLOTS = WEEK_HOURS + DAY_HOURS
"""Rows of a baseline: the hours of the week from Monday's first on, and after them those of any day."""

HOUR_S = 3600

SUNDAY, MONDAY = 6, 0


class Slot(NamedTuple):
    """Where a moment belongs: its hour of the week, and that of any day while of the former too little is known."""

    week: int
    day: int

    @property
    def tomorrow(self) -> "Slot":
        """Return the same hour of the next day, were that no feast."""
        return Slot((self.week + DAY_HOURS) % WEEK_HOURS, self.day)


def slot_of(moment: datetime, is_workday: Callable[[date], bool] | None = None) -> Slot:
    """Return the rows of a moment; a weekday off is a Sunday, a weekend's day that is worked a Monday."""
    local = moment.astimezone(CITY_ZONE)
    weekday = local.weekday()
    if is_workday is not None:
        works = is_workday(local.date())
        if works != (weekday < SUNDAY - 1):
            weekday = MONDAY if works else SUNDAY
    return Slot(weekday * DAY_HOURS + local.hour, WEEK_HOURS + local.hour)


def hour_number(moment: datetime) -> int:
    """Return how many hours had gone by since 1970 when the one began that holds a moment."""
    return int(moment.timestamp() // HOUR_S)


def hour_at(number: int) -> datetime:
    """Return when the hour of a number begins."""
    return datetime.fromtimestamp(number * HOUR_S, UTC)
