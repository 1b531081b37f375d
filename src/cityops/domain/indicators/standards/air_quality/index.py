"""The air quality index of a period: concentrations and an edition in; index, class, primary pollutants out.

HJ 633-2026 clauses 4.2 to 4.3 and 5.3; HJ 633-2012 clauses 4.2 to 4.4.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from cityops.domain.indicators.standards.air_quality.editions import CLASSES, IAQI, WORST, AirClass, Edition
from cityops.domain.indicators.standards.air_quality.pollutants import AirItem, Pollutant
from cityops.domain.indicators.standards.exact import half_even

Concentrations = Mapping[AirItem, float | None]
"""By item, in the pollutant's unit; None, or not there, where nothing valid was measured."""


class ItemIndex(NamedTuple):
    """An item of a report: its rounded concentration and its individual index (IAQI), None where there is none."""

    item: AirItem
    concentration: Decimal | None
    iaqi: int | None


@dataclass(frozen=True)
class AirQuality:
    """The air of a region in a period, by an edition; `aqi` and `air_class` are None where the index is NA."""

    edition: Edition
    aqi: int | None
    air_class: AirClass | None
    primary: tuple[Pollutant, ...]
    """Those that share the highest index; none up to 50."""
    missing: tuple[Pollutant, ...]
    """Those of which there is no index."""
    items: tuple[ItemIndex, ...]


def concentration_of(item: AirItem, value: float) -> Decimal:
    """Return a concentration as it is reported and reckoned with, half to even (HJ 633-2026, 4.2.2; GB/T 8170).

    Raises
    ------
    ValueError
        It is below zero, or no number.
    """
    if value < 0:
        raise ValueError(f"{item.code}: {value} {item.pollutant.unit} is no concentration; leave it out")
    return half_even(value, item.pollutant.decimals)


def iaqi(edition: Edition, item: AirItem, concentrations: Concentrations) -> int | None:
    """Return the individual index of an item, rounded up (formula 1; HJ 633-2026, 4.2.6; HJ 633-2012, 6.2).

    None where nothing was measured, or where the edition has no breakpoints for the item.
    """
    value, breakpoints = concentrations.get(item), edition.breakpoints.get(item)
    if value is None or breakpoints is None:
        return None
    concentration = concentration_of(item, value)
    if concentration > breakpoints[-1]:
        beyond = edition.beyond.get(item, WORST)
        return beyond if isinstance(beyond, int) else iaqi(edition, beyond, concentrations)
    upper = max(1, bisect_left(breakpoints, concentration))
    return _between(concentration, breakpoints, upper)


@lru_cache(maxsize=8192)  # rounded concentrations are few, and a year of regions asks for them again and again
def _between(concentration: Decimal, breakpoints: tuple[int, ...], upper: int) -> int:
    """Interpolate between two breakpoints without a rounding of its own, then round up."""
    low, high = breakpoints[upper - 1 : upper + 1]
    slope = Fraction(IAQI[upper] - IAQI[upper - 1], high - low)
    return ceil(slope * (Fraction(concentration) - low) + IAQI[upper - 1])


def class_of(aqi: int) -> AirClass:
    """Return the class of an index (HJ 633-2026, table 1; HJ 633-2012, table 2)."""
    return next(one for one in CLASSES if aqi <= one.up_to)


def air_quality(
    edition: Edition,
    items: Collection[AirItem],
    concentrations: Concentrations,
    *,
    unplanned: Collection[Pollutant] = (),
) -> AirQuality:
    """Return the air quality of a period by the items of a report: those of the day or of the hour of `edition`.

    Parameters
    ----------
    concentrations
        What was measured, not rounded; also of items beside the report's, where the edition falls back on them.
    unplanned
        Pollutants that nobody plans to measure here and that were in three years never primary when the air was
        polluted: without them the index is told all the same (HJ 633-2026, 5.3.2).

    Raises
    ------
    ValueError
        A concentration is below zero, or no number.
    """
    told = tuple(_told(edition, item, concentrations) for item in items)
    highest: dict[Pollutant, int] = {}
    for one in told:
        if one.iaqi is not None:
            highest[one.item.pollutant] = max(one.iaqi, highest.get(one.item.pollutant, 0))
    missing = tuple(one for one in Pollutant if one not in highest)
    aqi = _index(edition, highest, complete=set(missing) <= set(unplanned))
    if aqi is None:
        return AirQuality(edition, None, None, (), missing, told)
    primary = tuple(one for one in Pollutant if aqi > 50 and highest.get(one) == aqi)
    return AirQuality(edition, aqi, class_of(aqi), primary, missing, told)


def _told(edition: Edition, item: AirItem, concentrations: Concentrations) -> ItemIndex:
    value = concentrations.get(item)
    rounded = None if value is None else concentration_of(item, value)
    return ItemIndex(item, rounded, iaqi(edition, item, concentrations))


def _index(edition: Edition, highest: Mapping[Pollutant, int], *, complete: bool) -> int | None:
    """Return the highest individual index (formula 2), None where it may not be told (HJ 633-2026, 5.3.1)."""
    if not highest:
        return None
    aqi = max(edition.least, *highest.values())
    withheld = edition.incomplete_above is not None and aqi <= edition.incomplete_above
    return None if withheld and not complete else aqi
