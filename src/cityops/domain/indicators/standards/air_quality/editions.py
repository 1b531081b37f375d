"""The editions of HJ 633 as data: breakpoints as the standard prints them, items of its reports, classes, dates.

Read from the standards themselves: HJ 633-2012 (tables 1, 2 and A.1, 5.1.2, 5.1.3), HJ 633-2026 (tables 1, 3 and A.1,
4.1.1, 4.2.2 to 4.2.6, 5.3.1). `index` computes by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.standards.air_quality.pollutants import (
    CO_1H,
    CO_24H,
    NO2_1H,
    NO2_24H,
    O3_1H,
    O3_8H,
    PM10_1H,
    PM10_24H,
    PM25_1H,
    PM25_24H,
    SO2_1H,
    SO2_24H,
    AirItem,
)
from cityops.domain.indicators.standards.basis import Basis
from cityops.domain.intervals import CITY_ZONE

IAQI = (0, 50, 100, 150, 200, 300, 400, 500)
"""The index at the breakpoints, the first column of the table; it goes no further (HJ 633-2026, 4.1.1)."""

WORST = IAQI[-1]

# fmt: off
# HJ 633-2012, table 1, in its order; None where it has a mark.
_HEADING_2012 = (SO2_24H, SO2_1H, NO2_24H, NO2_1H, PM10_24H, CO_24H, CO_1H, O3_1H, O3_8H, PM25_24H)
_ROWS_2012 = (
    (      0,      0,       0,      0,        0,      0,     0,     0,     0,        0),
    (     50,    150,      40,    100,       50,      2,     5,   160,   100,       35),
    (    150,    500,      80,    200,      150,      4,    10,   200,   160,       75),
    (    475,    650,     180,    700,      250,     14,    35,   300,   215,      115),
    (    800,    800,     280,  1_200,      350,     24,    60,   400,   265,      150),
    (  1_600,   None,     565,  2_340,      420,     36,    90,   800,   800,      250),
    (  2_100,   None,     750,  3_090,      500,     48,   120, 1_000,  None,      350),
    (  2_620,   None,     940,  3_840,      600,     60,   150, 1_200,  None,      500),
)
# HJ 633-2026, table 3, in its order; None where it has a mark.
_HEADING_2026 = (SO2_24H, SO2_1H, NO2_24H, NO2_1H, CO_24H, CO_1H, O3_8H, O3_1H, PM10_24H, PM25_24H)
_ROWS_2026 = (
    (      0,      0,       0,      0,      0,     0,     0,     0,        0,        0),
    (     50,    150,      40,    100,      2,     5,   100,   160,       50,       35),
    (    150,    500,      80,    200,      4,    10,   160,   200,      120,       60),
    (    475,    650,     180,    700,     14,    35,   215,   300,      250,      115),
    (    800,    800,     280,  1_200,     24,    60,   265,   400,      350,      150),
    (  1_600,   None,     565,  2_340,     36,    90,   800,   800,      420,      250),
    (  2_100,   None,     750,  3_090,     48,   120,  None, 1_000,      500,      350),
    (  2_620,   None,     940,  3_840,     60,   150,  None, 1_200,      600,      500),
)
# fmt: on

Breakpoints = tuple[int, ...]
"""Concentrations of one item, in its pollutant's unit, at as many of `IAQI` as the standard gives."""


def _columns(heading: Sequence[AirItem], rows: Sequence[Sequence[int | None]]) -> dict[AirItem, Breakpoints]:
    """Return a printed table by its columns."""
    columns = zip(heading, zip(*rows, strict=True), strict=True)
    return {item: tuple(one for one in column if one is not None) for item, column in columns}


class AirClass(NamedTuple):
    """A class (类别) of the index: its grade (级别), its upper end, its colour in RGB, which warns of nothing."""

    grade: int
    name_zh: str
    name_en: str
    up_to: int
    colour_zh: str
    colour: str


CLASSES = (
    AirClass(1, "优", "Excellent", 50, "绿色", "#00E400"),
    AirClass(2, "良", "Good", 100, "黄色", "#FFFF00"),
    AirClass(3, "轻度污染", "Lightly polluted", 150, "橙色", "#FF7E00"),
    AirClass(4, "中度污染", "Moderately polluted", 200, "红色", "#FF0000"),
    AirClass(5, "重度污染", "Heavily polluted", 300, "紫色", "#99004C"),
    AirClass(6, "严重污染", "Severely polluted", WORST, "褐红色", "#7E0023"),
)
"""Of both editions, which differ in where the first begins; English names are ours, colours of A.1."""


