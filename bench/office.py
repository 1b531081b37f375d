"""Whether an office opens our files right: LibreOffice reads XLSX and CSV, and each cell it saw is compared.

`make office`: no part of the tests, for LibreOffice takes 400 MB. Rows are made up of what spreadsheets get wrong:
codes with leading zeros, formulas, text like dates and numbers. LibreOffice saves what it saw as XLSX, formulas and
types kept, and openpyxl reads that.
"""

import math
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import typer
from openpyxl.cell.cell import Cell as OfficeCell
from rich.console import Console

from cityops.api.files.batches import RowBatch, SheetBatch
from cityops.api.files.csvfile import unguarded
from cityops.api.files.download import made
from cityops.api.files.offered import FileFormat
from cityops.api.files.readings import Constants, ReadingBatch
from cityops.domain.exports.package import Described
from cityops.domain.exports.sheet import YES_NO, Cell, Column, ColumnType, Sheet
from cityops.domain.exports.sheets import READINGS, SHEETS
from cityops.domain.intervals import CITY_ZONE
from cityops.store.exports import ReadingRows

AT = datetime(2026, 2, 28, 16, 0, 1, 250_000, tzinfo=UTC)
TEXTS = (
    *("=1+1", '=HYPERLINK("http://x";"x")', "+86 20", "-3", "@sum", "000123", "440106013", "202611230001234567"),
    *(
        "3-4",
        "1E5",
        "2026-01-02",
        "12:30",
        "TRUE",
        "#N/A",
        "1/2",
        "50%",
        "1月2日",
        "MAR1",
        "￥5",
        '引号"与,逗号',
        "两\n行",
    ),
)
NUMBERS = (1 / 3, 0.0, -2.5, 1e-7, 123456789.125, 1e15)
CSV_FILTER = "CSV:44,34,76,1,,2052,false,true,false"
"""Commas, quotes, UTF-8, from line 1, Simplified Chinese; quoted text is read as any other, as by a double click, and
so are special numbers."""


def main() -> None:
    """Write each sheet as XLSX and CSV, have LibreOffice open and save it, and compare; fails where one differs."""
    console, wrong, seen = Console(stderr=True), list[str](), 0
    with tempfile.TemporaryDirectory(prefix="cityops-office-") as folder:
        for sheet in SHEETS:
            for form in (FileFormat.XLSX, FileFormat.CSV):
                found = list(_compared(sheet, form, Path(folder)))
                differing = [text for text in found if text]
                seen, wrong = seen + len(found), wrong + differing
                console.print(f"{sheet.name}.{form}: {len(found)} cells, {len(differing)} differ", highlight=False)
    for text in wrong[:40]:
        console.print(text, style="red", highlight=False, markup=False)
    if wrong:
        raise typer.Exit(1)
    console.print(f"LibreOffice saw {seen} cells as they were written")


def _rows(sheet: Sheet) -> SheetBatch:
    if sheet is not READINGS:
        return RowBatch([[_cell(column, row) for column in sheet.columns] for row in range(len(TEXTS))])
    us, count = int(AT.timestamp() * 1e6), len(NUMBERS)
    found = ReadingRows(
        np.ones(count, np.int32),
        us + np.arange(count, dtype=np.int64) * 1000,
        np.array(NUMBERS),
        np.zeros(count, np.int16),
    )
    words = "000123", "=1+1", "water_depth", "水深", "cm", "440106013", "猎德街道"
    return ReadingBatch(found, Constants({1: words}, AT))


def _cell(column: Column, row: int) -> Cell:
    cells: dict[ColumnType, Cell] = {
        ColumnType.STRING: TEXTS[row],
        ColumnType.INTEGER: row - 1,
        ColumnType.NUMBER: NUMBERS[row % len(NUMBERS)],
        ColumnType.BOOLEAN: row % 2 == 0,
        ColumnType.DATETIME: AT + timedelta(hours=row),
    }
    return cells[column.type]


def _compared(sheet: Sheet, form: FileFormat, folder: Path) -> Iterator[str]:
    """Yield for each cell what is wrong with it, empty where nothing is."""
    batch, file = _rows(sheet), folder / f"{sheet.name}.{form.extension}"
    told = Described(sheet, file.name, form.value, form.media, "zh", AT, "", (), len(batch))
    file.write_bytes(b"".join(made(form, told, iter([batch]))))
    page = openpyxl.load_workbook(_seen(file, form, folder / "seen")).worksheets[0]
    header, *rows = page.iter_rows()
    for column, cell in zip(sheet.columns, header, strict=True):
        yield "" if cell.value == column.heading("zh") else f"{file.name} {cell.coordinate}: {cell.value!r}"
    for written, found in zip(batch.rows(), rows, strict=True):
        for column, value, cell in zip(sheet.columns, written, found, strict=True):
            wrong = _wrong(column, value, cell, form)
            yield f"{file.name} {cell.coordinate} {column.name}: {wrong}" if wrong else ""


def _seen(file: Path, form: FileFormat, target: Path) -> Path:
    """Have LibreOffice open a file and save what it saw; its profile is the folder's own."""
    reads = [f"--infilter={CSV_FILTER}"] if form is FileFormat.CSV else []
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", *reads, "--convert-to", "xlsx", "--outdir", str(target), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return target / f"{file.stem}.xlsx"


def _wrong(column: Column, value: Cell, cell: OfficeCell, form: FileFormat) -> str:
    found = cell.value
    if cell.data_type == "f":
        return f"is a formula: {found!r}"
    if isinstance(value, bool):
        value = YES_NO["zh"][value]
    if isinstance(value, datetime):
        local = value.astimezone(CITY_ZONE).replace(tzinfo=None)
        is_it = isinstance(found, datetime) and abs(found - local) < timedelta(seconds=0.001 if column.fine else 1)
    elif isinstance(value, str):
        # What a spreadsheet may take for a number of the same digits, it shows and saves the same.
        text = unguarded(str(found)) if form is FileFormat.CSV else found
        is_it = text == value
    elif value is not None and isinstance(found, int | float):
        is_it = math.isclose(found, value, rel_tol=1e-15)  # LibreOffice saves fifteen digits
    else:
        is_it = found == value
    return "" if is_it else f"{value!r} is seen as {found!r}"


if __name__ == "__main__":
    typer.run(main)
