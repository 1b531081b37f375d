"""Tracks against a naive evaluation: delays, hysteresis, order, silence, and a restart between any two steps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.alarms import tracks
from cityops.domain.alarms.conditions import Condition, LevelStep
from cityops.domain.alarms.rules import ConditionKind
from cityops.domain.alarms.tracks import Change, ChangeKind, Track, advance, begin, due_at, elapse, level
from cityops.domain.metrics import Direction, WarningLevel
from factories.naive_alarms import Reading, told, told_by_runs

START = datetime(2026, 8, 21, 3, tzinfo=UTC)
BLUE, YELLOW, ORANGE, RED = WarningLevel.BLUE, WarningLevel.YELLOW, WarningLevel.ORANGE, WarningLevel.RED


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def depth(on_delay: int = 0, off_delay: int = 0) -> Condition:
    steps = (LevelStep(BLUE, 5, 3), LevelStep(YELLOW, 15, 12), LevelStep(ORANGE, 27, 23), LevelStep(RED, 40, 35))
    return Condition(
        ConditionKind.THRESHOLD,
        Direction.HIGH,
        steps,
        timedelta(seconds=on_delay),
        timedelta(seconds=off_delay),
        decimals=0,
    )


def silence(on_delay: int = 0, off_delay: int = 0) -> Condition:
    steps = (LevelStep(BLUE, 60, 0), LevelStep(YELLOW, 180, 0))
    delays = timedelta(seconds=on_delay), timedelta(seconds=off_delay)
    return Condition(ConditionKind.NO_DATA, Direction.HIGH, steps, *delays, decimals=0)


def followed(
    condition: Condition, readings: Sequence[Reading], until: datetime, track: Track | None = None
) -> tuple[Track, list[Change]]:
    track, changes = track or begin(), list[Change]()
    for ts, value in readings:
        track, some = advance(track, condition, ts, value)
        changes += some
    track, some = elapse(track, condition, until)
    return track, [*changes, *some]


def brief(changes: Sequence[Change]) -> list[tuple[datetime, WarningLevel]]:
    return [(one.at, one.level) for one in changes]


def test_a_value_raises_rises_falls_and_clears() -> None:
    readings = [(at(60 * place), value) for place, value in enumerate((0, 6, 16, 13, 41, 0))]
    _, changes = followed(depth(), readings, at(400))
    assert [(one.kind, one.level, one.value) for one in changes] == [
        (ChangeKind.RAISED, BLUE, 6),
        (ChangeKind.ROSE, YELLOW, 16),
        (ChangeKind.ROSE, RED, 41),  # at 13 yellow still held: it is left below 12
        (ChangeKind.CLEARED, WarningLevel.NONE, 0),
    ]


def test_a_value_that_came_and_went_between_two_looks_is_not_missed() -> None:
    _, changes = followed(depth(), [(at(0), 0), (at(1), 50), (at(2), 0)], at(600))
    assert brief(changes) == [(at(1), RED), (at(2), WarningLevel.NONE)]


def test_a_value_is_judged_as_it_is_shown() -> None:
    _, changes = followed(depth(), [(at(0), 4.4999), (at(1), 4.5)], at(1))
    assert brief(changes) == [(at(1), BLUE)]


def test_a_value_short_of_the_on_delay_raises_nothing() -> None:
    track, changes = followed(depth(on_delay=60), [(at(0), 20), (at(59), 0)], at(600))
    assert changes == []
    assert track.is_at_rest


def test_a_value_raises_at_the_end_of_the_delay_without_a_further_reading() -> None:
    track, changes = followed(depth(on_delay=60), [(at(0), 20)], at(59))
    assert changes == []
    assert due_at(track, depth(on_delay=60)) == at(60)
    _, told_late = elapse(track, depth(on_delay=60), at(100))
    assert [(one.kind, one.level, one.at, one.value) for one in told_late] == [
        (ChangeKind.RAISED, YELLOW, at(60), 20)
    ]


def test_a_value_that_ends_at_the_very_end_of_the_delay_has_held_through_it() -> None:
    _, changes = followed(depth(on_delay=60), [(at(0), 20), (at(60), 0)], at(600))
    assert brief(changes) == [(at(60), YELLOW), (at(60), WarningLevel.NONE)]


def test_a_value_clears_only_after_the_off_delay_without_a_break() -> None:
    readings = [(at(0), 20), (at(10), 0), (at(60), 20), (at(70), 0)]
    _, changes = followed(depth(off_delay=60), readings, at(600))
    assert brief(changes) == [(at(0), YELLOW), (at(130), WarningLevel.NONE)]


def test_a_value_of_which_no_more_comes_keeps_its_level() -> None:
    track, changes = followed(depth(), [(at(0), 20)], at(86_400))
    assert brief(changes) == [(at(0), YELLOW)]
    assert due_at(track, depth()) is None
    assert not track.is_at_rest


@pytest.mark.parametrize("second", [10, 5])
def test_a_late_reading_changes_nothing(second: int) -> None:
    track, _ = followed(depth(), [(at(10), 0)], at(10))
    assert advance(track, depth(), at(second), 50) == (track, ())


def test_a_late_reading_that_is_the_newest_all_the_same_is_taken_as_of_what_was_told() -> None:
    """The delay ran out by the database's clock while the reading that ends it was on its way."""
    condition = depth(on_delay=60, off_delay=10)
    track, changes = followed(condition, [(at(0), 20)], at(61))
    assert brief(changes) == [(at(60), YELLOW)]
    track, changes = followed(condition, [(at(30), 0)], at(100), track)
    assert brief(changes) == [(at(70), WarningLevel.NONE)]
    assert track.at == at(30)


