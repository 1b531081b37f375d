"""The course of an alarm: what the changes of a track make of the alarms of one object, and what the journal says.

One alarm is open of an object under a rule, whose level moves within it. One that has cleared never comes back: a new
one is made and names it. From a track and its changes to the rows of the store; nothing is read here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.alarms.tracks import Change
from cityops.domain.metrics import Direction

CHATTER_HOLD = timedelta(minutes=1)
"""An alarm that chatters (`tracks.Track.chatters`) stays open until its cause has been gone for so long: one alarm,
and not one for each time."""

RULE_GONE = "its rule is no more"
RULE_CHANGED = "its rule was changed"


class AlarmStep(StrEnum):
    """What the journal of an alarm tells; the words of OPC UA Part 9 where it has them."""

    RAISED = "raised"
    ROSE = "rose"
    FELL = "fell"
    GONE = "gone"
    """Its cause is gone, but it is latched or chattering and stays open."""
    RETURNED = "returned"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    SILENCED = "silenced"
    OUT_OF_SERVICE = "out_of_service"
    UNQUIETED = "unquieted"
    RESET = "reset"
    COMMENTED = "commented"
    SYMPTOM = "symptom"
    CASE = "case"
    LATE = "late"
    """A reading touched its limit too late to change anything."""


class QuietKind(StrEnum):
    """Why an alarm makes no sound: by the system, an operator once or for a time, maintenance, or the sound alone."""

    SUPPRESSED = "suppressed"
    SHELVED = "shelved"
    SHELVED_ONCE = "shelved_once"
    OUT_OF_SERVICE = "out_of_service"
    SILENCED = "silenced"


@dataclass(slots=True, eq=False)
class Alarm:
    """An alarm as the store keeps it; `onset` is of a reading, the other times are of the database's clock."""

    id: int
    rule_code: str
    rule_version: int
    alarm_class: str
    priority: int
    object: str
    series_id: int | None
    device_id: int | None
    region_code: str
    source_system_code: str | None
    metric: str | None
    level: int
    worst_level: int
    value_raised: float | None
    value_worst: float | None
    onset: datetime
    raised_at: datetime
    gone_at: datetime | None = None
    cleared_at: datetime | None = None
    cleared_why: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    latched: bool = False
    quiet: str | None = None
    quiet_by: str | None = None
    quiet_why: str | None = None
    quiet_until: datetime | None = None
    chattering: bool = False
    previous_id: int | None = None
    mode_id: int | None = None
    """The mode whose limits raised it; None: the rule's own did."""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be minded: its cause stands, or it waits to be reset."""
        return self.cleared_at is None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    alarm_id: int
    at: datetime
    kind: AlarmStep
    ts: datetime | None = None
    level: int | None = None
    value: float | None = None
    by: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watched:
    """An object under a rule: a series (`metric` is set), a device or a region."""

    rule: AlarmRule
    object: str
    region_code: str
    series_id: int | None = None
    device_id: int | None = None
    source_system_code: str | None = None
    metric: str | None = None

    def is_worse(self, value: float, than: float | None) -> bool:
        """Whether a value lies further on the bad side than another."""
        return than is None or (value < than if self.rule.direction is Direction.LOW else value > than)


class Course:
    """The newest alarm of one object under one rule, and what becomes of it in one turn."""

    def __init__(self, watched: Watched, newest: Alarm | None, now: datetime) -> None:
        """Begin with the newest alarm so far; `now` is the database's clock."""
        self.watched, self.newest, self._now = watched, newest, now
        self.made: list[Alarm] = []
        self.changed: list[Alarm] = []
        self.entries: list[Entry] = []
        self._by: Mapping[str, Any] = {}

    @property
    def open(self) -> Alarm | None:
        """The alarm that is open now."""
        return self.newest if self.newest is not None and self.newest.is_open else None

    @property
    def level(self) -> int:
        """The level that stands, 0 where none does."""
        alarm = self.open
        return 0 if alarm is None or alarm.gone_at is not None else alarm.level

    def moves(
        self, change: Change, new_id: Callable[[], int], *, chatters: bool = False, mode_id: int | None = None
    ) -> None:
        """Bring the alarm to the level of a change of its track; NONE is its end.

        `mode_id`: the mode whose limits judged, which the journal tells; None where they were the rule's own.
        """
        self._by = {} if mode_id is None else {"mode": mode_id}
        before = self.level
        if change.level == before:
            return
        if not change.level:
            self.ends(change.at, change.value)
        elif self.open is None:
            self._raise(change, new_id(), chatters=chatters, mode_id=mode_id)
        else:
            self._shift(change, before, chatters=chatters)

    def sees(self, value: float) -> None:
        """Remember the worst value while the alarm stands."""
        alarm = self.open
        if alarm is not None and alarm.gone_at is None and self.watched.is_worse(value, alarm.value_worst):
            alarm.value_worst = value
            self._touch(alarm)

    def ends(self, at: datetime | None, value: float | None = None, why: str | None = None) -> None:
        """Clear the alarm, or tell that its cause is gone where it is held; `why`: where its rule is what went."""
        alarm = self.open
        if alarm is None:
            return
        self._touch(alarm)
        if why is None and (alarm.latched or alarm.chattering):
            alarm.gone_at, alarm.level = self._now, 0
            self._note(alarm, AlarmStep.GONE, at, value, self._by)
            return
        alarm.gone_at, alarm.cleared_at = alarm.gone_at or self._now, self._now
        alarm.cleared_why = why
        if alarm.quiet == QuietKind.SHELVED_ONCE:
            alarm.quiet = alarm.quiet_by = alarm.quiet_why = alarm.quiet_until = None
        self._note(alarm, AlarmStep.CLEARED, at, value, {"why": why} if why else self._by)

    def _touch(self, alarm: Alarm) -> None:
        if alarm not in self.made and alarm not in self.changed:
            self.changed.append(alarm)

    def _raise(self, change: Change, number: int, *, chatters: bool, mode_id: int | None) -> None:
        of, rule = self.watched, self.watched.rule
        self.newest = Alarm(
            number,
            rule.code,
            rule.version,
            rule.rule_class,
            rule.priority_at(change.level),
            of.object,
            of.series_id,
            of.device_id,
            of.region_code,
            of.source_system_code,
            of.metric,
            change.level,
            change.level,
            change.value,
            change.value,
            change.at,
            self._now,
            latched=rule.latches(change.level),
            chattering=chatters,
            previous_id=None if self.newest is None else self.newest.id,
            mode_id=mode_id,
        )
        self.made.append(self.newest)
        self._note(self.newest, AlarmStep.RAISED, change.at, change.value, self._by)

    def _shift(self, change: Change, before: int, *, chatters: bool) -> None:
        alarm, level, value = self.open, change.level, change.value
        assert alarm is not None
        self._touch(alarm)
        graver = level > alarm.worst_level
        alarm.level, alarm.gone_at = int(level), None
        alarm.latched = alarm.latched or self.watched.rule.latches(level)
        alarm.worst_level = max(alarm.worst_level, level)
        if value is not None:
            self.sees(value)
        self._note(alarm, _step(level, before), change.at, value, self._by)
        alarm.chattering = alarm.chattering or chatters
        if graver:
            alarm.priority = min(alarm.priority, self.watched.rule.priority_at(level))
            self._returns_to_ears(alarm)

    def _returns_to_ears(self, alarm: Alarm) -> None:
        """One that grows graver is to be acknowledged anew, and an operator's shelf holds it no longer."""
        alarm.acknowledged_at = alarm.acknowledged_by = None
        if alarm.quiet in {QuietKind.SHELVED, QuietKind.SHELVED_ONCE}:
            alarm.quiet = alarm.quiet_by = alarm.quiet_why = alarm.quiet_until = None
            self._note(alarm, AlarmStep.UNSHELVED, None, None, {"why": "its level rose"})

    def _note(
        self,
        alarm: Alarm,
        kind: AlarmStep,
        ts: datetime | None,
        value: float | None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self.entries.append(Entry(alarm.id, self._now, kind, ts, alarm.level, value, None, detail or {}))


def _step(level: int, before: int) -> AlarmStep:
    if not before:
        return AlarmStep.RETURNED
    return AlarmStep.ROSE if level > before else AlarmStep.FELL


def released(alarms: Sequence[Alarm], now: datetime) -> list[tuple[Alarm, Entry]]:
    """Clear those that chattered and have been gone for long enough; a latched one waits for its reset."""
    over = [
        alarm
        for alarm in alarms
        if alarm.is_open and alarm.chattering and not alarm.latched
        if alarm.gone_at is not None and now - alarm.gone_at >= CHATTER_HOLD
    ]
    for alarm in over:
        alarm.cleared_at = now
    return [(alarm, Entry(alarm.id, now, AlarmStep.CLEARED, None, 0)) for alarm in over]
