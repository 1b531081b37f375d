"""The roster (值班表): who is on duty where, as what, when and under which modes, and when nobody is.

Lines of a CSV file become duties, each judged by itself and against those kept; a screen asks who is on duty, and for
the gaps. Times in files are the city's, on screens as well; inside UTC.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cityops.domain import masking
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.modes.modes import ModeKind
from cityops.domain.numbers import STARS
from cityops.domain.regions import RegionLevel, district_of, is_city, level_of
from cityops.domain.registration.cells import BadRow, number, shown

COLUMNS = ("region_code", "role", "order", "person", "phone", "from", "to", "modes")

AHEAD = timedelta(hours=24)
"""So far ahead screens tell who comes next, and when nobody does."""

LONGEST = timedelta(days=31)
_LONGEST_NAME = 40
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{2,19}")


DutyKey = tuple[str, str, int, datetime, tuple[ModeKind, ...]]


@dataclass(frozen=True, slots=True)
class RosterDuty:
    """Somebody on duty from a time until another one; `place` is in which order those of a role are called."""

    region_code: str
    role: str
    place: int
    person: str
    phone: str
    starts_at: datetime
    ends_at: datetime
    kinds: frozenset[ModeKind]

    @property
    def key(self) -> DutyKey:
        """What another line must say to take its place."""
        return self.region_code, self.role, self.place, self.starts_at, tuple(sorted(self.kinds))

    def overlaps(self, other: "RosterDuty") -> bool:
        """Tell whether both are the same one to be called at some moment of some mode."""
        same = (self.region_code, self.role, self.place) == (other.region_code, other.role, other.place)
        meets = self.starts_at < other.ends_at and other.starts_at < self.ends_at
        return same and meets and bool(self.kinds & other.kinds)


class RosterOutcome(StrEnum):
    """What became of a line."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A line of a file and what became of it; `why` where it was refused."""

    line: int
    outcome: RosterOutcome
    duty: RosterDuty | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class JudgedRoster:
    """What became of each line of a file, and all duties after it."""

    lines: tuple[RosterLine, ...]
    duties: frozenset[RosterDuty]


class RosterError(ValueError):
    """A file is no roster at all; the text says why, and what would do."""


def judged(lines: Iterable[str], kept: Iterable[RosterDuty], regions: frozenset[str]) -> JudgedRoster:
    """Return what becomes of each line of a file; those that are refused leave all others as they are.

    A line of the same region, role, order, beginning and modes as one that is kept takes its place; without a person
    it takes that out.

    Raises
    ------
    RosterError
        The first line does not name the columns, or it is no CSV.
    """
    reader = csv.reader(lines, strict=True)
    duties = {duty.key: duty for duty in kept}
    told: list[RosterLine] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in COLUMNS if name not in header]:
            raise RosterError(f"the first line does not name {', '.join(missing)}: it names {', '.join(COLUMNS)}")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict(zip(header, cells, strict=False))
                told.append(_line(reader.line_num, row, duties, regions))
    except csv.Error as error:
        raise RosterError(f"line {reader.line_num}: it is no CSV from here on ({error}): close the quotes") from None
    return JudgedRoster(tuple(told), frozenset(duties.values()))


def _line(line: int, row: dict[str, str], duties: dict[DutyKey, RosterDuty], regions: frozenset[str]) -> RosterLine:
    try:
        duty = _duty(row, regions)
    except BadRow as bad:
        return RosterLine(line, RosterOutcome.REFUSED, None, str(bad))
    before = duties.get(duty.key)
    if not duty.person:
        if before is None:
            return RosterLine(
                line, RosterOutcome.REFUSED, duty, "person: empty, and there is no such duty; fill it in"
            )
        del duties[duty.key]
        return RosterLine(line, RosterOutcome.REMOVED, before)
    if before == duty:
        return RosterLine(line, RosterOutcome.UNCHANGED, duty)
    if other := next((one for one in duties.values() if one.key != duty.key and one.overlaps(duty)), None):
        when = f"{_local(other.starts_at)} to {_local(other.ends_at)}"
        why = f"from: {other.person} is {duty.role} {duty.place} from {when}; shorten one, or give another order"
        return RosterLine(line, RosterOutcome.REFUSED, duty, why)
    duties[duty.key] = duty
    return RosterLine(line, RosterOutcome.CHANGED if before else RosterOutcome.ADDED, duty)


