"""Rows of a file that was filled in elsewhere, read cell by cell: what is taken, what is not, why, and what to do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.filling.blanks import CellFault, CellFaultKind
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


class ImportFaultKind(StrEnum):
    """What is wrong with a row or with a file, beside what can be wrong with any cell."""

    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_PART = "unknown_part"
    OUTSIDE = "outside"
    """The region is of another level, or outside of the area of whoever imports."""
    REPEATED = "repeated"
    NO_NUMBER = "no_number"
    SUBMITTED = "submitted"
    """The sheet is with its reviewer."""
    EMPTY_FILE = "empty_file"
    MANY_ROWS = "many_rows"
    NO_COLUMN = "no_column"
    NO_TEXT = "no_text"
    NO_CSV = "no_csv"
    NO_WORKBOOK = "no_workbook"
    UNPACKED = "unpacked"
    """A workbook that unpacks to more than any form has."""


_K = ImportFaultKind
_WORDS = {
    _K.UNKNOWN_FIELD: ("'{said}' is no field of the form", "take one of {codes}"),
    _K.UNKNOWN_PART: ("'{said}' is no part of it", "write {parts}"),
    _K.OUTSIDE: ("'{said}' is no {level} of your area", "take the code as the template has it"),
    _K.REPEATED: ("stands in row {first} already", "leave one of them out"),
    _K.NO_NUMBER: ("'{said}' is no number", "write it in digits, without a unit"),
    _K.SUBMITTED: ("the sheet is submitted", "have the data steward return it"),
    _K.EMPTY_FILE: ("the file is empty", "fill in the template"),
    _K.MANY_ROWS: ("a file has at most {most} rows", "send two"),
    _K.NO_COLUMN: ("has no column {columns}", "keep the template's headings"),
    _K.NO_TEXT: ("is no text in UTF-8 or GB 18030", "save the file as CSV or XLSX"),
    _K.NO_CSV: ("is no CSV", "save the file as CSV or XLSX"),
    _K.NO_WORKBOOK: ("is no workbook", "save it as XLSX or CSV"),
    _K.UNPACKED: ("the workbook unpacks to more than {most} MB", "send the template filled in"),
}
"""Why and what to do, of each; a page says it in its own language, by the kind."""


class BrokenFileError(CityopsError):
    """A file that cannot be read as rows of the template at all; `given` is what its words put in."""

    def __init__(self, kind: ImportFaultKind, row: int = 1, **given: str) -> None:
        self.kind, self.row, self.given = kind, row, given
        why, remedy = (words.format(**given) for words in _WORDS[kind])
        super().__init__(f"row {row}: {why}; {remedy}")


@dataclass(frozen=True, slots=True)
class CellRefusal:
    """Why a cell of a file is not taken: kind, what its words put in, and the words, with what to do."""

    kind: ImportFaultKind | CellFaultKind
    given: Mapping[str, str]
    why: str
    remedy: str


def refusal(kind: ImportFaultKind, **given: str) -> CellRefusal:
    """Return why a cell is not taken, in words."""
    why, remedy = (words.format(**given) for words in _WORDS[kind])
    return CellRefusal(kind, given, why, remedy)


def refusal_of(fault: CellFault) -> CellRefusal:
    """Return what is wrong with a cell wherever it is filled in, as of one of a file."""
    _, _, words = str(fault).partition(": ")
    why, _, remedy = words.partition("; ")
    bounds = {name: f"{at:,.12g}" for name in ("low", "high") if (at := getattr(fault, name)) is not None}
    return CellRefusal(fault.kind, bounds, why, remedy)


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A row of the file as it was read; `refused` says why it is not taken, None where nothing is wrong with it."""

    row: int
    column: str
    region: str
    blank: Blank | None
    written: str
    value: float | None
    reason: str
    refused: CellRefusal | None = None


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
        raise BrokenFileError(_K.EMPTY_FILE)
    if len(rows) > MOST_IMPORTED + 1:
        raise BrokenFileError(_K.MANY_ROWS, MOST_IMPORTED + 2, most=str(MOST_IMPORTED))
    places = _places(rows[0])
    found: list[ReadCell] = []
    seen: dict[tuple[str, Blank], int] = {}
    for number, row in enumerate(rows[1:], start=2):
        said = {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()}
        if not any(said.values()):
            continue
        cell = _read(number, said, reading)
        if cell.blank is not None and cell.refused is None:
            first = seen.setdefault((cell.region, cell.blank), number)
            if first != number:
                cell = _refused(number, "indicator", said, refusal(_K.REPEATED, first=str(first)))
        found.append(cell)
    return found


def _places(headings: Sequence[object]) -> dict[str, int]:
    names = {name.lower(): key for key, both in COLUMNS.items() for name in (key, *both)}
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        key = names.get(_text(heading).lower())
        if key is not None:
            places.setdefault(key, place)
    missing = [" ".join(COLUMNS[name]) for name in NEEDED if name not in places]
    if missing:
        raise BrokenFileError(_K.NO_COLUMN, columns="、".join(missing))
    return places


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).strip()


def _read(number: int, said: Mapping[str, str], reading: Reading) -> ReadCell:
    for column, wrong in _strange(said, reading):
        return _refused(number, column, said, wrong)
    blank, region = Blank(said["indicator"], _part(said["part"])), region_code(said["region"])
    reason, written = said.get("reason", ""), said["value"]
    if not written:
        return ReadCell(number, "value", region, blank, "", None, reason)
    try:
        value = float(written.replace(",", "").replace("，", ""))
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e15:
        return _refused(number, "value", said, refusal(_K.NO_NUMBER, said=written[:40]))
    return ReadCell(number, "value", region, blank, written, value, reason)


def _strange(said: Mapping[str, str], reading: Reading) -> Iterator[tuple[str, CellRefusal]]:
    """Yield in which column a row names what the form does not have for this person."""
    if said["indicator"] not in reading.form.fields:
        codes = ", ".join(reading.form.fields)
        yield "indicator", refusal(_K.UNKNOWN_FIELD, said=said["indicator"][:40], codes=codes)
        return
    parts = parts_of(reading.indicators[said["indicator"]])
    if said["part"] not in {*parts, *(PARTS_ZH[one] for one in parts)}:
        named = " / ".join(f"{one} {PARTS_ZH[one]}" for one in parts)
        yield "part", refusal(_K.UNKNOWN_PART, said=said["part"][:40], parts=named)
    try:
        region = region_code(said["region"])
    except (ValueError, CommunityError):
        region = ""
    if region not in reading.regions:
        yield "region", refusal(_K.OUTSIDE, said=said["region"][:40], level=reading.form.level)


def _part(written: str) -> CellPart:
    return next((one for one, name in PARTS_ZH.items() if name == written), None) or CellPart(written)


def _refused(number: int, column: str, said: Mapping[str, str], wrong: CellRefusal) -> ReadCell:
    written = said.get(column, "")
    return ReadCell(number, column, said["region"][:12], None, written[:80], None, "", wrong)
