"""Grouping: alarms told together, when and when again; and floods, in which only folded lines can be read.

The names and their meaning are Alertmanager's. Open alarms of a group go in, what is to be told comes out, purely;
what a group has told is kept by whoever calls. Floods are those of ISA-18.2.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cityops.domain.alarms.rules import Grouping
from cityops.domain.metrics import WarningLevel

FLOOD_BEGINS = 10
"""A flood begins with so many annunciations of one seat within the window; some count from more than ten on."""

FLOOD_ENDS = 5
"""It ends once there are fewer than so many within the window."""

FLOOD_WINDOW = timedelta(minutes=10)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


URGENT_WAIT = timedelta(seconds=5)
"""What an operator acts on at once (priority 1) is told after so long, whatever its group waits for."""


class NoticeKind(StrEnum):
    """Why a group is told."""

    NEW = "new"
    """For the first time."""
    CHANGED = "changed"
    """An alarm has come, grown graver or gone since it was last told."""
    REPEATED = "repeated"
    """Nothing has changed for the repeat interval, or nobody has acknowledged an alarm that sounds again."""
    OVER = "over"
    """The last of its alarms has gone."""


@dataclass(frozen=True, slots=True)
class GroupNotice:
    """What is told of a group at once: all its alarms, those that are new or graver, those that have gone."""

    kind: NoticeKind
    alarms: frozenset[int]
    new: frozenset[int]
    gone: frozenset[int]


@dataclass(frozen=True, slots=True)
class GroupTrack:
    """What is remembered of a group: when it is looked at next, and what was told of it last."""

    look_at: datetime
    told_at: datetime | None = None
    told: Mapping[int, WarningLevel] = field(default_factory=dict)


def group_of(labels: Mapping[str, str], by: Sequence[str]) -> tuple[str, ...]:
    """Return which group an alarm belongs to: its values of these labels, empty where it has none."""
    return tuple(labels.get(label, "") for label in by)


def group_key(labels: Mapping[str, str], by: Sequence[str]) -> str:
    """Return the group's name in the store, which alarms of several rules share: `class=flood district=440106`."""
    return " ".join(f"{label}={value}" for label, value in sorted(zip(by, group_of(labels, by), strict=True)))


def together(groupings: Iterable[Grouping]) -> Grouping:
    """Return how a group is told that has alarms of several rules: as the most impatient of them wants it."""
    every = list(groupings) or [Grouping()]
    return Grouping(
        every[0].by,
        min(one.wait for one in every),
        min(one.interval for one in every),
        min(one.repeat for one in every),
    )


def begin_group(grouping: Grouping, now: datetime) -> GroupTrack:
    """Return the track of a group whose first alarm has come: it waits for more of them."""
    return GroupTrack(now + grouping.wait)


def regrouped(
    tracks: Mapping[str, GroupTrack], groups: Mapping[str, Mapping[int, WarningLevel]]
) -> dict[str, GroupTrack]:
    """Return the tracks after rules divide their alarms otherwise: what was told of an alarm moves with it.

    `groups` are the open alarms by group. A group that only lost alarms to others is forgotten: it is not over.
    """
    home = {one: key for key, alarms in groups.items() for one in alarms}
    moves = [
        (one, key, home[one])
        for key, track in tracks.items()
        for one in track.told
        if one in home and home[one] != key
    ]
    found = dict(tracks)
    for one, old, new in moves:
        before = found[old]
        after = found.get(new) or replace(before, told={})
        told = dict(before.told)
        level = told.pop(one)
        found[old] = replace(before, told=told)
        told_at = before.told_at if after.told_at is None else after.told_at
        found[new] = replace(after, told_at=told_at, told={**after.told, one: level})
    left = {old for _, old, _ in moves if not found[old].told and not groups.get(old)}
    return {key: track for key, track in found.items() if key not in left}


def look(
    track: GroupTrack,
    grouping: Grouping,
    alarms: Mapping[int, WarningLevel],
    now: datetime,
    sounds_at: datetime | None = None,
) -> tuple[GroupTrack | None, GroupNotice | None]:
    """Return a group's track after a look at its open alarms, None once it is over, and what is to be told.

    Before `look_at` nothing is told, but for what sounds by itself at `sounds_at`: an alarm that sounds again
    (`sounds_again_at`), one that is urgent (`URGENT_WAIT`). Alarms that are gone by the first look are never told.
    """
    sounds = sounds_at is not None and now >= sounds_at
    if now < track.look_at and not (sounds and alarms):
        return track, None
    notice = _notice(track, grouping, alarms, now, sounds=sounds)
    if not alarms:
        return None, notice
    after = replace(track, look_at=now + grouping.interval)
    return after if notice is None else replace(after, told_at=now, told=dict(alarms)), notice


