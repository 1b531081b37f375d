"""Freshness: an age against its cadence."""

import pytest

from cityops.domain.freshness import Freshness, freshness


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
