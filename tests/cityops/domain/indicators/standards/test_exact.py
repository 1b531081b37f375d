"""Measured values as decimals: halves go to the even digit, however the value came to be a binary float."""

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.exact import exact, half_even


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        (60.5, 0, "60"),
        (61.5, 0, "62"),
        (60.51, 0, "61"),
        (0.5, 0, "0"),
        (2.05, 1, "2.0"),
        (2.15, 1, "2.2"),
        (2.25, 1, "2.2"),
        (0.35, 1, "0.4"),
    ],
)
def test_a_half_goes_to_the_even_digit(value: float, decimals: int, rounded: str) -> None:
    assert str(half_even(value, decimals)) == rounded
    assert str(half_even(float(np.float32(value)), decimals)) == rounded  # as devices with 32 bits send it


@given(st.integers(0, 9_999_99), st.sampled_from([0, 1]))
def test_rounding_is_that_of_the_written_number(hundredths: int, decimals: int) -> None:
    written = Decimal(hundredths) / 100
    step = Decimal(1).scaleb(-decimals)
    assert half_even(float(written), decimals) == written.quantize(step, ROUND_HALF_EVEN)
    assert half_even(float(np.float32(hundredths / 100)), decimals) == written.quantize(step, ROUND_HALF_EVEN)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="is not a measured value"):
        exact(value)
