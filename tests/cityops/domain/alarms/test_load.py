"""The load of a seat, checked by hand: 30 days of a journal small enough to count."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.alarms.load import AlarmLoad, Annunciation, Frequent, LoadFigure, LoadState, load

START = datetime(2026, 7, 31, 16, tzinfo=UTC)  # midnight of 1 August in Guangzhou
END = START + timedelta(days=30)


def told(
    minutes: float, rule: str = "depth", of: str = "D-1", priority: int = 3, lasts_s: float | None = 600
) -> Annunciation:
    at = START + timedelta(minutes=minutes)
    return Annunciation(at, rule, of, priority, None if lasts_s is None else at + timedelta(seconds=lasts_s))


def by_hand() -> AlarmLoad:
    """One flood of 12 in 11 minutes, one alarm every second day, one that stays, one from before."""
    flood = [told(60 + minute, of=f"D-{minute}", priority=1 if minute == 0 else 2) for minute in range(12)]
    daily = [told(day * 1440 + 600, rule="air", of="A-1", lasts_s=30 if day == 0 else 600) for day in range(0, 30, 2)]
    stays = [told(2 * 1440, rule="silent", of="S-1", lasts_s=None)]
    before = [told(-3 * 1440, rule="silent", of="S-2", lasts_s=4 * 86_400)]
    return load([*daily, *before, *flood, *stays], START, END)


@pytest.mark.parametrize(
    ("code", "value", "state"),
    [
        ("per_day", 28 / 30, LoadState.ACCEPTABLE),
        ("per_hour", 28 / 720, LoadState.ACCEPTABLE),
        ("per_ten_minutes", 28 / 4320, LoadState.ACCEPTABLE),
        ("busy_hours_share", 0, LoadState.ACCEPTABLE),
        # Ten of the flood came from 01:00 to 01:09, two in the next ten minutes: no period had more than ten.
        ("busy_ten_minutes_share", 0, LoadState.ACCEPTABLE),
        ("most_in_ten_minutes", 10, LoadState.ACCEPTABLE),
        # From the tenth at 69 minutes until those of 61 to 67 have left the window, at 77 minutes: 8 of 43,200.
        ("flood_time_share", 8 / 43_200, LoadState.ACCEPTABLE),
        # A-1 15 times, and nine more once each: 24 of 28.
        ("ten_most_frequent_share", 24 / 28, LoadState.OVER),
        ("chattering", 0, LoadState.ACCEPTABLE),
        ("fleeting", 1, LoadState.OVER),
        # S-2 is stale on the first day alone, S-1 from the fourth on.
        ("stale_most", 1, LoadState.ACCEPTABLE),
        ("priority_1_share", 1 / 28, LoadState.ACCEPTABLE),
        ("priority_2_share", 11 / 28, LoadState.OVER),
        ("priority_3_share", 16 / 28, LoadState.ACCEPTABLE),
        ("suppressed_unauthorised", 0, LoadState.ACCEPTABLE),
        ("changed_uncontrolled", 0, LoadState.ACCEPTABLE),
    ],
)
def test_every_figure_is_that_counted_by_hand(code: str, value: float, state: LoadState) -> None:
    found = by_hand().figure(code)
    assert found.value == pytest.approx(value)
    assert found.state is state


def test_floods_and_the_worst_are_named() -> None:
    found = by_hand()
    assert found.floods == ((START + timedelta(minutes=69), START + timedelta(minutes=77)),)
    assert found.worst_rules == (("air", 15), ("depth", 12), ("silent", 1))
    assert found.frequent[:2] == (Frequent("air", "A-1", 15, False), Frequent("depth", "D-0", 1, False))
    assert (found.total, found.is_conclusive) == (28, True)


def test_three_times_within_ten_minutes_chatters() -> None:
    found = load(
        [told(0), told(5), told(10), told(100, of="D-2"), told(106, of="D-2"), told(112, of="D-2")], START, END
    )
    assert found.figure("chattering").value == 1
    assert [one.chattering for one in found.frequent] == [True, False]


def test_an_alarm_that_was_held_open_for_chattering_chatters() -> None:
    held = Annunciation(START, "depth", "D-1", 3, None, chattering=True)
    assert load([held, told(60, of="D-2")], START, END).figure("chattering").value == 1


def test_of_less_than_a_day_the_mean_is_what_a_day_would_have() -> None:
    found = load([told(minute * 30, of=f"D-{minute}") for minute in range(12)], START, START + timedelta(hours=6))
    assert [found.figure(code).value for code in ("per_day", "per_hour")] == [48, 2]
    assert found.hours == (2,) * 6


def test_of_a_seat_without_alarms_shares_are_unknown_and_not_good() -> None:
    found = load([], START, END)
    assert found.figure("per_day").value == 0
    assert found.figure("priority_1_share") == LoadFigure("priority_1_share", None, 0.05, 0.10)
    assert found.figure("ten_most_frequent_share").state is LoadState.UNKNOWN


def test_the_most_in_ten_minutes_are_those_of_any_ten() -> None:
    across = [told(minute, of=f"D-{minute}") for minute in (5, 6, 7, 8, 9, 10, 11, 12, 13, 14)]
    assert load(across, START, END).figure("most_in_ten_minutes").value == 10
    assert load([told(0), told(10, of="D-2")], START, END).figure("most_in_ten_minutes").value == 1


def test_a_day_is_not_enough_to_conclude() -> None:
    assert not load([told(1)], START, START + timedelta(days=1)).is_conclusive


@pytest.mark.parametrize(
    ("value", "state"), [(150, "acceptable"), (151, "manageable"), (300, "manageable"), (301, "over")]
)
def test_a_figure_is_acceptable_manageable_or_over(value: float, state: str) -> None:
    assert LoadFigure("per_day", value, 150, 300).state == state


def test_what_is_outside_the_period_counts_only_as_stale() -> None:
    found = load([told(-1), told(43_200), told(43_199)], START, END)
    assert found.total == 1


def test_unauthorised_quiet_and_uncontrolled_changes_are_counted() -> None:
    quiet = Annunciation(START, "depth", "D-1", 3, None, suppressed_unauthorised=True)
    found = load([quiet], START, END, uncontrolled_changes=2)
    assert found.figure("suppressed_unauthorised").state is LoadState.OVER
    assert found.figure("changed_uncontrolled").value == 2


def test_one_more_alarm_moves_the_figures() -> None:
    base = [told(minute * 100, of=f"D-{minute}") for minute in range(50)]
    before, after = load(base, START, END), load([*base, told(7, rule="x", priority=1, lasts_s=5)], START, END)
    moved = {one.code for one, other in zip(before.figures, after.figures, strict=True) if one != other}
    assert moved >= {"per_day", "per_hour", "per_ten_minutes", "fleeting", "priority_1_share", "priority_3_share"}
