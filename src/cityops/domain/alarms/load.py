"""The load of alarms on a seat: the figures of ISA-18.2 (IEC 62682), from a journal of what was annunciated to it.

Annunciations within a period go in, figures with what is acceptable come out. Days, hours and periods of ten minutes
are counted from the period's begin: give a midnight of the city's zone for days as people have them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cityops.domain.alarms.grouping import floods
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
    suppressed_unauthorised: bool = False
    """It was kept quiet, and neither rule nor person with the permission is named for it."""


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
    journal = sorted(journal, key=lambda one: one.at)
    within = [one for one in journal if start <= one.at < end]
    flooded = _cut(floods([one.at for one in within]), end)
    frequent = _frequent(within)
    figures = (
        *_rates(within, start, end),
        LoadFigure("flood_time_share", _share(sum((b - a for a, b in flooded), timedelta(0)), end - start), 0.01),
        LoadFigure("ten_most_frequent_share", _ten_share(within), 0.05, 0.20),
        LoadFigure("chattering", float(sum(one.chattering for one in _frequent(within, None))), 0.0),
        LoadFigure("fleeting", float(sum(_is_fleeting(one) for one in within)), 0.0),
        LoadFigure("stale_most", float(_stale_most(journal, start, end)), 4.0),
        *_priorities(within),
        LoadFigure("suppressed_unauthorised", float(sum(one.suppressed_unauthorised for one in within)), 0.0),
        LoadFigure("changed_uncontrolled", float(uncontrolled_changes), 0.0),
    )
    worst = tuple(Counter(one.rule for one in within).most_common(FREQUENT))
    return AlarmLoad(start, end, len(within), figures, tuple(frequent), worst, tuple(flooded))


def _rates(within: Sequence[Annunciation], start: datetime, end: datetime) -> Iterable[LoadFigure]:
    days, hours, tens = (_counts(within, start, end, length) for length in (DAY, HOUR, TEN_MINUTES))
    yield LoadFigure("per_day", _mean(days), 150, 300)
    yield LoadFigure("per_hour", _mean(hours), 6, 12)
    yield LoadFigure("per_ten_minutes", _mean(tens), 1, 2)
    yield LoadFigure("busy_hours_share", _share_over(hours, BUSY_HOUR), 0.01)
    yield LoadFigure("busy_ten_minutes_share", _share_over(tens, BUSY_TEN_MINUTES), 0.01)
    yield LoadFigure("most_in_ten_minutes", float(_most_within([one.at for one in within])), 10)


def _counts(within: Sequence[Annunciation], start: datetime, end: datetime, length: timedelta) -> list[int]:
    """Return how many came in each whole or begun part of the period."""
    counts = [0] * -(-(end - start) // length)
    for one in within:
        counts[(one.at - start) // length] += 1
    return counts


def _most_within(times: Sequence[datetime]) -> int:
    """Return the most within any ten minutes, wherever they begin."""
    most = first = 0
    for place, at in enumerate(times):
        while times[first] <= at - TEN_MINUTES:
            first += 1
        most = max(most, place - first + 1)
    return most


def _mean(counts: Sequence[int]) -> float | None:
    return sum(counts) / len(counts) if counts else None


def _share_over(counts: Sequence[int], limit: int) -> float | None:
    return sum(count > limit for count in counts) / len(counts) if counts else None


def _share(part: timedelta, whole: timedelta) -> float | None:
    return part / whole if whole else None


def _cut(periods: Iterable[tuple[datetime, datetime]], end: datetime) -> list[tuple[datetime, datetime]]:
    return [(start, min(until, end)) for start, until in periods]


def _by_alarm(within: Iterable[Annunciation]) -> dict[tuple[str, str], list[datetime]]:
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in within:
        times[one.rule, one.object].append(one.at)
    return times


def _frequent(within: Sequence[Annunciation], most: int | None = FREQUENT) -> list[Frequent]:
    found = [
        Frequent(rule, of, len(times), _chatters(times)) for (rule, of), times in sorted(_by_alarm(within).items())
    ]
    return sorted(found, key=lambda one: -one.count)[:most]


def _chatters(times: Sequence[datetime]) -> bool:
    together = zip(times, times[CHATTER_RETURNS - 1 :], strict=False)
    return any(last - first <= CHATTER_WINDOW for first, last in together)


def _ten_share(within: Sequence[Annunciation]) -> float | None:
    return sum(one.count for one in _frequent(within)) / len(within) if within else None


def _is_fleeting(one: Annunciation) -> bool:
    return one.cleared_at is not None and one.cleared_at - one.at < FLEETING


def _stale_most(journal: Sequence[Annunciation], start: datetime, end: datetime) -> int:
    """Return the most alarms that on one day were active for longer than 24 hours."""
    days = [0] * -(-(end - start) // DAY)
    for one in journal:
        begin, over = max(one.at + STALE, start), min(one.cleared_at or end, end)
        if begin < over:
            for day in range((begin - start) // DAY, -(-(over - start) // DAY)):
                days[day] += 1
    return max(days, default=0)


def _priorities(within: Sequence[Annunciation]) -> Iterable[LoadFigure]:
    """Yield the shares of the priorities; the standard wants 5, 15 and 80 of 100."""
    counts = Counter(one.priority for one in within)
    most = {1: (0.05, 0.10), 2: (0.15, 0.25), 3: (1.0, 1.0)}
    for priority in PRIORITIES:
        value = counts[priority] / len(within) if within else None
        yield LoadFigure(f"priority_{priority}_share", value, *most[priority])