def _notice(
    track: GroupTrack, grouping: Grouping, alarms: Mapping[int, WarningLevel], now: datetime, *, sounds: bool
) -> GroupNotice | None:
    new = frozenset(one for one, level in alarms.items() if level > track.told.get(one, WarningLevel.NONE))
    gone = frozenset(track.told.keys() - alarms.keys())
    everything = frozenset(alarms)
    if track.told_at is None:
        return GroupNotice(NoticeKind.NEW, everything, new, gone) if alarms else None
    if not alarms:
        return GroupNotice(NoticeKind.OVER, everything, new, gone)
    if new or gone:
        return GroupNotice(NoticeKind.CHANGED, everything, new, gone)
    if sounds or now - track.told_at >= grouping.repeat:
        return GroupNotice(NoticeKind.REPEATED, everything, new, gone)
    return None


def seen_as(kind: NoticeKind, count: int, new: int, gone: int) -> NoticeKind:
    """Return what a notice is to whoever sees a part of the group, of which so many are told for the first time.

    A group that is old to the district may be new to a street, or over there.
    """
    if not count:
        return NoticeKind.OVER
    return NoticeKind.NEW if new == count and not gone else kind


def sounds_again_at(
    realarm: timedelta | None, sounded_at: datetime, *, is_acknowledged: bool, is_quiet: bool
) -> datetime | None:
    """Return when an open alarm sounds again (re-alarm); None where its rule says nothing or somebody knows."""
    return None if realarm is None or is_acknowledged or is_quiet else sounded_at + realarm


@dataclass(frozen=True, slots=True)
class Foldable:
    """An open alarm as lists have it, or `count` of them in one line: labels, level, priority, and since when."""

    id: int
    labels: Mapping[str, str]
    level: WarningLevel
    priority: int
    since: datetime
    count: int = 1
    waiting: int = 0
    """How many of them nobody has acknowledged."""


@dataclass(frozen=True, slots=True)
class FoldedLine:
    """One line for all alarms of a group: how many, the gravest, the most urgent, the first."""

    group: tuple[str, ...]
    alarms: tuple[int, ...]
    level: WarningLevel
    priority: int
    since: datetime
    count: int
    waiting: int

    @classmethod
    def of(cls, group: tuple[str, ...], members: Sequence[Foldable]) -> "FoldedLine":
        """Return the line of these."""
        return cls(
            group,
            tuple(sorted(one.id for one in members)),
            max(one.level for one in members),
            min(one.priority for one in members),
            min(one.since for one in members),
            sum(one.count for one in members),
            sum(one.waiting for one in members),
        )


def stays(one: Foldable) -> bool:
    """Tell whether a line is never folded: red, orange, or of the highest priority and not acknowledged."""
    return one.level >= WarningLevel.ORANGE or (one.priority == 1 and one.waiting > 0)


def folded(alarms: Iterable[Foldable], by: Sequence[str]) -> list[FoldedLine]:
    """Return a line for each group, the most urgent first, then the gravest, then the largest."""
    groups: dict[tuple[str, ...], list[Foldable]] = defaultdict(list)
    for one in alarms:
        groups[group_of(one.labels, by)].append(one)
    lines = [FoldedLine.of(group, members) for group, members in groups.items()]
    return sorted(lines, key=lambda line: (line.priority, -line.level, -line.count, line.group))


def is_flood(times: Iterable[datetime], now: datetime, *, before: bool) -> bool:
    """Tell whether a seat is in a flood, from the times of its annunciations; `before`: whether it was until now."""
    within = sum(now - FLOOD_WINDOW < at <= now for at in times)
    return within >= (FLOOD_ENDS if before else FLOOD_BEGINS)


def floods(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Return from when to when there was a flood, from the times of a seat's annunciations, in any order."""
    micros = np.array([(at - _EPOCH) // _MICROSECOND for at in times], np.int64)
    return [(_EPOCH + begin * _MICROSECOND, _EPOCH + end * _MICROSECOND) for begin, end in flood_periods(micros)]


def flood_periods(times: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return as `floods` does, with times in µs since any instant."""
    # What leaves the window at an instant is out of it before what comes at that instant is in.
    at = np.concatenate([times, times + FLOOD_WINDOW // _MICROSECOND])
    change = np.repeat([1, -1], len(times))
    order = np.lexsort((change, at))
    at, within = at[order], np.cumsum(change[order])
    begins, ends = np.flatnonzero(within >= FLOOD_BEGINS), np.flatnonzero(within < FLOOD_ENDS)
    found: list[tuple[int, int]] = []
    step = 0
    while (place := np.searchsorted(begins, step)) < len(begins):
        step = ends[np.searchsorted(ends, begins[place])]
        found.append((int(at[begins[place]]), int(at[step])))
    return found


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood that goes on: since when, and how many annunciations it has had so far."""

    since: datetime
    annunciations: int


def flood_at(times: Sequence[datetime], now: datetime) -> Flood | None:
    """Return the flood that a seat is in, from the times of its annunciations; None where it is in none."""
    known = [at for at in times if at <= now]
    since = next((start for start, end in floods(known) if start <= now < end), None)
    return None if since is None else Flood(since, sum(since - FLOOD_WINDOW < at for at in known))
