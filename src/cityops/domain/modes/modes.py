"""Modes (平急结合): kinds, matters and grades, who may start one where, and how long each may be planned.

A mode is in force from its start until somebody ends it: a response does not lapse because its planned end has passed
and nobody looked. A drill does, for a drill that is forgotten would mark real alarms as played.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from cityops.domain.access import Permission, Scope, Subject
from cityops.domain.regions import RegionLevel, district_of, is_city, level_of

LONGEST = timedelta(days=30)
"""For how long a mode may be planned, or prolonged, at once."""

LONGEST_DRILL = timedelta(hours=24)


class ModeKind(StrEnum):
    """What is in force in a part of the city; `normal` is what is so while nothing else is, and is never started."""

    NORMAL = "normal"
    """平时."""
    ALERT = "alert"
    """预警: something is expected; more is looked at, and sooner."""
    EMERGENCY = "emergency"
    """应急响应: it is there, and everybody is called."""
    EVENT = "event"
    """重大活动: something large is held in the city."""


class Matter(StrEnum):
    """What a mode is about."""

    FLOOD = "flood"
    RAINSTORM = "rainstorm"
    TYPHOON = "typhoon"
    WEATHER = "weather"
    AIR = "air"
    GAS = "gas"
    POWER = "power"
    TRAFFIC = "traffic"
    CROWD = "crowd"
    OTHER = "other"

    @property
    def name_zh(self) -> str:
        """What it is called in Chinese."""
        return _MATTERS[self][0]

    @property
    def name_en(self) -> str:
        """What it is called in English."""
        return _MATTERS[self][1]

    @property
    def classes(self) -> frozenset[str]:
        """Classes of alarms (`RuleClass`) that belong to it; all of them where nothing narrower can be said."""
        return frozenset(_MATTERS[self][2].split())


_STORM = "flood weather cover power traffic"
_MATTERS = {
    Matter.FLOOD: ("防汛", "Flood control", "flood cover"),
    Matter.RAINSTORM: ("暴雨", "Rainstorm", _STORM),
    Matter.TYPHOON: ("台风", "Typhoon", f"{_STORM} site"),
    Matter.WEATHER: ("高低温", "Heat and cold", "weather power"),
    Matter.AIR: ("空气重污染", "Air pollution", "air site"),
    Matter.GAS: ("燃气", "Gas", "gas cover"),
    Matter.POWER: ("停电", "Power cut", "power"),
    Matter.TRAFFIC: ("交通", "Traffic", "traffic crowd"),
    Matter.CROWD: ("大型活动", "Large event", "crowd traffic noise"),
    Matter.OTHER: ("其他", "Other", f"{_STORM} site air noise gas crowd health"),
}


class Grade(IntEnum):
    """Ⅰ is the gravest."""

    I = 1  # noqa: E741 - the Roman number is its name
    II = 2
    III = 3
    IV = 4

    @property
    def roman(self) -> str:
        """How it is written."""
        return "ⅠⅡⅢⅣ"[self - 1]


_KINDS = {
    ModeKind.ALERT: ("预警", "alert"),
    ModeKind.EMERGENCY: ("应急响应", "response"),
    ModeKind.EVENT: ("保障", "in force"),
}


class ModeError(ValueError):
    """A mode cannot be started or changed so; the text names the item, the reason and what would do."""


class NotOverItError(ModeError):
    """Somebody else starts and ends modes of this region."""


@dataclass(frozen=True, slots=True)
class NewMode:
    """A mode to be started: where, of what, how grave, why, by whose approval, until when it is planned."""

    region_code: str
    kind: ModeKind
    matter: Matter
    grade: Grade | None
    reason: str
    approver: str
    until: datetime | None
    drill: bool = False
    title_zh: str = ""
    title_en: str = ""

    @property
    def titles(self) -> tuple[str, str]:
        """Return what it is called, in Chinese and in English; made of matter, grade and kind where none is given."""
        zh, en = _KINDS[self.kind]
        grade_zh = f"{self.grade.roman}级" if self.grade else ""
        grade_en = f", grade {self.grade.roman}" if self.grade else ""
        made = f"{self.matter.name_zh}{grade_zh}{zh}", f"{self.matter.name_en} {en}{grade_en}"
        return self.title_zh or made[0], self.title_en or made[1]


def check_start(mode: NewMode, now: datetime) -> None:
    """Refuse a mode that makes no sense.

    Raises
    ------
    ModeError
        Names what is wrong, and what would do.
    """
    if mode.kind is ModeKind.NORMAL:
        raise ModeError("kind: normal is what holds while no mode does; end the one that is in force")
    if mode.kind is ModeKind.EVENT and mode.grade:
        raise ModeError("grade: an event has none; leave it out")
    if mode.kind is not ModeKind.EVENT and not mode.grade:
        raise ModeError(f"grade: {mode.kind} has one of 1 (Ⅰ, the gravest) to 4 (Ⅳ)")
    if level_of(mode.region_code) is RegionLevel.STREET:
        raise ModeError(f"region: {mode.region_code} is a street; modes are of the city or a district")
    check_until(mode.until, now, drill=mode.drill)


def check_until(until: datetime | None, now: datetime, *, drill: bool) -> None:
    """Refuse a planned end that is past, too far away, or missing of a drill, which ends by it.

    Raises
    ------
    ModeError
        Names what would do.
    """
    if until is None:
        if drill:
            raise ModeError("until: a drill has a planned end, by which it is over")
        return
    longest = LONGEST_DRILL if drill else LONGEST
    if not now < until <= now + longest:
        raise ModeError(f"until: give an end within the next {longest.total_seconds() / 3600:g} h")


def check_over(scope: Scope, region_code: str) -> None:
    """Refuse whoever is not over a region: the city's modes are for those over the city alone.

    Raises
    ------
    NotOverItError
        Names whose it is.
    """
    if not scope.covers(region_code):
        whose = "the city" if is_city(region_code) else f"district {region_code}"
        raise NotOverItError(f"region: modes of {region_code} are for the shift leader of {whose}")


def may_change(subject: Subject, region_code: str) -> bool:
    """Tell whether somebody may start and end the modes of a region."""
    return subject.may(Permission.MODE_CHANGE) and subject.scope.covers(region_code)


@dataclass(frozen=True, slots=True)
class ModeInForce:
    """A mode that holds now, in a region as a whole."""

    id: int
    region_code: str
    kind: ModeKind
    matter: Matter
    grade: int | None
    title_zh: str
    title_en: str
    reason: str
    approver: str
    since: datetime
    until: datetime | None
    drill: bool


@dataclass(frozen=True, slots=True)
class ModeHeld:
    """A mode with when it was over: by whoever ended it, a drill by its planned end; None while it holds."""

    mode: ModeInForce
    over_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Tell whether it held at a moment."""
        return self.mode.since <= at and (self.over_at is None or at < self.over_at)


