"""Evaluates series: from hints and the readings they were left for, by way of the tracks, to alarms and journal.

All within one transaction, which is one snapshot: see `cityops.store.alarms.turns`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg

from cityops.domain.alarms import tracks
from cityops.domain.alarms.conditions import Condition
from cityops.domain.alarms.course import RULE_CHANGED, Alarm, AlarmStep, Course, Entry
from cityops.domain.alarms.rules import ConditionKind
from cityops.domain.alarms.tracks import Change, ChangeKind, Track
from cityops.domain.metrics import WarningLevel
from cityops.jobs.rulebook import Conditioned, Rulebook
from cityops.store.alarms import entries, turns
from cityops.store.alarms.entries import Key
from cityops.store.alarms.turns import MOST_READINGS, Hint, KeptTrack

ELAPSE_AFTER = timedelta(seconds=1)
"""Delays run out so long after their time: a reading of before needs that long to come through the ingest."""


class Seen(NamedTuple):
    """A change of a track, whether it chatters, and the mode whose limits judged the reading behind it."""

    change: Change
    chatters: bool
    mode_id: int | None


@dataclass(slots=True)
class Pair:
    """An object under a rule: its track as it was and as it becomes, and what changed."""

    watched: Conditioned
    was: KeptTrack | None
    track: Track
    is_begun_anew: bool
    seen: list[Seen | float] = field(default_factory=list)
    """What changed, and in between the worst values while it stood."""
    _before: Track = field(init=False)
    _worst: float | None = None

    def __post_init__(self) -> None:
        """Remember what the track was."""
        self._before = self.track

    @classmethod
    def of(cls, watched: Conditioned, was: KeptTrack | None) -> "Pair":
        """Go on with what is remembered, or begin anew where that was by another version of the rule."""
        is_current = was is not None and was.rule_version == watched.rule.version
        track = tracks.from_plain(was.track) if was is not None and is_current else tracks.begin()
        return cls(watched, was, track, was is not None and not is_current)

    @property
    def key(self) -> Key:
        """Rule and object."""
        return self.watched.rule.code, self.watched.object

    @property
    def condition(self) -> Condition:
        """What its readings are held against."""
        return self.watched.condition

    @property
    def level(self) -> WarningLevel:
        """The level that stands now."""
        return tracks.level(self.track, self.condition)

    def take(self, ts: datetime, value: float) -> None:
        """Hold a further reading against the rule, by the limits that judge where and when it was measured.

        What ran out before it is of the reading before. All limits of a rule share levels and delays: what is kept
        stays kept until this reading says otherwise.
        """
        self.elapse(ts)
        judging = self.watched.judging(ts)
        self.track, changes = tracks.advance(self.track, judging.condition, ts, value)
        self._note(changes, judging.mode_id)
        if self.track.at == ts and self.track.kept and self.watched.is_worse(value, self._worst):
            self._worst = value
            self.seen.append(value)

    def hears(self, newest: datetime) -> None:
        """Take note that something has come, whatever it says."""
        self.track, changes = tracks.advance(self.track, self.condition, newest, 0.0)
        self._note((replace(change, value=None) for change in changes), None)

    def elapse(self, until: datetime) -> None:
        """Let delays run out."""
        self.track, changes = tracks.elapse(self.track, self.condition, until)
        is_of_silence = self.condition.kind is ConditionKind.NO_DATA
        if changes:
            mode_id = self.watched.judging(self.track.at).mode_id
            self._note((replace(one, value=None) if is_of_silence else one for one in changes), mode_id)

    def _note(self, changes: Iterable[Change], mode_id: int | None) -> None:
        for change in changes:
            self.seen.append(Seen(change, self.track.chatters(change.at), mode_id))
            self._worst = change.value

    @property
    def has_moved(self) -> bool:
        """Whether it must be written: at rest before and after, nothing is remembered that a hint would not tell."""
        has_woken = self.track != self._before and not (self._before.is_at_rest and self.track.is_at_rest)
        return self.is_begun_anew or bool(self.seen) or has_woken

    def kept(self) -> KeptTrack:
        """Return what is to be remembered; a track of silence is no series', for no reading is held against it."""
        watched, is_of_silence = self.watched, self.condition.kind is ConditionKind.NO_DATA
        return KeptTrack(
            watched.rule.code,
            watched.object,
            watched.rule.version,
            None if is_of_silence else watched.series_id,
            self.track.is_at_rest,
            self.track.at,
            tracks.due_at(self.track, self.condition),
            tracks.to_plain(self.track),
        )


def evaluate(cursor: psycopg.Cursor, rulebook: Rulebook, now: datetime) -> tuple[int, bool]:
    """Evaluate what there is, at most as much as a turn takes; return how many series, and whether alarms changed."""
    until = now - ELAPSE_AFTER
    series = turns.series_to_evaluate(cursor, until)
    if not series:
        return 0, False
    hints = _by_series(turns.hints(cursor, series))
    kept = turns.tracks(cursor, series)
    rulebook.look_back(cursor, _oldest(hints, kept, now))
    pairs = _pairs(cursor, rulebook, series, kept)
    forget(cursor, kept, (pair for some in pairs.values() for pair in some), now)
    since = {one: moment for one in series if (moment := _since(pairs[one], hints[one])) is not None}
    found = turns.readings(cursor, since)
    done: list[Hint] = []
    late: list[Hint] = []
    for one in series:
        readings = found.get(one, [])
        is_cut = len(readings) == MOST_READINGS
        _advance(pairs[one], readings, None if is_cut else until)
        # What was cut off is left for the next turn, with its hints.
        dealt = [hint for hint in hints[one] if not is_cut or hint.ts <= readings[-1][0]]
        done += dealt
        late += [hint for hint in dealt if hint.is_late or one not in since or hint.ts < since[one]]
    turns.note_late(cursor, late, now)
    turns.done(cursor, done)
    has_changed = follow(cursor, [pair for some in pairs.values() for pair in some], now)
    return len(series), has_changed


