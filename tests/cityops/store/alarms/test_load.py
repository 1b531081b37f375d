"""The load of a seat as the store reads it, held against the pure functions; and what cures are tried on."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.alarms import load as pure
from cityops.domain.alarms.load import Annunciation
from cityops.store.alarms import load
from cityops.store.engine import make_engine, reading
from cityops.store.schema import privileges
from factories.alarms import rule
from factories.world import World

PERIOD = timedelta(days=30)
TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
_INSERT = """
INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, level, worst_level, onset,
    raised_at, gone_at, cleared_at, quiet, quiet_by, chattering)
VALUES (%(rule)s, 1, 'flood', %(priority)s, %(object)s, %(region)s, 1, 1, %(at)s, %(at)s, %(gone)s, %(cleared)s,
    %(quiet)s, %(by)s, %(chattering)s) RETURNING id
"""


@pytest.fixture
def engine(database_as: Callable[[str], str]) -> Iterator[Engine]:
    """Give the API's own login: the seat is what row security shows."""
    made = make_engine(database_as(privileges.API))
    yield made
    made.dispose()


def raised(world: World, ago: timedelta, lasts: timedelta | None = timedelta(minutes=5), **changes: object) -> int:
    """Enter an alarm that was raised so long ago and whose cause was gone after `lasts`."""
    at = world.now - ago
    gone = None if lasts is None else at + lasts
    row: dict[str, object] = {"rule": "depth", "priority": 3, "object": "series:1", "region": "440106013", "at": at}
    row |= {"gone": gone, "cleared": gone, "quiet": None, "by": None, "chattering": False} | changes
    [(number,)] = world.connection.execute(_INSERT, row).fetchall()
    return int(number)


def seat(engine: Engine, world: World, scope: Scope = WHOLE_CITY, region: str | None = None) -> load.SeatLoad:
    with reading(engine, scope) as connection:
        return load.load(connection, region, world.now - PERIOD, world.now)


def test_the_store_counts_as_the_pure_functions_do(world: World, engine: Engine) -> None:
    chance = random.Random(18)
    journal = []
    for number in range(500):
        ago = timedelta(days=40 * chance.random() ** 3)
        lasts = chance.choice([timedelta(seconds=20), timedelta(hours=1), timedelta(hours=60)])
        of, priority = f"series:{chance.randrange(60)}", chance.choice([1, 2, 3, 3, 3])
        one = {"rule": f"rule_{number % 13}", "object": f"{of}-{number // 40}", "priority": priority}
        raised(world, ago, lasts, **one)
        at = world.now - ago
        journal.append(Annunciation(at, one["rule"], one["object"], priority, at + lasts))  # type: ignore[arg-type]
    told, wanted = seat(engine, world).load, pure.load(journal, world.now - PERIOD, world.now)
    assert told.figures == wanted.figures
    assert (told.total, told.hours, told.floods) == (wanted.total, wanted.hours, wanted.floods)
    assert [one.count for one in told.frequent] == [one.count for one in wanted.frequent]
    every = Counter(one.rule for one in journal if one.at >= world.now - PERIOD)
    assert [count for _, count in told.worst_rules] == [count for _, count in every.most_common(10)]
    assert all(every[code] == count for code, count in told.worst_rules)


def test_what_was_never_heard_is_in_no_figure_and_quiet_without_a_name_is_counted(
    world: World, engine: Engine
) -> None:
    never = raised(world, timedelta(days=1), quiet="suppressed", by="outage")
    heard_first = raised(world, timedelta(days=2), quiet="suppressed", by="outage")
    for number, at in ((never, "raised_at"), (heard_first, "raised_at + interval '1 s'")):
        world.connection.execute(
            "INSERT INTO alarm_change (alarm_id, at, kind, by)"
            f" SELECT id, {at}, 'suppressed', 'outage' FROM alarm WHERE id = %s",
            [number],
        )
    raised(world, timedelta(days=3), quiet="out_of_service", by=None)
    raised(world, timedelta(days=4), quiet="shelved", by="wang", chattering=True)
    found = seat(engine, world)
    assert (found.load.total, found.kept_quiet) == (3, 1)
    assert found.load.figure("suppressed_unauthorised").value == 1
    assert found.load.figure("chattering").value == 1


def test_a_latched_alarm_ends_with_its_cause_and_one_that_stands_from_before_is_stale(
    world: World, engine: Engine
) -> None:
    raised(world, timedelta(days=9), timedelta(seconds=10), cleared=world.now)
    raised(world, timedelta(days=90), None, object="series:2")
    found = seat(engine, world).load
    assert (found.total, found.figure("fleeting").value, found.figure("stale_most").value) == (1, 1, 1)


def test_a_seat_is_what_its_scope_shows_or_a_region_in_it(world: World, engine: Engine) -> None:
    world.device("WL-1", name="车陂南隧道")
    number = raised(world, timedelta(days=1))
    world.connection.execute("UPDATE alarm SET device_id = (SELECT id FROM device) WHERE id = %s", [number])
    raised(world, timedelta(days=1), region="440105001", object="series:2", rule="noise")
    assert seat(engine, world).load.total == 2
    assert seat(engine, world, region="440105").load.worst_rules == (("noise", 1),)
    mine = seat(engine, world, TIANHE)
    assert mine.load.worst_rules == (("depth", 1),)
    assert mine.objects["depth", "series:1"]["device_name_zh"] == "车陂南隧道"


def test_a_rule_set_without_the_audited_import_is_counted(world: World, engine: Engine) -> None:
    rule(world.connection, "depth")  # as somebody does who writes into the database
    rule(world.connection, "other")
    world.connection.execute(
        "INSERT INTO audit (at, subject, action, object, outcome)"
        " SELECT since + interval '1 s', 'li', 'alarm_rules:import', 'rules.csv', 'done' FROM alarm_rule"
        " WHERE code = 'other'"
    )
    world.connection.execute("UPDATE alarm_rule SET since = since - interval '1 day' WHERE code = 'depth'")
    with reading(engine, WHOLE_CITY) as connection:
        assert load.uncontrolled_changes(connection, world.now - PERIOD, world.now + timedelta(hours=1)) == 1
        assert load.uncontrolled_changes(connection, world.now, world.now + timedelta(hours=1)) == 0