PACES = {ModeKind.ALERT: 2, ModeKind.EMERGENCY: 5}
"""How many times sooner groups of alarms of the matter are told again: from every 5 minutes to every minute."""


def pace(modes: Sequence[ModeInForce], region_code: str, alarm_class: str) -> int:
    """Return how many times sooner than its rule says an alarm is told again in the mode that holds there."""
    found = concerning(modes, region_code, alarm_class)
    return PACES.get(found.kind, 1) if found else 1


def holding(modes: Iterable[ModeInForce], region_code: str) -> ModeInForce | None:
    """Return which of the modes in force holds in a region: its district's own, else the city's."""
    return next(iter(_nearest(modes, region_code)), None)


def concerning(modes: Iterable[ModeInForce], region_code: str, alarm_class: str) -> ModeInForce | None:
    """Return the mode that alarms of a class go by in a region: its district's own or the city's, of its matter.

    A fair in one district does not take it out of the city's flood response.
    """
    return next((one for one in _nearest(modes, region_code) if alarm_class in one.matter.classes), None)


def _nearest(modes: Iterable[ModeInForce], region_code: str) -> list[ModeInForce]:
    """Return the modes that hold in a region, its district's own before the city's."""
    district = None if is_city(region_code) else district_of(region_code)
    here = [one for one in modes if is_city(one.region_code) or one.region_code == district]
    return sorted(here, key=lambda one: is_city(one.region_code))
