"""Baselines over columns: warm-up, gaps, spikes, shifts and frozen values, and that each series is alone."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cityops.domain.baselines import learning
from cityops.domain.baselines.flags import FlagReason, flag_of, flagged
from cityops.domain.baselines.forecasts import forecast, skill_of
from cityops.domain.baselines.learning import Baselines, Judged
from cityops.domain.baselines.packing import RUNNING, pack_row, pack_running, unpack
from cityops.domain.baselines.seasons import SLOTS, WEEK_HOURS, hour_at, hour_number, slot_of

MONDAY = datetime(2026, 1, 4, 16, tzinfo=UTC)
FIRST = hour_number(MONDAY)
SEEN = ("mean", "variance", "seen", "held")


def empty(series: int = 1) -> Baselines:
    return Baselines.empty(np.full(series, 0.01))


def values_of(hours: int, series: int = 1, seed: int = 1) -> NDArray[np.float32]:
    """Make an hour of the day's shape and noise of one unit."""
    hour = np.arange(hours)[:, None]
    noise = np.random.default_rng(seed).normal(0, 1, (hours, series))
    return (50 + 10 * np.sin(2 * np.pi * hour / 24) + noise).astype(np.float32)


def run(baselines: Baselines, values: NDArray[np.float32], first: int = FIRST) -> list[Judged]:
    return [baselines.take(row, slot_of(hour_at(first + hour)), first + hour) for hour, row in enumerate(values)]


def test_nothing_is_usual_before_seven_days_and_nothing_judged_before_three_weeks() -> None:
    baselines = empty()
    told = run(baselines, values_of(4 * WEEK_HOURS))
    known = [not np.isnan(one.expected.mean[0]) for one in told]
    assert known.index(True) == WEEK_HOURS
    assert all(known[WEEK_HOURS:])
    judged = [not np.isnan(one.deviations[0]) for one in told]
    assert judged.index(True) == learning.LEAST_WEEKS * WEEK_HOURS
    assert [one.expected.by_week[0] for one in told] == judged


def test_an_hour_that_is_never_heard_is_never_known() -> None:
    baselines, values = empty(), values_of(8 * WEEK_HOURS)
    values[5::WEEK_HOURS] = np.nan
    values[5::24] = np.nan
    told = run(baselines, values)
    assert np.isnan(told[-WEEK_HOURS + 5].expected.mean[0])
    assert not np.isnan(told[-WEEK_HOURS + 6].expected.mean[0])


def test_deviations_of_a_usual_series_are_those_of_the_normal_distribution() -> None:
    told = run(empty(50), values_of(20 * WEEK_HOURS, 50))
    deviations = np.stack([one.deviations for one in told[10 * WEEK_HOURS :]])
    assert 0.9 < deviations.std() < 1.1
    assert (np.abs(deviations) < learning.BAND).mean() == pytest.approx(0.95, abs=0.02)


def test_a_spike_is_told_with_its_size_and_teaches_little() -> None:
    baselines, values = empty(), values_of(8 * WEEK_HOURS)
    at = 6 * WEEK_HOURS + 30
    values[at] += 1000
    told = run(baselines, values[: at + 1])
    flag = flag_of(baselines, told[-1], 0, FIRST + at)
    assert flag is not None
    assert (flag.reason, flag.since) == (FlagReason.ABOVE, MONDAY + timedelta(hours=at))
    assert flag.deviations > 500
    further = run(baselines, values[at + 1 :], FIRST + at + 1)
    assert [one for one in further if len(flagged(one))] == []
    same_hour = further[WEEK_HOURS - 1].expected
    assert (float(same_hour.mean[0]), float(same_hour.deviation[0])) == pytest.approx((60, 1.5), rel=0.1, abs=1)


def test_a_gap_says_nothing_and_changes_nothing() -> None:
    baselines, values = empty(2), values_of(6 * WEEK_HOURS, 2)
    run(baselines, values)
    before = {slot: pack_row(baselines, slot) for slot in range(RUNNING)}
    told = run(baselines, np.full((48, 2), np.nan, np.float32), FIRST + 6 * WEEK_HOURS)
    assert all(len(flagged(one)) == 0 and np.isnan(one.deviations).all() for one in told)
    week = [slot for slot in range(WEEK_HOURS) if pack_row(baselines, slot) != before[slot]]
    assert week == []


def test_a_shift_is_told_since_its_first_hour_and_learnt_after_two_weeks() -> None:
    baselines, values = empty(), values_of(14 * WEEK_HOURS)
    at = 6 * WEEK_HOURS
    values[at:] += 5
    told = run(baselines, values)
    shifted = [hour for hour, one in enumerate(told) if one.shift[0]]
    assert at <= shifted[0] <= at + 24
    assert shifted[-1] == pytest.approx(at + learning.LEARNT_WEEKS * WEEK_HOURS, abs=3)
    week_later = told[shifted[-1] + 2 * WEEK_HOURS :]
    assert sum(len(flagged(one)) for one in week_later) == 0
    assert abs(float(np.mean([one.deviations[0] for one in week_later]))) < 0.5
    again = empty()
    standing = run(again, values[: shifted[0] + 1])[-1]
    flag = flag_of(again, standing, 0, FIRST + shifted[0])
    assert flag is not None
    assert flag.reason is FlagReason.SHIFT
    assert flag.since == MONDAY + timedelta(hours=at)