def test_no_data_is_told_by_the_clock_and_over_with_a_reading() -> None:
    track, changes = followed(silence(on_delay=20), [(at(0), 1)], at(250))
    assert brief(changes) == [(at(80), BLUE), (at(200), YELLOW)]
    _, changes = followed(silence(on_delay=20), [(at(251), 1)], at(260), track)
    assert brief(changes) == [(at(251), WarningLevel.NONE)]


def test_no_data_is_looked_at_when_its_limit_is_reached() -> None:
    track, _ = advance(begin(), silence(on_delay=20), at(0), 1)
    assert due_at(track, silence(on_delay=20)) == at(60)


def test_no_data_is_never_told_of_what_never_spoke() -> None:
    assert elapse(begin(), silence(), at(10_000)) == (begin(), ())


def test_a_rate_is_judged_against_the_window_alone() -> None:
    steps = (LevelStep(YELLOW, 5, 4),)
    zero = timedelta(0)
    condition = Condition(ConditionKind.RATE, Direction.HIGH, steps, zero, zero, 0, timedelta(minutes=10), 5.0)
    slow = [(at(300 * place), 2.0 * place) for place in range(10)]
    assert followed(condition, slow, at(3000))[1] == []
    fast = [(at(0), 0.0), (at(300), 4.0), (at(600), 5.0), (at(1200), 6.0)]
    assert brief(followed(condition, fast, at(3000))[1]) == [(at(600), YELLOW), (at(1200), WarningLevel.NONE)]
    assert followed(condition, [(at(0), -3.0), (at(300), 4.0)], at(3000))[1] == []  # short of 5


def test_chattering_once_a_second_for_ten_minutes_is_one_alarm_flagged() -> None:
    readings = [(at(second), 20.0 if second % 2 else 0.0) for second in range(600)]
    track, changes = followed(depth(off_delay=60), readings, at(600))
    assert brief(changes) == [(at(1), YELLOW)]
    assert track.chatters(at(600))
    assert not track.chatters(at(1300))


def test_three_times_within_a_longer_time_do_not_chatter() -> None:
    readings = [(at(400 * turn + more), value) for turn in range(3) for more, value in ((0, 20.0), (10, 0.0))]
    track, _ = followed(depth(), readings, at(811))
    assert len(track.returns) == 3
    assert not track.chatters(at(811))


def test_silence_that_begins_again_and_again_chatters_and_growing_worse_is_no_return() -> None:
    readings = [(at(150 * turn), 1.0) for turn in range(4)]
    track, _ = followed(silence(), readings, at(500))
    assert track.returns == (at(60), at(210), at(360))
    assert track.chatters(at(500))
    track, _ = followed(silence(), [(at(0), 1.0)], at(5000))
    assert track.returns == (at(60),)


def test_what_comes_twice_does_not_chatter() -> None:
    track, _ = followed(depth(), [(at(0), 20), (at(10), 0), (at(20), 20)], at(30))
    assert not track.chatters(at(30))


