"""Tracks: what is remembered of one object under one rule, moved on by its readings in order of time, purely.

A condition and readings go in, changes of the alarm come out; the store keeps the track between two readings, so that
a delay that is pending survives whatever happens to the process.

What exactly holds, for each level of the condition by itself:

- A reading's value is taken to hold until the next reading. The level *holds* from its limit on until the value is
  beyond the limit by more than the hysteresis (`conditions.holding`); of a rate, what is judged is by how much the
  value has risen or fallen against the readings within the window before it; of no data, the level holds from the
  newest reading plus the limit on.
- The level is *kept* once it has held without a break for the on-delay, and no longer kept once it has not held
  without a break for the off-delay, in the readings' own time. It changes at the very instant the delay runs out,
  also where no reading comes then (`elapse`, by the database's clock). A delay that runs out at the instant of a
  reading has run out before it.
- The alarm's level is the gravest that is kept. Several levels that change at one instant are one change.
- A reading that is not newer than the newest one taken is late: it changes nothing and raises nothing (`is_late`).
- Where a delay was told to have run out, and a reading of before that instant comes only now, what was told stays;
  the reading is taken as of that instant. Changes are therefore always in order of time.

`elapse` may be called at any time and any number of times: up to the next reading's time it makes no difference.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cityops.domain.alarms.conditions import Condition, holding
from cityops.domain.alarms.rules import ConditionKind
from cityops.domain.metrics import Direction, WarningLevel

CHATTER_RETURNS = 3
"""An alarm whose condition begins to hold so often within the window chatters (the usual heuristic of ISA-18.2)."""

CHATTER_WINDOW = timedelta(minutes=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ChangeKind(StrEnum):
    """How an alarm changed."""

    RAISED = "raised"
    ROSE = "rose"
    FELL = "fell"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm changed to `level` at an instant of the readings' time; `value` held then."""

    kind: ChangeKind
    level: WarningLevel
    at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered. The bits of `holds` and `kept` stand for the condition's steps, the least grave first."""

    at: datetime | None = None
    """Time of the newest reading taken."""
    value: float | None = None
    told: datetime | None = None
    """Up to when changes were told; later than `at` where a delay has run out since."""
    holds: int = 0
    kept: int = 0
    since: tuple[tuple[int, datetime], ...] = ()
    """Of each step that is about to change: since when it holds, or does not, against what is kept."""
    window: tuple[tuple[datetime, float], ...] = ()
    """Of a rate: the readings that later ones may be held against."""
    returns: tuple[datetime, ...] = ()
    """When the condition last began to hold, as many as it takes to chatter."""

    @property
    def is_at_rest(self) -> bool:
        """Tell whether nothing holds, is kept or pending.

        Of a value or a rate, only a reading that touches a limit changes anything then (`conditions.touch_limits`);
        one of a rate needs to be told the readings of `Condition.lookback` before it first. Of no data, `due_at` says
        when it must be looked at, and each reading moves it on.
        """
        return not self.holds and not self.kept and not self.since

    def chatters(self, now: datetime) -> bool:
        """Tell whether the condition has begun to hold again and again within the window before `now`."""
        return len(self.returns) >= CHATTER_RETURNS and now - self.returns[0] <= CHATTER_WINDOW


Moved = tuple[Track, tuple[Change, ...]]


def begin() -> Track:
    """Return the track of an object that nothing is known of."""
    return Track()


def is_late(track: Track, ts: datetime) -> bool:
    """Tell whether a reading of this time comes too late to raise or clear anything."""
    return track.at is not None and ts <= track.at


def level(track: Track, condition: Condition) -> WarningLevel:
    """Return the gravest level that is kept."""
    return condition.steps[track.kept.bit_length() - 1].level if track.kept else WarningLevel.NONE


def advance(track: Track, condition: Condition, ts: datetime, value: float) -> Moved:
    """Take a further reading; return the track after it and what changed, in order of time.

    `ts` is timezone-aware, `value` in the metric's unit and finite. One that is late leaves the track as it is.
    """
    if is_late(track, ts):
        return track, ()
    track, before = elapse(track, condition, ts)
    instant = ts if track.told is None else max(ts, track.told)
    window = _window(track, condition, ts, value)
    holds = _judged(track, condition, window, value)
    began = bool(holds & ~track.holds)
    track = replace(
        track,
        at=ts,
        value=value,
        holds=holds,
        since=_pending(track, holds, instant),
        window=window,
        returns=(*track.returns, instant)[-CHATTER_RETURNS:] if began else track.returns,
    )
    track, now = _run_out(track, condition, instant)
    return track, (*before, *now)


def elapse(track: Track, condition: Condition, now: datetime) -> Moved:
    """Let all delays run out that do until `now`; return the track then and what changed, in order of time."""
    changes: list[Change] = []
    while (due := due_at(track, condition)) is not None and due <= now:
        track, some = _run_out(_silent(track, condition, due), condition, due)
        changes += some
    return track, tuple(changes)


