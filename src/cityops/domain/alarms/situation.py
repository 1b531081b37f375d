"""The one thing that matters most among the open alarms of a region: what a wall says before any number.

Counted rows go in, the situation comes out, purely: which rule, how grave, where, and who is on its cases.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cityops.domain.events.status import Status
from cityops.domain.metrics import Direction, Metric, WarningLevel
from cityops.domain.regions import child_in, prefix

GRAVE = WarningLevel.ORANGE
"""From this level on an alarm is worth the sentence; what is less grave is counted, and waits for its turn."""

TOLERANCE = 0.05
"""Of the distance between a metric's outermost thresholds: who changes by less holds steady."""


class Tendency(StrEnum):
    """Which way a value has gone of late."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"


def tendency(newest: float, before: float | None, metric: Metric) -> Tendency | None:
    """Compare the newest reading with the mean of those that are 10 to 30 minutes old; None where there are none.

    Steady is what differs by less than a twentieth of the distance between the metric's outermost thresholds, and by
    less than one step as it is shown: 1.75 cm of water, 0.2 degrees of heat. Who calls it leaves out a newest reading
    that is older than ten minutes: which way that has gone since nobody knows.
    """
    if before is None:
        return None
    limits = [one for one in (metric.blue, metric.yellow, metric.orange, metric.red) if one is not None]
    distance = max(limits) - min(limits) if limits else 0.0
    change = newest - before
    if abs(change) < max(TOLERANCE * distance, 10.0**-metric.decimals):
        return Tendency.STEADY
    return Tendency.RISING if change > 0 else Tendency.FALLING


class AlarmTally(Protocol):
    """Open alarms to be heard of one region, rule and level: symptoms of others apart from the others."""

    @property
    def region_code(self) -> str:
        """Region that they are in, as small as it is known."""

    @property
    def rule_code(self) -> str:
        """Rule that raised them."""

    @property
    def level(self) -> int:
        """Level of all of them."""

    @property
    def symptom(self) -> bool:
        """Whether they are but symptoms of others."""

    @property
    def n(self) -> int:
        """How many they are."""

    @property
    def unacknowledged(self) -> int:
        """How many of them nobody has acknowledged."""

    @property
    def unacknowledged_since(self) -> datetime | None:
        """When the first of those was raised."""

    @property
    def onset(self) -> datetime:
        """When the first of them began."""

    @property
    def highest(self) -> float | None:
        """Highest of their worst values."""

    @property
    def lowest(self) -> float | None:
        """Lowest of their worst values."""

    @property
    def direction(self) -> str | None:
        """On which side the rule's values become worse."""


@dataclass(frozen=True, slots=True)
class AlarmCaseHeld:
    """An open case, by one of the alarms that it was made of, and who has it."""

    region_code: str
    rule_code: str
    level: int
    event_id: int
    unit_kind: str | None
    unit_code: str | None
    status: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class UnitAtWork:
    """A unit that is on cases of the situation, how far it is, and with how many."""

    unit_kind: str
    unit_code: str
    status: Status
    count: int


@dataclass(frozen=True, slots=True)
class Situation:
    """The rule that matters most: its alarms of the gravest level, where they are, and what becomes of them."""

    level: WarningLevel
    rule_code: str
    regions: tuple[str, ...]
    places: int
    unacknowledged: int
    unacknowledged_since: datetime | None
    cases: int
    overdue: int
    handling: tuple[UnitAtWork, ...]


def situation(tallies: Iterable[AlarmTally], cases: Iterable[AlarmCaseHeld], region: str) -> Situation | None:
    """Return what matters most in a region, None where nothing there is orange or red.

    First the gravest level, for which there is no excuse. Among its rules one of which nobody has acknowledged an
    alarm: what nobody has seen needs a person sooner than what is in good hands, however large. Then the one with the
    most places, for it needs the most people; then the one that has stood longest; by its code at last, so that the
    sentence never jumps between equal ones. It is the order in which groups of alarms are listed.
    """
    within = prefix(region)
    grave = [one for one in tallies if one.level >= GRAVE and not one.symptom and one.region_code.startswith(within)]
    if not grave:
        return None
    level = WarningLevel(max(one.level for one in grave))
    rules = _by(lambda one: one.rule_code, (one for one in grave if one.level == level))
    rule, alarms = min(rules.items(), key=lambda item: (*_urgency(item[1]), item[0]))
    of_rule = (one for one in cases if (one.rule_code, one.level) == (rule, level))
    held = [one for one in of_rule if one.region_code.startswith(within)]
    waiting = [one.unacknowledged_since for one in alarms if one.unacknowledged_since]
    return Situation(
        level,
        rule,
        _worst_first(alarms, region),
        sum(one.n for one in alarms),
        sum(one.unacknowledged for one in alarms),
        min(waiting, default=None),
        len({one.event_id for one in held}),
        len({one.event_id for one in held if one.overdue}),
        _handling(held),
    )


def _by(key: Callable[[AlarmTally], str], alarms: Iterable[AlarmTally]) -> dict[str, list[AlarmTally]]:
    found: dict[str, list[AlarmTally]] = defaultdict(list)
    for one in alarms:
        found[key(one)].append(one)
    return found


def _urgency(alarms: list[AlarmTally]) -> tuple[bool, int, datetime]:
    unseen = any(one.unacknowledged for one in alarms)
    return not unseen, -sum(one.n for one in alarms), min(one.onset for one in alarms)


def _worst_first(alarms: list[AlarmTally], region: str) -> tuple[str, ...]:
    """Return the children with the most places first, of equal ones that with the worst value.

    Alarms of the region as a whole lie in no child; where there are no others it is the region itself.
    """
    children = _by(lambda one: child_in(region, one.region_code), alarms)
    inside = {code: parts for code, parts in children.items() if code != region} or children
    return tuple(
        sorted(inside, key=lambda code: (-sum(one.n for one in inside[code]), _least_bad(inside[code]), code))
    )


def _least_bad(alarms: list[AlarmTally]) -> float:
    low = [one.lowest for one in alarms if one.direction == Direction.LOW and one.lowest is not None]
    high = [-one.highest for one in alarms if one.direction != Direction.LOW and one.highest is not None]
    return min([*low, *high], default=0.0)


def _handling(held: Iterable[AlarmCaseHeld]) -> tuple[UnitAtWork, ...]:
    """Return who is on the cases, the furthest step first; cases that no unit has yet are nobody's."""
    once = {one.event_id: one for one in held}
    counted = Counter((one.unit_kind, one.unit_code, Status(one.status)) for one in once.values())
    steps = list(Status)
    at_work = [UnitAtWork(kind, code, status, n) for (kind, code, status), n in counted.items() if kind and code]
    return tuple(
        sorted(at_work, key=lambda one: (-steps.index(one.status), -one.count, one.unit_kind, one.unit_code))
    )
