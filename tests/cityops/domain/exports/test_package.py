"""The descriptor: as the profile of Data Package has it, true of the file beside it, and the same as before."""

import csv
import importlib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cityops.api.files.batches import RowBatch, SheetBatch
from cityops.api.files.download import made
from cityops.api.files.offered import FileFormat
from cityops.api.files.readings import Constants, ReadingBatch
from cityops.domain.events.reported import ATTRIBUTES
from cityops.domain.exports.package import Described, package
from cityops.domain.exports.sheet import Cell, ColumnType, Language, Sheet
from cityops.domain.exports.sheets import EVENTS, READINGS, SERIES, SHEETS
from cityops.store.exports import ReadingRows

AT = datetime(2026, 11, 23, 0, 0, 0, 250_000, tzinfo=UTC)
OF_TYPE: dict[ColumnType, Cell] = {
    ColumnType.STRING: "=1+1",
    ColumnType.INTEGER: 3,
    ColumnType.NUMBER: -0.1,
    ColumnType.BOOLEAN: True,
    ColumnType.DATETIME: AT,
}


@pytest.fixture
def frictionless() -> Iterator[Any]:
    """Give the validator, which lifts the limit of a cell in CSV for the whole process, and take that back."""
    limit = csv.field_size_limit()
    yield importlib.import_module("frictionless")
    csv.field_size_limit(limit)


def described(sheet: Sheet, form: FileFormat = FileFormat.CSV, language: Language = "zh") -> Described:
    path = f"cityops_{sheet.name}.{form.extension}"
    return Described(sheet, path, form, form.media_type, language, AT, f"/api/v1/export/{sheet.name}", ["甲系统"])


def row(sheet: Sheet) -> list[Cell]:
    return [None if column.nullable else OF_TYPE[column.type] for column in sheet.columns]


def full(sheet: Sheet) -> list[Cell]:
    return [OF_TYPE[column.type] for column in sheet.columns]


def batch(sheet: Sheet) -> SheetBatch:
    if sheet is not READINGS:
        return RowBatch([full(sheet)])
    values = [np.array([one]) for one in (7, int(AT.timestamp() * 1e6), -0.1, 1)]
    return ReadingBatch(ReadingRows(*values), Constants({7: ("=1+1",) * 7}, AT))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_sheet_is_declared_without_gaps(sheet: Sheet) -> None:
    assert len({*sheet.names}) == len({*sheet.header("zh")}) == len(sheet.columns)
    assert {*sheet.key} <= {*sheet.names}
    assert not any(column.nullable for column in sheet.columns if column.name in sheet.key)
    assert [one for one in sheet.columns if not (one.title_zh and one.title_en)] == []


def test_everything_that_a_source_reports_of_a_case_has_its_column() -> None:
    reported = {
        "source" if name == "source_system_code" else name for name, of in ATTRIBUTES.items() if of.heading_zh
    }
    assert reported <= {*EVENTS.names}


@pytest.mark.parametrize("form", [FileFormat.CSV, FileFormat.PARQUET, FileFormat.XLSX])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_the_descriptor_keeps_the_rules_of_the_profile(sheet: Sheet, form: FileFormat, frictionless: Any) -> None:
    found = package(described(sheet, form))
    assert found["$schema"].endswith("/2.0/datapackage.json")
    assert all(one.get("name") or one.get("path") for one in found["licenses"])
    assert all(one["title"] for one in found["sources"])
    [resource] = found["resources"]
    assert {"name", "path", "schema"} <= resource.keys()
    names = [field["name"] for field in resource["schema"]["fields"]]
    assert names == (sheet.header("zh") if form is not FileFormat.PARQUET else [*sheet.names])
    assert {*resource["schema"]["primaryKey"]} <= {*names}
    assert {field["type"] for field in resource["schema"]["fields"]} <= {one.value for one in ColumnType}
    if form is not FileFormat.XLSX:  # frictionless knows no bare workbook descriptor without opening the file
        frictionless.Package.from_descriptor(found)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_another_s_validator_finds_the_zip_whole_and_its_rows_right(
    sheet: Sheet, language: Language, tmp_path: Path, frictionless: Any
) -> None:
    told = described(sheet, FileFormat.CSV, language)
    zipped = tmp_path / "file.zip"
    zipped.write_bytes(b"".join(made(FileFormat.ZIP, told, iter([batch(sheet)]))))
    with zipfile.ZipFile(zipped) as whole:
        whole.extractall(tmp_path)
    report = frictionless.validate(tmp_path / "datapackage.json")
    assert report.valid, report.flatten(["type", "note"])


def test_the_file_is_what_it_was() -> None:
    told = described(SERIES)
    file = b"".join(made(FileFormat.CSV, told, iter([RowBatch([full(SERIES), row(SERIES)])])))
    assert file.decode() == (
        "\ufeff指标代码,指标名称,区域代码,区域名称,时段开始,时段结束,时区,数值,单位,覆盖率,样本数,数据来源,导出时间,"
        "时段已结束,分子,分母,质量标记,口径版本,更正编号\r\n"
        "'=1+1,'=1+1,'=1+1,'=1+1,2026-11-23 08:00:00,2026-11-23 08:00:00,'=1+1,-0.1,'=1+1,-0.1,3,'=1+1,"
        "2026-11-23 08:00:00,是,-0.1,-0.1,'=1+1,3,'=1+1\r\n"
        "'=1+1,'=1+1,'=1+1,'=1+1,2026-11-23 08:00:00,2026-11-23 08:00:00,'=1+1,,'=1+1,,3,'=1+1,"
        "2026-11-23 08:00:00,是,,,,,\r\n"
    )
    field: dict[str, Any] = package(told)["resources"][0]["schema"]["fields"][13]
    assert field == {
        "name": "时段已结束",
        "type": "boolean",
        "title": "时段已结束",
        "title_zh": "时段已结束",
        "title_en": "Finished",
        "column": "finished",
        "description": "no: the value still changes",
        "constraints": {"required": True},
        "trueValues": ["是"],
        "falseValues": ["否"],
    }
