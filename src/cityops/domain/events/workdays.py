"""The working calendar of China: which days and hours are worked, and for which days a notice makes that certain.

From the library `holidays`, which knows the State Council's yearly notices (国务院办公厅部分节假日安排通知) with
their make-up days, and from notices and days that were loaded (`cityops.store.workdays`); to `deadlines`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, pairwise

from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

FIRST, LAST = date(2004, 1, 1), date(2049, 12, 31)
"""Days that the calendar knows; it ends where nobody sets a deadline yet."""

NOTICES = range(2004, 2027)
"""Years whose notice the library contains, as it may be checked against chinese-calendar; later ones are its guess:
the holidays by the calendar of sun and moon, without the make-up days that only a notice names."""

UNSURE_FROM = 12, 25
"""Month and day from which the end of a year hangs on the notice of the next: it may make days before New Year off
and the weekend before them worked, as for 2012 (Saturday 2011-12-31 worked) and 2019 (Saturday 2018-12-29 worked)."""

Micros = int
"""Microseconds since the midnight of the city at which `FIRST` begins."""

_ORIGIN = datetime.combine(FIRST, time(), CITY_ZONE).astimezone(UTC)
_MICRO = timedelta(microseconds=1)
_DAY: Micros = 86_400_000_000
_DAYS = (LAST - FIRST).days + 1
_SATURDAY = 5


class DayKind(StrEnum):
    """What kind of day it is: 工作日, 调休上班, 周末, 节假日."""

    WORKDAY = "workday"
    MAKE_UP = "make_up_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def works(self) -> bool:
        """Tell whether offices work on it."""
        return self in {DayKind.WORKDAY, DayKind.MAKE_UP}


class Why(StrEnum):
    """Why a stretch of time counts, or does not."""

    CLOCK = "clock"
    """自然时: the limit runs by the natural clock."""
    WORK = "work"
    """工作时段 of a usual working day."""
    MAKE_UP = "make_up_day"
    """工作时段 of a weekend's day that makes up for a day off (调休上班)."""
    NIGHT = "night"
    """Before the first or after the last work period of a working day."""
    LUNCH = "lunch"
    """Between two work periods (午休)."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    RETURNED = "returned"
    """退回: the case lies with the dispatcher again."""
    POSTPONED = "postponed"
    """缓办."""
    SUSPENDED = "suspended"
    """挂账."""
    LOCKED = "locked"
    """锁定."""

    @property
    def counted(self) -> bool:
        """Tell whether time of this kind is used up."""
        return self in {Why.CLOCK, Why.WORK, Why.MAKE_UP}


@dataclass(frozen=True, slots=True)
class WorkHours:
    """The work periods of a working day, in the city's time: by default 8 to 12 and 14 to 18.

    Raises
    ------
    CityopsError
        There is none, or they overlap or are out of order.
    """

    periods: tuple[tuple[time, time], ...] = ((time(8), time(12)), (time(14), time(18)))

    def __post_init__(self) -> None:
        """Check the periods."""
        moments = [moment for period in self.periods for moment in period]
        if not moments or any(a >= b for a, b in pairwise(moments)):
            raise CityopsError(
                "work periods must follow each other, each ending after it begins, such as 8:00 to 12:00 and"
                " 14:00 to 18:00; put them in order."
            )


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that is worked or off because a notice or the city says so, against the plain week or the library."""

    day: date
    works: bool
    source: str
    """The notice's number or title."""
    name: str = ""
    notice_year: int | None = None
    """Year of the notice that it belongs to; None: a single day."""


