"""Regions: the city, its districts (GB/T 2260, 6 digits) and its streets (9 digits)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class RegionLevel(StrEnum):
    """How large a region is; the code's length follows from it."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"


@dataclass(frozen=True, slots=True)
class Region:
    """One region; population in persons (census 2020), area in km², label point in WGS-84 degrees."""

    code: str
    level: RegionLevel
    parent_code: str | None
    name_zh: str
    name_en: str
    population: int | None = None
    area_km2: float | None = None
    label_lon: float | None = None
    label_lat: float | None = None


def level_of(code: str) -> RegionLevel:
    """Return how large the region of a code is: one of six digits that ends in 00 is the city."""
    if len(code) == DISTRICT:
        return RegionLevel.CITY if code.endswith("00") else RegionLevel.DISTRICT
    return RegionLevel.STREET


def is_city(code: str) -> bool:
    """Return whether a code is that of the city."""
    return level_of(code) is RegionLevel.CITY


def prefix(code: str) -> str:
    """Return what the codes of a region and of all within it begin with; nothing for the city."""
    return "" if is_city(code) else code


def holds(outer: str, inner: str) -> bool:
    """Return whether a region is another or lies in it."""
    return inner.startswith(prefix(outer))


def district_of(code: str) -> str:
    """Return the district that a street or district code lies in: the first six digits."""
    return code[:DISTRICT]


def child_in(outer: str, inner: str) -> str:
    """Return the child of a region in which a region within it lies; the outer one where that is the inner one."""
    if inner == outer or level_of(outer) is RegionLevel.STREET:
        return outer
    return district_of(inner) if is_city(outer) else inner


def common(codes: Iterable[str]) -> str:
    """Return the smallest region that holds all of these: a street, a district, or the city."""
    every = set(codes)
    if len(every) == 1:
        return every.pop()
    districts = {district_of(code) for code in every}
    return districts.pop() if len(districts) == 1 else f"{min(districts)[:4]}00"


class CommunityError(ValueError):
    """A code of a community, which is no region here; the text names it and the region it lies in."""

    def __init__(self, code: str, inside: str) -> None:
        self.inside = inside
        level = "district" if len(inside) == DISTRICT else "street"
        super().__init__(f"{code!r} is a community; communities are not known, write its {level}, {inside}")


def region_code(text: str) -> str:
    """Return a code of 12 digits (GB/T 10114, statistics' form) as ours: of a street 9, of a district or the city 6.

    440105001000 is the street 440105001, 440105000000 the district 440105. Anything else is returned as it is.

    Raises
    ------
    CommunityError
        The last three digits are those of a community (440105001003).
    """
    if len(text) != TWELVE or not (text.isascii() and text.isdigit()):
        return text
    street = text[:DISTRICT] if text[DISTRICT:STREET] == "000" else text[:STREET]
    if text[STREET:] != "000":
        raise CommunityError(text, street)
    return street


DISTRICT, STREET, TWELVE = 6, 9, 12
"""Digits of a code of a district or the city, of a street, and of either in the statistics' form."""
