"""Case standards (立案标准): when a case is filed, how long it may take, when it is closed; read from CSV and judged.

A file is a city's whole set: the services keep it as it is, or refuse it as a whole with every fault.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cityops.domain.events.acts import Unit, UnitKind
from cityops.domain.events.deadlines import LONGEST_LIMIT, Limit, LimitKind
from cityops.domain.regions import RegionLevel, district_of, level_of
from cityops.domain.registration.cells import BadRow, expect, number, printable, shown
from cityops.domain.registration.rows import Remark, refusal
from cityops.errors import CityopsError

COLUMNS = (
    *("code", "class", "code_scheme", "scheme_code", "condition_zh", "condition_en"),
    *("limit_kind", "limit_amount", "closing_zh", "closing_en", "evidence", "unit", "basis"),
    *("version", "valid_from", "is_example"),
)
MOST_ROWS = 5_000
"""A city's workbook has some five hundred rows (375 of parts, 144 of events)."""

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_TRUTHS = {"yes": True, "no": False}


class ProofAsked(StrEnum):
    """Which photos a result needs: none, one after it, or one before and one after it."""

    NONE = "none"
    AFTER = "after"
    BEFORE_AFTER = "before_after"


class StandardsError(CityopsError):
    """A file of standards that is refused as a whole; `remarks` names each fault with line, reason and remedy."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        super().__init__("\n".join(map(str, remarks)) + "\nnothing was changed; correct these, then import it again")
        self.remarks = tuple(remarks)


@dataclass(frozen=True, slots=True)
class CaseStandard:
    """One filing condition of a class with its own limit and its own closing condition; never changed, only replaced.

    `valid_from` is a day in the city's time zone; `unit_code` is None where the place of the case says which unit.
    """

    code: str
    version: int
    class_code: str
    code_scheme: str
    scheme_code: str
    condition_zh: str
    condition_en: str
    limit: Limit
    closing_zh: str
    closing_en: str
    evidence: ProofAsked
    unit_kind: UnitKind
    unit_code: str | None
    basis: str
    valid_from: date
    is_example: bool

    @property
    def key(self) -> tuple[str, int]:
        """What a case bears of its standard."""
        return self.code, self.version

    @property
    def unit(self) -> str:
        """The rule for the unit, as files write it."""
        return self.unit_kind if self.unit_code is None else f"{self.unit_kind}:{self.unit_code}"

    def unit_at(self, region_code: str) -> Unit | None:
        """Return the unit that handles a case in a region; None where the rule wants a street and none is known."""
        if self.unit_code is not None:
            return Unit(self.unit_kind, self.unit_code)
        if self.unit_kind is UnitKind.DISTRICT:
            return Unit(UnitKind.DISTRICT, district_of(region_code))
        return Unit(UnitKind.STREET, region_code) if level_of(region_code) is RegionLevel.STREET else None

    def cells(self) -> tuple[str, ...]:
        """Return the standard as a row of a file, in the order of `COLUMNS`."""
        return (
            *(self.code, self.class_code, self.code_scheme, self.scheme_code, self.condition_zh, self.condition_en),
            *(str(self.limit.kind), str(self.limit.amount), self.closing_zh, self.closing_en, str(self.evidence)),
            *(self.unit, self.basis, str(self.version), self.valid_from.isoformat()),
            "yes" if self.is_example else "no",
        )


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """Codes that a standard may name."""

    classes: frozenset[str]
    departments: frozenset[str]


def in_force(standards: Collection[CaseStandard], day: date) -> list[CaseStandard]:
    """Return of each code the newest version that is valid on a day of the city, in the order given."""
    newest: dict[str, CaseStandard] = {}
    for one in standards:
        if one.valid_from <= day and (one.code not in newest or newest[one.code].version < one.version):
            newest[one.code] = one
    return [one for one in standards if newest.get(one.code) is one]


def read_standards(text: str, known: KnownCodes, kept: Mapping[tuple[str, int], CaseStandard]) -> list[CaseStandard]:
    """Return the standards of a file in its order; `kept` are all versions there have been, by code and version.

    Raises
    ------
    StandardsError
        Something in it is wrong, or it changes a version that is kept; every fault is named.
    """
    good: list[tuple[int, CaseStandard]] = []
    remarks: list[Remark] = []
    for line, row in _rows(text):
        try:
            good.append((line, _standard(row, known)))
        except BadRow as bad:
            remarks.append(refusal(line, (row.get("code") or "").strip()[:64], bad))
    remarks += [*_twice(good), *_rewritten(good, kept)]
    if not remarks:
        remarks += _uncovered(good, known)
    if remarks:
        raise StandardsError(sorted(remarks, key=lambda remark: remark.line))
    return [one for _, one in good]


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(header)
        for count, cells in enumerate((row for row in lines if row), start=1):
            if count > MOST_ROWS:
                raise _of_the_file(lines.line_num, f"it has more than {MOST_ROWS} rows", "leave out what is not used")
            if len(cells) != len(header):
                reason = f"it has {len(cells)} cells, the first line has {len(header)}"
                raise _of_the_file(lines.line_num, reason, "quote cells that hold a comma")
            yield lines.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise _of_the_file(
            lines.line_num, f"it is no CSV ({error})", "close the quotes, double those inside"
        ) from None


def _check_header(header: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    strange = [name for name, count in Counter(header).items() if name not in COLUMNS or count > 1]
    if missing:
        raise _of_the_file(1, f"columns are missing: {', '.join(missing)}", "add them to the first line")
    if strange:
        raise _of_the_file(1, f"columns are unknown or there twice: {shown(', '.join(strange))}", "take them out")


def _of_the_file(line: int, reason: str, remedy: str) -> StandardsError:
    return StandardsError([Remark(line, "", "row" if line > 1 else "columns", reason, remedy, refused=True)])


def _standard(row: Mapping[str, str], known: KnownCodes) -> CaseStandard:
    texts = {name: printable(name, row[name].strip()) for name in COLUMNS}
    empty = [name for name in COLUMNS if not texts[name] and name not in {"code_scheme", "scheme_code"}]
    if empty:
        raise BadRow(", ".join(empty), "empty", "fill it in")
    if not _CODE.fullmatch(texts["code"]):
        raise BadRow("code", f"{shown(texts['code'])} is no code", "use up to 64 of a-z 0-9 _ . -, no blank")
    expect("class", texts["class"], known.classes, "a class of cases")
    expect("limit_kind", texts["limit_kind"], frozenset(LimitKind), "a kind of limit")
    expect("evidence", texts["evidence"], frozenset(ProofAsked), "a rule for photos")
    expect("is_example", texts["is_example"], frozenset(_TRUTHS), "yes or no")
    kind, code = _unit(texts["unit"], known)
    return CaseStandard(
        texts["code"],
        _whole("version", texts["version"], 1_000_000),
        texts["class"],
        texts["code_scheme"],
        texts["scheme_code"],
        texts["condition_zh"],
        texts["condition_en"],
        Limit(LimitKind(texts["limit_kind"]), _whole("limit_amount", texts["limit_amount"], LONGEST_LIMIT)),
        texts["closing_zh"],
        texts["closing_en"],
        ProofAsked(texts["evidence"]),
        kind,
        code,
        texts["basis"],
        _day(texts["valid_from"]),
        _TRUTHS[texts["is_example"]],
    )


def _unit(text: str, known: KnownCodes) -> tuple[UnitKind, str | None]:
    kind, colon, code = text.partition(":")
    if text in {UnitKind.DISTRICT, UnitKind.STREET}:
        return UnitKind(text), None
    if kind != UnitKind.DEPARTMENT or not colon:
        raise BadRow("unit", f"{shown(text)} names no unit", "write district, street, or department:CODE")
    expect("unit", code, known.departments, "a department")
    return UnitKind.DEPARTMENT, code


def _whole(column: str, text: str, greatest: int) -> int:
    value = number(column, text, 1, greatest)
    if value != int(value):
        raise BadRow(column, f"{shown(text)} is not a whole number", "correct it")
    return int(value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRow("valid_from", f"{shown(text)} is not a day", "write it as 2026-01-31") from None


def _twice(rows: Sequence[tuple[int, CaseStandard]]) -> Iterator[Remark]:
    """Yield codes that stand in a file more than once: it says what is to be in force, not what was."""
    first: dict[str, int] = {}
    for line, one in rows:
        if (earlier := first.setdefault(one.code, line)) != line:
            bad = BadRow(
                "code", f"it stands in line {earlier} already", "keep the newest version, older ones are kept here"
            )
            yield refusal(line, one.code, bad)


def _rewritten(
    rows: Sequence[tuple[int, CaseStandard]], kept: Mapping[tuple[str, int], CaseStandard]
) -> Iterator[Remark]:
    """Yield versions that would be changed, or that are older than what is kept: cases bear them."""
    newest: dict[str, int] = {}
    for code, version in kept:
        newest[code] = max(version, newest.get(code, 0))
    for line, one in rows:
        last, before = newest.get(one.code, 0), kept.get(one.key)
        if before is not None and before != one:
            changed = [name for name, a, b in zip(COLUMNS, before.cells(), one.cells(), strict=True) if a != b]
            reason = f"version {one.version} is kept with another {', '.join(changed)}, and cases may bear it"
            yield refusal(line, one.code, BadRow("version", reason, f"write version {last + 1}"))
        elif one.version < last:
            reason = f"version {last} is kept already"
            yield refusal(line, one.code, BadRow("version", reason, f"write version {last} as it is, or {last + 1}"))


def _uncovered(rows: Sequence[tuple[int, CaseStandard]], known: KnownCodes) -> Iterator[Remark]:
    """Yield classes without a standard: their cases could never be filed."""
    last = max((line for line, _ in rows), default=1)
    for code in sorted(known.classes - {one.class_code for _, one in rows}):
        bad = BadRow("class", f"no row is of class {code}, so no case of it could be filed", "add one")
        yield refusal(last, code, bad)
