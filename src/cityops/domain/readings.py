"""Readings: one value of one metric of one device at one instant, and what makes its time and quality valid."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No source system is older; an earlier time is a clock that was never set (1970) or a wrong unit."""

LONGEST_AHEAD = timedelta(minutes=10)
"""How far a device's clock may run ahead of ours before its time is taken for wrong."""

CLOCK_TOLERANCE = timedelta(seconds=2)
"""A device's clock is taken for right as long as it runs ahead of its message's receipt by no more than this."""

ROLLUP_BUCKET = timedelta(minutes=5)
"""Width of a rollup row; buckets are aligned to the epoch in UTC."""


class Quality(IntEnum):
    """What the sender says of a value."""

    GOOD = 0
    UNCERTAIN = 1
    MANUAL = 2
