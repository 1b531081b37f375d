"""Cures for rules that raise too much: a longer delay, a wider hysteresis, or to retire it, tried on what is kept.

A rule and the readings kept of its series go in; changed rules come out, each with what it would have made of these
readings, found by running the very tracks over them. A rule that looks at no values is tried on the alarms that it
raised, as far as delays go. Nothing is applied here.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cityops.domain.alarms.conditions import Condition, LevelStep, condition_of, holding_each
from cityops.domain.alarms.misfits import misfits
from cityops.domain.alarms.rule_rows import COLUMNS, to_row
from cityops.domain.alarms.rules import AlarmRule, ConditionKind, LevelLimit, RuleSubject
from cityops.domain.alarms.tracks import Change, ChangeKind, advance, begin, elapse
from cityops.domain.metrics import Direction, Metric, WarningLevel, at_decimals

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 1800))
WIDER = (1.5, 2.0, 3.0)
"""By how much a hysteresis is widened, tried in this order."""

ENOUGH = 0.5
"""The mildest change that leaves no more than this share of the alarms is proposed."""

LEAST = 0.9
"""A change that leaves more than this share of them is no cure."""

LASTING = timedelta(minutes=15)
"""An alarm of this length, or one that was orange or red, is one that somebody would miss."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Readings = Sequence[tuple[datetime, float]]


class CureKind(StrEnum):
    """What is changed of the rule."""

    ON_DELAY = "on_delay"
    OFF_DELAY = "off_delay"
    HYSTERESIS = "hysteresis"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Episode:
    """An alarm as it would have been: of which object, from when to when (None: to the end), how grave at worst."""

    object: str
    start: datetime
    end: datetime | None
    worst: WarningLevel

    def length(self, until: datetime) -> timedelta:
        """Return how long it lasted."""
        return (self.end or until) - self.start

    def would_be_missed(self, until: datetime) -> bool:
        """Tell whether it was grave or long enough to be missed."""
        return self.worst >= WarningLevel.ORANGE or self.length(until) >= LASTING


@dataclass(frozen=True, slots=True)
class Cure:
    """A proposal: the changed rule (None to retire it), and how many alarms there are with the change; `now` without.

    `missed` are alarms of now that somebody would miss and that no alarm would be about any more. `lost` are all
    that no alarm would be about, `later` by how much others would be told later.
    """

    kind: CureKind
    rule: AlarmRule | None
    now: tuple[Episode, ...]
    alarms_then: int
    missed: int
    lost: tuple[Episode, ...]
    later: tuple[timedelta, ...]

    @property
    def alarms_now(self) -> int:
        """How many alarms there are with the rule as it is."""
        return len(self.now)


def is_on_values(rule: AlarmRule) -> bool:
    """Tell whether a rule can be tried on readings: it looks at a metric's values, or how they change."""
    return rule.subject is RuleSubject.METRIC and rule.condition is not ConditionKind.NO_DATA


def changes_of_row(rule: AlarmRule, changed: AlarmRule) -> dict[str, tuple[str, str]]:
    """Return the cells of a rule's row that a change of it makes others, each before and after."""
    before, after = to_row(rule), to_row(changed)
    cells = {column: (before.get(column, ""), after.get(column, "")) for column in COLUMNS}
    return {column: cell for column, cell in cells.items() if cell[0] != cell[1]}


def telling(rule: AlarmRule, metric: Metric, micros: NDArray[np.int64], values: NDArray[np.float64]) -> Readings:
    """Return those of an object's readings, in order of time, that make a difference to a rule or to any cure of it.

    At all others of a threshold the same levels hold as at the reading before, whatever the delays. Times are in µs
    since 1970 UTC.
    """
    differs = np.full(len(values), rule.condition is not ConditionKind.THRESHOLD)
    if rule.condition is ConditionKind.THRESHOLD:
        for tried in (rule, *_changes(CureKind.HYSTERESIS, rule, metric.decimals)):
            holds = holding_each(condition_of(tried, metric), values)
            before = np.vstack([np.zeros((1, holds.shape[1]), np.bool_), holds[:-1]])
            differs |= np.any(holds != before, axis=1)
    kept = zip(micros[differs].tolist(), values[differs].tolist(), strict=True)
    return [(_EPOCH + at * _MICROSECOND, value) for at, value in kept]


def episodes(rule: AlarmRule, metric: Metric, kept: Mapping[str, Readings], until: datetime) -> list[Episode]:
    """Return the alarms that a rule on a metric's values raises from what is kept, by object in order of time."""
    return _episodes(condition_of(rule, metric), kept, until)


def _episodes(condition: Condition, kept: Mapping[str, Readings], until: datetime) -> list[Episode]:
    found: list[Episode] = []
    for of, readings in kept.items():
        track, changes = begin(), list[Change]()
        for ts, value in readings:
            track, some = advance(track, condition, ts, value)
            changes += some
        changes += elapse(track, condition, until)[1]
        for change in changes:
            if change.kind is ChangeKind.RAISED:
                found.append(Episode(of, change.at, None, change.level))
            elif change.kind is ChangeKind.CLEARED:
                found[-1] = replace(found[-1], end=change.at)
            else:
                found[-1] = replace(found[-1], worst=max(found[-1].worst, change.level))
    return found


Tried = Callable[[AlarmRule], list[Episode]]
"""What alarms there would have been under a rule."""


def cures(
    rule: AlarmRule, metric: Metric, kept: Mapping[str, Readings], until: datetime, acted_on: int | None = None
) -> list[Cure]:
    """Return what would help, the one that leaves the fewest alarms first; of each kind the mildest that is enough.

    None is proposed by which an alarm would be missed. `acted_on`: how many of the rule's alarms were acknowledged
    with an act, or made a case; where it is known to be 0, retiring the rule is proposed too.
    """
    return _helpful(rule, metric, lambda tried: episodes(tried, metric, kept, until), until, acted_on)


def cures_by_alarms(
    rule: AlarmRule,
    metric: Metric | None,
    alarms: Sequence[Episode],
    until: datetime,
    acted_on: int | None = None,
) -> list[Cure]:
    """Return as `cures` does, of longer delays alone, tried on the alarms that there were.

    They are given by object in order of time. What a rule looked at held from its on-delay before an alarm until its
    off-delay before the alarm's end.
    """
    kept: dict[str, list[tuple[datetime, float]]] = {}
    for one in alarms:
        held = kept.setdefault(one.object, [])
        began = one.start - rule.on_delay
        held.append((max(began, held[-1][0] + _MICROSECOND) if held else began, float(one.worst)))
        if one.end is not None:
            held.append((max(one.end - rule.off_delay, one.start), 0.0))
    steps = tuple(LevelStep(level, float(level), float(level)) for level in WarningLevel if level)

    def tried(changed: AlarmRule) -> list[Episode]:
        delays = (changed.on_delay, changed.off_delay)
        return _episodes(Condition(ConditionKind.THRESHOLD, Direction.HIGH, steps, *delays, 0), kept, until)

    return _helpful(rule, metric, tried, until, acted_on, _TRIED[:2])


def _helpful(
    rule: AlarmRule,
    metric: Metric | None,
    tried: Tried,
    until: datetime,
    acted_on: int | None,
    kinds: Sequence[CureKind] = tuple(CureKind),
) -> list[Cure]:
    now = tried(rule)
    if not now:
        return []
    mildest = (_mildest(kind, rule, metric, tried, until, now) for kind in _TRIED if kind in kinds)
    found = [cure for cure in mildest if cure is not None]
    if acted_on == 0:
        found.append(_cure(CureKind.RETIRE, None, now, [], until))
    return sorted(found, key=lambda cure: (cure.kind is CureKind.RETIRE, cure.alarms_then))


_TRIED = (CureKind.ON_DELAY, CureKind.OFF_DELAY, CureKind.HYSTERESIS)


def _mildest(
    kind: CureKind, rule: AlarmRule, metric: Metric | None, tried: Tried, until: datetime, now: Sequence[Episode]
) -> Cure | None:
    best: Cure | None = None
    for changed in _changes(kind, rule, metric.decimals if metric else 0):
        if misfits(changed, metric):
            continue
        then = tried(changed)
        cure = _cure(kind, changed, now, then, until)
        if cure.missed or len(then) > LEAST * len(now):
            continue
        if best is None or cure.alarms_then < best.alarms_then:
            best = cure
        if len(then) <= ENOUGH * len(now):
            break
    return best


def _cure(
    kind: CureKind, changed: AlarmRule | None, now: Sequence[Episode], then: Sequence[Episode], until: datetime
) -> Cure:
    by_object: dict[str, list[Episode]] = {}
    for one in then:
        by_object.setdefault(one.object, []).append(one)
    told = [_told(one, by_object.get(one.object, ()), until) for one in now]
    lost = [one for one, by in zip(now, told, strict=True) if by is None]
    later = [by.start - one.start for one, by in zip(now, told, strict=True) if by and by.start > one.start]
    missed = sum(one.would_be_missed(until) for one in lost)
    return Cure(kind, changed, tuple(now), len(then), missed, tuple(lost), tuple(later))


def _changes(kind: CureKind, rule: AlarmRule, decimals: int) -> list[AlarmRule]:
    if kind is CureKind.ON_DELAY:
        return [replace(rule, on_delay=delay) for delay in DELAYS if delay > rule.on_delay]
    if kind is CureKind.OFF_DELAY:
        return [replace(rule, off_delay=delay) for delay in DELAYS if delay > rule.off_delay]
    return [replace(rule, limits=tuple(_wider(one, by, decimals) for one in rule.limits)) for by in WIDER]


def _wider(limit: LevelLimit, by: float, decimals: int) -> LevelLimit:
    """Return a limit with a wider hysteresis, at least one unit of the last decimal."""
    return replace(limit, hysteresis=float(at_decimals((limit.hysteresis or 10.0**-decimals) * by, decimals)))


def _told(one: Episode, then: Sequence[Episode], until: datetime) -> Episode | None:
    """Return the first of an object's alarms that would be about what this one was about, None if none would."""
    place = bisect_left(then, one.start, key=lambda other: other.end or until)
    return then[place] if place < len(then) and then[place].start <= (one.end or until) else None
