"""Noise as a function: the same on every machine, even, smooth where it wanders, and kept apart by its names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.simulate.noise import channel, choice, key_of, logistic, uniform, wander

MOMENTS = st.floats(0, 4e9)
KEYS = st.integers(0, 2**64 - 1)


def test_keys_are_those_of_every_other_machine() -> None:
    # Fixed numbers: a city that is made again elsewhere, or by a later version, is the same city.
    assert key_of(20, "storm", "peak") == 2603270858559333029
    assert channel("haze") == 2127275340
    assert uniform(key_of(20, "city"), "haze", 7) == pytest.approx(0.5846213211364363, abs=1e-15)
    assert key_of(1, "23") != key_of(12, "3")  # the parts are told from each other
    assert key_of("a") == key_of("a")


@given(KEYS, st.integers(0, 2**40))
def test_a_number_depends_on_key_name_and_step_alone_and_lies_below_one(key: int, step: int) -> None:
    [one] = uniform(np.array([key], np.uint64), "rain", step)
    assert 0 <= one < 1
    row = uniform(np.array([key, key ^ 1], np.uint64), "rain", np.array([[step], [step + 1]]))
    assert row.shape == (2, 2)
    assert row[0, 0] == one
    assert len(set(row.ravel().tolist())) == 4
    assert uniform(np.array([key], np.uint64), "wind", step) != one


def test_numbers_are_even_and_steps_are_independent() -> None:
    numbers = uniform(np.arange(20_000, dtype=np.uint64), "any")
    counts = np.histogram(numbers, bins=10, range=(0, 1))[0]
    assert counts.min() > 1_800
    assert counts.max() < 2_200
    following = uniform(np.arange(20_000, dtype=np.uint64), "any", 1)
    assert abs(np.corrcoef(numbers, following)[0, 1]) < 0.03


@given(KEYS, MOMENTS, st.sampled_from([60.0, 3600.0, 172_800.0]))
def test_what_wanders_stays_within_one_and_never_jumps(key: int, moment: float, period_s: float) -> None:
    t = moment + np.linspace(0, 3 * period_s, 301)
    line = wander(key, "haze", t, period_s)
    assert np.abs(line).max() <= 1
    assert np.abs(np.diff(line)).max() < 0.04  # 2 * 1.5 of a hundredth of a period at the most, and rounding
    assert wander(key, "haze", t[7], period_s) == line[7]


def test_what_wanders_passes_through_its_own_numbers_at_whole_periods() -> None:
    steps = np.arange(5)
    assert wander(9, "haze", steps * 60.0, 60) == pytest.approx(2 * uniform(9, "haze", steps) - 1)
    halfway = wander(9, "haze", steps[:-1] * 60.0 + 30, 60)
    ends = 2 * uniform(9, "haze", steps) - 1
    assert halfway == pytest.approx((ends[:-1] + ends[1:]) / 2)


@given(st.floats(-1e9, 1e9))
def test_the_rise_goes_from_nothing_to_one_around_zero(x: float) -> None:
    low, high = logistic(np.array([x, -x]))
    assert low + high == pytest.approx(1)
    assert 0 <= low <= 1
    assert (low > 0.5) == (x > 1e-15) or abs(x) < 1e-12


def test_the_rise_is_that_of_the_logistic_function() -> None:
    assert logistic(np.array([-1e300, -1.0, 0.0, 2.0, 1e300])) == pytest.approx(
        [0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1]
    )


@pytest.mark.parametrize(
    ("number", "chosen"),
    [(0.0, "a"), (0.0999, "a"), (0.1, "b"), (0.39, "b"), (0.4, "d"), (0.999, "d"), (1.0, "d")],
)
def test_a_choice_falls_by_weight_and_never_on_what_has_none(number: float, chosen: str) -> None:
    assert choice(number, {"a": 1.0, "b": 3.0, "none": 0.0, "d": 6.0}) == chosen