def test_what_stands_still_is_told_frozen_and_what_rests_by_nature_is_not() -> None:
    baselines, values = empty(2), values_of(6 * WEEK_HOURS, 2)
    values[:, 1] = np.where(np.arange(len(values)) % 97 < 20, 3.0, 0.0)
    at = 5 * WEEK_HOURS
    values[at:] = values[at]
    told = run(baselines, values[: at + 10])
    assert told[-1].frozen.tolist() == [True, False]
    flag = flag_of(baselines, told[-1], 0, FIRST + at + 9)
    assert flag is not None
    assert (flag.reason, flag.since) == (FlagReason.FROZEN, MONDAY + timedelta(hours=at))


def test_a_feast_goes_like_a_sunday_and_a_worked_saturday_like_a_monday() -> None:
    friday, saturday = datetime(2026, 1, 9, 4, tzinfo=UTC), datetime(2026, 1, 10, 4, tzinfo=UTC)

    def works(day: date) -> bool:
        return day == date(2026, 1, 10)

    assert slot_of(friday).week == 4 * 24 + 12
    assert slot_of(friday, works).week == 6 * 24 + 12
    assert slot_of(saturday, works).week == 12
    assert slot_of(saturday, lambda _: False).week == slot_of(saturday).week == 5 * 24 + 12


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 4),
    st.lists(
        st.one_of(st.none(), st.floats(-1e6, 1e6, width=32)),
        min_size=1,
        max_size=60,
    ),
)
def test_each_series_is_learnt_as_if_it_were_alone(others: int, heard: list[float | None]) -> None:
    mine = np.array([np.nan if one is None else one for one in heard], np.float32)
    alone, among = empty(), empty(others + 1)
    # A week of one-hour weeks: all rows of an hour are gone through again and again.
    slot = slot_of(MONDAY)
    for hour, value in enumerate(mine):
        one = alone.take(np.array([value]), slot, hour)
        beside = np.random.default_rng(hour).normal(0, 9, others).astype(np.float32)
        all_ = among.take(np.array([*beside, value], np.float32), slot, hour)
        assert one.deviations.tobytes() == all_.deviations[-1:].tobytes()
    for name in SEEN:
        assert getattr(alone, name)[:, 0].tobytes() == getattr(among, name)[:, -1].tobytes()
    assert (alone.variance >= 0).all()
    assert np.isfinite(alone.mean).all()


def test_what_is_packed_goes_on_as_if_nothing_had_happened_also_for_other_series() -> None:
    values = values_of(5 * WEEK_HOURS, 3)
    values[::7, 1] = np.nan
    keys = np.array([[1, 10], [1, 11], [2, 10]], np.int32)
    whole, half = empty(3), empty(3)
    run(whole, values)
    middle = 4 * WEEK_HOURS
    run(half, values[:middle])
    pieces = {slot: pack_row(half, slot) for slot in range(SLOTS)} | {RUNNING: pack_running(half, keys)}
    other = np.array([[2, 10], [3, 3], [1, 11]], np.int32)
    again = unpack(pieces, other, np.full(3, 0.01))
    run(again, values[middle:][:, [2, 0, 1]], FIRST + middle)
    for name in SEEN:
        assert getattr(again, name)[:, [0, 2]].tobytes() == getattr(whole, name)[:, [2, 1]].tobytes()
    assert again.seen[:, 1].sum() == 2 * WEEK_HOURS


def test_a_forecast_is_offered_where_it_beats_the_week_before() -> None:
    baselines, values = empty(2), values_of(12 * WEEK_HOURS, 2)
    walk = np.random.default_rng(3).normal(0, 9, (12, WEEK_HOURS)).cumsum(axis=0)
    values[:, 1] += walk.reshape(-1).astype(np.float32)
    run(baselines, values)
    good, bad = skill_of(baselines, 0), skill_of(baselines, 1)
    assert good.mase is not None
    assert bad.mase is not None
    assert 0.6 < good.mase < 0.9
    assert (good.is_offered, bad.is_offered) == (True, False)
    slots = [slot_of(MONDAY + timedelta(weeks=12, hours=hour)) for hour in range(24)]
    told = forecast(baselines, 0, slots)
    assert np.allclose(np.array(told, float), 50 + 10 * np.sin(2 * np.pi * np.arange(24) / 24), atol=2)
    assert skill_of(empty(), 0).is_offered is False
    assert forecast(empty(), 0, slots[:1]) == [None]
