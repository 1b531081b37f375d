"""The verb `cityops db`: the schema and the reference data are there afterwards, once, and what was done is told."""

from urllib.parse import urlsplit

import psycopg
import pytest

from cityops.errors import CityopsError
from cityops.store.engine import connect
from cityops.store.schema import privileges
from factories.verbs import run, sentence


def test_an_upgrade_that_has_nothing_to_do_says_so_and_on_which_stream(migrated_database: str) -> None:
    done = run("db", "upgrade", database_url=migrated_database)
    at = run("db", "current", database_url=migrated_database).stdout.strip()
    assert (done.exit_code, done.stdout) == (0, "")  # standard output is for what a program reads
    assert done.stderr == f"schema at {at}; reference data: nothing new\n"


def test_missing_reference_data_are_added_and_counted(migrated_database: str) -> None:
    with connect(migrated_database, "test") as connection:
        before = connection.execute("SELECT count(*) FROM metric").fetchone()
        connection.execute("DELETE FROM metric WHERE code IN ('pm25', 'no2')")
        done = run("db", "upgrade", database_url=migrated_database)
        assert "reference data: 2 metric" in done.stderr
        assert connection.execute("SELECT count(*) FROM metric").fetchone() == before


def test_an_empty_database_has_no_revision_and_names_the_verb_that_gives_one(empty_database: str) -> None:
    assert run("db", "current", database_url=empty_database).stdout == "empty: run `cityops db upgrade`\n"


@pytest.mark.parametrize("verb", ["upgrade", "current"])
def test_without_an_address_the_setting_is_named_with_an_example(verb: str) -> None:
    done = run("db", verb)
    assert (done.exit_code, isinstance(done.exception, CityopsError)) == (1, True)
    assert "CITYOPS_DATABASE_URL is not set: give it, such as postgresql://" in sentence(done)


def test_logins_get_the_passwords_that_are_given_and_no_others(
    migrated_database: str, logins: dict[str, str]
) -> None:
    given = f"secret of {privileges.API}"  # that of the other tests, which share the server
    done = run("db", "upgrade", database_url=migrated_database, api_db_password=given)
    assert done.stderr.splitlines()[1:] == [
        f"login {urlsplit(logins[privileges.API]).username} has the password that was given"
    ]
    assert given not in done.output
    url = urlsplit(logins[privileges.API])._replace(path=urlsplit(migrated_database).path).geturl()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM region").fetchone() is not None
