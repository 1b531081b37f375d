"""Files against golden ones: headings, order, types, quoting, guards, numbers and times stay as they are.

CSV is compared byte by byte; of Parquet and XLSX what others read in them, for their bytes change with the versions
of the libraries that write them.

`.venv/bin/python -m pytest tests/cityops/api/files/test_golden.py --golden` writes them anew; look at what changed.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.files import csvfile
from cityops.api.files.batches import RowBatch, SheetBatch
from cityops.api.files.download import made
from cityops.api.files.offered import FileFormat
from cityops.api.files.readings import Constants, ReadingBatch
from cityops.domain.exports.package import Described
from cityops.domain.exports.sheet import Cell, Column, ColumnType, Language, Sheet
from cityops.domain.exports.sheets import READINGS, SHEETS
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.readings import Quality
from cityops.store.exports import ReadingRows

GOLDEN = Path(__file__).with_name("recorded")
AT = datetime(2026, 11, 27, 16, 0, 0, 250_000, tzinfo=UTC)
TEXTS = ('车陂涌, "上游"', "=1+1", "000123", "202611230001234567", "-3", "3-4", "")
NUMBERS = (1 / 3, 0.0, -2.5, 1e-7, 123456789.125, 1e21)
WORDS = {7: ("WL-7", "=1+1", "water_depth", "水深", "cm", "440106013", "猎德街道")}


def cell(column: Column, row: int) -> Cell:
    """Return a cell that something could go wrong with."""
    if row == 0 and column.nullable:
        return None
    cells: dict[ColumnType, Cell] = {
        ColumnType.STRING: TEXTS[row % len(TEXTS)],
        ColumnType.INTEGER: row - 1,
        ColumnType.NUMBER: NUMBERS[row % len(NUMBERS)],
        ColumnType.BOOLEAN: row % 2 == 0,
        ColumnType.DATETIME: AT + timedelta(hours=row),
    }
    return cells[column.type]


def readings() -> ReadingBatch:
    us = int(AT.timestamp() * 1e6)
    ts = np.array([us, us + 86_400_000_000, us + 1, us - 250_000, us + 999_999, us + 7], np.int64)
    values, quality = np.array(NUMBERS), np.array([0, 1, 2, 0, 1, 2], np.int16)
    return ReadingBatch(ReadingRows(np.full(6, 7, np.int32), ts, values, quality), Constants(WORDS, AT))


def batches(sheet: Sheet) -> Iterator[SheetBatch]:
    if sheet is READINGS:
        yield readings()
    else:
        yield RowBatch([[cell(column, row) for column in sheet.columns] for row in range(7)])


def file(sheet: Sheet, form: FileFormat, language: Language) -> bytes:
    told = Described(
        sheet, f"{sheet.name}.csv", "csv", "text/csv", language, AT, f"/export/{sheet.name}", ("来源",), 7
    )
    return b"".join(made(form, told, batches(sheet)))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_csv_is_that_of_the_golden_file(sheet: Sheet, language: Language, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"{sheet.name}.{language}.csv"
    found = file(sheet, FileFormat.CSV, language)
    if request.config.getoption("--golden"):
        golden.write_bytes(found)
    assert found == golden.read_bytes()
    with zipfile.ZipFile(io.BytesIO(file(sheet, FileFormat.ZIP, language))) as zipped:
        assert zipped.read(f"{sheet.name}.csv") == found


def parquet(file: Path) -> dict[str, Any]:
    """Return what DuckDB reads in a Parquet file: columns with their types, what is told of it, rows."""
    with duckdb.connect() as other:
        other.execute("SET TimeZone = 'Asia/Shanghai'")
        columns = other.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
        within = "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = 'datapackage'"
        [(package,)] = other.execute(within, [str(file)]).fetchall()
        rows = other.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    return {
        "columns": {name: kind for name, kind, *_ in columns},
        "rows": [[one.isoformat() if isinstance(one, datetime) else one for one in row] for row in rows],
        "datapackage": json.loads(package),
    }


def written(told: Any, indent: str = "") -> str:
    """Return JSON with a row, or a column, on each line."""
    line = json.dumps(told, ensure_ascii=False)
    if len(line) < 1000 or not isinstance(told, dict | list):
        return line
    deeper = f"{indent} "
    if isinstance(told, dict):
        return f",\n{deeper}".join(f'"{name}": {written(one, deeper)}' for name, one in told.items()).join(
            (f"{{\n{deeper}", f"\n{indent}}}")
        )
    return f",\n{deeper}".join(written(one, deeper) for one in told).join((f"[\n{deeper}", f"\n{indent}]"))


def workbook(content: bytes) -> dict[str, Any]:
    """Return what openpyxl reads in a workbook: of each page its cells, with their type and how they are shown."""
    return {
        page.title: [
            [None if one.value is None else f"{one.data_type} {one.number_format} {one.value}" for one in row]
            for row in page.iter_rows()
        ]
        for page in openpyxl.load_workbook(io.BytesIO(content)).worksheets
    }


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_what_others_read_is_that_of_the_golden_files(
    sheet: Sheet, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    columns = tmp_path / "file.parquet"
    columns.write_bytes(file(sheet, FileFormat.PARQUET, "zh"))
    with zipfile.ZipFile(io.BytesIO(file(sheet, FileFormat.ZIP, "zh"))) as zipped:
        package = json.loads(zipped.read("datapackage.json"))
    read, unmeasured = parquet(columns), deepcopy(package)
    for name in ("bytes", "hash"):  # which the file that it stands in cannot know
        assert unmeasured["resources"][0].pop(name)
    assert read.pop("datapackage") == unmeasured
    found = {
        "parquet": read,
        "xlsx": {language: workbook(file(sheet, FileFormat.XLSX, language)) for language in ("zh", "en")},
        "datapackage": package,
    }
    for form, told in found.items():
        golden = GOLDEN / f"{sheet.name}.{form}.json"
        if request.config.getoption("--golden"):
            golden.write_text(written(told) + "\n", encoding="utf-8")
        assert told == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_columns_of_parquet_and_arrow_are_text_where_text_is_declared(sheet: Sheet) -> None:
    stream = pa.ipc.open_stream(file(sheet, FileFormat.ARROW, "zh")).read_all()
    table = pq.read_table(io.BytesIO(file(sheet, FileFormat.PARQUET, "zh")))
    assert table.schema.equals(stream.schema, check_metadata=True)
    assert table.to_pylist() == stream.to_pylist()
    [batch] = batches(sheet)
    assert [tuple(row.values()) for row in table.to_pylist()] == [tuple(row) for row in batch.rows()]


US = st.integers(946_684_800_000_000, 4_102_444_800_000_000)
WRITTEN = st.lists(
    st.tuples(US, st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(Quality)), min_size=1, max_size=9
)


@given(WRITTEN)
def test_readings_are_written_as_rows_are(rows: list[tuple[int, float, Quality]]) -> None:
    ts, value, quality = (np.array(column) for column in zip(*rows, strict=True))
    found = ReadingRows(np.full(len(rows), 7, np.int32), ts, value.astype(np.float64), quality.astype(np.int16))
    batch = ReadingBatch(found, Constants(WORDS, AT))
    rest = [[one for place, one in enumerate(row) if place != READINGS.names.index("ts")] for row in batch.rows()]
    lines = batch.csv("zh").decode().split("\r\n")[:-1]
    cells = [line.split(",") for line in lines]
    times = [row.pop(READINGS.names.index("ts")) for row in cells]
    at = [datetime.fromtimestamp(one // 1_000_000, UTC).replace(microsecond=one % 1_000_000) for one, *_ in rows]
    told = [one.astimezone(CITY_ZONE).replace(tzinfo=None) for one in at]
    assert times == [one.isoformat(" ", "microseconds" if one.microsecond % 1000 else "milliseconds") for one in told]
    values = [row.pop(READINGS.names.index("value") - 1) for row in cells]
    assert [float(one) for one in values] == value.tolist()
    for row in rest:
        del row[READINGS.names.index("value") - 1]
    assert "".join(",".join(row) + "\r\n" for row in cells).encode() == csvfile.lines(rest)
