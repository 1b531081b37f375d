"""Deadlines: from a limit, a start and what stopped the clock to the moment a case is due, stretch by stretch.

Everything here is a pure function of its arguments and of the calendar of `workdays`; acts on cases call it, and keep
what it returns. All moments are aware; those returned are in UTC. How each limit counts: docs/decisions/0047.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from cityops.domain.events.workdays import Micros, Why, WorkCalendar, midnight_after, moment_of, since
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

MOST_EXTENSIONS = 2
"""Granted for one deadline; a refused one does not count (practice of 数字城管 platforms)."""

YELLOW_AFTER = 80
"""Percent of the limit that are used when a case comes near its deadline (临期)."""

LONGEST_LIMIT = 1000
"""Hours or days: more is a slip of the keyboard."""

_MICRO = timedelta(microseconds=1)
_HOUR: Micros = 3_600_000_000
_DAY: Micros = 24 * _HOUR


class DeadlineError(CityopsError):
    """A limit, pause or extension that cannot be."""


class Lamp(StrEnum):
    """The light of a case (红黄绿灯): 正常, 临期, 超期."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class LimitKind(StrEnum):
    """The four kinds of limits of case standards (立案处置结案标准), each with its own way of counting."""

    URGENT_HOURS = "urgent_hours"
    """紧急工作时: hours by the natural clock, day and night, whatever the calendar says."""
    WORK_HOURS = "work_hours"
    """工作时: hours within work periods of working days."""
    WORK_DAYS = "work_days"
    """工作日: so many times the work time of a whole working day, 8 hours by default, from the start on."""
    DAYS = "days"
    """天, 自然日: so many times 24 hours by the natural clock; 紧急工作日 is this."""

    @property
    def name_zh(self) -> str:
        """Return the unit as case standards write it; days of the two kinds never read alike."""
        return _NAMES[self][0]

    @property
    def name_en(self) -> str:
        """Return the unit in English."""
        return _NAMES[self][1]

    @property
    def by_calendar(self) -> bool:
        """Tell whether it counts work time alone, and so hangs on the calendar."""
        return self in {LimitKind.WORK_HOURS, LimitKind.WORK_DAYS}


