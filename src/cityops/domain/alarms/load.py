"""The load of alarms on a seat: the figures of ISA-18.2 (IEC 62682), from a journal of what was annunciated to it.

Annunciations within a period go in, figures with what is acceptable come out. Days, hours and periods of ten minutes
are counted from the period's begin: give a midnight of the city's zone for days as people have them. They are counted
a column at a time (`weigh`), for a city has 100,000 of them in a month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cityops.domain.alarms.grouping import flood_periods
from cityops.domain.alarms.rules import PRIORITIES
from cityops.domain.alarms.tracks import CHATTER_RETURNS, CHATTER_WINDOW

LEAST_PERIOD = timedelta(days=30)
"""Of less the standard draws no conclusions."""

DAY, HOUR, TEN_MINUTES = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
BUSY_HOUR, BUSY_TEN_MINUTES = 30, 10
"""More annunciations than these make an hour, or ten minutes, a busy one."""

FLEETING = timedelta(minutes=1)
"""An alarm that is gone so soon could not be acted on."""

STALE = timedelta(hours=24)
FREQUENT = 10

NEVER = np.iinfo(np.int64).max
"""When the cause of an alarm was gone that still stands."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Whole = NDArray[np.int64]


class LoadState(StrEnum):
    """How a figure compares: acceptable, still to be managed, or an alarm on the page itself."""

    ACCEPTABLE = "acceptable"
    MANAGEABLE = "manageable"
    OVER = "over"
    UNKNOWN = "unknown"
    """There is nothing to divide by."""


@dataclass(frozen=True, slots=True)
class Annunciation:
    """An alarm as a seat was told it: of which object by which rule, and what became of it."""

    at: datetime
    rule: str
    object: str
    priority: int
    cleared_at: datetime | None = None
    """When its cause was gone, also where it then waited to be reset."""
    suppressed_unauthorised: bool = False
    """It was kept quiet, and neither rule nor person with the permission is named for it."""
    chattering: bool = False
    """It was found to chatter, and held open for that."""


@dataclass(frozen=True, slots=True)
class Annunciations:
    """A journal as columns of one length, in any order; times in µs since 1970 UTC.

    `alarm` is the same number for the same rule and object, `rule` for the same rule.
    """

    at: Whole
    gone: Whole
    """`NEVER` while the cause stands."""
    alarm: Whole
    rule: Whole
    priority: Whole
    unauthorised: NDArray[np.bool_]
    chattering: NDArray[np.bool_]

    def take(self, wanted: NDArray[np.bool_] | NDArray[np.intp]) -> "Annunciations":
        """Return those that are wanted, by flag or in the order of their places."""
        return Annunciations(*(getattr(self, name)[wanted] for name in Annunciations.__slots__))


@dataclass(frozen=True, slots=True)
class LoadFigure:
    """A figure; `acceptable` and `manageable` are the greatest values that are so, None where no such is set."""

    code: str
    value: float | None
    acceptable: float | None = None
    manageable: float | None = None

    @property
    def state(self) -> LoadState:
        """Return how it compares."""
        if self.value is None:
            return LoadState.UNKNOWN
        if self.acceptable is None or self.value <= self.acceptable:
            return LoadState.ACCEPTABLE
        within = self.manageable is not None and self.value <= self.manageable
        return LoadState.MANAGEABLE if within else LoadState.OVER


@dataclass(frozen=True, slots=True)
class Frequent:
    """An alarm that came often: its rule and object, how often, and whether it chattered within the period."""

    rule: str
    object: str
    count: int
    chattering: bool


