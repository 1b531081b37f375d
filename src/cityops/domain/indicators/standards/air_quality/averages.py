"""Means of hourly concentrations as reports need them, with the least number of hours that make each one valid.

Hours are a list of one region and pollutant, in order and without a gap, None where an hour is not valid.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.standards.air_quality.index import concentration_of
from cityops.domain.indicators.standards.air_quality.pollutants import O3_8H, AirItem, Averaging, Pollutant
from cityops.domain.indicators.standards.basis import Basis

Hours = Sequence[float | None]

DAY_HOURS = 24
WINDOW_HOURS = 8


class Validity(NamedTuple):
    """A rule by which a mean counts: at least so many of so many."""

    what_zh: str
    what_en: str
    least: int
    of: int
    basis: Basis


HOUR_VALID = Validity(
    "小时平均的采样时间（分钟）",
    "minutes of sampling in an hour",
    45,
    60,
    Basis("GB 3095-2026", "6.4 表4", BasisMark.READ),
)
"""The table names SO2, NO2, CO and O3; hours of particles are held to the same."""
DAY_VALID = Validity(
    "日平均的小时数", "hours in the mean of a day", 20, DAY_HOURS, Basis("GB 3095-2026", "6.4 表4", BasisMark.READ)
)
"""Also of the moving 24 hours of HJ 633-2012."""
WINDOW_VALID = Validity(
    "8小时平均的小时数",
    "hours in a mean of eight hours",
    6,
    WINDOW_HOURS,
    Basis("GB 3095-2026", "6.4 表4", BasisMark.READ),
)
WINDOWS_VALID = Validity(
    "日最大8小时平均的有效滑动平均数",
    "valid moving means, those that end at 8 to 24 h, for the greatest of a day",
    14,
    DAY_HOURS - WINDOW_HOURS + 1,
    Basis("HJ 663-2013", "臭氧日最大8小时平均的有效性", BasisMark.DEFAULT),
)
"""Fewer do where the greatest is already above the limit of ozone: more hours could only raise it."""

O3_8H_LIMIT = 160
"""Class 2 limit of ozone, 8 h, in µg/m³ (GB 3095-2026, table 1; GB 3095-2012)."""

VALIDITIES = (HOUR_VALID, DAY_VALID, WINDOW_VALID, WINDOWS_VALID)


def is_valid_hour(n: int, readings_per_s: float) -> bool:
    """Return whether readings that came cover enough of an hour, by the rate at which they are owed."""
    return n > 0 and n * HOUR_VALID.of >= readings_per_s * 3600 * HOUR_VALID.least


def mean_of(hours: Hours, rule: Validity) -> float | None:
    """Return the mean of hours, None where they are too few by the rule."""
    there = [one for one in hours if one is not None]
    return fmean(there) if len(there) >= rule.least else None


def greatest_window(hours: Hours) -> float | None:
    """Return the greatest moving mean of eight hours of a day (24 hours), None where too few are valid."""
    ends = range(WINDOW_HOURS, DAY_HOURS + 1)
    windows = [mean_of(hours[end - WINDOW_HOURS : end], WINDOW_VALID) for end in ends]
    valid = [one for one in windows if one is not None]
    if not valid:
        return None
    greatest = max(valid)
    enough = len(valid) >= WINDOWS_VALID.least or concentration_of(O3_8H, greatest) > O3_8H_LIMIT
    return greatest if enough else None


def greatest_hour(hours: Hours) -> float | None:
    """Return the greatest hour of a day, None where its hours would be too few for a mean of the day."""
    there = [one for one in hours if one is not None]
    return max(there) if len(there) >= DAY_VALID.least else None


def concentrations_of_day(hours: Mapping[Pollutant, Hours]) -> dict[AirItem, float | None]:
    """Return what a report of the day is made of, from the 24 hours of a natural day of each pollutant."""
    found: dict[AirItem, float | None] = {}
    for pollutant, day in hours.items():
        found[AirItem(pollutant, Averaging.DAY)] = mean_of(day, DAY_VALID)
        found[AirItem(pollutant, Averaging.EIGHT_HOURS)] = greatest_window(day)
        found[AirItem(pollutant, Averaging.HOUR)] = greatest_hour(day)
    return found


def concentrations_of_hour(hours: Mapping[Pollutant, Hours]) -> dict[AirItem, float | None]:
    """Return what a report of an hour is made of, from 24 hours of each pollutant that end with it."""
    found: dict[AirItem, float | None] = {}
    for pollutant, until in hours.items():
        found[AirItem(pollutant, Averaging.DAY)] = mean_of(until, DAY_VALID)
        found[AirItem(pollutant, Averaging.EIGHT_HOURS)] = mean_of(until[-WINDOW_HOURS:], WINDOW_VALID)
        found[AirItem(pollutant, Averaging.HOUR)] = until[-1]
    return found
