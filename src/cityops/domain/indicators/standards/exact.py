"""Measured values as the decimal numbers that they stand for, so that a limit is met where the standard says so.

Limits are decimal, and binary floats are not: 0.35 rounds to 0.3 as a 32-bit float and 0.15 is above 0.15.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

SIGNIFICANT = 7
"""Digits of a measured value that are believed: a 32-bit float, as many devices send, holds no more."""

_BELIEVED = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_EVEN)


def exact(value: float) -> Decimal:
    """Return the decimal number behind a measured value, to seven significant digits.

    Raises
    ------
    ValueError
        It is no number.
    """
    found = _BELIEVED.create_decimal(repr(float(value)))
    if not found.is_finite():
        raise ValueError(f"{value} is not a measured value; leave it out where nothing was measured")
    return found


def half_even(value: float, decimals: int) -> Decimal:
    """Return a measured value rounded to so many decimals, halves to the even digit (GB/T 8170-2008, 3.2).

    >>> half_even(60.5, 0), half_even(61.5, 0), half_even(2.05, 1)
    (Decimal('60'), Decimal('62'), Decimal('2.0'))
    """
    return exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
