"""Noise by GB 3096-2008: limits by class of area and hour, levels over time as energy means, exceedance."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from math import log10
from typing import NamedTuple

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.standards.basis import Basis
from cityops.domain.indicators.standards.exact import exact
from cityops.domain.intervals import CITY_ZONE

BASIS = Basis("GB 3096-2008", "表1", BasisMark.CITED)

DAY_BEGINS, NIGHT_BEGINS = 6, 22
"""Hours of the city's zone; the standard lets a city set others."""

NIGHT_PEAK = 15
"""By so many dB(A) at most may a sudden noise at night exceed the limit."""


class NoiseArea(StrEnum):
    """A class of areas by what they are for (声环境功能区)."""

    CLASS_0 = "0"
    CLASS_1 = "1"
    CLASS_2 = "2"
    CLASS_3 = "3"
    CLASS_4A = "4a"
    CLASS_4B = "4b"


class NoiseLimits(NamedTuple):
    """What an area is for, and its limits of Leq by day and by night, in dB(A)."""

    use_zh: str
    use_en: str
    day: int
    night: int


LIMITS: Mapping[NoiseArea, NoiseLimits] = {
    NoiseArea.CLASS_0: NoiseLimits("康复疗养", "convalescence", 50, 40),
    NoiseArea.CLASS_1: NoiseLimits("居住、医疗、文教、行政", "housing, hospitals, schools, offices", 55, 45),
    NoiseArea.CLASS_2: NoiseLimits("商业、混杂", "trade, mixed use", 60, 50),
    NoiseArea.CLASS_3: NoiseLimits("工业、物流", "industry, logistics", 65, 55),
    NoiseArea.CLASS_4A: NoiseLimits("道路干线、轨道（地面）、航道两侧", "main roads, rails, waterways", 70, 55),
    NoiseArea.CLASS_4B: NoiseLimits("铁路干线两侧", "main railways", 70, 60),
}


def is_night(moment: datetime) -> bool:
    """Return whether a moment lies in the night, 22 to 6 h in the city's zone."""
    return not DAY_BEGINS <= moment.astimezone(CITY_ZONE).hour < NIGHT_BEGINS


def limit_of(area: NoiseArea, moment: datetime) -> int:
    """Return the limit of an area at a moment, in dB(A)."""
    limits = LIMITS[area]
    return limits.night if is_night(moment) else limits.day


def exceedance(area: NoiseArea, moment: datetime, leq: float) -> Decimal:
    """Return by how many dB(A) a level exceeds its limit; 0 at the limit or below it."""
    return max(Decimal(0), exact(leq) - limit_of(area, moment))


def peak_exceedance(area: NoiseArea, moment: datetime, peak: float) -> Decimal:
    """Return by how many dB(A) a sudden noise exceeds what the night allows (limit + 15); by day nothing is set."""
    if not is_night(moment):
        return Decimal(0)
    return max(Decimal(0), exact(peak) - limit_of(area, moment) - NIGHT_PEAK)


def energy_mean(levels: Sequence[float]) -> float | None:
    """Return the equivalent level of levels over equally long times, in dB(A); None without any.

    Leq = 10 lg (1/n · Σ 10^(L/10)): their energies are averaged, not their decibels. The loudest is taken out first,
    so that no power is too large for a float.
    """
    if not levels:
        return None
    loudest = max(levels)
    return loudest + 10 * log10(sum(10 ** ((one - loudest) / 10) for one in levels) / len(levels))


class DayNight(NamedTuple):
    """The equivalent levels of day (Ld) and night (Ln) in dB(A), None where nothing was measured, and their hours."""

    day: float | None
    night: float | None
    day_hours: int
    night_hours: int


def day_night(hours: Iterable[tuple[datetime, float]]) -> DayNight:
    """Return Ld and Ln of hourly levels, each with the moment at which its hour begins."""
    parts: tuple[list[float], list[float]] = [], []
    for begins, level in hours:
        parts[is_night(begins)].append(level)
    day, night = parts
    return DayNight(energy_mean(day), energy_mean(night), len(day), len(night))
