"""Rows of a file that was filled in elsewhere, read cell by cell: what is taken, what is not, why, and what to do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cityops.domain.filling.forms import Blank, CellPart, FillingForm, parts_of
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.regions import CommunityError, region_code
from cityops.errors import CityopsError

MOST_IMPORTED = 20_000
"""Rows of a file: all streets with forty fields of two parts are 14,080."""

COLUMNS = {
    "region": ("区划代码", "Region code"),
    "region_name": ("区划", "Region"),
    "indicator": ("指标代码", "Indicator code"),
    "name": ("指标", "Indicator"),
    "part": ("分项", "Part"),
    "unit": ("单位", "Unit"),
    "value": ("填报值", "Value"),
    "reason": ("理由", "Reason"),
    "origin": ("预填来源", "Prefilled from"),
}
"""Columns of the template: what each is called; a file may head them by either name, or by the key."""

NEEDED = ("region", "indicator", "part", "value")
PARTS_ZH = {CellPart.VALUE: "数值", CellPart.NUMERATOR: "分子", CellPart.DENOMINATOR: "分母"}
ORIGINS = {
    "last_period": ("上期值", "the period before"),
    "indicator": ("系统指标", "another indicator"),
    "registry": ("设备台账", "the registry"),
}


class BrokenFileError(CityopsError):
    """A file that cannot be read as rows of the template at all."""


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A row of the file as it was read: `why` says what is wrong with it, `remedy` what to do; empty: nothing."""

    row: int
    column: str
    region: str
    blank: Blank | None
    written: str
    value: float | None
    reason: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Reading:
    """Against what rows are read: the form, its indicators, and the regions of whoever imports."""

    form: FillingForm
    indicators: Mapping[str, IndicatorDeclaration]
    regions: Collection[str]


def read_rows(rows: Sequence[Sequence[object]], reading: Reading) -> list[ReadCell]:
    """Return what each row says; the first one holds the headings. Rows without a value are left out.

    Raises
    ------
    BrokenFileError
        The headings are not those of the template, or there are too many rows.
    """
    if not rows:
        raise BrokenFileError("row 1: the file is empty; fill in the template")
    if len(rows) > MOST_IMPORTED + 1:
        raise BrokenFileError(f"row {MOST_IMPORTED + 2}: a file has at most {MOST_IMPORTED} rows; send two")
    places = _places(rows[0])
    found: list[ReadCell] = []
    seen: dict[tuple[str, Blank], int] = {}
    for number, row in enumerate(rows[1:], start=2):
        said = {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()}
        if not any(said.values()):
            continue
        cell = _read(number, said, reading)
        if cell.blank is not None and not cell.why:
            first = seen.setdefault((cell.region, cell.blank), number)
            if first != number:
                cell = _refused(number, "indicator", said, f"stands in row {first} already", "leave one of them out")
        found.append(cell)
    return found


def _places(headings: Sequence[object]) -> dict[str, int]:
    names = {name.lower(): key for key, both in COLUMNS.items() for name in (key, *both)}
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        key = names.get(_text(heading).lower())
        if key is not None:
            places.setdefault(key, place)
    missing = [COLUMNS[name][0] for name in NEEDED if name not in places]
    if missing:
        raise BrokenFileError(f"row 1: has no column {'、'.join(missing)}; keep the template's headings")
    return places


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).strip()


def _read(number: int, said: Mapping[str, str], reading: Reading) -> ReadCell:
    for column, why, remedy in _strange(said, reading):
        return _refused(number, column, said, why, remedy)
    blank, region = Blank(said["indicator"], _part(said["part"])), region_code(said["region"])
    reason, written = said.get("reason", ""), said["value"]
    if not written:
        return ReadCell(number, "value", region, blank, "", None, reason)
    try:
        value = float(written.replace(",", "").replace("，", ""))
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e15:
        return _refused(number, "value", said, f"'{written[:40]}' is no number", "write it in digits, without a unit")
    return ReadCell(number, "value", region, blank, written, value, reason)


def _strange(said: Mapping[str, str], reading: Reading) -> Iterator[tuple[str, str, str]]:
    """Yield in which column a row names what the form does not have for this person."""
    codes = ", ".join(reading.form.fields)
    if said["indicator"] not in reading.form.fields:
        yield "indicator", f"'{said['indicator'][:40]}' is no field of the form", f"take one of {codes}"
        return
    parts = parts_of(reading.indicators[said["indicator"]])
    if said["part"] not in {*parts, *(PARTS_ZH[one] for one in parts)}:
        named = " or ".join(f"{one} ({PARTS_ZH[one]})" for one in parts)
        yield "part", f"'{said['part'][:40]}' is no part of it", f"write {named}"
    try:
        region = region_code(said["region"])
    except (ValueError, CommunityError):
        region = ""
    if region not in reading.regions:
        told = f"'{said['region'][:40]}' is no {reading.form.level} of your area"
        yield "region", told, "take the code as the template has it"


def _part(written: str) -> CellPart:
    return next((one for one, name in PARTS_ZH.items() if name == written), None) or CellPart(written)


def _refused(number: int, column: str, said: Mapping[str, str], why: str, remedy: str) -> ReadCell:
    written = said.get(column, "")
    return ReadCell(number, column, said["region"][:12], None, written[:80], None, "", why, remedy)