LIMITS: dict[Direction, tuple[LevelStep, ...]] = {
    Direction.HIGH: (LevelStep(BLUE, 5, 3), LevelStep(ORANGE, 15, 12), LevelStep(RED, 27, 20)),
    Direction.LOW: (LevelStep(BLUE, 20, 23), LevelStep(YELLOW, 12, 15), LevelStep(RED, 5, 6)),
}
DELAYS = st.sampled_from([0, 1, 7, 30, 60]).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    kind = draw(st.sampled_from([ConditionKind.THRESHOLD, ConditionKind.RATE, ConditionKind.NO_DATA]))
    direction = draw(st.sampled_from([Direction.HIGH, Direction.LOW]))
    steps, window, start = LIMITS[direction], timedelta(0), None
    if kind is ConditionKind.NO_DATA:
        direction, steps = Direction.HIGH, (LevelStep(BLUE, 20, 0), LevelStep(YELLOW, 45, 0))
    if kind is ConditionKind.RATE:
        steps, window = LIMITS[Direction.HIGH], timedelta(seconds=draw(st.sampled_from([5, 30, 90])))
        start = draw(st.sampled_from([None, 4.0, 12.0]))
    return Condition(kind, direction, steps, draw(DELAYS), draw(DELAYS), 0, window, start)


VALUES = st.sampled_from([0.0, 2.0, 4.0, 5.0, 6.0, 11.0, 12.0, 14.0, 15.0, 19.0, 22.0, 23.0, 24.0, 26.6, 27.0, 40.0])
GAPS = st.sampled_from([1, 2, 7, 15, 20, 30, 45, 60, 61, 120])
HISTORIES = st.lists(st.tuples(GAPS, VALUES), min_size=1, max_size=12)


def history(gaps: Sequence[tuple[int, float]]) -> list[Reading]:
    readings, second = [], 0
    for gap, value in gaps:
        second += gap
        readings.append((at(second), value))
    return readings


@given(conditions(), HISTORIES)
def test_a_track_says_what_the_naive_evaluation_says(condition: Condition, gaps: list[tuple[int, float]]) -> None:
    readings = history(gaps)
    until = readings[-1][0] + timedelta(seconds=200)
    track, changes = followed(condition, readings, until)
    assert brief(changes) == told(condition, readings, until)
    assert level(track, condition) == (changes[-1].level if changes else WarningLevel.NONE)
    if condition.kind is not ConditionKind.NO_DATA:
        assert brief(changes) == told_by_runs(condition, readings, until)


@given(conditions(), HISTORIES, st.lists(st.integers(0, 60), max_size=6))
def test_looks_and_restarts_between_any_two_readings_change_nothing(
    condition: Condition, gaps: list[tuple[int, float]], looks: list[int]
) -> None:
    readings = history(gaps)
    until = readings[-1][0] + timedelta(seconds=200)
    track, changes = begin(), list[Change]()
    for (ts, value), following in zip(readings, [*(ts for ts, _ in readings[1:]), until], strict=True):
        track, some = advance(tracks.from_json(tracks.to_json(track)), condition, ts, value)
        changes += some
        for look in sorted(looks):
            if ts + timedelta(seconds=look) <= following:
                track, some = elapse(tracks.from_json(tracks.to_json(track)), condition, ts + timedelta(seconds=look))
                changes += some
    track, some = elapse(track, condition, until)
    assert (track, [*changes, *some]) == followed(condition, readings, until)


@given(conditions(), HISTORIES, st.data())
def test_late_readings_change_nothing_wherever_they_come(
    condition: Condition, gaps: list[tuple[int, float]], data: st.DataObject
) -> None:
    readings = history(gaps)
    track, changes = begin(), list[Change]()
    for ts, value in readings:
        track, some = advance(track, condition, ts, value)
        changes += some
        late = ts - timedelta(seconds=data.draw(st.integers(0, 100)))
        assert advance(track, condition, late, data.draw(VALUES)) == (track, ())
    assert changes == followed(condition, readings, readings[-1][0])[1]


@given(conditions(), HISTORIES, st.lists(st.integers(0, 500), max_size=4))
def test_changes_are_in_order_of_time_whenever_somebody_looks(
    condition: Condition, gaps: list[tuple[int, float]], ahead: list[int]
) -> None:
    """Also where a look by the clock comes before readings that were on their way."""
    track, changes = begin(), list[Change]()
    for place, (ts, value) in enumerate(history(gaps)):
        track, some = advance(track, condition, ts, value)
        changes += some
        if place < len(ahead):
            track, some = elapse(track, condition, ts + timedelta(seconds=ahead[place]))
            changes += some
    assert [one.at for one in changes] == sorted(one.at for one in changes)
    levels = [WarningLevel.NONE, *(one.level for one in changes)]
    assert all(one != other for one, other in pairwise(levels))


@given(conditions(), HISTORIES)
def test_json_loses_nothing(condition: Condition, gaps: list[tuple[int, float]]) -> None:
    track, _ = followed(condition, history(gaps)[:-1], START)
    assert tracks.from_json(tracks.to_json(track)) == track
