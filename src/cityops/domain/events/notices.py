"""Notices of holidays: read from a CSV file, checked whole, and which running deadlines one moves.

A file names the days that are off and the weekend's days that are worked, each with its source; it comes from whoever
keeps the platform when the State Council's notice is out, in November as a rule.
"""

import csv
import io
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from cityops.domain.events.deadlines import Deadline, Extension, Limit, Pause, deadline
from cityops.domain.events.workdays import FIRST, LAST, UNSURE_FROM, DayChange, WorkCalendar, statutory
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.registration.cells import BadRow, printable, shown
from cityops.errors import CityopsError

COLUMNS = ("day", "kind", "name", "source")
KINDS = {"off": False, "working": True}

LONGEST_FILE = 2000
"""Lines that are read: a notice has some 40."""

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file: where, why, and what to do about it; line 1 names the columns, 0 is the whole file."""

    line: int
    column: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault as a sentence."""
        return f"{f'line {self.line}' if self.line else 'the file'}: {self.column}: {self.reason}; {self.remedy}"


class NoticeError(CityopsError):
    """A file of days that is refused whole, with all its faults; the calendar stays as it was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        listed = "\n".join(f"  {one}" for one in faults)
        super().__init__(f"the calendar stays as it was, for the file has {len(faults)} faults:\n{listed}")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a file says: the whole notice of a year, or single days where `year` is None."""

    year: int | None
    source: str
    changes: tuple[DayChange, ...]


def read_notice(raw: bytes, year: int | None = None) -> Notice:
    """Return what a CSV file in UTF-8 says, in columns `day` (2027-02-06), `kind` (off, working), `name`, `source`.

    With a `year` it is the whole notice of that year: all its rows have one source, they lie in that year or in the
    last week of the one before, only days of a weekend are made working, and every statutory holiday is off.

    Raises
    ------
    NoticeError
        There are faults; all of them are told.
    """
    faults: list[Fault] = []
    changes: dict[date, tuple[int, DayChange]] = {}
    for line, header, cells in _lines(raw):
        try:
            one = _change(header, cells, year)
            if one.day in changes:
                raise BadRow("day", f"it stands in line {changes[one.day][0]} already", "keep one of the two")
            changes[one.day] = line, one
        except BadRow as bad:
            faults.append(Fault(line, bad.column, bad.reason, bad.remedy))
    if not changes and not faults:
        faults.append(Fault(0, "day", "it names no day", "write a line for each day that is off or made working"))
    if year is not None:
        faults += _wanting(year, changes)
    if faults:
        raise NoticeError(faults)
    found = tuple(sorted((one for _, one in changes.values()), key=lambda one: one.day))
    return Notice(year, found[0].source, found)


def _lines(raw: bytes) -> Iterator[tuple[int, Sequence[str], Sequence[str]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoticeError([Fault(0, "text", "it is not in UTF-8", "save it as CSV UTF-8")]) from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        if sorted(header) != sorted(COLUMNS):
            reason = f"the columns are {shown(','.join(header))}"
            raise NoticeError([Fault(1, "row", reason, f"name them {','.join(COLUMNS)}")])
        for cells in islice(lines, LONGEST_FILE + 1):
            if lines.line_num > LONGEST_FILE:
                raise NoticeError(
                    [Fault(0, "row", f"it has over {LONGEST_FILE} lines", "check that it is the right one")]
                )
            if cells:
                yield lines.line_num, header, cells
    except csv.Error as error:
        fault = Fault(lines.line_num, "row", f"it is no CSV ({error})", "quote cells that hold a comma or a quote")
        raise NoticeError([fault]) from None


def _change(header: Sequence[str], cells: Sequence[str], year: int | None) -> DayChange:
    if len(cells) != len(header):
        remedy = "quote cells that hold a comma, and leave none out"
        raise BadRow("row", f"it has {len(cells)} cells, the first line has {len(header)}", remedy)
    texts = {name: printable(name, cell.strip()) for name, cell in zip(header, cells, strict=True)}
    if empty := [name for name in ("day", "kind", "source") if not texts[name]]:
        raise BadRow(", ".join(empty), "empty or missing", "fill it in")
    if texts["kind"] not in KINDS:
        raise BadRow("kind", f"{shown(texts['kind'])} is no kind of day", "write off or working")
    day, works = _day(texts["day"]), KINDS[texts["kind"]]
    if year is not None:
        if not _belongs(day, year):
            remedy = f"write a day of {year} or of the last week before, or import it without --year"
            raise BadRow("day", f"{day} is not in the notice of {year}", remedy)
        if works and day.weekday() < _SATURDAY:
            raise BadRow("kind", f"{day} is a {day:%A}, worked anyway", "correct the day, or leave the line out")
    return DayChange(day, works, texts["source"], texts["name"], year)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadRow("day", f"{shown(text)} is no day", "write it like 2027-02-06") from None
    if not FIRST <= day <= LAST:
        raise BadRow("day", f"the calendar reaches from {FIRST} to {LAST}", "correct the day")
    return day


def _belongs(day: date, year: int) -> bool:
    return day.year == year or (day.year == year - 1 and (day.month, day.day) >= UNSURE_FROM)


def _wanting(year: int, changes: Mapping[date, tuple[int, DayChange]]) -> Iterator[Fault]:
    """Yield what a whole notice would not lack, or have twice."""
    if not FIRST.year <= year <= LAST.year:
        yield Fault(0, "--year", f"the calendar reaches from {FIRST.year} to {LAST.year}", "correct the year")
        return
    for day, name in statutory(year).items():
        line, one = changes.get(day, (0, None))
        if one is None or one.works:
            yield Fault(line, "day", f"{day} {name} is a holiday by law, and not off", "add it as off")
    sources = {one.source: line for line, one in reversed(list(changes.values()))}
    for source, line in sorted(sources.items(), key=lambda pair: pair[1])[1:]:
        yield Fault(line, "source", f"{shown(source)} is another notice", "write one source in all lines of a notice")


@dataclass(frozen=True, slots=True)
class Running:
    """A deadline as it is kept: by whatever key, with what it was made of, and what was told of it.

    `stopped` says that its clock has ended, as that of every closed case has.
    """

    key: Hashable
    limit: Limit
    start: datetime
    pauses: tuple[Pause, ...]
    extensions: tuple[Extension, ...]
    due: datetime | None
    provisional: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that a notice moved, or made certain; both are to be kept: what was told, and what holds now."""

    before: Running
    after: Deadline


def moved(kept: Iterable[Running], before: WorkCalendar, after: WorkCalendar) -> list[Moved]:
    """Return which deadlines are another since the calendar changed.

    One that has stopped is never computed again, nor is one that runs by the natural clock, nor one whose days from
    its start until it is due are what they were and were certain before.
    """
    differing = before.differing(after)
    found = []
    for one in kept:
        if one.stopped or not one.limit.kind.by_calendar or not (one.provisional or _touches(one, differing)):
            continue
        made = deadline(one.limit, one.start, one.pauses, after, one.extensions)
        if (made.due, made.provisional) != (one.due, one.provisional):
            found.append(Moved(one, made))
    return found


def _touches(one: Running, differing: Iterable[date]) -> bool:
    first = one.start.astimezone(CITY_ZONE).date()
    last = None if one.due is None else one.due.astimezone(CITY_ZONE).date()
    return any(first <= day and (last is None or day <= last) for day in differing)
