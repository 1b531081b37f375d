"""Reads rows from a server-side cursor, which is closed as soon as their reader stops."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Executable, RowMapping

FETCH = 2000
"""Rows fetched at a time."""


def streamed(
    connection: Connection, statement: Executable, parameters: Mapping[str, object] | None = None
) -> Iterator[RowMapping]:
    """Yield the rows of a query; memory stays the same for any number of them."""
    streaming = connection.execution_options(stream_results=True, yield_per=FETCH)
    with streaming.execute(statement, parameters) as result:
        yield from result.mappings()
