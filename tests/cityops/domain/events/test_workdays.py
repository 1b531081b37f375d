"""The working calendar: held against a second library day by day; what is certain and what a notice may change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.events.workdays import (
    FIRST,
    LAST,
    NOTICES,
    DayChange,
    DayKind,
    Why,
    WorkCalendar,
    WorkHours,
    midnight_after,
    moment_of,
    since,
)
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

USUAL = WorkCalendar()
HOUR = 3_600_000_000


def at(text: str) -> datetime:
    """Return a moment of the city's time."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def test_every_day_of_2004_to_2026_is_worked_as_the_second_library_says_but_for_one_of_2005() -> None:
    known = days(date(2004, 1, 1), date(2026, 12, 31))
    assert [day for day in known if USUAL.kind(day).works is not chinese_calendar.is_workday(day)] == [
        date(2005, 12, 31)  # the Saturday that the notice for 2006 has worked
    ]


def test_the_years_said_to_be_published_are_those_of_which_the_library_knows_make_up_days() -> None:
    """A newer library that knows a further notice fails this: then `NOTICES` grows by that year."""
    known = holidays.country_holidays("CN", years=range(2004, 2040))
    assert {day.year for day in known.weekend_workdays if day >= FIRST} == set(NOTICES)


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        ("2026-11-27", DayKind.WORKDAY, ""),
        ("2026-11-28", DayKind.WEEKEND, ""),
        ("2026-02-14", DayKind.MAKE_UP, ""),
        ("2026-02-17", DayKind.HOLIDAY, "春节"),
        ("2026-10-07", DayKind.HOLIDAY, "休息日（由 2026-10-10 调休）"),
        ("2011-12-31", DayKind.MAKE_UP, ""),
        ("2018-12-29", DayKind.MAKE_UP, ""),
        ("2018-12-31", DayKind.HOLIDAY, "休息日（由 2018-12-29 调休）"),
        ("2027-02-08", DayKind.HOLIDAY, "春节"),
    ],
)
def test_a_day_has_its_kind_and_name(day: str, kind: DayKind, name: str) -> None:
    one = date.fromisoformat(day)
    assert (USUAL.kind(one), USUAL.name(one)) == (kind, name)
    assert USUAL.kind(one).works is (kind in {DayKind.WORKDAY, DayKind.MAKE_UP})


def test_a_year_without_its_notice_is_not_certain_nor_is_the_last_week_of_the_year_before() -> None:
    assert (USUAL.is_published(2026), USUAL.is_published(2027)) == (True, False)
    assert USUAL.is_certain(at("2026-01-01T00:00"), at("2026-12-25T00:00"))
    assert not USUAL.is_certain(at("2026-01-01T00:00"), at("2026-12-25T00:01"))
    assert not USUAL.is_certain(at("2026-12-25T08:00"), at("2026-12-25T09:00"))
    assert not USUAL.is_certain(at("2027-03-01T08:00"), at("2027-03-01T09:00"))
    loaded = WorkCalendar(notices={2027: "通知"})
    assert loaded.is_certain(at("2026-12-20T00:00"), at("2027-12-25T00:00"))
    assert not loaded.is_certain(at("2026-12-20T00:00"), at("2027-12-25T00:01"))


def test_a_loaded_notice_puts_the_plain_week_and_its_own_days_in_place_of_what_the_library_guessed() -> None:
    changes = [DayChange(date(2027, 2, 6), False, "通知", "春节", 2027), DayChange(date(2027, 2, 20), True, "通知")]
    loaded = WorkCalendar(changes, {2027: "通知"})
    assert (loaded.kind(date(2027, 2, 6)), loaded.name(date(2027, 2, 6))) == (DayKind.HOLIDAY, "春节")
    assert loaded.kind(date(2027, 2, 20)) is DayKind.MAKE_UP
    guessed = date(2027, 2, 9)
    assert (USUAL.kind(guessed), USUAL.name(guessed)) == (DayKind.HOLIDAY, "春节（补假）")
    assert (loaded.kind(guessed), loaded.name(guessed)) == (DayKind.WORKDAY, "")
    assert loaded.kind(date(2027, 1, 1)) is DayKind.WORKDAY  # the notice is believed, whatever it says
    assert loaded.kind(date(2026, 12, 31)) is loaded.kind(date(2028, 1, 4)) is DayKind.WORKDAY
    assert loaded.kind(date(2028, 1, 3)) is USUAL.kind(date(2028, 1, 3)) is DayKind.HOLIDAY


def test_a_single_day_changes_alone_and_those_that_differ_are_told() -> None:
    changed = WorkCalendar(
        [DayChange(date(2026, 9, 24), False, "台风停工"), DayChange(date(2026, 9, 26), True, "补班")]
    )
    assert changed.differing(USUAL) == USUAL.differing(changed) == {date(2026, 9, 24), date(2026, 9, 26)}
    assert changed.kind(date(2026, 9, 24)) is DayKind.HOLIDAY
    assert changed.changes[date(2026, 9, 24)].source == "台风停工"