def _oldest(hints: Mapping[int, list[Hint]], kept: Iterable[KeptTrack], now: datetime) -> datetime:
    """Return the time of the oldest reading that a turn has to do with."""
    told = [hint.ts for some in hints.values() for hint in some]
    return min((*told, *(one.at for one in kept if one.at is not None and not one.is_at_rest)), default=now)


def _by_series(hints: Iterable[Hint]) -> defaultdict[int, list[Hint]]:
    found: defaultdict[int, list[Hint]] = defaultdict(list)
    for hint in hints:
        found[hint.series_id].append(hint)
    return found


def _pairs(
    cursor: psycopg.Cursor, rulebook: Rulebook, series: list[int], tracks_: list[KeptTrack]
) -> defaultdict[int, list[Pair]]:
    kept = {(one.rule_code, one.object): one for one in tracks_}
    pairs: defaultdict[int, list[Pair]] = defaultdict(list)
    for watched in rulebook.of_series(cursor, series):
        assert watched.series_id is not None
        pairs[watched.series_id].append(Pair.of(watched, kept.get((watched.rule.code, watched.object))))
    return pairs


def _since(pairs: list[Pair], hints: list[Hint]) -> datetime | None:
    """Return from when on a series' readings are read: each track at rest begins at a hint, the others go on."""
    first = min((hint.ts for hint in hints if not hint.is_late), default=None)
    moments = []
    for pair in pairs:
        at = pair.track.at
        if not pair.track.is_at_rest and at is not None:
            moments.append(at)
        elif first is not None and (at is None or first > at):
            moments.append(first - pair.condition.lookback)
    return min(moments, default=None)


def _advance(pairs: list[Pair], readings: list[tuple[datetime, float]], until: datetime | None) -> None:
    for pair in pairs:
        for ts, value in readings:
            pair.take(ts, value)
        if until is not None:
            pair.elapse(until)


def follow(cursor: psycopg.Cursor, pairs: list[Pair], now: datetime) -> bool:
    """Remember how far tracks have come, make alarms and journal of what changed; return whether anything has."""
    turns.keep(cursor, [pair.kept() for pair in pairs if pair.has_moved], now)
    concerned = [pair for pair in pairs if pair.seen or pair.is_begun_anew]
    if not concerned:
        return False
    newest = entries.newest(cursor, [pair.key for pair in concerned])
    ids = _numbers(cursor, sum(_raises(one) for pair in concerned for one in pair.seen))
    courses = []
    for pair in concerned:
        course = Course(pair.watched, newest.get(pair.key), now)
        for one in pair.seen:
            if isinstance(one, float):
                course.sees(one)
            else:
                course.moves(one.change, ids.__next__, chatters=one.chatters, mode_id=one.mode_id)
        if pair.is_begun_anew and course.open is not None and not pair.level:
            course.ends(pair.track.at, pair.track.value, RULE_CHANGED)
        courses.append(course)
    write(cursor, courses)
    return any(course.entries for course in courses)


def forget(cursor: psycopg.Cursor, kept: Iterable[KeptTrack], pairs: Iterable[Pair], now: datetime) -> None:
    """Forget what is remembered of objects that their rule, since it was changed, is no longer about."""
    watched = {pair.key for pair in pairs}
    left = [key for one in kept if (key := (one.rule_code, one.object)) not in watched]
    if not left:
        return
    turns.forget(cursor, left)
    open_ = [alarm for alarm in entries.newest(cursor, left).values() if alarm.is_open]
    end(cursor, open_, RULE_CHANGED, now)


def end(cursor: psycopg.Cursor, alarms: list[Alarm], why: str, now: datetime) -> None:
    """Clear alarms of which no reading tells the end any more."""
    for alarm in alarms:
        alarm.gone_at, alarm.cleared_at, alarm.cleared_why = alarm.gone_at or now, now, why
    entries.change(cursor, alarms)
    cleared = [Entry(one.id, now, AlarmStep.CLEARED, None, one.level, detail={"why": why}) for one in alarms]
    entries.journal(cursor, cleared)


def _raises(one: Seen | float) -> bool:
    return isinstance(one, Seen) and one.change.kind is ChangeKind.RAISED


def write(cursor: psycopg.Cursor, courses: list[Course]) -> None:
    """Write what has become of alarms."""
    entries.add(cursor, [alarm for course in courses for alarm in course.made])
    entries.change(cursor, [alarm for course in courses for alarm in course.changed])
    entries.journal(cursor, (entry for course in courses for entry in course.entries))


def _numbers(cursor: psycopg.Cursor, count: int) -> Iterator[int]:
    yield from entries.new_ids(cursor, count) if count else ()