_NAMES = {
    LimitKind.URGENT_HOURS: ("紧急工作时", "hours by the clock"),
    LimitKind.WORK_HOURS: ("工作时", "working hours"),
    LimitKind.WORK_DAYS: ("工作日", "working days"),
    LimitKind.DAYS: ("天", "calendar days"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take, as a case standard has it.

    Raises
    ------
    DeadlineError
        The amount is no number of hours or days that anybody means.
    """

    kind: LimitKind
    amount: int

    def __post_init__(self) -> None:
        """Check the amount."""
        if not 1 <= self.amount <= LONGEST_LIMIT:
            raise DeadlineError(f"a limit of {self} cannot be; write a whole number from 1 to {LONGEST_LIMIT}")

    def __str__(self) -> str:
        """Return the limit as case standards write it."""
        return f"{self.amount} {self.kind.name_zh}"


class PauseReason(StrEnum):
    """What stops the clock of a unit; the values are those of `Why`."""

    RETURNED = "returned"
    POSTPONED = "postponed"
    SUSPENDED = "suspended"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which the clock stands still; without an end it still does.

    Raises
    ------
    DeadlineError
        It ends before it begins.
    """

    start: datetime
    end: datetime | None
    reason: PauseReason

    def __post_init__(self) -> None:
        """Check the order."""
        if self.end is not None and self.end < self.start:
            raise DeadlineError(f"a pause ends at {self.end}, before it begins at {self.start}; correct one of them")


def hold(at: datetime) -> Pause:
    """Return the pause of a case put on hold (挂账): until the end of the city's year, when the clock runs on.

    That is a year at most, and nobody has to resume the case; who does so earlier ends the pause then.
    """
    return Pause(at, midnight_after(date(_city(at).year, 12, 31)), PauseReason.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Extension:
    """More time that was granted: when it was asked for, and how much in the limit's unit; None: the limit again."""

    asked: datetime
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """A stretch of time, whether it counts, and why; only the last one of a clock that stands still has no end."""

    start: datetime
    end: datetime | None
    counted: bool
    why: Why


@dataclass(frozen=True)
class Deadline:
    """When something is due, and how that comes about."""

    limit: Limit
    start: datetime
    amount: int
    """What is allowed in all, in the limit's unit: the limit and the extensions."""
    due: datetime | None
    """None while the clock stands still without an end."""
    provisional: bool
    """A notice to come may still move it: it reaches over days that no notice is published for."""
    pauses: tuple[Pause, ...] = field(repr=False)
    """In order, none within another, none before the start."""
    extensions: tuple[Extension, ...]
    calendar: WorkCalendar = field(repr=False, compare=False)

    @property
    def allowed(self) -> timedelta:
        """Return the time that may be used, by the limit's own counting: what the counted spans come to."""
        return _needed(self.limit.kind, self.amount, self.calendar) * _MICRO

    def used(self, now: datetime) -> timedelta:
        """Return how much of that has been used by then: nothing before the start, all of it once it is due."""
        end = max(self.start, now if self.due is None else min(now, self.due))
        counted, _ = _clock(self.limit.kind, self.calendar)
        at, total = self.start, 0
        for pause in self.pauses:
            if pause.start >= end:
                break
            total += counted(since(pause.start)) - counted(since(at))
            at = end if pause.end is None else min(pause.end, end)
        return (total + counted(since(end)) - counted(since(at))) * _MICRO

    def left(self, now: datetime) -> timedelta:
        """Return what remains, which is known also while the clock stands still."""
        return self.allowed - self.used(now)

    @cached_property
    def warn_at(self) -> datetime | None:
        """Return from when on it comes near (临期, the yellow light); None: the clock stands still before that.

        That is after four fifths of the time, and of a limit of several days also when the last of them begins, by
        the limit's own counting: practice of the 红黄灯 monitoring of work orders.
        """
        kind, whole = self.limit.kind, _needed(self.limit.kind, self.amount, self.calendar)
        needed = whole * YELLOW_AFTER // 100
        if kind in {LimitKind.WORK_DAYS, LimitKind.DAYS} and self.amount > 1:
            needed = min(needed, whole - _needed(kind, 1, self.calendar))
        counted, moment = _clock(kind, self.calendar)
        found = _due(needed, self.start, self.pauses, counted)
        return None if found is None else moment_of(moment(found))

    @cached_property
    def spans(self) -> tuple[ClockSpan, ...]:
        """Return the stretches from the start until it is due, without a gap; the counted ones come to `allowed`."""
        return tuple(_merged(self._spans()))

    def _spans(self) -> Iterator[ClockSpan]:
        at, end = self.start, self.due
        for pause in self.pauses:
            if end is not None and pause.start >= end:
                break
            yield from self._running(at, pause.start)
            stop = pause.end if end is None or pause.end is None else min(pause.end, end)
            yield ClockSpan(pause.start, stop, counted=False, why=Why(pause.reason))
            if stop is None:
                return
            at = stop
        if end is not None:
            yield from self._running(at, end)

    def _running(self, start: datetime, end: datetime) -> Iterator[ClockSpan]:
        if not self.limit.kind.by_calendar:
            if start < end:
                yield ClockSpan(start, end, counted=True, why=Why.CLOCK)
            return
        for begun, ended, why in self.calendar.stretches(since(start), since(end)):
            yield ClockSpan(moment_of(begun), moment_of(ended), why.counted, why)


def _merged(spans: Iterable[ClockSpan]) -> Iterator[ClockSpan]:
    """Yield the spans, those that follow one another for the same reason as one."""
    last: ClockSpan | None = None
    for span in spans:
        if last is not None and last.why is span.why:
            last = ClockSpan(last.start, span.end, last.counted, last.why)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def deadline(
    limit: Limit,
    start: datetime,
    pauses: Iterable[Pause],
    calendar: WorkCalendar,
    extensions: Sequence[Extension] = (),
) -> Deadline:
    """Return when what began at `start` is due.

    A case that goes to another unit begins anew: another start, and none of the pauses from before. Pauses may
    overlap, and lie before the start or after the due moment; such parts of them do nothing. Extensions are those
    that were granted, which no calendar that changes takes back; `extended` judges one that is to be.

    Raises
    ------
    DeadlineError
        There are more than two extensions.
    CityopsError
        It would lie beyond the calendar.
    """
    if len(extensions) > MOST_EXTENSIONS:
        raise DeadlineError(f"{len(extensions)} extensions cannot be: at most {MOST_EXTENSIONS} are granted")
    return _made(limit, start, _ordered(pauses, start), calendar, tuple(extensions))


def extended(before: Deadline, extension: Extension) -> Deadline:
    """Return the deadline with a further extension, judged when it is to be granted.

    Raises
    ------
    DeadlineError
        It was asked for when the time had run out, or as many as may be are granted already.
    """
    if before.due is not None and extension.asked >= before.due:
        raise DeadlineError(
            f"the extension was asked for at {_told(extension.asked)}, but the case was due at {_told(before.due)};"
            " ask before it is due, and afterwards appeal"
        )
    granted = (*before.extensions, extension)
    return deadline(before.limit, before.start, before.pauses, before.calendar, granted)


def _made(
    limit: Limit,
    start: datetime,
    pauses: tuple[Pause, ...],
    calendar: WorkCalendar,
    extensions: tuple[Extension, ...],
) -> Deadline:
    amount = limit.amount + sum(limit.amount if one.amount is None else one.amount for one in extensions)
    needed, (counted, moment) = _needed(limit.kind, amount, calendar), _clock(limit.kind, calendar)
    found = _due(needed, start, pauses, counted)
    due = None if found is None else moment_of(moment(found))
    reached = due or max(start, pauses[-1].start)
    provisional = limit.kind.by_calendar and not calendar.is_certain(start, reached)
    return Deadline(limit, start, amount, due, provisional, pauses, extensions, calendar)


def _due(
    needed: Micros, start: datetime, pauses: Iterable[Pause], counted: Callable[[Micros], Micros]
) -> Micros | None:
    """Return what `counted` tells at the moment when so much has been used, None where that is not reached."""
    at = counted(since(start))
    for pause in pauses:
        if (run := counted(since(pause.start)) - at) >= needed:
            break
        if pause.end is None:
            return None
        needed -= run
        at = counted(since(pause.end))
    return at + needed


def _clock(kind: LimitKind, calendar: WorkCalendar) -> tuple[Callable[[Micros], Micros], Callable[[Micros], Micros]]:
    """Return how time is counted up to a moment, and the first moment at which so much is counted."""
    return (calendar.counted, calendar.moment) if kind.by_calendar else (_as_it_is, _as_it_is)


def _as_it_is(at: Micros) -> Micros:
    return at


def _needed(kind: LimitKind, amount: int, calendar: WorkCalendar) -> Micros:
    units = {LimitKind.WORK_DAYS: calendar.day_worked, LimitKind.DAYS: _DAY}
    return amount * units.get(kind, _HOUR)


def _ordered(pauses: Iterable[Pause], start: datetime) -> tuple[Pause, ...]:
    """Return the pauses in order, cut to what lies after the start and in no earlier one."""
    kept: list[Pause] = []
    free = start
    for pause in sorted(pauses, key=lambda one: one.start):
        begun = max(pause.start, free)
        if pause.end is None:
            kept.append(Pause(begun, None, pause.reason))
            break
        if begun < pause.end:
            kept.append(Pause(begun, pause.end, pause.reason))
            free = pause.end
    return tuple(kept)


def lamp(due: Deadline, now: datetime) -> Lamp:
    """Return the light of a case at a moment; for one that has ended, ask at its end."""
    return lamp_at(due.due, due.warn_at, now)


def lamp_at(due: datetime | None, warn_at: datetime | None, now: datetime) -> Lamp:
    """Return the light of a clock that runs out at `due` and is near that from `warn_at` on; None: it is paused."""
    if due is not None and now >= due:
        return Lamp.RED
    return Lamp.YELLOW if warn_at is not None and now >= warn_at else Lamp.GREEN


def _city(moment: datetime) -> datetime:
    return moment.astimezone(CITY_ZONE)


def _told(moment: datetime) -> str:
    return f"{_city(moment):%Y-%m-%d %H:%M:%S}"
