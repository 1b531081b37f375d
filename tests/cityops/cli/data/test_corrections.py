"""`cityops corrections`: made, listed with what they do, and ended at the command line."""

import json
from typing import Any

import pytest

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from factories import verbs
from factories.values import keep_value
from factories.world import World


@pytest.fixture
def said(world: World) -> tuple[str, str]:
    """Have the water's source say 50 and 600 of the last two days that are over; give the first one and today."""
    today = Grain.DAY.floor(world.now)
    first, second = (Grain.DAY.shifted(today, -back) for back in (2, 1))
    keep_value(world, "water_supplied", "water-supply", first, value=50.0)
    keep_value(world, "water_supplied", "water-supply", second, value=600.0)
    start, end = (f"{one.astimezone(CITY_ZONE):%Y-%m-%d}" for one in (first, today))
    return start, end


def rows(database: str, *words: str) -> list[dict[str, Any]]:
    told = verbs.run("corrections", "list", *words, "--json", database_url=database)
    found: list[dict[str, Any]] = json.loads(told.stdout)["rows"]
    return found


def test_a_correction_is_made_tells_what_it_does_and_is_ended(
    world: World, migrated_database: str, said: tuple[str, str]
) -> None:
    made = verbs.run(
        *(
            "corrections",
            "add",
            "water_supplied",
            "scale",
            "--start",
            said[0],
            "--end",
            said[1],
            "--expected",
            "50",
            "--amount",
            "10",
        ),
        *("--reason", "单位误为百万立方米", "--region", "440100", "--source", "water-supply"),
        database_url=migrated_database,
    )
    assert made.stdout == "correction 1: scale water_supplied\n", verbs.sentence(made)
    [row] = rows(migrated_database)
    assert (row["applies"], row["stale"], row["expected"], row["amount"]) == (1, 1, "50", 10)  # 600 is another value
    assert (row["status"], row["region"], row["source"]) == ("open", "440100", "water-supply")
    assert rows(migrated_database, "--indicator", "gdp") == []

    ended = verbs.run("corrections", "close", "1", "--note", "已修复", database_url=migrated_database)
    assert ended.stdout == "correction 1 is fixed_upstream\n"
    assert rows(migrated_database) == []
    [row] = rows(migrated_database, "--all")
    assert (row["status"], row["applies"]) == ("fixed_upstream", 0)
    again = verbs.run("corrections", "close", "1", "--note", "x", "--withdrawn", database_url=migrated_database)
    assert "correction 1 is fixed_upstream already, and does not become withdrawn" in verbs.sentence(again)
    actions = world.connection.execute("SELECT action FROM audit WHERE action LIKE 'correction%' ORDER BY id")
    assert actions.fetchall() == [("correction:add",), ("correction:step",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("water_suplied", "drop"), "there is no water_suplied"),
        (("water_supplied_yoy", "drop"), "correct what it is made of: water_supplied"),
        (("water_supplied", "scale"), "amount: is missing; scale needs the value, or the factor"),
        (("water_supplied", "drop", "--amount", "3"), "amount: drop has none; leave it out"),
        (("water_supplied", "override", "--amount", "5000"), "lies between 0 and 1500, and this leads outside"),
        (("water_supplied", "drop", "--source", "hotline-stats"), "hotline-stats sends no water_supplied"),
        (("water_supplied", "drop", "--expected-to", "10"), "expected_high: is less than expected_low"),
        (("water_supplied", "drop", "--expires", "2020-01-01"), "expires_at: has passed already"),
        (("water_supplied", "drop", "--reason", " "), "--reason: says nothing; write down why"),
    ],
)
def test_what_would_never_do_what_it_says_is_refused(
    migrated_database: str, words: tuple[str, ...], told: str
) -> None:
    code, action, *more = words
    reason = () if "--reason" in more else ("--reason", "测试")
    asked = (code, action, "--start", "2026-11-01", "--end", "2026-11-02", "--expected", "50", *reason, *more)
    refused = verbs.run("corrections", "add", *asked, database_url=migrated_database)
    assert refused.exit_code != 0
    assert told in verbs.sentence(refused)
    ended = verbs.run("corrections", "close", "9", "--note", "x", database_url=migrated_database)
    assert "there is no correction 9" in verbs.sentence(ended)
