"""Freshness: an age against its cadence, and what screens call the states of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.freshness import DeviceState, Freshness, freshness

ORDER = [Freshness.FRESH, Freshness.LATE, Freshness.SILENT]


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [
        (-30, Freshness.FRESH),  # a device's clock may run ahead
        (0, Freshness.FRESH),
        (120, Freshness.FRESH),
        (120.1, Freshness.LATE),
        (360, Freshness.LATE),
        (361, Freshness.SILENT),
        (None, Freshness.SILENT),
    ],
)
def test_a_minute_device(age_s: float | None, expected: Freshness) -> None:
    assert freshness(age_s, 60) is expected


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(1, 86_400))
def test_growing_older_makes_nothing_fresher(age_s: float, more_s: float, interval_s: int) -> None:
    assert ORDER.index(freshness(age_s, interval_s)) <= ORDER.index(freshness(age_s + more_s, interval_s))


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (DeviceState.ONLINE, Freshness.FRESH),
        (DeviceState.LATE, Freshness.LATE),
        (DeviceState.SILENT, Freshness.SILENT),
        (DeviceState.NEVER, Freshness.SILENT),
    ],
)
def test_a_device_that_never_spoke_is_silent_to_screens(state: DeviceState, shown: Freshness) -> None:
    assert state.freshness is shown
