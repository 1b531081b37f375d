"""Checks the times of an item: not before 2000, not further ahead than a clock may be wrong."""

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cityops.domain.readings import EARLIEST, LONGEST_AHEAD
from cityops.domain.rejects import Reason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_US = (EARLIEST - _EPOCH) // timedelta(microseconds=1)
AHEAD_US = LONGEST_AHEAD // timedelta(microseconds=1)


_FARTHEST_US = 2**63 - 1
_PER_UNIT = ((1e14, 1_000.0), (1e17, 1.0), (math.inf, 0.001))
"""A number below the first is in ms, below the next in µs, else in ns; each unit's times from 2000 to 5000 lie within
its own range. Seconds are not told so: a clock that was never set, and counts ms from 1970, soon looks alike."""

_LEAP = re.compile(r"(.*[T ]\d\d:?\d\d:?):?60(?:[.,]\d+)?(.*)", re.ASCII | re.DOTALL)
_SECONDS = re.compile(r"\s*\d{1,11}(?:\.\d{0,9})?\s*", re.ASCII)
_SECONDS_BELOW = 1e11
"""Of seconds the year 5138, of ms 1973."""

_NUMBER = re.compile(r"\s*\d{9,19}(?:\.\d{0,9})?\s*", re.ASCII)


def microseconds(moment: float | datetime) -> int:
    """Return a wire time as microseconds since 1970-01-01 UTC, cut to 64 bits if it is beyond any calendar."""
    if isinstance(moment, datetime):
        return round(moment.timestamp() * 1_000_000)
    size = abs(moment)
    per_unit = next(factor for limit, factor in _PER_UNIT if size < limit or limit == math.inf)
    if isinstance(moment, int) and per_unit >= 1:
        return moment * int(per_unit)
    try:
        return max(min(round(moment * per_unit), _FARTHEST_US), -_FARTHEST_US)
    except OverflowError:  # of any length, or infinite
        return _FARTHEST_US if moment > 0 else -_FARTHEST_US


def parsed(value: object, zone: ZoneInfo | None = None) -> int:
    """Return a time of any format as microseconds since 1970 UTC; `zone` holds where a text names none.

    A text is ISO 8601, or a number of ms, µs or ns since 1970. A leap second (23:59:60) is the last microsecond of
    the second before, which no other second's stamp is.

    Raises
    ------
    ValueError
        It is no time, or names no zone where none is declared.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value:  # noqa: PLR0124 - not NaN
        return microseconds(value)
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]!r} is not a time")
    if _NUMBER.fullmatch(value):
        return microseconds(float(value) if "." in value else int(value))
    moment = datetime.fromisoformat(without_leap(value))
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f"{value!r} names no zone")
        moment = moment.replace(tzinfo=zone)
    try:
        return round(moment.timestamp() * 1_000_000)
    except OverflowError as error:
        raise ValueError(f"{value!r} is beyond the calendar") from error


def of_past(value: object, zone: ZoneInfo) -> int:
    """Return the time of a past value, as `parsed` does; a number that is too small for ms counts seconds since 1970.

    Devices that keep a history have a clock that was set, so that a small number is no clock that was not.

    Raises
    ------
    ValueError
        It is no time, or a day without a time.
    """
    number = float(value) if isinstance(value, str) and _SECONDS.fullmatch(value) else value
    if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < _SECONDS_BELOW:
        return microseconds(number * 1000)
    if isinstance(value, str) and not _NUMBER.fullmatch(value) and ":" not in value and "T" not in value:
        raise ValueError(f"{value[:40]!r} is not a time")
    return parsed(value, zone)


def without_leap(text: str) -> str:
    """Return a time as text without a leap second."""
    found = _LEAP.fullmatch(text)
    return f"{found[1]}59.999999{found[2]}" if found else text


def mended(item: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return an object in which times that its type does not take, but `parsed` does, are such."""
    changed = {}
    for name in names:
        given = item.get(name)
        if isinstance(given, str | float):
            with suppress(ValueError, OverflowError):
                changed[name] = _EPOCH + timedelta(microseconds=parsed(given))
    return item | changed


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