def due_at(track: Track, condition: Condition) -> datetime | None:
    """Return when `elapse` has something to do next if no reading comes before; None if never."""
    moments = [moment + _delay(condition, track.holds >> place & 1) for place, moment in track.since]
    if condition.kind is ConditionKind.NO_DATA and track.at is not None:
        moments += [
            track.at + timedelta(seconds=step.on)
            for place, step in enumerate(condition.steps)
            if not track.holds >> place & 1
        ]
    due = min(moments, default=None)
    return due if due is None or track.told is None else max(due, track.told)


def _delay(condition: Condition, holds: int) -> timedelta:
    return condition.on_delay if holds else condition.off_delay


def _silent(track: Track, condition: Condition, now: datetime) -> Track:
    """Return the track with the levels of silence that hold at `now`; of other conditions it stays as it is."""
    if condition.kind is not ConditionKind.NO_DATA or track.at is None:
        return track
    holds = track.holds
    for place, step in enumerate(condition.steps):
        holds |= (track.at + timedelta(seconds=step.on) <= now) << place
    if holds == track.holds:
        return track
    returns = track.returns if track.holds else (*track.returns, now)[-CHATTER_RETURNS:]
    return replace(track, holds=holds, since=_pending(track, holds, now), returns=returns)


def _window(track: Track, condition: Condition, ts: datetime, value: float) -> tuple[tuple[datetime, float], ...]:
    """Return the readings of a rate's window, without those that no later one can be furthest from."""
    if condition.kind is not ConditionKind.RATE:
        return ()
    sign = 1 if condition.direction is Direction.HIGH else -1
    earlier = [one for one in track.window if ts - one[0] <= condition.window and sign * one[1] < sign * value]
    return (*earlier, (ts, value))


def _judged(track: Track, condition: Condition, window: tuple[tuple[datetime, float], ...], value: float) -> int:
    if condition.kind is ConditionKind.NO_DATA:
        return 0  # a reading has come
    if condition.kind is not ConditionKind.RATE:
        return holding(condition, value, track.holds)
    sign = 1 if condition.direction is Direction.HIGH else -1
    if condition.from_value is not None and sign * value < sign * condition.from_value:
        return 0
    return holding(condition, abs(value - window[0][1]), track.holds)


def _pending(track: Track, holds: int, instant: datetime) -> tuple[tuple[int, datetime], ...]:
    """Return since when each step is about to change: from now, or from before if it already was."""
    before = dict(track.since)
    differing = holds ^ track.kept
    return tuple(
        (place, before.get(place, instant)) for place in range(differing.bit_length()) if differing >> place & 1
    )


def _run_out(track: Track, condition: Condition, now: datetime) -> Moved:
    """Keep, or no longer keep, the steps whose delay has run out by `now`, the instant of all of them."""
    over = [place for place, moment in track.since if moment + _delay(condition, track.holds >> place & 1) <= now]
    if not over:
        return track, ()
    kept = track.kept
    for place in over:
        kept ^= 1 << place
    since = tuple(one for one in track.since if one[0] not in over)
    moved = replace(track, kept=kept, since=since, told=now)
    return moved, _change(level(track, condition), level(moved, condition), now, track.value)


def _change(before: WarningLevel, after: WarningLevel, at: datetime, value: float | None) -> tuple[Change, ...]:
    if before == after:
        return ()
    if before is WarningLevel.NONE:
        kind = ChangeKind.RAISED
    elif after is WarningLevel.NONE:
        kind = ChangeKind.CLEARED
    else:
        kind = ChangeKind.ROSE if after > before else ChangeKind.FELL
    return (Change(kind, after, at, value),)


def to_plain(track: Track) -> dict[str, Any]:
    """Return a track as what JSON has, times as whole µs since 1970 UTC; what is empty is left out."""
    plain = {
        "at": _micros(track.at),
        "value": track.value,
        "told": _micros(track.told),
        "holds": track.holds,
        "kept": track.kept,
        "since": [[place, _micros(moment)] for place, moment in track.since],
        "window": [[_micros(moment), value] for moment, value in track.window],
        "returns": [_micros(moment) for moment in track.returns],
    }
    empty = {"holds": 0, "kept": 0, "since": [], "window": [], "returns": []}
    return {name: value for name, value in plain.items() if value != empty.get(name)}


def from_plain(plain: Mapping[str, Any]) -> Track:
    """Return the track that `to_plain` was given."""
    return Track(
        _moment(plain.get("at")),
        plain.get("value"),
        _moment(plain.get("told")),
        plain.get("holds", 0),
        plain.get("kept", 0),
        tuple((place, _EPOCH + moment * _MICROSECOND) for place, moment in plain.get("since", ())),
        tuple((_EPOCH + moment * _MICROSECOND, value) for moment, value in plain.get("window", ())),
        tuple(_EPOCH + moment * _MICROSECOND for moment in plain.get("returns", ())),
    )


def to_json(track: Track) -> str:
    """Return a track as compact JSON."""
    return json.dumps(to_plain(track), separators=(",", ":"))


def from_json(text: str) -> Track:
    """Return the track that `to_json` was given."""
    return from_plain(json.loads(text))


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + micros * _MICROSECOND
