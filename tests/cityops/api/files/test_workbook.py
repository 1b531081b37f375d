"""Workbooks: a number has all of its digits, as whoever reads the file gets them."""

import io

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.files.batches import RowBatch
from cityops.api.files.workbook import workbook
from cityops.domain.exports.sheet import Column, ColumnType, Sheet

NUMBERS = Sheet("numbers", "数", "Numbers", (Column("value", "数值", "Value", ColumnType.NUMBER),))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53), min_size=20))
def test_a_number_comes_back_as_it_was(numbers: list[float]) -> None:
    file = b"".join(workbook(NUMBERS, "en", [RowBatch([[one] for one in numbers])]))
    page = openpyxl.load_workbook(io.BytesIO(file), read_only=True).worksheets[0]
    assert [value for (value,) in page.iter_rows(min_row=2, values_only=True)] == numbers
