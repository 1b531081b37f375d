"""Files over HTTP: the same rows in every format, for everybody what his CSV holds, and none that is short unseen."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cityops.api.files import offered, workbook
from cityops.api.files.csvfile import unguarded
from cityops.api.files.offered import FileFormat
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.exports.sheet import ColumnType, Sheet
from cityops.domain.exports.sheets import ALARMS, DEVICES, EVENTS, READINGS, SERIES
from cityops.domain.intervals import CITY_ZONE
from factories.world import World
from fixtures.api import token_of

ASKED: dict[str, dict[str, Any]] = {
    "series": {"indicator": "pm25", "level": "district", "also": "o3"},
    "events": {},
    "alarms": {},
    "devices": {},
    "readings": {},
}
SHEETS = {sheet.name: sheet for sheet in (SERIES, EVENTS, ALARMS, DEVICES, READINGS)}
OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))
PLACES = {  # those who may take files with them, and the area that each sees
    Role.DISTRICT_OFFICER: Scope(ScopeKind.DISTRICTS, frozenset({"440106"})),
    Role.SHIFT_LEADER: Scope(ScopeKind.DISTRICTS, frozenset({"440105"})),
    Role.STREET_OFFICER: Scope(ScopeKind.STREETS, frozenset({"440106013"})),
    Role.ANALYST: Scope(ScopeKind.STREETS, frozenset({"440105001", "440106013"})),
    Role.DATA_STEWARD: Scope(ScopeKind.STREETS, frozenset({"440106001"})),
    Role.DEPARTMENT_HANDLER: Scope(ScopeKind.DEPARTMENTS, frozenset({"ecology"})),
}
TWO_THIRDS = (1, 1, 0)

Table = list[dict[str, Any]]


def alarm(connection: psycopg.Connection, region: str, value: float) -> None:
    connection.execute(
        """INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level,
                              value_raised, onset, raised_at)
           VALUES ('air', 1, 'air', 2, 'region:' || %(region)s, %(region)s, 3, 3, %(value)s, now(), now())""",
        {"region": region, "value": value},
    )


@pytest.fixture
def filled(world: World) -> World:
    """Give a city with something of everything in two districts, and text that a spreadsheet would run."""
    # A spreadsheet would round up what is left of a millisecond.
    late = timedelta(microseconds=world.now.microsecond % 1000 - 600)
    for number, region in enumerate(("440106013", "440105001")):
        code = world.device(f"AQ-{number}", "air", region=region, name=f"=1+{number}")
        for minute, value in enumerate(TWO_THIRDS):
            for metric in ("pm25", "o3"):
                world.says(code, metric, value / 3, world.ago(60 * minute + 0.25) - late)
        world.case("reported", "dispatched", region=region, external_id=f"00012{number}", title="-3")
        alarm(world.connection, region, 0.1 + number)
    return world


def rows_of(answer: httpx.Response, form: FileFormat, sheet: Sheet) -> Table:
    """Return the rows of a file, its cells as Python has them: times aware, truths as such, text as it was."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, form.media_type), answer.text[:500]
    if form is FileFormat.PARQUET:
        return list(pq.read_table(io.BytesIO(answer.content)).to_pylist())
    if form is FileFormat.ARROW:
        return list(pa.ipc.open_stream(answer.content).read_all().to_pylist())
    if form is FileFormat.XLSX:
        page = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True).worksheets[0]
        header, *found = page.iter_rows(values_only=True)
        return [_typed(sheet, dict(zip(header, row, strict=True)), str) for row in found]
    content = answer.content
    if form is FileFormat.ZIP:
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            content = zipped.read(zipped.namelist()[0])
    return [_typed(sheet, row, unguarded) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]


def _typed(sheet: Sheet, row: dict[str, Any], text: Any) -> dict[str, Any]:
    kinds = {column.name: column.type for column in sheet.columns}
    read: dict[ColumnType, Any] = {
        ColumnType.STRING: text,
        ColumnType.INTEGER: int,
        ColumnType.NUMBER: float,
        ColumnType.BOOLEAN: lambda cell: {"yes": True, "no": False}[cell],
        ColumnType.DATETIME: lambda cell: datetime.fromisoformat(str(cell)).replace(tzinfo=CITY_ZONE),
    }
    return {name: None if cell in {None, ""} else read[kinds[name]](cell) for name, cell in row.items()}


