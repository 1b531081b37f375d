"""Surface water by GB 3838-2002, table 1: the class of an item, of a section by its worst, and shares of sections."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.standards.basis import Basis
from cityops.domain.indicators.standards.exact import exact

BASIS = Basis("GB 3838-2002", "表1", BasisMark.DEFAULT)


class WaterClass(IntEnum):
    """A class of water, the best first; the last is worse than Ⅴ (劣Ⅴ类)."""

    I = 1  # noqa: E741 - the standard's own name
    II = 2
    III = 3
    IV = 4
    V = 5
    WORSE = 6

    @property
    def name_zh(self) -> str:
        """Return its name in Chinese."""
        return ("Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类")[self - 1]

    @property
    def name_en(self) -> str:
        """Return its name in English."""
        return "worse than Class V" if self is WaterClass.WORSE else f"Class {self.name}"


class WaterItem(StrEnum):
    """A basic item, in mg/L; pH has no unit."""

    PH = "ph"
    OXYGEN = "dissolved_oxygen"
    PERMANGANATE = "permanganate_index"
    COD = "cod"
    BOD5 = "bod5"
    AMMONIA = "ammonia_nitrogen"
    PHOSPHORUS = "total_phosphorus"
    LAKE_PHOSPHORUS = "total_phosphorus_lake"
    """Of lakes and reservoirs, which have limits of their own."""


# fmt: off
LIMITS: Mapping[WaterItem, tuple[str, ...]] = {
    #                              Ⅰ      Ⅱ       Ⅲ       Ⅳ      Ⅴ
    WaterItem.OXYGEN:          ("7.5",  "6",    "5",    "3",   "2"),    # at least
    WaterItem.PERMANGANATE:    ("2",    "4",    "6",    "10",  "15"),   # at most, and so on
    WaterItem.COD:             ("15",   "15",   "20",   "30",  "40"),
    WaterItem.BOD5:            ("3",    "3",    "4",    "6",   "10"),
    WaterItem.AMMONIA:         ("0.15", "0.5",  "1.0",  "1.5", "2.0"),
    WaterItem.PHOSPHORUS:      ("0.02", "0.1",  "0.2",  "0.3", "0.4"),
    WaterItem.LAKE_PHOSPHORUS: ("0.01", "0.025", "0.05", "0.1", "0.2"),
}
# fmt: on
"""A value at the limit is still of the class."""

PH_RANGE = (Decimal(6), Decimal(9))
"""Of all classes."""

SATURATED = Decimal(90)
"""Water of Class I holds 7.5 mg/L of oxygen, or so much of what it can hold, in %."""


def item_class(item: WaterItem, value: float) -> WaterClass:
    """Return the class of one item.

    Raises
    ------
    ValueError
        The value is no number.
    """
    measured = exact(value)
    if item is WaterItem.PH:
        return WaterClass.I if PH_RANGE[0] <= measured <= PH_RANGE[1] else WaterClass.WORSE
    sign = -1 if item is WaterItem.OXYGEN else 1
    held = (place for place, limit in enumerate(LIMITS[item], 1) if sign * measured <= sign * Decimal(limit))
    return WaterClass(next(held, WaterClass.WORSE))


@dataclass(frozen=True)
class WaterSection:
    """A section (断面): its class by the worst item, None where nothing was measured, and which items decide it."""

    water_class: WaterClass | None
    deciding: tuple[WaterItem, ...]
    classes: Mapping[WaterItem, WaterClass]


def section(values: Mapping[WaterItem, float], *, oxygen_saturation: float | None = None) -> WaterSection:
    """Return the class of a section from what was measured there; the worst single item decides.

    `oxygen_saturation`, in %, can make oxygen Class I; below that its concentration has to tell.

    Raises
    ------
    ValueError
        A value is no number.
    """
    classes = {item: item_class(item, value) for item, value in values.items()}
    if oxygen_saturation is not None and exact(oxygen_saturation) >= SATURATED:
        classes[WaterItem.OXYGEN] = WaterClass.I
    if not classes:
        return WaterSection(None, (), {})
    worst = max(classes.values())
    return WaterSection(worst, tuple(item for item, one in classes.items() if one is worst), classes)


@dataclass(frozen=True)
class WaterShare:
    """How many sections are of Class III or better, of how many that have a class."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """Return the share from 0 to 1, None where no section has a class."""
        return self.numerator / self.denominator if self.denominator else None


def good_share(classes: Iterable[WaterClass | None]) -> WaterShare:
    """Return the share of sections of Class I to III (优良水体比例); those without a class are left out."""
    known = [one for one in classes if one is not None]
    return WaterShare(sum(one <= WaterClass.III for one in known), len(known))
