"""Columns sent in PostgreSQL's binary form: what is read back is what was sent, to the last bit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cityops.store.binary_copy import copy_columns, timestamps
from cityops.store.engine import connect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = {"small": np.int16, "usual": np.int32, "large": np.int64, "real": np.float64}
_numbers = st.tuples(
    *(st.integers(int(np.iinfo(of).min), int(np.iinfo(of).max)) for of in (np.int16, np.int32, np.int64)),
    st.floats(),
)
_moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - their zone follows


@pytest.fixture
def cursor(migrated_database: str) -> Iterator[psycopg.Cursor]:
    """Give a cursor on a database with a table of all the types that are sent."""
    with connect(migrated_database, "test") as connection, connection.cursor() as opened:
        opened.execute('CREATE TABLE "Sent 表" (small int2, usual int4, "large" int8, "real" float8, at timestamptz)')
        yield opened


def columns(rows: list[tuple[Any, ...]]) -> dict[str, NDArray[Any]]:
    return {name: np.array([row[at] for row in rows], of) for at, (name, of) in enumerate(TYPES.items())}


def sent(cursor: psycopg.Cursor, names: str = 'small, usual, "large", "real"') -> list[tuple[Any, ...]]:
    return cursor.execute(f'SELECT {names} FROM "Sent 表"').fetchall()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(_numbers, max_size=9))
def test_numbers_of_every_width_are_read_back_as_they_were_sent(
    rows: list[tuple[int, int, int, float]], cursor: psycopg.Cursor
) -> None:
    with cursor.connection.transaction(force_rollback=True):
        copy_columns(cursor, "Sent 表", columns(rows))
        np.testing.assert_array_equal(np.array(sent(cursor)).reshape(-1, 4), np.array(rows).reshape(-1, 4))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(_moments, min_size=1, max_size=9))
def test_times_are_read_back_to_the_microsecond(moments: list[datetime], cursor: psycopg.Cursor) -> None:
    microseconds = np.array([(moment - EPOCH) // timedelta(microseconds=1) for moment in moments], np.int64)
    with cursor.connection.transaction(force_rollback=True):
        copy_columns(cursor, "Sent 表", {"at": timestamps(microseconds)})
        assert [row[0] for row in sent(cursor, "at")] == moments


def test_columns_that_are_not_sent_are_empty(cursor: psycopg.Cursor) -> None:
    copy_columns(cursor, "Sent 表", {"real": np.array([1.5, -0.0])})
    assert [(row[0], str(row[3])) for row in sent(cursor)] == [(None, "1.5"), (None, "-0.0")]


def test_every_second_row_of_an_array_is_sent_as_it_looks(cursor: psycopg.Cursor) -> None:
    copy_columns(cursor, "Sent 表", {"usual": np.arange(10, dtype=np.int32)[::-2]})
    assert [row[1] for row in sent(cursor)] == [9, 7, 5, 3, 1]


def test_an_array_of_another_width_than_the_column_s_is_refused(cursor: psycopg.Cursor) -> None:
    for column, of in (("small", np.int32), ("usual", np.int64), ("real", np.float32)):
        with pytest.raises((psycopg.errors.InvalidBinaryRepresentation, psycopg.errors.ProtocolViolation)):
            copy_columns(cursor, "Sent 表", {column: np.array([1], of)})
    assert sent(cursor) == []


def test_columns_of_different_lengths_are_refused(cursor: psycopg.Cursor) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        copy_columns(cursor, "Sent 表", {"small": np.zeros(3, np.int16), "usual": np.zeros(2, np.int32)})
    assert sent(cursor) == []
