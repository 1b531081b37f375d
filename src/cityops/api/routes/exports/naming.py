"""What stands beside codes in files, and what the files are called: in Chinese, and in ASCII for old programs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping

from cityops.api.state.city import City
from cityops.domain.events.reported import MASKS
from cityops.domain.exports.sheet import Cell, Language, Sheet
from cityops.domain.exports.sheets import ZONE
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import district_of

DRILL: dict[Language, str] = {"zh": "演练", "en": "drill"}

CellsOf = Callable[[RowMapping, Mapping[str, Cell]], list[Cell]]


def in_order(sheet: Sheet, now: datetime) -> CellsOf:
    """Return the function from a row, and what is told beside it, to its cells.

    They are masked whoever asks, since a file goes on to others.
    """
    shared: dict[str, Cell] = {"time_zone": ZONE, "exported_at": now}
    order = [(name, MASKS.get(name)) for name in sheet.names]

    def cells(row: RowMapping, beside: Mapping[str, Cell]) -> list[Cell]:
        known: dict[str, Cell] = {**shared, **row, **beside}
        return [mask(str(known[name])) if mask and known[name] is not None else known[name] for name, mask in order]

    return cells


def names_of(city: City, language: Language) -> dict[str, str]:
    """Return what regions are called, by code."""
    return {code: one.name_zh if language == "zh" else one.name_en for code, one in city.regions().items()}


def places(region: str, names: Mapping[str, str]) -> dict[str, Cell]:
    """Return the columns that tell where something is."""
    district = district_of(region)
    return {"region_name": names[region], "district_code": district, "district_name": names[district]}


def area(
    city: City, region: str | None, what_zh: str, what: str, shared: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the two names of a file about a part of the city, whose filters are `shared`."""
    place = [city.regions()[region].name_zh] if region else []
    return [*place, what_zh, *shared], [what, *([region] if region else []), *shared]


def period_name(start: datetime | None, end: datetime | None) -> str:
    """Return a period as the name of a file has it."""
    return "-".join(
        "" if moment is None else moment.astimezone(CITY_ZONE).strftime("%Y%m%d%H%M") for moment in (start, end)
    )
