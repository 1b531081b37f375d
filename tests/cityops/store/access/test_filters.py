"""Filters of cases that somebody keeps: under a name and at a place, seen and moved by nobody else."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text

from cityops.domain.access import WHOLE_CITY
from cityops.store.access import filters
from cityops.store.engine import connect, make_engine, reading, writing
from cityops.store.schema import privileges

Kept = tuple[int, str, str, str | None]


@pytest.fixture
def engine(database_as: Callable[[str], str]) -> Iterator[Engine]:
    """Give the database as the API has it."""
    made = make_engine(database_as(privileges.API))
    yield made
    made.dispose()


def save(engine: Engine, login: str, name: str, q: str | None = None) -> int | None:
    with writing(engine, WHOLE_CITY) as connection:
        return filters.save(connection, login, name, "overdue", q)


def remove(engine: Engine, login: str, name: str) -> bool:
    with writing(engine, WHOLE_CITY) as connection:
        return filters.remove(connection, login, name)


def kept(engine: Engine, login: str) -> list[Kept]:
    with reading(engine, WHOLE_CITY) as connection:
        return [(row["place"], row["name"], row["todo"], row["q"]) for row in filters.owned(connection, login)]


def test_a_filter_keeps_its_place_and_a_new_one_takes_the_first_that_is_free(engine: Engine) -> None:
    assert [save(engine, "li", name) for name in ("积水", "猎德", "超期")] == [1, 2, 3]
    assert save(engine, "li", "猎德", "猎德大道") == 2
    assert remove(engine, "li", "积水")
    assert not remove(engine, "li", "积水")
    assert save(engine, "li", "桥") == 1
    assert kept(engine, "li") == [
        *((1, "桥", "overdue", None), (2, "猎德", "overdue", "猎德大道"), (3, "超期", "overdue", None)),
    ]


def test_there_is_room_for_as_many_as_there_are_keys(engine: Engine) -> None:
    names = [str(number) for number in range(filters.MOST)]
    assert [save(engine, "li", name) for name in names] == [*range(1, filters.MOST + 1)]
    assert save(engine, "li", "one more") is None
    assert save(engine, "li", "4", "猎德") == 5
    assert save(engine, "wu", "one more") == 1


def test_nobody_sees_or_moves_what_another_keeps(engine: Engine, database_as: Callable[[str], str]) -> None:
    save(engine, "li", "积水")
    assert kept(engine, "wu") == []
    assert not remove(engine, "wu", "积水")
    for who in ("", "wu"):
        with engine.begin() as connection:
            connection.execute(text("SELECT set_config('cityops.login', :login, true)"), {"login": who})
            assert connection.scalar(text("SELECT count(*) FROM saved_filter")) == 0
            assert connection.execute(text("UPDATE saved_filter SET q = 'x'")).rowcount == 0
            assert connection.execute(text("DELETE FROM saved_filter")).rowcount == 0
    with connect(database_as(privileges.API), "test") as login:
        login.execute("SELECT set_config('cityops.login', 'wu', false)")
        for statement in (
            "INSERT INTO saved_filter (login, place, name, todo) VALUES ('li', 2, 'x', 'overdue')",
            "UPDATE saved_filter SET login = 'wu'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement)
    assert kept(engine, "li") == [(1, "积水", "overdue", None)]
