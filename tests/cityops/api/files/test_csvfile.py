"""CSV files: what Excel must not misread."""

import csv
import io
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.files.csvfile import ROWS_PER_CHUNK, cell, chunks, unguarded
from cityops.domain.exports.sheet import Cell


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


DIGITS = st.text("0123456789", min_size=1, max_size=18)
MONTH = st.sampled_from(["Jan", "MAR", "sept", "December", "1月", "may"])
READ_ANEW = st.one_of(
    st.builds("{}{}".format, st.just("0"), DIGITS),  # leading zeros
    st.builds("{}.{}".format, DIGITS, DIGITS),
    st.builds("{}{}{}{}".format, DIGITS, st.sampled_from("eE"), st.sampled_from(["", "-", "+"]), DIGITS),
    st.builds("{}{}{}".format, DIGITS, st.sampled_from("-/:. "), DIGITS),
    st.builds("{}-{}-{}".format, DIGITS, DIGITS, DIGITS),
    st.builds("{}{}{}".format, DIGITS, st.sampled_from(["-", " ", "/", ""]), MONTH),
    st.builds("{}{}{}".format, MONTH, st.sampled_from(["-", " ", "/", ""]), DIGITS),
    st.builds("{}年{}月{}日".format, DIGITS, DIGITS, DIGITS),
    st.builds("{}:{} {}".format, DIGITS, DIGITS, st.sampled_from(["AM", "pm"])),
    st.builds("{}{}".format, DIGITS, st.sampled_from(["%", "€", " ", "\u3000"])),
    st.builds("{}{}".format, st.sampled_from(["$", "￥", "€", " ", "\u00a0", "("]), DIGITS),
    st.builds("{},{}".format, DIGITS, DIGITS),
    st.builds("{}".format, st.sampled_from(["TRUE", "false", "True", "#N/A", "#REF!", "#DIV/0!", " true"])),
    st.integers(10**11).map(str),
    st.text("０１２３４５６７８９", min_size=1, max_size=9),
)
"""What a spreadsheet reads as a number, a date, a time, a truth or an error, and then shows as something else."""

FORMULAS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", " ", "\u200b", "\ufeff", "\u00a0", "\t", "\n", "\r"]),
    st.sampled_from(["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹣"]),
    st.text(max_size=8),
)


@given(READ_ANEW)
def test_what_would_be_shown_as_something_else_is_guarded(text: str) -> None:
    assert cell(text) == "\t" + text


@given(FORMULAS)
def test_what_would_be_run_is_guarded(text: str) -> None:
    assert cell(text) == "'" + text


@given(st.text(st.characters(codec="utf-8")) | READ_ANEW | FORMULAS)
def test_the_way_back_is_without_loss(text: str) -> None:
    assert unguarded(cell(text)) == text


@pytest.mark.parametrize(
    "text", ["0", "440106", "猎德街道", "WL-0001", "12号楼3层", "A1", "PM2.5", "Tianhe", "E5", "3 of 4"]
)
def test_what_is_shown_as_it_is_stays_bare(text: str) -> None:
    assert cell(text) == text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_stay_numbers(number: float) -> None:
    assert type(number)(cell(number)) == number


def test_pandas_reads_what_was_written() -> None:
    ids = ["000123", "1E5", "3-4", "=x", "'quoted", "\ttabbed", "猎德", "1234567890123456789", "12"]
    file = io.BytesIO(b"".join(chunks(["id", "n"], [[one, number] for number, one in enumerate(ids)])))
    table = pd.read_csv(file, dtype={"id": str}, encoding="utf-8-sig")
    assert list(table["id"].str.replace(r"^[\t']", "", regex=True)) == ids
    assert list(table["n"]) == list(range(len(ids)))


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=20))
def test_any_text_comes_back_whole(rows: list[list[str]]) -> None:
    data = b"".join(chunks(["a", "b"], rows)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(data, newline="")))
    assert read == [["a", "b"], *([cell(value) for value in row] for row in rows)]


def test_the_file_begins_with_a_bom_and_comes_in_pieces() -> None:
    pieces = list(chunks(["a", "b"], [["甲", number] for number in range(ROWS_PER_CHUNK + 1)]))
    assert [piece.count(b"\r\n") for piece in pieces] == [1, ROWS_PER_CHUNK, 1]
    assert pieces[0] == b"\xef\xbb\xbfa,b\r\n"
    assert b"".join(pieces).count(b"\r\n") == ROWS_PER_CHUNK + 2
