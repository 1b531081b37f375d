"""The four-level chain of chief data officers (四级首席数据官): who answers for a unit's data, who is missing.

Levels are those of the city's pilot of 2021-07: 市首席数据官, 首席数据执行官, 区属或部属首席数据官, 数据联络专员.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.numbers import STARS
from cityops.domain.registration.cells import BadRow, shown
from cityops.domain.resources.datasets import check_texts, code_in


class OfficerLevel(StrEnum):
    """A level of the chain, the highest first; the two highest are the city's and answer for every unit."""

    CITY = "city"
    EXECUTIVE = "executive"
    UNIT = "unit"
    LIAISON = "liaison"

    @property
    def is_of_city(self) -> bool:
        """Whether its officer answers for all units."""
        return self in {OfficerLevel.CITY, OfficerLevel.EXECUTIVE}


EVERY_UNIT = "-"
"""Stands for the unit of the levels that answer for all of them."""


@dataclass(frozen=True, slots=True)
class DataOfficer:
    """Somebody who answers for data: of which unit, at which level, in which office."""

    level: OfficerLevel
    unit_code: str
    office: str
    person: str
    phone: str


OFFICER_COLUMNS = ("level", "unit_code", "office", "person", "phone")


def read_officer(row: Mapping[str, str]) -> DataOfficer:
    """Make an officer from a row of text by column name; one of the city's levels names no unit.

    Raises
    ------
    BadRow
        A cell is missing or wrong.
    """
    texts = {name: (row.get(name) or "").strip() for name in OFFICER_COLUMNS}
    check_texts(texts, ("level", "office", "person"))
    try:
        level = OfficerLevel(texts["level"])
    except ValueError:
        remedy = f"write one of {', '.join(OfficerLevel)}"
        raise BadRow("level", f"{shown(texts['level'])} is no level", remedy) from None
    if level.is_of_city is bool(texts["unit_code"]):
        reason = "a level of the city has no unit" if level.is_of_city else "empty or missing"
        raise BadRow("unit_code", reason, "leave it empty for city and executive, fill it in for the others")
    unit = EVERY_UNIT if level.is_of_city else code_in("unit_code", texts["unit_code"])
    return DataOfficer(level, unit, texts["office"], texts["person"], texts["phone"])


@dataclass(frozen=True, slots=True)
class DataChain:
    """Who answers for a unit's data, the highest first, and the levels at which nobody does."""

    unit_code: str
    gaps: tuple[OfficerLevel, ...]
    officers: tuple[DataOfficer, ...]


def chain(unit_code: str, officers: Iterable[DataOfficer]) -> DataChain:
    """Return the chain of a unit."""
    order = list(OfficerLevel)
    mine = [one for one in officers if one.unit_code in {unit_code, EVERY_UNIT}]
    mine.sort(key=lambda one: (order.index(one.level), one.office, one.person))
    held = {one.level for one in mine}
    return DataChain(unit_code, tuple(level for level in order if level not in held), tuple(mine))


def veiled(name: str) -> str:
    """Return a person's name, or number, as those see it who do not handle persons' data: 张** for 张三."""
    return f"{name[:1]}{STARS}" if name else ""