class WorkCalendar:
    """Days and hours of work from 2004 to 2049, made once and then asked at the cost of a look into a list.

    `notices` names the source of each further year whose notice has been loaded whole: the library's guess for such a
    year is laid aside, its days off and make-up days are those among `changes`. Other changes alter single days.
    """

    def __init__(
        self,
        changes: Iterable[DayChange] = (),
        notices: Mapping[int, str] | None = None,
        hours: WorkHours | None = None,
    ) -> None:
        self.hours = hours or WorkHours()
        self.notices: Mapping[int, str] = dict(notices or {})
        self.changes: Mapping[date, DayChange] = {one.day: one for one in changes if FIRST <= one.day <= LAST}
        kinds, names = _library()
        self._kinds, self._names = list(kinds), dict(names)
        for year in self.notices:
            self._forget(year)
        for one in self.changes.values():
            self._kinds[_index(one.day)] = _changed(one)
            self._names[one.day] = one.name
        self._periods = tuple((_in_day(start), _in_day(end)) for start, end in self.hours.periods)
        self.day_worked: Micros = sum(end - start for start, end in self._periods)
        """Work time of a whole working day, in microseconds."""
        self._worked = [number for number, kind in enumerate(self._kinds) if kind.works]
        self._worked_before = list(accumulate((kind.works for kind in self._kinds), initial=0))
        self._unsure_before = list(accumulate((not one for one in self._certain()), initial=0))

    def kind(self, day: date) -> DayKind:
        """Return what kind of day it is.

        Raises
        ------
        CityopsError
            The calendar does not reach there.
        """
        return self._kinds[_index(day)]

    def name(self, day: date) -> str:
        """Return the holiday's name, or what a day off makes up for; empty for usual days."""
        return self._names.get(day, "")

    def is_published(self, year: int) -> bool:
        """Tell whether the notice of a year is known, from the library or loaded."""
        return year in NOTICES or year in self.notices

    def is_certain(self, start: datetime, end: datetime) -> bool:
        """Tell whether no notice to come can change a day from `start` up to `end`."""
        first, last = since(start) // _DAY, max(since(start), since(end) - 1) // _DAY
        _expect(0 <= first <= last < _DAYS)
        return self._unsure_before[last + 1] == self._unsure_before[first]

    def differing(self, other: "WorkCalendar") -> set[date]:
        """Return the days that one works and the other does not."""
        pairs = enumerate(zip(self._kinds, other._kinds, strict=True))
        return {_day(number) for number, (mine, its) in pairs if mine.works is not its.works}

    def next_working_day(self, day: date, n: int = 1) -> date:
        """Return the n-th working day after a day, which itself does not count."""
        place = self._worked_before[_index(day) + 1] + n - 1
        _expect(place < len(self._worked))
        return _day(self._worked[place])

    def counted(self, at: Micros) -> Micros:
        """Return the work time from the beginning of the calendar until a moment."""
        number, into = divmod(at, _DAY)
        _expect(0 <= number < _DAYS)
        whole = self._worked_before[number] * self.day_worked
        if not self._kinds[number].works:
            return whole
        return whole + sum(min(into, end) - start for start, end in self._periods if into > start)

    def moment(self, worked: Micros) -> Micros:
        """Return the first moment at which so much work time has passed: the close of a period, not the next one."""
        number, rest = divmod(worked - 1, self.day_worked)
        _expect(0 <= number < len(self._worked))
        rest += 1
        for start, end in self._periods:
            if rest <= end - start:
                return self._worked[number] * _DAY + start + rest
            rest -= end - start
        raise AssertionError("a day has no more work time than its periods")

    def stretches(self, start: Micros, end: Micros) -> Iterator[tuple[Micros, Micros, Why]]:
        """Yield the time between two moments, cut where it begins or ends to count or the reason changes."""
        for number in range(start // _DAY, (end - 1) // _DAY + 1):
            midnight = number * _DAY
            for begun, ended, why in self._of_day(self._kinds[number]):
                begin, close = max(start, midnight + begun), min(end, midnight + ended)
                if begin < close:
                    yield begin, close, why

    def _of_day(self, kind: DayKind) -> Iterator[tuple[Micros, Micros, Why]]:
        if not kind.works:
            yield 0, _DAY, Why(kind)
            return
        work, until = (Why.MAKE_UP if kind is DayKind.MAKE_UP else Why.WORK), 0
        for start, end in self._periods:
            yield until, start, Why.LUNCH if until else Why.NIGHT
            yield start, end, work
            until = end
        yield until, _DAY, Why.NIGHT

    def _forget(self, year: int) -> None:
        """Lay aside what the library guesses of a year: its plain weeks remain."""
        for number in range(_index(date(year, 1, 1)), _index(date(year, 12, 31)) + 1):
            day = _day(number)
            self._kinds[number] = _plain(day)
            self._names.pop(day, None)

    def _certain(self) -> Iterator[bool]:
        for number in range(_DAYS):
            day = _day(number)
            tail = (day.month, day.day) >= UNSURE_FROM
            yield self.is_published(day.year) and (not tail or self.is_published(day.year + 1))


def since(moment: datetime) -> Micros:
    """Return a moment in microseconds of the calendar."""
    return (moment - _ORIGIN) // _MICRO


def moment_of(at: Micros) -> datetime:
    """Return a moment of the calendar, aware, in UTC."""
    return _ORIGIN + at * _MICRO


def midnight_after(day: date) -> datetime:
    """Return the moment at which a day of the city ends, aware, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE).astimezone(UTC)


def statutory(year: int) -> dict[date, str]:
    """Return the holidays of a year that the law fixes (全国年节及纪念日放假办法), without days off in lieu."""
    return {day: name for day, name in _library()[1].items() if day.year == year and "（" not in name}


@lru_cache
def _library() -> tuple[tuple[DayKind, ...], Mapping[date, str]]:
    """Return kinds and names of all days as `holidays` has them; it takes a third of a second, once."""
    from holidays import country_holidays  # slow to load, and many who import this module ask for no day

    # All years at once: a year that is asked for by itself would miss what the next one makes of its last days.
    known = country_holidays("CN", years=range(FIRST.year, LAST.year + 2), language="zh_CN")
    kinds = []
    for number in range(_DAYS):
        day = _day(number)
        if day in known:
            kinds.append(DayKind.HOLIDAY)
        else:
            kinds.append(DayKind.MAKE_UP if day in known.weekend_workdays else _plain(day))
    return tuple(kinds), {day: name for day, name in known.items() if FIRST <= day <= LAST}


def _plain(day: date) -> DayKind:
    return DayKind.WEEKEND if day.weekday() >= _SATURDAY else DayKind.WORKDAY


def _changed(one: DayChange) -> DayKind:
    if not one.works:
        return DayKind.HOLIDAY
    return DayKind.MAKE_UP if one.day.weekday() >= _SATURDAY else DayKind.WORKDAY


def _index(day: date) -> int:
    number = (day - FIRST).days
    _expect(0 <= number < _DAYS)
    return number


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _in_day(moment: time) -> Micros:
    return (timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)) // _MICRO


def _expect(reached: bool) -> None:
    if not reached:
        raise CityopsError(f"the working calendar reaches from {FIRST} to {LAST}; choose a time within.")
