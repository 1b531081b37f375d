"""Grouping: waited for, told together, again on change or after long; floods begin at ten and end below five."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.alarms.grouping import (
    Foldable,
    FoldedLine,
    GroupNotice,
    GroupTrack,
    NoticeKind,
    begin_group,
    flood_at,
    floods,
    folded,
    group_key,
    group_of,
    is_flood,
    look,
    regrouped,
    seen_as,
    sounds_again_at,
    stays,
    together,
)
from cityops.domain.alarms.rules import Grouping
from cityops.domain.metrics import WarningLevel

START = datetime(2026, 8, 21, 3, tzinfo=UTC)
USUAL = Grouping()
BLUE, YELLOW, RED = WarningLevel.BLUE, WarningLevel.YELLOW, WarningLevel.RED


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def after(*looks: tuple[float, dict[int, WarningLevel]]) -> tuple[GroupTrack | None, list[NoticeKind | None]]:
    track: GroupTrack | None = begin_group(USUAL, START)
    kinds: list[NoticeKind | None] = []
    for minutes, alarms in looks:
        assert track is not None
        track, notice = look(track, USUAL, alarms, at(minutes))
        kinds.append(None if notice is None else notice.kind)
    return track, kinds


def test_a_group_is_told_once_it_has_waited_for_more() -> None:
    track, notice = look(begin_group(USUAL, START), USUAL, {1: BLUE}, at(0.49))
    assert notice is None
    assert track is not None
    _, notice = look(track, USUAL, {1: BLUE, 2: RED}, at(0.5))
    assert notice == GroupNotice(NoticeKind.NEW, frozenset({1, 2}), frozenset({1, 2}), frozenset())


def test_an_alarm_gone_before_the_wait_is_over_says_nothing() -> None:
    assert after((0.5, {})) == (None, [None])


def test_what_changes_is_told_after_the_interval_and_not_before() -> None:
    _, kinds = after((0.5, {1: BLUE}), (3, {1: BLUE, 2: BLUE}), (5.5, {1: BLUE, 2: BLUE}))
    assert kinds == [NoticeKind.NEW, None, NoticeKind.CHANGED]


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        ({1: BLUE}, None),
        ({1: YELLOW}, NoticeKind.CHANGED),
        ({2: BLUE}, NoticeKind.CHANGED),
        ({}, NoticeKind.OVER),
    ],
)
def test_graver_new_and_gone_alarms_are_changes(now: dict[int, WarningLevel], kind: NoticeKind | None) -> None:
    track, kinds = after((0.5, {1: BLUE}), (5.5, now))
    assert kinds == [NoticeKind.NEW, kind]
    assert (track is None) == (not now)


def test_one_that_falls_is_no_reason_to_tell() -> None:
    assert after((0.5, {1: RED}), (5.5, {1: BLUE}))[1] == [NoticeKind.NEW, None]


def test_what_stays_is_told_again_after_the_repeat_interval() -> None:
    steady = {1: RED}
    looks = [(0.5 + 5 * turn, steady) for turn in range(50)]
    _, kinds = after(*looks)
    assert [place for place, kind in enumerate(kinds) if kind] == [0, 48]  # four hours are 48 looks
    assert kinds[48] is NoticeKind.REPEATED


def alarm(number: int, level: WarningLevel, priority: int, **labels: str) -> Foldable:
    return Foldable(number, labels, level, priority, at(number))


def test_alarms_of_a_group_fold_into_one_line_the_most_urgent_first() -> None:
    alarms = [
        alarm(1, BLUE, 3, rule="air", district="440106"),
        alarm(2, YELLOW, 2, rule="depth", district="440106"),
        alarm(3, RED, 1, rule="depth", district="440106"),
        alarm(4, BLUE, 3, rule="depth"),
    ]
    assert folded(alarms, ("rule", "district")) == [
        FoldedLine(("depth", "440106"), (2, 3), RED, 1, at(2), 2, 0),
        FoldedLine(("air", "440106"), (1,), BLUE, 3, at(1), 1, 0),
        FoldedLine(("depth", ""), (4,), BLUE, 3, at(4), 1, 0),
    ]


def test_5000_alarms_in_ten_minutes_are_a_flood_of_few_lines() -> None:
    alarms = [alarm(n, YELLOW, 2, rule=f"r{n % 3}", district=str(440103 + n % 11)) for n in range(5000)]
    assert len(folded(alarms, ("rule", "district"))) == 33
    assert is_flood([START] * 5000, at(1), before=False)


@pytest.mark.parametrize(
    ("every", "acknowledged", "quiet", "again"),
    [(10, False, False, at(10)), (None, False, False, None), (10, True, False, None), (10, False, True, None)],
)
def test_an_alarm_that_nobody_knows_of_sounds_again(
    every: float | None, acknowledged: bool, quiet: bool, again: datetime | None
) -> None:
    realarm = None if every is None else timedelta(minutes=every)
    assert sounds_again_at(realarm, START, is_acknowledged=acknowledged, is_quiet=quiet) == again


def test_the_group_of_an_alarm_is_its_values_of_the_labels() -> None:
    assert group_of({"rule": "a", "kind": "gas"}, ("kind", "street")) == ("gas", "")


def test_a_flood_begins_with_the_tenth_and_ends_once_fewer_than_five_are_left() -> None:
    times = [at(minute) for minute in range(10)]  # the tenth at minute 9; those of 0 to 5 have left at minute 15
    assert floods(times) == [(at(9), at(15))]
    assert floods(times[:9]) == []
    assert floods([at(minute * 1.2) for minute in range(30)]) == []  # nine within any ten minutes
    assert floods([*times, *(at(60 + minute) for minute in range(10))]) == [(at(9), at(15)), (at(69), at(75))]


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 90))
def test_a_flood_of_the_whole_is_that_of_looking_all_along(minutes: Sequence[int], now: int) -> None:
    times = [at(minute) for minute in minutes]
    state = False
    for minute in range(now + 1):
        state = is_flood(times, at(minute), before=state)
    assert state == any(start <= at(now) < end for start, end in floods(times))


def test_an_alarm_that_sounds_again_is_told_before_the_next_look() -> None:
    track, _ = look(begin_group(USUAL, START), USUAL, {1: RED}, at(0.5))
    assert track is not None
    track, notice = look(track, USUAL, {1: RED}, at(2), sounds_at=at(2))
    assert (track, notice) == (
        GroupTrack(at(7), at(2), {1: RED}),
        GroupNotice(NoticeKind.REPEATED, frozenset({1}), frozenset(), frozenset()),
    )
    assert track is not None
    assert look(track, USUAL, {1: RED}, at(3), sounds_at=at(4))[1] is None
    assert look(track, USUAL, {}, at(3), sounds_at=at(3)) == (track, None)


def test_a_group_of_several_rules_is_told_as_the_most_impatient_wants() -> None:
    quick = Grouping(("class",), timedelta(0), timedelta(hours=1), timedelta(hours=9))
    assert together([USUAL, quick]) == Grouping(USUAL.by, timedelta(0), USUAL.interval, USUAL.repeat)
    assert together([]) == USUAL


def test_the_name_of_a_group_does_not_hang_on_the_order_of_its_labels() -> None:
    labels = {"rule": "a", "class": "flood", "district": "440106"}
    assert group_key(labels, ("district", "class")) == "class=flood district=440106"
    assert group_key(labels, ("class", "district")) == group_key(labels, ("district", "class"))
    assert group_key(labels, ("street",)) == "street="


def test_what_was_told_moves_with_an_alarm_into_another_group() -> None:
    told = {"a": GroupTrack(at(5), at(0), {1: RED, 2: BLUE, 3: BLUE})}
    found = regrouped(told, {"b": {1: RED, 2: BLUE}})
    assert found == {"a": GroupTrack(at(5), at(0), {3: BLUE}), "b": GroupTrack(at(5), at(0), {1: RED, 2: BLUE})}
    assert regrouped({"a": GroupTrack(at(5), at(0), {1: RED})}, {"b": {1: RED}}) == {
        "b": GroupTrack(at(5), at(0), {1: RED})
    }


@given(
    st.dictionaries(st.sampled_from("abc"), st.sets(st.integers(0, 9))),
    st.dictionaries(st.integers(0, 9), st.sampled_from("abcd")),
)
def test_rules_that_divide_their_alarms_otherwise_forget_and_double_nothing(
    told: dict[str, set[int]], homes: dict[int, str]
) -> None:
    seen = set[int]()
    tracks = {}
    for key, alarms in told.items():
        tracks[key] = GroupTrack(at(5), at(0), dict.fromkeys(alarms - seen, BLUE))
        seen |= alarms
    groups: dict[str, dict[int, WarningLevel]] = {}
    for one, key in homes.items():
        groups.setdefault(key, {})[one] = BLUE
    found = regrouped(tracks, groups)
    assert sorted(one for track in found.values() for one in track.told) == sorted(seen)
    for key, track in found.items():
        assert all(homes.get(one, key) == key for one in track.told)


@pytest.mark.parametrize(
    ("kind", "count", "new", "gone", "seen"),
    [
        (NoticeKind.CHANGED, 2, 2, 0, NoticeKind.NEW),
        (NoticeKind.CHANGED, 2, 1, 0, NoticeKind.CHANGED),
        (NoticeKind.CHANGED, 2, 2, 1, NoticeKind.CHANGED),
        (NoticeKind.CHANGED, 0, 0, 1, NoticeKind.OVER),
        (NoticeKind.REPEATED, 3, 0, 0, NoticeKind.REPEATED),
    ],
)
def test_a_group_that_is_old_to_a_district_may_be_new_to_a_street(
    kind: NoticeKind, count: int, new: int, gone: int, seen: NoticeKind
) -> None:
    assert seen_as(kind, count, new, gone) is seen


@pytest.mark.parametrize(
    ("level", "priority", "waiting", "kept"),
    [(RED, 3, 0, True), (WarningLevel.ORANGE, 3, 0, True), (YELLOW, 1, 1, True), (YELLOW, 1, 0, False),
     (YELLOW, 2, 5, False), (BLUE, 3, 1, False)],
)  # fmt: skip
def test_what_is_grave_or_most_urgent_is_never_folded(
    level: WarningLevel, priority: int, waiting: int, kept: bool
) -> None:
    assert stays(Foldable(1, {}, level, priority, START, 7, waiting)) is kept


def test_a_flood_says_since_when_it_is_and_how_many_it_has_had() -> None:
    times = [at(minute) for minute in range(12)]
    assert flood_at(times, at(8)) is None
    found = flood_at(times, at(11))
    assert found is not None
    assert (found.since, found.annunciations) == (at(9), 12)
    assert flood_at(times, at(40)) is None