def _duty(row: dict[str, str], regions: frozenset[str]) -> RosterDuty:
    texts = {name: row.get(name, "").strip() for name in COLUMNS}
    region = texts["region_code"]
    if region not in regions or level_of(region) is RegionLevel.STREET:
        raise BadRow("region_code", f"{shown(region)} is not the city or a district of it", "write its 6 digits")
    place = number("order", texts["order"] or "1", 1, 99)
    if place != round(place):
        raise BadRow("order", f"{shown(texts['order'])} is no whole number", "write 1 for who is called first")
    starts, ends = _moment("from", texts["from"]), _moment("to", texts["to"])
    if not starts < ends <= starts + LONGEST:
        raise BadRow("to", "it is not within 31 days after from", "correct it; a watch is written by its shifts")
    person, phone = _name("person", texts["person"]), texts["phone"]
    if phone and not _PHONE.fullmatch(phone):
        raise BadRow("phone", "it is no telephone number", "write digits, blanks and hyphens alone")
    return RosterDuty(
        region, _name("role", texts["role"], needed=True), round(place), person, phone, starts, ends, _kinds(texts)
    )


def _name(column: str, text: str, *, needed: bool = False) -> str:
    if (needed and not text) or len(text) > _LONGEST_NAME or (text and not _PRINTABLE.fullmatch(text)):
        raise BadRow(column, f"{shown(text)} is no name of 1 to {_LONGEST_NAME} characters", "correct it")
    return text


def _moment(column: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRow(
            column, f"{shown(text)} is no time", "write it as 2026-11-28 08:00, in the city's time"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


def _kinds(texts: dict[str, str]) -> frozenset[ModeKind]:
    words = texts["modes"].split() or [ModeKind.NORMAL]
    if unknown := sorted(set(words) - set(ModeKind)):
        raise BadRow("modes", f"{shown(unknown[0])} is no mode", f"write some of {', '.join(ModeKind)}")
    return frozenset(map(ModeKind, words))


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_ZONE):%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Gap:
    """From when until when nobody of a role is on duty; without a role: nobody at all."""

    role: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is on duty at a moment, who comes next within a day, and when nobody is; whose roster that is."""

    region_code: str
    kind: ModeKind
    now: tuple[RosterDuty, ...]
    later: tuple[RosterDuty, ...]
    gaps: tuple[Gap, ...]


def watch(duties: Iterable[RosterDuty], region_code: str, kind: ModeKind, at: datetime) -> Watch:
    """Return the watch of a region under a mode: by its district's roster for that mode, else by the city's.

    A role that stands on the roster within a day before or after is taken to be kept all the time: each stretch of
    the coming day in which nobody has it is a gap.
    """
    serving = [one for one in duties if kind in one.kinds and at - AHEAD < one.ends_at and one.starts_at < at + AHEAD]
    own = region_code if is_city(region_code) else district_of(region_code)
    whose = own if any(one.region_code == own for one in serving) else _city(serving, own)
    mine = sorted((one for one in serving if one.region_code == whose), key=lambda one: (one.place, one.starts_at))
    roles = sorted({one.role for one in mine}, key=[one.role for one in mine].index)
    gaps = [gap for role in roles or [""] for gap in _gaps(role, mine, at)]
    ordered = [one for role in roles for one in mine if one.role == role]
    return Watch(
        whose,
        kind,
        tuple(one for one in ordered if one.starts_at <= at < one.ends_at),
        tuple(one for one in ordered if one.starts_at > at),
        tuple(gaps),
    )


def _city(serving: Sequence[RosterDuty], own: str) -> str:
    return next((one.region_code for one in serving if is_city(one.region_code)), own)


def _gaps(role: str, duties: Iterable[RosterDuty], at: datetime) -> Iterator[Gap]:
    until, covered = at + AHEAD, at
    for one in sorted((one for one in duties if one.role == role), key=lambda one: one.starts_at):
        if one.starts_at > covered:
            yield Gap(role, covered, min(one.starts_at, until))
        covered = max(covered, one.ends_at)
    if covered < until:
        yield Gap(role, covered, until)


def masked(duty: RosterDuty) -> RosterDuty:
    """Return a duty with its number as those see it who do not handle persons' data: masked, or of stars alone."""
    told = masking.masked(f"电话{duty.phone}").removeprefix("电话")
    return replace(duty, phone=STARS if duty.phone and told == duty.phone else told)
