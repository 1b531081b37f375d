"""XLSX: one sheet of rows, typed, and one that explains the columns; made in a file of its own, then sent.

Text is written as text, which no spreadsheet runs as a formula or reads anew; numbers are numbers, times are local.
"""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cityops.api import problems
from cityops.api.files.batches import SheetBatch
from cityops.domain.exports.sheet import YES_NO, Cell, ColumnType, Language, Sheet
from cityops.domain.intervals import CITY_ZONE

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_575
"""Of a worksheet, beside its headings."""

PIECE = 1 << 18
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
_FINE = "yyyy-mm-dd hh:mm:ss.000"
_ABOUT: dict[Language, tuple[str, list[str]]] = {
    "zh": ("字段说明", ["列", "字段名", "英文名称", "单位", "说明"]),
    "en": ("Columns", ["Column", "Name", "Title", "Unit", "Meaning"]),
}


class _Unrounded(float):
    """A number that is written with all its digits.

    xlsxwriter writes 16 of them (`.16G`), and one double in four needs 17; spreadsheets keep these, and show 15.
    """

    def __format__(self, spec: str, /) -> str:
        return repr(float(self))


def check_rows(rows: int) -> None:
    """Refuse more rows than a worksheet has.

    Raises
    ------
    problems.ProblemError
        422, with the formats that hold them.
    """
    if rows > MOST_ROWS:
        raise problems.ProblemError(
            422,
            f"format=xlsx: a worksheet holds {MOST_ROWS:,} rows, and these are {rows:,} or more. Ask for format=csv, "
            "zip or parquet, which have no limit, or for a shorter period or a smaller area.",
        )


def workbook(sheet: Sheet, language: Language, batches: Iterable[SheetBatch]) -> Iterator[bytes]:
    """Yield the file; nothing comes before all of it is made, and what was cut off cannot be opened."""
    import xlsxwriter  # 2 MB that few requests need

    with tempfile.TemporaryDirectory(prefix="cityops-xlsx-") as folder:
        file = Path(folder) / "file.xlsx"
        with xlsxwriter.Workbook(file, _OPTIONS | {"tmpdir": folder}) as book:
            bold, fine = book.add_format({"bold": True}), book.add_format({"num_format": _FINE})
            page = book.add_worksheet(sheet.title_zh if language == "zh" else sheet.title_en)
            page.freeze_panes(1, 0)
            for place, heading in enumerate(sheet.header(language)):
                page.write_string(0, place, heading, bold)
                page.set_column(place, place, 20 if sheet.columns[place].type is ColumnType.DATETIME else 14)
            number = 0
            for batch in batches:
                check_rows(number + len(batch))
                for row in batch.rows():
                    number += 1
                    for place, value in enumerate(row):
                        _write(page, number, place, value, language, fine if sheet.columns[place].fine else None)
            _explain(book.add_worksheet(_ABOUT[language][0]), sheet, language)
        with file.open("rb") as made:
            while piece := made.read(PIECE):
                yield piece


def _write(page: "Worksheet", row: int, place: int, value: Cell, language: Language, form: object) -> None:
    if isinstance(value, str):
        page.write_string(row, place, value)
    elif isinstance(value, bool):
        page.write_string(row, place, YES_NO[language][value])
    elif isinstance(value, datetime):
        # What a cell shows is what it holds: a spreadsheet rounds what is left of a millisecond up into the next one.
        shown = value.microsecond // 1000 * 1000 if form else 0
        page.write_datetime(row, place, value.astimezone(CITY_ZONE).replace(tzinfo=None, microsecond=shown), form)
    elif value is not None:
        page.write_number(row, place, _Unrounded(value) if isinstance(value, float) else value)


def _explain(page: "Worksheet", sheet: Sheet, language: Language) -> None:
    """Write what each column is."""
    page.write_row(0, 0, _ABOUT[language][1])
    for row, one in enumerate(sheet.columns, start=1):
        for place, text in enumerate([one.heading(language), one.name, one.title_en, one.unit, one.means]):
            page.write_string(row, place, text)
