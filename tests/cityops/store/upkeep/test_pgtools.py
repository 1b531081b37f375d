"""PostgreSQL's programs: run with the password in their environment, heard as they go on, quoted when they fail."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from cityops.errors import CityopsError
from cityops.store.upkeep import pgtools

URL = "postgresql://me:hush-hush@127.0.0.1:1/city"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Give a program that says on standard error what a file beside it holds, and ends as another says."""
    file = tmp_path / "pg_dump"
    file.write_text('#!/bin/sh\ncat "$0.says" >&2\nexit "$(cat "$0.ends")"\n')
    file.chmod(0o755)
    return file


def run(program: Path, *says: str, ends: int = 0) -> list[str]:
    """Run it and return the tables of which it told that they begin."""
    Path(f"{program}.says").write_bytes("".join(f"{line}\n" for line in says).encode(errors="surrogateescape"))
    Path(f"{program}.ends").write_text(str(ends))
    began: list[str] = []
    pgtools.run(program, [], URL, began.append)
    return began


def complaint(program: Path, *says: str) -> str:
    with pytest.raises(CityopsError) as error:
        run(program, *says, ends=1)
    return str(error.value)


def test_a_table_is_told_as_its_rows_begin_to_move(program: Path) -> None:
    assert run(
        program,
        "pg_dump: last built-in OID is 16383",
        'pg_dump: dumping contents of table "public.reading"',
        'pg_restore: processing data for table "_timescaledb_internal._hyper_1_1_chunk"',
        'pg_dump: reading indexes for table "public.reading"',
        'pg_dump: dumping contents of table "public.表 ""quoted"""',
    ) == ["public.reading", "_timescaledb_internal._hyper_1_1_chunk", 'public.表 ""quoted""']


def test_who_says_nothing_has_begun_nothing(program: Path) -> None:
    assert run(program) == []


def test_a_failure_is_told_in_the_program_s_own_words(program: Path) -> None:
    told = complaint(
        program,
        "pg_dump: reading schemas",
        "pg_dump: error: connection to server failed",
        "pg_dump: detail: it is away",
        "pg_dump: hint: start it",
        "pg_dump: reading tables",
    )
    assert told.splitlines() == [
        "pg_dump failed:",
        "pg_dump: error: connection to server failed",
        "pg_dump: detail: it is away",
        "pg_dump: hint: start it",
    ]


def test_where_it_complains_of_nothing_its_last_words_stand_in(program: Path) -> None:
    told = complaint(program, *(f"line {number}" for number in range(20)))
    assert told.splitlines() == ["pg_dump failed:", *(f"line {number}" for number in range(14, 20))]


def test_of_many_complaints_the_last_are_told(program: Path) -> None:
    told = complaint(program, *(f"pg_dump: error: {number}" for number in range(1000)), "the end")
    assert told.splitlines()[1:] == [f"pg_dump: error: {number}" for number in range(994, 1000)]


def test_words_that_are_not_utf_8_do_not_stop_it(program: Path) -> None:
    assert "pg_dump: error: \N{REPLACEMENT CHARACTER}" in complaint(program, "pg_dump: error: \udcff")


def test_a_program_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="pg_dump"):
        pgtools.run(tmp_path / "pg_dump", [], URL, lambda _table: None)


@pytest.mark.parametrize(
    ("url", "password"),
    [
        (URL, "hush-hush"),
        ("postgresql://me@127.0.0.1/city", ""),
        ("postgresql://me:%E8%8D%94%20%40%3A%2F@h/city", "荔 @:/"),
        ("host=h dbname=city password='a b'", "a b"),
        ("postgresql:///city?host=/run/pg&password=x", "x"),
    ],
)
def test_a_password_is_taken_out_of_an_address_and_nothing_else(url: str, password: str) -> None:
    target, taken = pgtools.without_password(url)
    assert taken == password
    expected = conninfo_to_dict(url)
    expected.pop("password", None)
    assert conninfo_to_dict(target) == expected


@given(password=st.text("abcXYZ09'\\ $\"荔", min_size=8, max_size=20))
def test_no_password_stands_in_what_others_may_see(password: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    target, taken = pgtools.without_password(f"host=h dbname=city password='{escaped}'")
    assert taken == password
    assert password not in target
