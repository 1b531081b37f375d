"""The working calendar as it is kept: what was loaded stands over what the library knows, and goes when renewed."""

from datetime import date

import pytest
from sqlalchemy import Engine, select, text

from cityops.domain.events.notices import Notice
from cityops.domain.events.workdays import DayChange, DayKind
from cityops.errors import CityopsError
from cityops.store import workdays
from cityops.store.engine import WriteConnection, writing
from cityops.store.tables import calendar_day


def notice(year: int | None, *changes: tuple[str, bool], source: str = "通知") -> Notice:
    found = [DayChange(date.fromisoformat(day), works, source, "名", year) for day, works in changes]
    return Notice(year, source, tuple(found))


def kept(connection: WriteConnection) -> list[tuple[str, bool, str, int | None]]:
    day = calendar_day.c
    rows = connection.execute(select(day.day, day.works, day.source, day.notice_year).order_by(day.day))
    return [(str(row[0]), *row[1:]) for row in rows]


def test_with_nothing_loaded_the_calendar_is_the_librarys_and_is_not_made_twice(writer: WriteConnection) -> None:
    calendar = workdays.work_calendar(writer)
    assert calendar.kind(date(2026, 2, 17)) is DayKind.HOLIDAY
    assert not calendar.is_published(2027)
    assert calendar.day_worked == 8 * 3_600_000_000
    assert workdays.work_calendar(writer) is calendar


def test_a_notice_makes_its_year_certain_and_a_second_one_takes_the_place_of_the_first(
    writer: WriteConnection,
) -> None:
    workdays.keep(writer, notice(2027, ("2026-12-27", True), ("2027-02-05", False), ("2027-02-20", True)))
    first = workdays.work_calendar(writer)
    assert first.is_published(2027)
    assert (first.kind(date(2026, 12, 27)), first.kind(date(2027, 2, 20))) == (DayKind.MAKE_UP, DayKind.MAKE_UP)
    workdays.keep(writer, notice(2027, ("2027-02-05", False), ("2027-02-27", True), source="更正"))
    second = workdays.work_calendar(writer)
    assert (second.kind(date(2026, 12, 27)), second.kind(date(2027, 2, 20))) == (DayKind.WEEKEND, DayKind.WEEKEND)
    assert (second.kind(date(2027, 2, 27)), second.notices) == (DayKind.MAKE_UP, {2027: "更正"})
    assert kept(writer) == [("2027-02-05", False, "更正", 2027), ("2027-02-27", True, "更正", 2027)]


def test_nobody_loads_while_somebody_counts_by_the_calendar_and_is_told_so(engine: Engine) -> None:
    with writing(engine) as counting:
        workdays.work_calendar(counting)
        with pytest.raises(CityopsError, match="being read, perhaps by a backup"), writing(engine) as loading:
            workdays.lock(loading, patience_ms=1)
    with writing(engine) as loading:
        workdays.lock(loading)
        assert loading.execute(text("SHOW lock_timeout")).scalar_one() == "0"


def test_a_single_day_makes_no_year_certain_and_stays_when_a_notice_is_renewed(writer: WriteConnection) -> None:
    workdays.keep(writer, notice(None, ("2027-03-03", False), source="台风停工"))
    assert not workdays.work_calendar(writer).is_published(2027)
    for _ in range(2):
        workdays.keep(writer, notice(2027, ("2027-02-05", False)))
    assert kept(writer) == [("2027-02-05", False, "通知", 2027), ("2027-03-03", False, "台风停工", None)]
    workdays.keep(writer, notice(None, ("2027-03-03", True), source="照常"))
    assert kept(writer)[1] == ("2027-03-03", True, "照常", None)
