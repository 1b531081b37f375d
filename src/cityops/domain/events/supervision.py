"""Supervision (督办) of overdue cases: what follows day by day, from the due moment and the calendar alone."""

from datetime import datetime, timedelta
from enum import StrEnum

from cityops.domain.events.workdays import WorkCalendar, midnight_after
from cityops.domain.intervals import CITY_ZONE

CIRCULAR_AFTER = 5
"""Working days after the day on which a case was due, until it is named in a circular."""


class Supervision(StrEnum):
    """A rung of the ladder."""

    REMINDER = "reminder"
    """催办通知书: to the unit, with a copy to the leader in charge."""
    CIRCULAR = "circular"
    """通报批评: named in writing, and counted in the assessment."""


def ladder(due: datetime, calendar: WorkCalendar) -> dict[Supervision, datetime]:
    """Return from when on each rung holds, while the case is not done.

    The reminder is sent on the day after the due one; the circular follows where the case is still not done, without
    a reason, after more than 5 working days (rule of a provincial capital's bureau for 12345 orders, fsou.com
    lar/172733; Guangzhou's own is not published).
    The day on which it was due does not count, nor does a day off.
    """
    day = due.astimezone(CITY_ZONE).date()
    last = calendar.next_working_day(day, CIRCULAR_AFTER)
    return {Supervision.REMINDER: midnight_after(day), Supervision.CIRCULAR: midnight_after(last)}


def supervision(due: datetime, now: datetime, calendar: WorkCalendar) -> Supervision | None:
    """Return the highest rung that holds at a moment for a case that is not done; None: none yet."""
    reached = [rung for rung, since in ladder(due, calendar).items() if since <= now]
    return reached[-1] if reached else None


def due_before(rung: Supervision, now: datetime, calendar: WorkCalendar) -> datetime:
    """Return before which moment a case was due that has reached a rung by now: what `ladder` says, turned round."""
    day = now.astimezone(CITY_ZONE).date() - timedelta(days=1)
    while ladder(midnight_after(day - timedelta(days=1)), calendar)[rung] > now:
        day -= timedelta(days=1)
    return midnight_after(day)
