"""The ledger: whatever is added in whatever batches, each account balances and is the sum of what was added."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.store import ledger
from cityops.store.ledger import NO_SOURCE, Tally
from factories.world import World

Batch = tuple[str, int, dict[tuple[str, str], Tally]]
_keys = st.tuples(st.sampled_from(["water-logging", "eco-air", NO_SOURCE]), st.sampled_from(["readings", "events"]))
_tallies = st.builds(Tally, *[st.integers(0, 10**12)] * 3)
_batches = st.tuples(st.sampled_from(["w1", "w2"]), st.integers(0, 99), st.dictionaries(_keys, _tallies, max_size=4))
COLUMNS = "worker, source_system_code, kind, received, stored, duplicate, rejected, last_received_at"


@pytest.fixture
def cursor(world: World) -> Iterator[psycopg.Cursor]:
    """Give a cursor on a database with an empty ledger."""
    with world.connection.cursor() as opened:
        yield opened


def accounts(cursor: psycopg.Cursor) -> dict[tuple[str, ...], tuple[object, ...]]:
    return {row[:3]: row[3:] for row in cursor.execute(f"SELECT {COLUMNS} FROM ingest_ledger").fetchall()}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(_batches, max_size=6))
def test_every_account_balances_and_is_the_sum_of_its_batches(
    batches: list[Batch], world: World, cursor: psycopg.Cursor
) -> None:
    with world.connection.transaction(force_rollback=True):
        sums: dict[tuple[str, ...], Counter[str]] = {}
        last: dict[tuple[str, ...], datetime] = {}
        for worker, seconds_ago, tallies in batches:
            ledger.add(cursor, worker, world.ago(seconds_ago), tallies)
            for key, tally in tallies.items():
                account = (worker, *key)
                sums.setdefault(account, Counter()).update(
                    stored=tally.stored, duplicate=tally.duplicate, rejected=tally.rejected
                )
                last[account] = max(world.ago(seconds_ago), last.get(account, world.ago(seconds_ago)))
        assert accounts(cursor) == {
            key: (sum_.total(), sum_["stored"], sum_["duplicate"], sum_["rejected"], last[key])
            for key, sum_ in sums.items()
        }
        of_readings = sum(sum_.total() for (_, _, kind), sum_ in sums.items() if kind == "readings")
        assert ledger.settled(world.connection) == of_readings


def test_an_empty_batch_adds_no_account(world: World, cursor: psycopg.Cursor) -> None:
    ledger.add(cursor, "w", world.now, {})
    assert accounts(cursor) == {}
    assert ledger.settled(world.connection) == 0


def test_an_account_of_nothing_is_one_of_zeros(world: World, cursor: psycopg.Cursor) -> None:
    ledger.add(cursor, "w", world.now, {("eco-air", "readings"): Tally()})
    assert accounts(cursor) == {("w", "eco-air", "readings"): (0, 0, 0, 0, world.now)}


def test_a_batch_that_came_earlier_does_not_set_the_clock_back(world: World, cursor: psycopg.Cursor) -> None:
    for seconds_ago in (10, 60):
        ledger.add(cursor, "w", world.ago(seconds_ago), {("eco-air", "readings"): Tally(1)})
    [(_, *_, last)] = accounts(cursor).values()
    assert last == world.ago(10)


def test_a_batch_that_is_taken_back_was_never_counted(world: World, cursor: psycopg.Cursor) -> None:
    with world.connection.transaction(force_rollback=True):
        ledger.add(cursor, "w", world.now, {("eco-air", "readings"): Tally(5)})
    assert accounts(cursor) == {}


def test_the_database_refuses_an_account_that_does_not_balance(world: World, cursor: psycopg.Cursor) -> None:
    ledger.add(cursor, "w", world.now, {("eco-air", "readings"): Tally(1, 1, 1)})
    with pytest.raises(psycopg.errors.CheckViolation, match="balance"):
        cursor.execute("UPDATE ingest_ledger SET stored = stored + 1")