def test_the_next_working_day_passes_by_days_off_and_takes_make_up_days() -> None:
    assert USUAL.next_working_day(date(2026, 2, 13)) == date(2026, 2, 14)  # the Saturday before Spring Festival
    assert USUAL.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert USUAL.next_working_day(date(2026, 11, 27), 5) == date(2026, 12, 4)
    assert USUAL.next_working_day(date(2026, 11, 28)) == date(2026, 11, 30)


def test_a_moment_is_the_same_there_and_back_and_in_utc() -> None:
    moment = at("2026-11-27T08:00:00.123456")
    assert moment_of(since(moment)) == moment
    assert moment_of(since(moment)).tzinfo is UTC
    assert since(at("2004-01-01T00:00")) == 0
    assert midnight_after(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, tzinfo=UTC)


@given(st.integers(1, 3_000_000 * HOUR // 100))
def test_work_time_and_its_first_moment_answer_each_other(worked: int) -> None:
    moment = USUAL.moment(worked)
    assert USUAL.counted(moment) == worked
    assert USUAL.counted(moment - 1) == worked - 1


def test_work_time_ends_with_a_period_and_not_when_the_next_one_begins() -> None:
    noon, evening = since(at("2026-11-27T12:00")), since(at("2026-11-27T18:00"))
    assert USUAL.moment(USUAL.counted(noon)) == noon
    assert USUAL.moment(USUAL.counted(evening)) == evening
    assert USUAL.counted(since(at("2026-11-30T08:00"))) == USUAL.counted(evening)  # over the weekend nothing
    assert USUAL.moment(USUAL.counted(evening) + 1) == since(at("2026-11-30T08:00")) + 1


def test_stretches_tell_the_reason_for_each_part_of_a_day() -> None:
    found = USUAL.stretches(since(at("2026-11-27T07:00")), since(at("2026-11-28T01:00")))
    told = [
        (f"{moment_of(a).astimezone(CITY_ZONE):%H}-{moment_of(b).astimezone(CITY_ZONE):%H}", why)
        for a, b, why in found
    ]
    work = [("08-12", Why.WORK), ("12-14", Why.LUNCH), ("14-18", Why.WORK)]
    assert told == [("07-08", Why.NIGHT), *work, ("18-00", Why.NIGHT), ("00-01", Why.WEEKEND)]


def test_a_day_off_is_one_stretch_from_midnight_to_midnight() -> None:
    start, end = since(at("2026-11-28T00:00")), since(at("2026-11-30T00:00"))
    assert list(USUAL.stretches(start, end)) == [
        (start, start + 24 * HOUR, Why.WEEKEND),
        (start + 24 * HOUR, end, Why.WEEKEND),
    ]


def test_the_calendar_is_asked_from_its_first_day_to_its_last() -> None:
    assert (USUAL.kind(FIRST), USUAL.kind(LAST)) == (DayKind.HOLIDAY, DayKind.WORKDAY)
    assert USUAL.counted(0) == 0
    assert USUAL.is_certain(at("2004-01-01T00:00"), at("2004-01-01T00:00"))
    assert not USUAL.is_certain(at("2049-12-31T23:00"), at("2050-01-01T00:00"))
    assert USUAL.moment(USUAL.counted(since(at("2049-12-31T23:00")))) == since(at("2049-12-31T18:00"))


def test_work_periods_are_data() -> None:
    summer = WorkCalendar(hours=WorkHours(((time(8, 30), time(12)), (time(15), time(18, 30)))))
    assert summer.day_worked == 7 * HOUR
    assert summer.counted(since(at("2026-07-01T16:00"))) - summer.counted(since(at("2026-07-01T09:00"))) == 4 * HOUR
    through = WorkCalendar(hours=WorkHours(((time(0), time(23, 59)),)))
    assert [why for _, _, why in through.stretches(since(at("2026-07-01T00:00")), since(at("2026-07-01T09:00")))] == [
        Why.WORK
    ]


@pytest.mark.parametrize(
    "periods",
    [(), ((time(8), time(8)),), ((time(12), time(8)),), ((time(14), time(18)), (time(8), time(12)))],
    ids=["none", "empty", "turned", "out of order"],
)
def test_work_periods_that_cannot_be_are_refused(periods: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(CityopsError, match="work periods must follow each other"):
        WorkHours(periods)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_day_beyond_the_calendar_is_refused_with_how_far_it_reaches(day: date) -> None:
    with pytest.raises(CityopsError, match="reaches from 2004-01-01 to 2049-12-31"):
        USUAL.kind(day)
    with pytest.raises(CityopsError, match="reaches from"):
        USUAL.is_certain(at(f"{day}T10:00"), at(f"{day}T11:00"))
    with pytest.raises(CityopsError, match="reaches from"):
        USUAL.counted(since(at(f"{day}T10:00")))


def test_a_change_beyond_the_calendar_does_nothing() -> None:
    assert WorkCalendar([DayChange(date(2060, 1, 1), True, "x")]).differing(USUAL) == set()
