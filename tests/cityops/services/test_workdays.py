"""Acts on the working calendar: what one changes, that deadlines follow in the same transaction, and its audit."""

import threading
from datetime import date

import pytest
from sqlalchemy import Engine

from cityops.domain.events.notices import Notice
from cityops.domain.events.workdays import DayChange, WorkCalendar
from cityops.services import workdays
from cityops.services.workdays import Loaded
from cityops.store import workdays as kept
from cityops.store.engine import WriteConnection, writing
from factories.acts import BOSS, THE_BOSS, Book, who

DAY = DayChange(date(2026, 9, 24), False, "台风停工")
STOP = Notice(None, "台风停工", (DAY, DayChange(date(2026, 9, 26), False, "台风停工")))


def days_off(engine: Engine) -> bool:
    with writing(engine) as connection:
        return not kept.work_calendar(connection).kind(DAY.day).works


def test_what_is_loaded_is_audited_with_how_much_it_changed_and_deadlines_follow(book: Book) -> None:
    seen: list[tuple[bool, bool]] = []

    def follow(connection: WriteConnection, before: WorkCalendar, after: WorkCalendar) -> int:
        seen.append((before.kind(DAY.day).works, after.kind(DAY.day).works))
        return 7

    with writing(book.engine) as connection:
        assert workdays.load(connection, BOSS, STOP, follow) == Loaded(2, 1, 7)  # a Saturday is off anyhow
    assert seen == [(True, False)]
    [row] = book.audited()
    assert who(row) == THE_BOSS
    assert (row["action"], row["object"], row["outcome"]) == ("calendar:import", "days", "done")
    assert row["detail"] == {"source": "台风停工", "days": 2, "differing": 1, "deadlines": 7}
    assert days_off(book.engine)


def test_where_deadlines_cannot_follow_the_calendar_stays_as_it_was(book: Book) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError), writing(book.engine) as connection:
        workdays.load(connection, BOSS, STOP, fail)
    assert not days_off(book.engine)
    assert book.audited() == []


def test_of_two_that_load_at_once_the_second_sees_what_the_first_has_done(book: Book) -> None:
    found: list[Loaded] = []

    def second() -> None:
        with writing(book.engine) as connection:
            found.append(workdays.load(connection, BOSS, STOP))

    with writing(book.engine) as connection:
        assert workdays.load(connection, BOSS, STOP).differing == 1
        thread = threading.Thread(target=second)
        thread.start()
    thread.join()
    assert [one.differing for one in found] == [0]