@dataclass(frozen=True)
class Edition:
    """An edition of the standard, in force from midnight of a day in the city's zone."""

    code: str
    in_force: date
    basis: Basis
    breakpoints: Mapping[AirItem, Breakpoints]
    beyond: Mapping[AirItem, int | AirItem]
    """What is reported above the last breakpoint: an index, or that of another item; of others `WORST`."""
    items_of_day: tuple[AirItem, ...]
    items_of_hour: tuple[AirItem, ...]
    least: int
    """Where the index and its first class begin."""
    incomplete_above: int | None
    """Without a pollutant, the index is told only above this (NA up to it); None: always."""


HJ_633_2012 = Edition(
    "HJ 633-2012",
    date(2016, 1, 1),
    Basis("HJ 633-2012", "表1 表2 4.2 5.1.2 5.1.3 6.2", BasisMark.READ),
    _columns(_HEADING_2012, _ROWS_2012),
    {SO2_1H: SO2_24H, O3_8H: O3_1H},
    items_of_day=(SO2_24H, NO2_24H, PM10_24H, CO_24H, O3_1H, O3_8H, PM25_24H),
    # Means of one hour of particles are told as concentrations alone (table 4): the table has no column for them.
    items_of_hour=(SO2_1H, NO2_1H, PM10_1H, PM10_24H, CO_1H, O3_1H, O3_8H, PM25_1H, PM25_24H),
    least=0,
    incomplete_above=None,
)

_COLUMNS_2026 = _columns(_HEADING_2026, _ROWS_2026)

HJ_633_2026 = Edition(
    "HJ 633-2026",
    date(2026, 3, 1),
    Basis("HJ 633-2026", "表1 表3 4.1.1 4.2 4.3 5.3.1 5.3.2", BasisMark.READ),
    # Means of one hour of particles are read from the columns of the day (4.2.4).
    _COLUMNS_2026 | {PM10_1H: _COLUMNS_2026[PM10_24H], PM25_1H: _COLUMNS_2026[PM25_24H]},
    {SO2_1H: 200, O3_8H: 300},
    items_of_day=(SO2_24H, NO2_24H, CO_24H, O3_8H, PM10_24H, PM25_24H),
    items_of_hour=(SO2_1H, NO2_1H, CO_1H, O3_1H, PM10_1H, PM25_1H),
    least=1,
    incomplete_above=100,
)

EDITIONS = (HJ_633_2012, HJ_633_2026)
"""In their order; the first is taken for days before it, too."""


def edition_at(moment: datetime) -> Edition:
    """Return the edition in force at a moment, by the day that it lies on in the city's zone."""
    day = moment.astimezone(CITY_ZONE).date()
    return next((one for one in reversed(EDITIONS) if one.in_force <= day), EDITIONS[0])


class DefinitionChange(NamedTuple):
    """From when on numbers mean something else: a chart draws a break there."""

    at: datetime
    before: Edition
    after: Edition

    @property
    def note_zh(self) -> str:
        """Return what a chart says of it, in Chinese."""
        day = self.after.in_force
        return (
            f"自{day.year}年{day.month}月{day.day}日起按 {self.after.code} 计算，此前按 {self.before.code}："
            "口径不同，前后数值不宜直接比较。"
        )

    @property
    def note_en(self) -> str:
        """Return what a chart says of it, in English."""
        return (
            f"Computed by {self.after.code} from {self.after.in_force} on and by {self.before.code} before: the "
            "definition changed, so compare values across that day with care."
        )


def changes_between(start: datetime, end: datetime) -> list[DefinitionChange]:
    """Return the changes that fall within a period, neither at its beginning nor at its end."""
    changes = (
        DefinitionChange(datetime(day.year, day.month, day.day, tzinfo=CITY_ZONE), before, after)
        for before, after in pairwise(EDITIONS)
        for day in [after.in_force]
    )
    return [one for one in changes if start < one.at < end]
