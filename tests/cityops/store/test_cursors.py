"""Rows from a server-side cursor: all of them in order, a piece at a time, and closed when the reader stops."""

from collections.abc import Generator, Iterable, Iterator
from itertools import islice

import pytest
from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.exc import DataError

from cityops.store.cursors import FETCH, streamed, streamed_rows

NUMBERS = text("SELECT n, '第' || n || '行' AS line FROM generate_series(1, CAST(:last AS int)) AS n")


def open_cursors(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM pg_cursors WHERE name <> ''")) or 0)


def test_every_row_comes_once_and_in_order(onlooker: Connection) -> None:
    for last in (0, 1, FETCH - 1, FETCH, FETCH + 1, 2 * FETCH + 1):
        rows = [tuple(row) for row in streamed_rows(onlooker, NUMBERS, {"last": last})]
        assert rows == [(n, f"第{n}行") for n in range(1, last + 1)]
    assert open_cursors(onlooker) == 0


def test_rows_are_known_by_name_or_by_place(onlooker: Connection) -> None:
    [named] = streamed(onlooker, NUMBERS, {"last": 1})
    assert dict(named) == {"n": 1, "line": "第1行"}
    [row] = streamed_rows(onlooker, NUMBERS, {"last": 1})
    assert tuple(row) == (1, "第1行")


def test_nothing_is_asked_before_the_first_row_is_wanted(onlooker: Connection) -> None:
    rows = streamed(onlooker, NUMBERS, {"last": 9})
    assert open_cursors(onlooker) == 0
    next(rows)
    assert open_cursors(onlooker) == 1
    assert len(list(rows)) == 8
    assert open_cursors(onlooker) == 0


def test_who_stops_reading_leaves_no_cursor_behind(onlooker: Connection) -> None:
    wanted = {"last": 5 * FETCH}
    ways: tuple[Iterator[object], ...] = streamed(onlooker, NUMBERS, wanted), streamed_rows(onlooker, NUMBERS, wanted)
    for rows in ways:
        assert next(rows)
        assert open_cursors(onlooker) == 1
        assert isinstance(rows, Generator)
        rows.close()
        assert open_cursors(onlooker) == 0


def test_the_questions_after_it_are_asked_as_those_before(onlooker: Connection) -> None:
    """A cursor for each would cost two more round trips."""
    before = dict(onlooker.get_execution_options())
    assert len(list(streamed(onlooker, NUMBERS, {"last": 3}))) == 3
    assert dict(onlooker.get_execution_options()) == before


def read_and_fail(rows: Iterable[RowMapping]) -> None:
    for row in rows:
        row["n"] / 0


def test_a_reader_who_fails_leaves_no_cursor_behind(onlooker: Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        read_and_fail(streamed(onlooker, NUMBERS, {"last": 5 * FETCH}))
    assert open_cursors(onlooker) == 0


def test_a_question_may_be_asked_between_two_rows(onlooker: Connection) -> None:
    asked = text("SELECT CAST(:n AS int)")
    between = [onlooker.scalar(asked, {"n": row[0]}) for row in streamed_rows(onlooker, NUMBERS, {"last": 3})]
    assert between == [1, 2, 3]


def test_a_question_that_fails_half_way_says_so_where_it_fails(onlooker: Connection) -> None:
    failing = text("SELECT 1 / (:last - n) FROM generate_series(1, 9999) AS n")
    rows = streamed_rows(onlooker, failing, {"last": 3 * FETCH})
    assert len(list(islice(rows, FETCH))) == FETCH
    with pytest.raises(DataError, match="division by zero"):
        list(rows)
