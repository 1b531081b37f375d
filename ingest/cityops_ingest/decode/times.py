"""Checks the times of an item: not before 2000, not further ahead than a clock may be wrong."""

from datetime import UTC, datetime, timedelta

from cityops.domain.readings import EARLIEST, LONGEST_AHEAD
from cityops.domain.rejects import Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_US = (EARLIEST - _EPOCH) // timedelta(microseconds=1)
AHEAD_US = LONGEST_AHEAD // timedelta(microseconds=1)


_FARTHEST_MS = 2**53
"""JSON allows integers of any length; this one, 285,000 years from now, is refused like them, and fits 64 bits."""


def microseconds(moment: int | datetime) -> int:
    """Return a wire time as microseconds since 1970-01-01 UTC, cut to 64 bits if it is beyond any calendar."""
    if isinstance(moment, int):
        return min(max(moment, -_FARTHEST_MS), _FARTHEST_MS) * 1000
    return round(moment.timestamp() * 1_000_000)


def refusal_of(ts: int, now_us: int) -> tuple[Reason, str] | None:
    """Return why a time (microseconds since 1970 UTC) is refused, None where it is sound."""
    if ts < EARLIEST_US:
        return Reason.TIME_TOO_OLD, f"{_shown(ts)} is before 2000"
    if ts > now_us + AHEAD_US:
        return Reason.TIME_IN_FUTURE, f"{_shown(ts)} is {(ts - now_us) / 1e6:.0f} s ahead"
    return None


def _shown(ts: int) -> str:
    try:
        return (_EPOCH + timedelta(microseconds=ts)).isoformat()
    except OverflowError:
        return f"{ts} µs since 1970"