@dataclass(frozen=True, slots=True)
class Weighed:
    """The load of a seat over a period, with alarms and rules by their numbers in the columns."""

    start: datetime
    end: datetime
    total: int
    figures: tuple[LoadFigure, ...]
    frequent: tuple[tuple[int, int, bool], ...]
    """Of the ten most frequent alarms: number, how often, whether it chattered."""
    worst_rules: tuple[tuple[int, int], ...]
    floods: tuple[tuple[datetime, datetime], ...]
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AlarmLoad:
    """The load of a seat over a period."""

    start: datetime
    end: datetime
    total: int
    figures: tuple[LoadFigure, ...]
    frequent: tuple[Frequent, ...]
    worst_rules: tuple[tuple[str, int], ...]
    """The ten rules with the most annunciations."""
    floods: tuple[tuple[datetime, datetime], ...]
    hours: tuple[int, ...] = field(default=())
    """How many came in each whole or begun hour."""

    @property
    def is_conclusive(self) -> bool:
        """Tell whether the period is as long as the standard asks for."""
        return self.end - self.start >= LEAST_PERIOD

    def figure(self, code: str) -> LoadFigure:
        """Return a figure by its code."""
        return next(one for one in self.figures if one.code == code)


def load(journal: Iterable[Annunciation], start: datetime, end: datetime, uncontrolled_changes: int = 0) -> AlarmLoad:
    """Return the load of a seat within [start, end).

    The journal holds all that was annunciated to the seat in the period, and what was still open from before, which
    can be stale. `uncontrolled_changes`: rules that were changed by other ways than the audited one.
    """
    journal = list(journal)
    alarms, rules = sorted({(one.rule, one.object) for one in journal}), sorted({one.rule for one in journal})
    weighed = weigh(_columns(journal, alarms, rules), start, end, uncontrolled_changes)
    return named(weighed, dict(enumerate(alarms)), dict(enumerate(rules)))


def named(weighed: Weighed, alarms: Mapping[int, tuple[str, str]], rules: Mapping[int, str]) -> AlarmLoad:
    """Return a load with the names of alarms, by rule and object, and of rules."""
    frequent = tuple(Frequent(*alarms[number], count, chatters) for number, count, chatters in weighed.frequent)
    worst = tuple((rules[number], count) for number, count in weighed.worst_rules)
    period = (weighed.start, weighed.end, weighed.total, weighed.figures)
    return AlarmLoad(*period, frequent, worst, weighed.floods, weighed.hours)


def _columns(
    journal: Sequence[Annunciation], alarms: Sequence[tuple[str, str]], rules: Sequence[str]
) -> Annunciations:
    alarm_of = {name: number for number, name in enumerate(alarms)}
    rule_of = {name: number for number, name in enumerate(rules)}
    gone = [NEVER if one.cleared_at is None else _micros(one.cleared_at) for one in journal]
    return Annunciations(
        np.array([_micros(one.at) for one in journal], np.int64),
        np.array(gone, np.int64),
        np.array([alarm_of[one.rule, one.object] for one in journal], np.int64),
        np.array([rule_of[one.rule] for one in journal], np.int64),
        np.array([one.priority for one in journal], np.int64),
        np.array([one.suppressed_unauthorised for one in journal], np.bool_),
        np.array([one.chattering for one in journal], np.bool_),
    )


