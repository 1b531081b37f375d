"""How congested traffic is by GB/T 33171-2016: by an index, by the time that a way takes, by the speed on a link."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.standards.basis import Basis
from cityops.domain.indicators.standards.exact import exact

BASIS = Basis("GB/T 33171-2016", "指数与路段速度分级", BasisMark.CITED)


class Congestion(IntEnum):
    """A level of congestion, the best first."""

    FREE = 1
    MOSTLY_FREE = 2
    LIGHT = 3
    MODERATE = 4
    HEAVY = 5

    @property
    def name_zh(self) -> str:
        """Return its name in Chinese."""
        return ("畅通", "基本畅通", "轻度拥堵", "中度拥堵", "严重拥堵")[self - 1]

    @property
    def name_en(self) -> str:
        """Return its name in English."""
        return ("free", "mostly free", "light congestion", "moderate congestion", "heavy congestion")[self - 1]


class IndexScheme(StrEnum):
    """What an index counts; values of two schemes are never compared, averaged or drawn on one axis."""

    TPI = "tpi"
    """0 to 10, of floating cars over the whole network (交通拥堵指数)."""
    TIME_RATIO = "time_ratio"
    """Time that a way takes over that of free flow, 1 and more, as providers of maps tell it."""


BEGINS: Mapping[IndexScheme, tuple[str, ...]] = {
    IndexScheme.TPI: ("0", "2", "4", "6", "8"),
    IndexScheme.TIME_RATIO: ("1", "1.2", "1.5", "1.8", "2.1"),
}
"""Where each level begins: the ratios are the extra time of 20, 50, 80 and 110 % that goes with 2, 4, 6 and 8."""

ENDS: Mapping[IndexScheme, str] = {IndexScheme.TPI: "10", IndexScheme.TIME_RATIO: "Infinity"}


def congestion(value: float, scheme: IndexScheme = IndexScheme.TPI) -> Congestion:
    """Return the level of an index; a level holds its lower end, as warnings of `traffic_index` do.

    Raises
    ------
    ValueError
        There is no such value in the scheme.
    """
    found = exact(value)
    begins, high = [Decimal(one) for one in BEGINS[scheme]], Decimal(ENDS[scheme])
    if not begins[0] <= found <= high:
        raise ValueError(f"{value} is no {scheme}, which goes from {begins[0]} to {high}; is it of another scheme?")
    return Congestion(bisect_right(begins, found))


class RoadGrade(StrEnum):
    """A grade of urban roads."""

    EXPRESSWAY = "expressway"
    """快速路."""
    ARTERIAL = "arterial"
    """主干路."""
    LOCAL = "local"
    """次干路 and 支路."""


SPEEDS: Mapping[RoadGrade, tuple[int, ...]] = {
    RoadGrade.EXPRESSWAY: (20, 35, 50, 65),
    RoadGrade.ARTERIAL: (15, 20, 30, 40),
    RoadGrade.LOCAL: (10, 15, 25, 35),
}
"""Up to which speed in km/h, with it, a link is heavily, moderately, lightly congested, mostly free."""


def link_congestion(grade: RoadGrade, speed: float) -> Congestion:
    """Return the level of a link by its mean speed in km/h.

    Raises
    ------
    ValueError
        The speed is below zero, or no number.
    """
    found = exact(speed)
    if found < 0:
        raise ValueError(f"{speed} km/h is no speed of a link; leave it out where nobody drove")
    return Congestion(Congestion.HEAVY - bisect_left([Decimal(one) for one in SPEEDS[grade]], found))
