"""The verb `cityops verify`: its status says whether all agrees, and what does not is named."""

import json
from contextlib import closing

import psycopg

from factories.verbs import run
from factories.writing import Sender, message, reading


def test_what_agrees_ends_with_0_and_what_does_not_with_1_and_an_example(
    database_url: str, database: psycopg.Connection
) -> None:
    with closing(Sender(database_url, "w")) as sender:
        sender.send(message(reading("WL-1", 0, 7)))
    sound = run("verify", database_url=database_url)
    assert sound.exit_code == 0
    assert sound.stdout.startswith("as of 20")
    assert sound.stderr == ""
    database.execute("UPDATE reading_latest SET value = 8")
    wrong = run("verify", "--json", database_url=database_url)
    assert wrong.exit_code == 1
    rows = {row["check"]: row for row in json.loads(wrong.stdout)["rows"]}
    assert {type(row[name]) for row in rows.values() for name in ("looked at", "wrong")} == {int}
    [found] = [row for row in rows.values() if row["wrong"]]
    assert found["wrong"] == 1
    assert ("raw 7 of 2026-11-20" in found["examples"][0], "latest 8 of" in found["examples"][0]) == (True, True)
    assert all(row["examples"] == [] for row in rows.values() if not row["wrong"])
    people = run("verify", database_url=database_url)
    assert people.exit_code == 1
    assert f"{found['check']}: {found['examples'][0]}" in people.stdout


def test_a_store_of_nothing_agrees(migrated_database: str) -> None:
    assert run("verify", columns=None, database_url=migrated_database).exit_code == 0