def weigh(journal: Annunciations, start: datetime, end: datetime, uncontrolled_changes: int = 0) -> Weighed:
    """Return as `load` does, from columns."""
    first, last = _micros(start), _micros(end)
    within = journal.take((journal.at >= first) & (journal.at < last))
    within = within.take(np.argsort(within.at, kind="stable"))
    total, chattering = len(within.at), _chattering(within)
    flooded = [(begin, min(until, last)) for begin, until in flood_periods(within.at)]
    frequent = _most(within.alarm)
    figures = (
        *_rates(within.at, first, last),
        LoadFigure("flood_time_share", _share(sum(b - a for a, b in flooded), last - first), 0.01),
        LoadFigure("ten_most_frequent_share", _share(sum(count for _, count in frequent), total), 0.05, 0.20),
        LoadFigure("chattering", float(len(chattering)), 0.0),
        LoadFigure("fleeting", float(np.sum(within.gone < within.at + FLEETING // _MICROSECOND)), 0.0),
        LoadFigure("stale_most", float(_stale_most(journal, first, last)), 4.0),
        *_priorities(within.priority),
        LoadFigure("suppressed_unauthorised", float(np.sum(within.unauthorised)), 0.0),
        LoadFigure("changed_uncontrolled", float(uncontrolled_changes), 0.0),
    )
    return Weighed(
        start,
        end,
        total,
        figures,
        tuple((number, count, number in chattering) for number, count in frequent),
        tuple(_most(within.rule)),
        tuple((_moment(begin), _moment(until)) for begin, until in flooded),
        tuple(_counts(within.at, first, last, HOUR).tolist()),
    )


def _rates(times: Whole, first: int, last: int) -> Iterable[LoadFigure]:
    hours, tens = _counts(times, first, last, HOUR), _counts(times, first, last, TEN_MINUTES)
    yield LoadFigure("per_day", _mean(times, first, last, DAY), 150, 300)
    yield LoadFigure("per_hour", _mean(times, first, last, HOUR), 6, 12)
    yield LoadFigure("per_ten_minutes", _mean(times, first, last, TEN_MINUTES), 1, 2)
    yield LoadFigure("busy_hours_share", _share_over(hours, BUSY_HOUR), 0.01)
    yield LoadFigure("busy_ten_minutes_share", _share_over(tens, BUSY_TEN_MINUTES), 0.01)
    yield LoadFigure("most_in_ten_minutes", float(_most_within(times)), 10)


def _mean(times: Whole, first: int, last: int, length: timedelta) -> float | None:
    """Return how many came on average in so long a time, also where the period is shorter than that."""
    return len(times) * (length // _MICROSECOND) / (last - first) if last > first else None


def _counts(times: Whole, first: int, last: int, length: timedelta) -> Whole:
    """Return how many came in each whole or begun part of the period."""
    width = length // _MICROSECOND
    return np.bincount((times - first) // width, minlength=-(-(last - first) // width)).astype(np.int64)


def _most_within(times: Whole) -> int:
    """Return the most within any ten minutes, wherever they begin; the times are in order."""
    before = np.searchsorted(times, times - TEN_MINUTES // _MICROSECOND, side="right")
    return int(np.max(np.arange(1, len(times) + 1) - before, initial=0))


def _share_over(counts: Whole, limit: int) -> float | None:
    return float(np.mean(counts > limit)) if len(counts) else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _most(numbers: Whole) -> list[tuple[int, int]]:
    """Return the ten most frequent numbers with how often they occur; of those as frequent the least first."""
    found, counts = np.unique(numbers, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:FREQUENT]
    return [(int(found[place]), int(counts[place])) for place in order]


def _chattering(within: Annunciations) -> frozenset[int]:
    """Return the alarms that were found to chatter, or came too often within the window."""
    order = np.lexsort((within.at, within.alarm))
    at, alarm = within.at[order], within.alarm[order]
    apart = CHATTER_RETURNS - 1
    together = (alarm[apart:] == alarm[:-apart]) & (at[apart:] - at[:-apart] <= CHATTER_WINDOW // _MICROSECOND)
    return frozenset(alarm[apart:][together].tolist()) | frozenset(within.alarm[within.chattering].tolist())


def _stale_most(journal: Annunciations, first: int, last: int) -> int:
    """Return the most alarms that on one day were active for longer than 24 hours."""
    day = DAY // _MICROSECOND
    begin, over = np.maximum(journal.at + STALE // _MICROSECOND, first), np.minimum(journal.gone, last)
    begin, over = begin[begin < over], over[begin < over]
    steps = np.zeros(-(-(last - first) // day) + 1, np.int64)
    np.add.at(steps, (begin - first) // day, 1)
    np.add.at(steps, -(-(over - first) // day), -1)
    return int(np.max(np.cumsum(steps), initial=0))


def _priorities(priority: Whole) -> Iterable[LoadFigure]:
    """Yield the shares of the priorities; the standard wants 5, 15 and 80 of 100."""
    most = {1: (0.05, 0.10), 2: (0.15, 0.25), 3: (1.0, 1.0)}
    for one in PRIORITIES:
        yield LoadFigure(f"priority_{one}_share", _share(int(np.sum(priority == one)), len(priority)), *most[one])


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND
