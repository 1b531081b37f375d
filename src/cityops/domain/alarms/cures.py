"""Cures for rules that raise too much: a longer delay, a wider hysteresis, or to retire it, tried on what is kept.

A rule and the readings kept of its series go in; changed rules come out, each with what it would have made of these
readings, found by running the very tracks over them. Nothing is applied here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from cityops.domain.alarms.conditions import condition_of
from cityops.domain.alarms.misfits import misfits
from cityops.domain.alarms.rules import AlarmRule, LevelLimit
from cityops.domain.alarms.tracks import Change, ChangeKind, advance, begin, elapse
from cityops.domain.metrics import Metric, WarningLevel, at_decimals

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600, 1800))
WIDER = (1.5, 2.0, 3.0)
"""By how much a hysteresis is widened, tried in this order."""

ENOUGH = 0.5
"""The mildest change that leaves no more than this share of the alarms is proposed."""

LEAST = 0.9
"""A change that leaves more than this share of them is no cure."""

LASTING = timedelta(minutes=15)
"""An alarm of this length, or one that was orange or red, is one that somebody would miss."""

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

    def would_be_missed(self, until: datetime) -> bool:
        """Tell whether it was grave or long enough to be missed."""
        return self.worst >= WarningLevel.ORANGE or (self.end or until) - self.start >= LASTING


@dataclass(frozen=True, slots=True)
class Cure:
    """A proposal: the changed rule (None to retire it), the alarms with the rule as it is, and with the change.

    `missed` are alarms of now that somebody would miss and that no alarm would be about any more.
    """

    kind: CureKind
    rule: AlarmRule | None
    alarms_now: int
    alarms_then: int
    missed: int


def episodes(rule: AlarmRule, metric: Metric, kept: Mapping[str, Readings], until: datetime) -> list[Episode]:
    """Return the alarms that a rule on a metric's values raises from what is kept, by object in order of time."""
    condition = condition_of(rule, metric)
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


def cures(
    rule: AlarmRule, metric: Metric, kept: Mapping[str, Readings], until: datetime, acted_on: int | None = None
) -> list[Cure]:
    """Return what would help, the one that leaves the fewest alarms first; of each kind the mildest that is enough.

    None is proposed by which an alarm would be missed. `acted_on`: how many of the rule's alarms were acknowledged
    with an act, or made a case; where it is known to be 0, retiring the rule is proposed too.
    """
    now = episodes(rule, metric, kept, until)
    if not now:
        return []
    found = [cure for kind in _TRIED if (cure := _mildest(kind, rule, metric, kept, until, now)) is not None]
    if acted_on == 0:
        missed = sum(one.would_be_missed(until) for one in now)
        found.append(Cure(CureKind.RETIRE, None, len(now), 0, missed))
    return sorted(found, key=lambda cure: (cure.kind is CureKind.RETIRE, cure.alarms_then))


_TRIED = (CureKind.ON_DELAY, CureKind.OFF_DELAY, CureKind.HYSTERESIS)


def _mildest(
    kind: CureKind,
    rule: AlarmRule,
    metric: Metric,
    kept: Mapping[str, Readings],
    until: datetime,
    now: Sequence[Episode],
) -> Cure | None:
    best: Cure | None = None
    for changed in _changes(kind, rule, metric.decimals):
        if misfits(changed, metric):
            continue
        then = episodes(changed, metric, kept, until)
        missed = sum(one.would_be_missed(until) and not _is_met(one, then, until) for one in now)
        cure = Cure(kind, changed, len(now), len(then), missed)
        if missed or len(then) > LEAST * len(now):
            continue
        if best is None or cure.alarms_then < best.alarms_then:
            best = cure
        if len(then) <= ENOUGH * len(now):
            break
    return best


def _changes(kind: CureKind, rule: AlarmRule, decimals: int) -> list[AlarmRule]:
    if kind is CureKind.ON_DELAY:
        return [replace(rule, on_delay=delay) for delay in DELAYS if delay > rule.on_delay]
    if kind is CureKind.OFF_DELAY:
        return [replace(rule, off_delay=delay) for delay in DELAYS if delay > rule.off_delay]
    return [replace(rule, limits=tuple(_wider(one, by, decimals) for one in rule.limits)) for by in WIDER]


def _wider(limit: LevelLimit, by: float, decimals: int) -> LevelLimit:
    """Return a limit with a wider hysteresis, at least one unit of the last decimal."""
    return replace(limit, hysteresis=float(at_decimals((limit.hysteresis or 10.0**-decimals) * by, decimals)))


def _is_met(one: Episode, then: Sequence[Episode], until: datetime) -> bool:
    """Tell whether some alarm would be about what this one was about."""
    return any(
        other.object == one.object and other.start <= (one.end or until) and one.start <= (other.end or until)
        for other in then
    )
