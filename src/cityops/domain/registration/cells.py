"""Cells of a registration file: text to be read, and what is told of a cell that is wrong."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.regions import CommunityError, region_code

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""C0, C1, ends of lines, and what turns the direction of the text around it."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?", re.IGNORECASE)
_SHOWN = 40


class Frame(StrEnum):
    """A frame in which a place may be given: what a cell `frame` may say."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def shown(text: str) -> str:
    """Return a cell as a remark quotes it: its beginning, so that no remark is as long as the file."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


class BadRow(ValueError):  # noqa: N818 - it is a row of a file, and told as such
    """A row that cannot be registered: which column, why, and what to do about it."""

    def __init__(self, column: str, reason: str, remedy: str) -> None:
        super().__init__(f"{column}: {reason}; {remedy}")
        self.column, self.reason, self.remedy = column, reason, remedy


@dataclass(frozen=True, slots=True)
class Registrable:
    """Codes that a row may name. With `streets_by_place` a street may be left out: it is found from the place."""

    kinds: frozenset[str]
    sources: frozenset[str]
    streets: frozenset[str]
    streets_by_place: bool = False


def filled(row: Mapping[str, str | None], required: Sequence[str], known: Registrable) -> dict[str, str]:
    """Return the required cells and `region_code` without surrounding blanks, a code of 12 digits as the street's 9.

    Raises
    ------
    BadRow
        One is empty, or the street is not one of the city's.
    """
    texts = {name: (row.get(name) or "").strip() for name in (*required, "region_code")}
    empty = [name for name in required if not texts[name]]
    if empty:
        raise BadRow(", ".join(empty), "empty or missing", "fill it in")
    texts["region_code"] = street = _street(texts["region_code"])
    if not street and not known.streets_by_place:
        raise BadRow("region_code", "empty or missing", "fill in the street's 9 digits, or import with --streets")
    if street:
        expect("region_code", street, known.streets, "a street of the city, 9 digits")
    return texts


def _street(text: str) -> str:
    try:
        return region_code(text)
    except CommunityError as error:
        reason = f"{shown(text)} is a community; communities are not known"
        raise BadRow("region_code", reason, f"write its street, {error.inside}") from None


def expect(column: str, text: str, allowed: frozenset[str], what: str) -> None:
    """Check that a cell names something declared.

    Raises
    ------
    BadRow
        It does not; the few codes that would do are named.
    """
    if text not in allowed:
        choice = f"one of {', '.join(sorted(allowed))}" if len(allowed) <= 20 else "a code of the reference data"
        raise BadRow(column, f"{shown(text)} is not {what}", f"write {choice}")


def number(column: str, text: str, least: float, greatest: float) -> float:
    """Return a cell's number.

    Raises
    ------
    BadRow
        It is none, or outside of the bounds.
    """
    value = float(text) if len(text) <= _SHOWN and _NUMBER.fullmatch(text) else math.nan
    if not least <= value <= greatest:
        raise BadRow(column, f"{shown(text)} is not a number from {least:g} to {greatest:g}", "correct it")
    return value


def place(texts: Mapping[str, str]) -> tuple[float, float]:
    """Return longitude and latitude in degrees.

    Raises
    ------
    BadRow
        One is no such number.
    """
    return number("lon", texts["lon"], -180, 180), number("lat", texts["lat"], -90, 90)


def place_or_none(row: Mapping[str, str | None]) -> tuple[float | None, float | None]:
    """Return longitude and latitude in degrees; none where both are empty, or 0, which a receiver says without one.

    Raises
    ------
    BadRow
        One is no such number, or only one is given.
    """
    texts = {name: (row.get(name) or "").strip() for name in ("lon", "lat")}
    if not any(texts.values()):
        return None, None
    if not all(texts.values()):
        raise BadRow("lon, lat", "half a place", "fill in both, or neither")
    found = place(texts)
    return (None, None) if found == (0, 0) else found


def printable(column: str, text: str) -> str:
    """Return a text that a database and a screen can hold.

    Raises
    ------
    BadRow
        It has control characters, or more than 200 characters.
    """
    if _CONTROL.search(text) or len(text) > 200:
        reason = f"{shown(text)} has control characters or more than 200 characters"
        raise BadRow(column, reason, "take out what is not seen, or shorten it")
    return text
