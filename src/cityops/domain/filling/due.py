"""What is due when, and for whom: the periods of a form that are over, and how each of its sheets stands today."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.events.deadlines import deadline
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.filling.forms import FillingForm
from cityops.domain.filling.review import SheetState
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import Region

ASKED_BACK = {Grain.HOUR: 12, Grain.DAY: 7, Grain.MONTH: 3, Grain.QUARTER: 2, Grain.YEAR: 1}
"""How many of the newest periods are asked for; older ones stay open to who names them."""

MOST_BACK = {Grain.HOUR: 72, Grain.DAY: 62, Grain.MONTH: 24, Grain.QUARTER: 8, Grain.YEAR: 3}
"""How far back a sheet may be opened at all."""


class SheetStanding(StrEnum):
    """How a sheet stands against its deadline, the most pressing first."""

    LATE = "late"
    RETURNED = "returned"
    SOON = "soon"
    """By four fifths of the time, or on its last day."""
    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class FillingPeriod:
    """A period that is asked for: from, up to, by when, and from when on that presses."""

    start: datetime
    end: datetime
    due_at: datetime
    warn_at: datetime

    def standing(self, state: SheetState, now: datetime) -> SheetStanding:
        """Return how a sheet of this period stands."""
        if state in {SheetState.SUBMITTED, SheetState.APPROVED}:
            return SheetStanding(state)
        if now > self.due_at:
            return SheetStanding.LATE
        if state is SheetState.RETURNED:
            return SheetStanding.RETURNED
        return SheetStanding.SOON if now >= self.warn_at else SheetStanding.OPEN


def period_of(form: FillingForm, start: datetime, calendar: WorkCalendar) -> FillingPeriod:
    """Return the period of a form that begins at a moment."""
    end = form.period.shifted(start, 1)
    until = deadline(form.due.limit, end, (), calendar)
    assert until.due is not None
    assert until.warn_at is not None
    return FillingPeriod(start, end, until.due, until.warn_at)


def periods_asked(form: FillingForm, now: datetime, calendar: WorkCalendar) -> list[FillingPeriod]:
    """Return the periods that are over and asked for, the newest first."""
    return [period_of(form, start, calendar) for start in _starts(form, now, ASKED_BACK[form.period])]


def newest_start(form: FillingForm, now: datetime) -> datetime | None:
    """Return the beginning of the newest period that is over; None where the form's first one is not over yet."""
    return next(iter(_starts(form, now, 1)), None)


def is_open_to(form: FillingForm, start: datetime, now: datetime) -> bool:
    """Return whether a period that begins at a moment may be filled in: it is over, and not from long ago."""
    return start in _starts(form, now, MOST_BACK[form.period])


def _starts(form: FillingForm, now: datetime, most: int) -> list[datetime]:
    running = form.period.floor(now)
    first = form.period.floor(datetime.combine(form.since, datetime.min.time(), CITY_ZONE))
    found = (form.period.shifted(running, -number) for number in range(1, most + 1))
    return [start for start in found if start >= first]


def regions_for(form: FillingForm, regions: list[Region], scope: Scope) -> list[Region]:
    """Return the regions of a form's level that lie in a scope; a department reviews those of all the city."""
    every = [one for one in regions if one.level is form.level]
    if scope.kind is ScopeKind.DEPARTMENTS:
        return every if form.owner in scope.codes else []
    return [one for one in every if scope.covers(one.code)]
