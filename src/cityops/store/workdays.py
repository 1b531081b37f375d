"""Keeps the working calendar's notices and single days, and gives the calendar that they make with the library's."""

from collections.abc import Iterable
from functools import lru_cache

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from cityops import reference
from cityops.domain.events.notices import Notice
from cityops.domain.events.workdays import DayChange, WorkCalendar
from cityops.errors import CityopsError
from cityops.store.engine import WriteConnection
from cityops.store.tables import calendar_day, calendar_notice

_day, _notice = calendar_day.c, calendar_notice.c


def work_calendar(connection: Connection) -> WorkCalendar:
    """Return the calendar as it is known now; it is made anew only after something was loaded."""
    changes = connection.execute(
        select(_day.day, _day.works, _day.source, _day.name, _day.notice_year).order_by(_day.day)
    )
    notices = connection.execute(select(_notice.year, _notice.source).order_by(_notice.year))
    return _made(tuple(DayChange(*row) for row in changes), tuple((year, source) for year, source in notices))


@lru_cache(maxsize=4)
def _made(changes: Iterable[DayChange], notices: Iterable[tuple[int, str]]) -> WorkCalendar:
    return WorkCalendar(changes, dict(notices), reference.work_hours())


def hold(connection: WriteConnection) -> None:
    """Keep the calendar as it is until this transaction has ended; whoever moves a case asks for this first.

    `lock` waits for him before it asks for a case; were it asked for after one, both could wait for each other.
    """
    connection.execute(text("LOCK TABLE calendar_notice IN ACCESS SHARE MODE"))


def lock(connection: WriteConnection, patience_ms: int = 5_000) -> None:
    """Wait for those who count by the calendar as it is, and have others wait until this transaction has ended.

    So no deadline is written by the old calendar after the new one has moved the others: whoever reads the calendar
    holds its table until he commits.

    Raises
    ------
    CityopsError
        Somebody reads for longer, such as a backup; all who would count by the calendar would wait behind us.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = {patience_ms}"))
    try:
        connection.execute(text("LOCK TABLE calendar_notice IN ACCESS EXCLUSIVE MODE"))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise CityopsError(
            "the calendar is being read, perhaps by a backup; nothing was changed: try again in a few minutes"
        ) from None
    connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def keep(connection: WriteConnection, notice: Notice) -> None:
    """Keep what a notice says, in place of what was there for its days, and of the former notice of its year."""
    if notice.year is not None:
        values = {"year": notice.year, "source": notice.source}
        anew = insert(calendar_notice).values(values)
        again = {"source": anew.excluded.source, "loaded_at": text("now()")}
        connection.execute(anew.on_conflict_do_update(index_elements=[_notice.year], set_=again))
        connection.execute(delete(calendar_day).where(_day.notice_year == notice.year))
    names = ("day", "works", "name", "source", "notice_year")
    rows = [{name: getattr(change, name) for name in names} for change in notice.changes]
    added = insert(calendar_day)
    columns = {name: added.excluded[name] for name in names[1:]} | {"loaded_at": text("now()")}
    connection.execute(added.on_conflict_do_update(index_elements=[_day.day], set_=columns), rows)
