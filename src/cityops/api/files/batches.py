"""Rows on their way from the database into a file, some thousand at a time, whatever the format."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from cityops.api.files import csvfile
from cityops.domain.exports.sheet import Cell, Language

if TYPE_CHECKING:
    import pyarrow as pa

Row = Sequence[Cell]
ROWS_PER_BATCH = 2_000


class SheetBatch(Protocol):
    """Some rows of a sheet; each format asks for them in the form that costs it least."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def rows(self) -> Iterable[Row]:
        """Return the cells in the order of the columns."""

    def csv(self, language: Language) -> bytes:
        """Return the rows as they stand in CSV."""

    def arrow(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """Return the rows as columns of Arrow."""


class RowBatch:
    """Rows as they were made one by one."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._rows)

    def rows(self) -> Iterable[Row]:
        """Return the cells in the order of the columns."""
        return self._rows

    def csv(self, language: Language) -> bytes:
        """Return the rows as they stand in CSV."""
        return csvfile.lines(self._rows, language)

    def arrow(self, schema: "pa.Schema") -> "pa.RecordBatch":
        """Return the rows as columns of Arrow."""
        import pyarrow as pa

        columns = zip(*self._rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        return pa.record_batch(arrays, schema=schema)


def batched(rows: Iterable[Row]) -> Iterator[SheetBatch]:
    """Yield rows in batches."""
    remaining = iter(rows)
    while some := list(islice(remaining, ROWS_PER_BATCH)):
        yield RowBatch(some)
