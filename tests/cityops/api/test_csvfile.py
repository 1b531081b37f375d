"""CSV files: what Excel must not misread."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.csvfile import ROWS_PER_CHUNK, Cell, cell, chunks


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (-3.5, "-3.5"),
        (0.0, "0.0"),
        (7, "7"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026-11-23 00:00:00"),
        ("=SUM(A1)", "'=SUM(A1)"),
        ("+86", "'+86"),
        ("-1", "'-1"),
        ("@cmd", "'@cmd"),
        ("\tx", "'\tx"),
        ("＝1", "'＝1"),
        ("440106013", "440106013"),
        ("12345678901", "12345678901"),
        ("202611230001234567", "\t202611230001234567"),
    ],
)
def test_cells(value: Cell, written: str) -> None:
    assert cell(value) == written


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=20))
def test_any_text_comes_back_whole(rows: list[list[str]]) -> None:
    data = b"".join(chunks(["a", "b"], rows)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(data, newline="")))
    assert read == [["a", "b"], *([cell(value) for value in row] for row in rows)]


def test_the_file_begins_with_a_bom_and_comes_in_pieces() -> None:
    pieces = list(chunks(["a", "b"], [["甲", number] for number in range(ROWS_PER_CHUNK + 1)]))
    assert len(pieces) == 2
    assert pieces[0].startswith(b"\xef\xbb\xbfa,b\r\n")
    assert b"".join(pieces).count(b"\r\n") == ROWS_PER_CHUNK + 2