def alike(row: dict[str, Any], sheet: Sheet) -> dict[str, Any]:
    """Return a row without what differs between two files: when it was made, and what only columns keep of times."""
    fine = {column.name for column in sheet.columns if column.fine}
    told = {name: value for name, value in row.items() if name not in {"exported_at", "coverage", "n"}}
    return {
        name: value.replace(microsecond=0 if name not in fine else value.microsecond // 1000 * 1000)
        if isinstance(value, datetime)
        else value or None
        for name, value in told.items()
    }


@pytest.mark.parametrize("what", ASKED)
def test_every_format_holds_the_same_rows_and_a_district_s_are_its_own(
    filled: World, api_url: str, migrated_database: str, what: str
) -> None:
    sheet, found = SHEETS[what], {}
    for subject in (OFFICER, Subject("all", Role.SHIFT_LEADER, WHOLE_CITY)):
        headers = {"Authorization": f"Bearer {token_of(migrated_database, subject)}"}
        with httpx.Client(base_url=api_url, headers=headers, timeout=60) as client:
            ask = partial(client.get, f"/api/v1/export/{what}")
            end = (filled.now + timedelta(hours=1)).isoformat()
            asked = ASKED[what] | {"lang": "en"} | ({"end": end} if what in {"series", "readings"} else {})
            tables = {form: rows_of(ask(params=asked | {"format": form}), form, sheet) for form in FileFormat}
            by_header = ask(params=asked, headers={"Accept": FileFormat.ARROW.media})
            expected = int(by_header.headers["cityops-rows-expected"])
        assert by_header.headers["content-type"] == FileFormat.ARROW.media
        told = [[alike(row, sheet) for row in table] for table in tables.values()]
        assert told == [told[0]] * len(FileFormat)
        assert all(tuple(row) == sheet.names for table in tables.values() for row in table)
        found[subject.name] = told[0]
        assert what == "readings" or len(told[0]) == expected
    if what != "series":  # whose sums by district are open to all
        places = [{row["region_code"][:6] for row in found[name]} for name in ("officer", "all")]
        assert places == [{"440106"}, {"440105", "440106"}]
    assert 1 / 3 in {row.get("value") for row in found["all"]} or what != "readings"


@pytest.mark.parametrize("what", ASKED)
def test_whoever_sees_a_part_has_the_city_s_rows_of_it_in_every_file(
    filled: World, api: httpx.Client, migrated_database: str, what: str
) -> None:
    sheet = SHEETS[what]
    end = filled.now + timedelta(hours=1)
    period = {"start": (end - timedelta(hours=3)).isoformat(), "end": end.isoformat()}
    asked = ASKED[what] | {"lang": "en"} | (period if what in {"series", "readings"} else {})
    if what == "series":  # sums by district are open to all
        asked |= {"level": "street"}
    ask = partial(api.get, f"/api/v1/export/{what}", params=asked | {"format": "csv"})
    whole = [alike(row, sheet) for row in rows_of(ask(), FileFormat.CSV, sheet)]
    for role, scope in PLACES.items():
        headers = {"Authorization": f"Bearer {token_of(migrated_database, Subject(role, role, scope))}"}
        if what == "series" and scope.kind is ScopeKind.DEPARTMENTS:
            assert ask(headers=headers).status_code == 403
            continue
        tables = [
            [alike(row, sheet) for row in rows_of(ask(params=asked | {"format": form}, headers=headers), form, sheet)]
            for form in (FileFormat.CSV, FileFormat.PARQUET)
        ]
        assert tables[0] == tables[1]
        if scope.kind is ScopeKind.DEPARTMENTS:  # all stations of air are its own, the hotline's cases are not
            assert tables[0] == (whole if what in {"devices", "readings"} else [])
        else:
            assert tables[0] == [row for row in whole if scope.covers(row["region_code"])]
    assert {row["region_code"] for row in whole} >= {"440105001", "440106013"}


def test_text_in_a_workbook_is_text(filled: World, api: httpx.Client) -> None:
    answer = api.get("/api/v1/export/devices", params={"format": "xlsx"})
    page, about = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    assert [(page[f"B{row}"].value, page[f"B{row}"].data_type) for row in (2, 3)] == [("=1+0", "s"), ("=1+1", "s")]
    assert (page["A1"].value, page["L2"].data_type) == ("设备代码", "n")
    assert [about["A2"].value, about["B2"].value] == ["设备代码", "code"]


def test_columns_and_descriptor_travel_with_parquet_and_another_library_reads_it(
    filled: World, api: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "readings.parquet"
    file.write_bytes(api.get("/api/v1/export/readings", params={"format": "parquet"}).content)
    schema = pq.read_schema(file)
    package = json.loads(schema.metadata[b"datapackage"])
    assert [one["name"] for one in package["resources"][0]["schema"]["fields"]] == schema.names == [*READINGS.names]
    assert schema.field("value").metadata[b"title_zh"].decode() == "数值"
    with duckdb.connect() as other:
        asked = "SELECT metric, count(*), sum(value), min(ts) FROM read_parquet(?) GROUP BY 1 ORDER BY 1"
        found = other.execute(asked, [str(file)]).fetchall()
    first = min(filled.ago(60 * minute + 0.25) for minute in range(3))
    assert [(row[0], row[1]) for row in found] == [("o3", 6), ("pm25", 6)]
    assert found[0][2] == pytest.approx(4 / 3)
    assert abs(found[0][3] - first) < timedelta(milliseconds=1)


def test_a_hundred_thousand_readings_are_all_there(world: World, api: httpx.Client) -> None:
    world.device("WL-1", region="440106013")
    world.connection.execute(
        """INSERT INTO reading (ts, series_id, value, quality)
           SELECT now() - n * interval '250.001 ms', series.id, n / 3.0, n % 3
           FROM (SELECT min(id) AS id FROM series) AS series, generate_series(1, 100000) AS n"""
    )
    ask = partial(api.get, "/api/v1/export/readings")
    lines = ask(params={"lang": "en"}).content.decode("utf-8-sig").split("\r\n")
    table = pq.read_table(io.BytesIO(ask(params={"format": "parquet"}).content))
    assert (len(lines) - 2, table.num_rows, lines[-1]) == (100_000, 100_000, "")
    cells = [line.split(",") for line in lines[1:-1]]
    assert [float(row[8]) for row in cells] == table["value"].to_pylist()
    assert [row[7] for row in cells] == [
        at.replace(tzinfo=None).isoformat(" ", "microseconds" if at.microsecond % 1000 else "milliseconds")
        for at in table["ts"].to_pylist()
    ]


@pytest.mark.parametrize("form", [FileFormat.PARQUET, FileFormat.ARROW, FileFormat.ZIP, FileFormat.XLSX])
def test_a_file_that_was_cut_off_cannot_be_opened(filled: World, api: httpx.Client, form: FileFormat) -> None:
    whole = api.get("/api/v1/export/events", params={"lang": "en", "format": form})
    assert len(rows_of(whole, form, EVENTS)) == 2
    whole._content = whole.content[:-9]
    with pytest.raises((pa.ArrowInvalid, zipfile.BadZipFile, OSError)):
        rows_of(whole, form, EVENTS)


def test_the_zip_s_descriptor_names_size_and_hash_of_what_is_beside_it(filled: World, api: httpx.Client) -> None:
    answer = api.get("/api/v1/export/events", params={"format": "zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        package = json.loads(zipped.read("datapackage.json"))
        [resource] = package["resources"]
        content = zipped.read(resource["path"])
    assert resource["bytes"] == len(content)
    assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert api.get("/api/v1/export/events", params={"describe": True}).json()["cityops"]["rows_expected"] == 2


def test_series_side_by_side(filled: World, api: httpx.Client) -> None:
    end = (filled.now + timedelta(hours=1)).isoformat()
    asked = {"indicator": "pm25", "level": "district", "shape": "wide", "lang": "en", "end": end}
    ask = partial(api.get, "/api/v1/export/series")
    regions = list(csv.DictReader(io.StringIO(ask(params=asked).content.decode("utf-8-sig"))))
    assert len(regions) == 24 * 7 + 1 or len(regions) == 24 * 7
    assert [name for name in regions[0] if name.startswith("4401")] == sorted(
        name for name in regions[0] if name.startswith("4401")
    )
    several = ask(params=asked | {"also": "o3", "format": "parquet"})
    table = pq.read_table(io.BytesIO(several.content))
    assert table.column_names[-5:] == ["pm25", "o3", "finished", "exported_at", "corrections"]
    assert table.num_rows == 11 * len(regions) == int(several.headers["cityops-rows-expected"])
    heard = [row["pm25"] for row in table.to_pylist() if row["region_code"] == "440106" and row["pm25"] is not None]
    assert heard == [float(row["440106"]) for row in regions if row["440106"]]


def test_what_cannot_be_made_says_what_can(filled: World, api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1)
    refused = api.get("/api/v1/export/events", params={"format": "xlsx"})
    assert refused.status_code == 422
    assert "parquet" in refused.json()["detail"]
    long = {"start": "2026-01-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    assert "92 days" in api.get("/api/v1/export/readings", params=long).json()["detail"]
    monkeypatch.setattr(offered, "find_spec", lambda name: None)
    without = api.get("/api/v1/export/events", params={"format": "parquet"})
    assert without.status_code == 501
    assert "cityops[parquet]" in without.json()["detail"]
