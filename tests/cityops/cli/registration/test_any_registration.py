"""Imports of arbitrary and of nearly right files: taken or refused by name, in bounded memory."""

import csv
import io
import re
import tempfile
import tracemalloc
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.cli.registration.file import FileReading, Register, import_file
from cityops.domain.channels import REQUIRED as OF_CHANNELS
from cityops.domain.channels import read_channel
from cityops.domain.devices import REQUIRED as OF_DEVICES
from cityops.domain.devices import read_device
from cityops.domain.registration.areas import Districts
from cityops.domain.registration.cells import Frame
from cityops.domain.registration.rows import Atlas, Remark
from cityops.errors import CityopsError
from cityops.store.registration import Registration, importing_channels, importing_devices, registrable

KINDS: dict[str, tuple[str, Any]] = {
    "device": ("readings", Register(OF_DEVICES, read_device, importing_devices)),
    "video_channel": ("video", Register(OF_CHANNELS, read_channel, importing_channels)),
}
GOOD = {
    "code": "WL-1",
    "kind": "waterlogging",
    "name_zh": "猎德",
    "source_system_code": "water-logging",
    "region_code": "440106013",
    "lon": "113.33",
    "lat": "23.12",
    "expected_interval_s": "60",
}
CHANNEL = GOOD | {"code": "44010600001320000001", "source_system_code": "video-share", "state": "ON"}
ATLAS = Atlas(Districts(reference.geojson("districts")))
FUZZ = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

ODD = [
    "",
    " ",
    "nan",
    "inf",
    "-0",
    "1_0",
    "1e999",
    "９",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\u2028",
    "'",
    '"',
    "=1+1",
    "0" * 300,
]
ODD += ["9" * 5000, "440106", "4401060130", "WL-1", "x/y", "#", "+", "ON", "mars", "\ufeff", "a\nb", "a\r", "\ud7ff"]
cell = st.one_of(st.sampled_from(ODD), st.text(max_size=20), st.sampled_from(list(CHANNEL.values())))


@pytest.fixture(scope="module")
def metrics_of() -> dict[str, tuple[str, ...]]:
    return {kind.code: kind.metrics for kind in reference.device_kinds()}


@pytest.fixture
def register(migrated_database: str) -> Iterator[psycopg.Connection]:
    """Give an empty register."""
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        yield connection


def imported(
    connection: psycopg.Connection, table: str, content: bytes, metrics_of: dict[str, tuple[str, ...]]
) -> tuple[Registration, list[Remark]]:
    """Import a file as the verbs do."""
    carries, what = KINDS[table]
    reading = FileReading(what, registrable(connection, carries, streets_by_place=False), ATLAS, Frame.WGS84)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        result = import_file(connection, Path(file.name), reading, metrics_of if table == "device" else {}, None)
    return result, reading.remarks


def number(connection: psycopg.Connection, table: str) -> int:
    [found] = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(found)


def check(connection: psycopg.Connection, table: str, content: bytes, metrics_of: dict[str, tuple[str, ...]]) -> str:
    """Import, hold what is told against what is kept, and return what was told of the whole file."""
    before = number(connection, table)
    try:
        result, remarks = imported(connection, table, content, metrics_of)
    except CityopsError as refusal:
        told = str(refusal)
    else:
        return _check_rows(connection, table, before + result.added, remarks)
    assert number(connection, table) == before
    assert len(told) < 1_000
    return told


def _check_rows(connection: psycopg.Connection, table: str, expected: int, remarks: list[Remark]) -> str:
    assert number(connection, table) == expected
    for one in remarks:
        assert one.line > 1
        assert one.column
        assert one.reason
        assert one.remedy
        assert len(str(one)) < 1_000, "a remark is as long as the cell"
    names = connection.execute(f"SELECT code, name_zh FROM {table}").fetchall()
    categories = {unicodedata.category(letter) for row in names for text in row for letter in text}
    assert categories.isdisjoint({"Cc", "Zl", "Zp"})
    return ""


@pytest.mark.parametrize("table", KINDS)
@FUZZ
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes(
    table: str, content: bytes, register: psycopg.Connection, metrics_of: dict[str, tuple[str, ...]]
) -> None:
    check(register, table, content, metrics_of)


@pytest.mark.parametrize("table", KINDS)
@FUZZ
@given(data=st.data())
def test_nearly_right_files(
    table: str, data: st.DataObject, register: psycopg.Connection, metrics_of: dict[str, tuple[str, ...]]
) -> None:
    good = GOOD if table == "device" else CHANNEL
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(list(good)), cell, max_size=2), max_size=6))
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(good)
    for place, changed in enumerate(rows):
        code = {"code": good["code"][:-1] + str(place)}
        writer.writerow((good | code | changed).values())
    content = output.getvalue().encode()
    cut = data.draw(st.integers(0, len(content)))
    wedge = data.draw(
        st.one_of(st.just(b""), st.binary(max_size=3), st.sampled_from([b'"', b"\n", b",", b"\0", b"\r"]))
    )
    content = content[:cut] + wedge + content[cut + data.draw(st.integers(0, 2)) :]
    check(register, table, content, metrics_of)


HEAD = ",".join(GOOD).encode()
ROW = ",".join(GOOD.values()).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEAD + b",code\n" + ROW + b",WL-2\n", r"names code twice"),
        (HEAD + b'\n"' + ROW + b"\n" + ROW + b"\n", r"in line 2 or after it.*close the quotes"),
        (HEAD + b'\n"WL-1"x,' + ROW[5:] + b"\n", r"in line 2 or after it.*close the quotes"),
        (HEAD + b"\n" + ROW + b"\n" + "空气站".encode("gbk"), r"line 3.*not UTF-8.*CSV UTF-8"),
        ((HEAD + b"\n" + ROW).decode().encode("utf-16"), r"not UTF-8.*CSV UTF-8"),
        (HEAD + b"\n" + b"x" * 200_000 + b"\n", r"in line 2 or after it.*shorten the field"),
        (b"x" * 100_000, r"missing: code"),
    ],
    ids=["column twice", "open quote", "text after a quote", "gbk", "utf-16", "huge cell", "huge head"],
)
def test_a_file_that_is_refused_whole_says_where_and_what_to_do(
    content: bytes, told: str, register: psycopg.Connection, metrics_of: dict[str, tuple[str, ...]]
) -> None:
    assert re.search(told, check(register, "device", content, metrics_of), re.DOTALL)


def many(line: bytes, size: int) -> bytes:
    return HEAD + b"\n" + line * (size // len(line))


@pytest.mark.parametrize(
    "line",
    [b",,,,,,,\n", b"x\n", ROW + b"\n", ROW.replace(b"WL-1", b"x/" * 5_000) + b"\n", b"\n", b'"\n",\n'],
    ids=["empty cells", "one cell", "the same again", "long cells", "blank", "lines within quotes"],
)
def test_memory_grows_with_the_file_and_no_faster(
    line: bytes, register: psycopg.Connection, metrics_of: dict[str, tuple[str, ...]]
) -> None:
    peaks = []
    for size in (40_000, 160_000):
        tracemalloc.start()
        check(register, "device", many(line, size), metrics_of)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]
    assert peaks[1] < 400 * 160_000 + 50_000_000
