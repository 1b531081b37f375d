"""Tells of open alarms in groups: beside the turn of the job of alarms, in a transaction of its own, each look once.

What a group has told and the notice are written together. Two processes that look at once meet at the group's row:
the slower one's transaction is lost, and with it what would have been told twice.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import psycopg
from prometheus_client import Counter

from cityops.domain.alarms.grouping import (
    URGENT_WAIT,
    GroupNotice,
    GroupTrack,
    begin_group,
    group_key,
    look,
    regrouped,
    sounds_again_at,
    together,
)
from cityops.domain.alarms.rules import PRIORITIES, AlarmRule, Grouping
from cityops.domain.metrics import WarningLevel
from cityops.domain.modes.modes import ModeInForce, pace
from cityops.reference import CITY_CODE
from cityops.store.alarms import quiets, telling, turns
from cityops.store.alarms.quiets import Labelled
from cityops.store.alarms.telling import NoticePart
from cityops.store.modes import modes

EVERY_S = 1.0
SHARE = 0.1
"""Of the job's time at most: with very many open alarms it is looked less often."""

URGENT = str(PRIORITIES[0])

Rules = Mapping[str, AlarmRule]
Modes = Sequence[ModeInForce]
Place = tuple[str, str, str | None]
"""Rule, region and source."""

notices_told = Counter("cityops_alarm_notices_total", "Notices of groups of alarms", ["kind"])


class Teller:
    """Looks at the groups again and again; what it must remember stands in the store."""

    def __init__(self) -> None:
        """Look at once."""
        self._next = float("-inf")

    def looks(self, connection: psycopg.Connection, rules: Rules) -> None:
        """Look where it is time; where another process was first, the next time."""
        began = time.monotonic()
        if began < self._next:
            return
        try:
            with connection.transaction(), connection.cursor() as cursor:
                kinds = tell(cursor, rules)
        except (psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
            kinds = []
        self._next = began + max(EVERY_S, (time.monotonic() - began) / SHARE)
        for kind in kinds:
            notices_told.labels(kind).inc()


def tell(cursor: psycopg.Cursor, rules: Rules) -> list[str]:
    """Look at all groups within the transaction, and write what is to be told; return of what kinds that was."""
    now = turns.begin(cursor)
    before = telling.tracks(cursor)
    alarms = {one.id: one for one in quiets.labelled(cursor) if one.quiet is None}
    groups = _groups(alarms.values(), rules)
    in_force = modes.in_force_by(cursor)
    kept: dict[str, GroupTrack] = {}
    kinds = []
    tracks = regrouped(before, {key: _levels(members) for key, members in groups.items()})
    for key in sorted({*tracks, *groups}):
        members = groups.get(key, [])
        grouping = together(_grouping(one, rules).sooner(_pace(one, in_force)) for one in members)
        track = tracks.get(key) or begin_group(grouping, now)
        after, notice = look(track, grouping, _levels(members), now, _sounds_at(track, members, rules, in_force))
        if after is not None:
            kept[key] = after
        if notice is not None:
            telling.tell(cursor, _parts(cursor, notice, track, alarms), now)
            kinds.append(str(notice.kind))
    changed = {key: track for key, track in kept.items() if before.get(key) != track}
    telling.keep(cursor, changed, [key for key in before if key not in kept])
    return kinds


def _groups(alarms: Iterable[Labelled], rules: Rules) -> dict[str, list[Labelled]]:
    found: defaultdict[str, list[Labelled]] = defaultdict(list)
    for one in alarms:
        found[group_key(one.labels, _grouping(one, rules).by)].append(one)
    return found


def _grouping(one: Labelled, rules: Rules) -> Grouping:
    rule = rules.get(one.labels["rule"])
    return Grouping() if rule is None else rule.grouping


def _pace(one: Labelled, in_force: Modes) -> int:
    """Return how many times sooner an alarm is told again in what its region works under."""
    return pace(in_force, one.labels["street"] or one.labels["district"] or CITY_CODE, one.labels["class"])


def _levels(members: Iterable[Labelled]) -> dict[int, WarningLevel]:
    return {one.id: one.level for one in members}


def _sounds_at(track: GroupTrack, members: Iterable[Labelled], rules: Rules, in_force: Modes) -> datetime | None:
    """Return when the first of a group's alarms is told without waiting: an urgent one, or one that sounds again."""
    moments = (_alone_at(one, track, rules, _pace(one, in_force)) for one in members)
    return min((moment for moment in moments if moment is not None), default=None)


def _alone_at(one: Labelled, track: GroupTrack, rules: Rules, pace_: int) -> datetime | None:
    if one.level > track.told.get(one.id, WarningLevel.NONE):
        return one.raised_at + URGENT_WAIT if one.labels["priority"] == URGENT else None
    if track.told_at is None or one.id not in track.told or one.labels["rule"] not in rules:
        return None
    realarm = rules[one.labels["rule"]].realarm
    sooner = None if realarm is None else realarm / pace_
    return sounds_again_at(sooner, track.told_at, is_acknowledged=one.is_acknowledged, is_quiet=False)


def _parts(
    cursor: psycopg.Cursor, notice: GroupNotice, track: GroupTrack, alarms: Mapping[int, Labelled]
) -> list[NoticePart]:
    """Return what is told, by rule, region and source."""
    standing: defaultdict[Place, list[Labelled]] = defaultdict(list)
    for number in sorted(notice.alarms):
        standing[_place(alarms[number])].append(alarms[number])
    gone: defaultdict[Place, int] = defaultdict(int)
    for place in telling.places(cursor, notice.gone).values():
        gone[place] += 1
    return [
        _part(notice, track, place, standing.get(place, []), gone.get(place, 0))
        for place in sorted({*standing, *gone}, key=str)
    ]


def _place(one: Labelled) -> Place:
    labels = one.labels
    return labels["rule"], labels["street"] or labels["district"] or CITY_CODE, labels["source_system"] or None


def _part(notice: GroupNotice, track: GroupTrack, place: Place, members: Sequence[Labelled], gone: int) -> NoticePart:
    waiting = [one.raised_at for one in members if not one.is_acknowledged]
    new = sum(one.id not in track.told for one in members)
    gravest = max(members, key=lambda one: (one.level, -one.id), default=None)
    return NoticePart(
        notice.kind,
        *place,
        level=gravest.level if gravest else 0,
        n=len(members),
        n_new=new,
        n_graver=sum(one.id in notice.new for one in members if one.id in track.told),
        n_gone=gone,
        unacknowledged=len(waiting),
        waiting_since=min(waiting, default=None),
        alarm_id=gravest.id if gravest else None,
    )
