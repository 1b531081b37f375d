"""Acts on the working calendar: a notice of holidays is kept, running deadlines follow it, and the audit says so."""

from collections.abc import Callable
from dataclasses import dataclass

from cityops.domain.audit import Action, Actor
from cityops.domain.events.notices import Notice
from cityops.domain.events.workdays import WorkCalendar
from cityops.store import workdays
from cityops.store.access import audit
from cityops.store.engine import WriteConnection

Follow = Callable[[WriteConnection, WorkCalendar, WorkCalendar], int]
"""Has the running deadlines follow from one calendar to another, in the same transaction; returns how many moved."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a file: its days, those that are worked now and were not or turned, and deadlines that moved."""

    days: int
    differing: int
    deadlines: int


def load(connection: WriteConnection, actor: Actor, notice: Notice, follow: Follow | None = None) -> Loaded:
    """Keep a notice, in place of what it renews; the deadlines that `follow` knows move with it, or nothing does.

    Raises
    ------
    CityopsError
        Somebody has been reading the calendar for too long, such as a backup.
    """
    workdays.lock(connection)
    before = workdays.work_calendar(connection)
    workdays.keep(connection, notice)
    after = workdays.work_calendar(connection)
    moved = 0 if follow is None else follow(connection, before, after)
    loaded = Loaded(len(notice.changes), len(before.differing(after)), moved)
    detail = {"source": notice.source, "days": loaded.days, "differing": loaded.differing, "deadlines": moved}
    named = "days" if notice.year is None else str(notice.year)
    audit.record(connection, actor, Action.CALENDAR_IMPORT, named, detail=detail)
    return loaded
