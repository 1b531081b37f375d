"""Reads rows from a server-side cursor, which is closed as soon as their reader stops."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Executable, Row, RowMapping

FETCH = 2000
"""Rows fetched at a time."""


def streamed(
    connection: Connection, statement: Executable, parameters: Mapping[str, object] | None = None
) -> Iterator[RowMapping]:
    """Yield the rows of a query by name; memory stays the same for any number of them."""
    for row in streamed_rows(connection, statement, parameters):
        yield row._mapping


def streamed_rows(
    connection: Connection, statement: Executable, parameters: Mapping[str, object] | None = None
) -> Iterator[Row[Any]]:
    """Yield the rows of a query as tuples, which costs half of what `streamed` does."""
    # Options of the statement: those of the connection would make a cursor of each question that follows.
    streaming = {"stream_results": True, "yield_per": FETCH}
    with connection.execute(statement, parameters, execution_options=streaming) as result:
        yield from result
