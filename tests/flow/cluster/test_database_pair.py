"""A pair of databases loses its leader under load, its standby, and a table: all goes on, and comes back.

Patroni lets a silent leader lead for at least 20 s, so these take minutes: `make cluster-tests` runs them.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bench.strikes.pair import running_pair_rig, strike
from cityops.local.binaries import Binaries
from cityops.local.patroni import DatabasePair, PairPrograms, prepare_pair_programs
from cityops.local.processes import wait_until
from cityops.store.engine import connect
from cityops.store.upkeep.standbys import weaknesses

pytestmark = pytest.mark.cluster


@pytest.fixture
def programs() -> PairPrograms:
    """Give the programs of a pair, which are fetched where they are missing."""
    return prepare_pair_programs()


@pytest.fixture
def folder(programs: PairPrograms) -> Iterator[Path]:
    """Give a folder that the servers' account can enter."""
    with tempfile.TemporaryDirectory(prefix="cityops-test-") as root:
        Path(root).chmod(0o755)
        yield Path(root)


@pytest.fixture
def pair(programs: PairPrograms, folder: Path) -> Iterator[DatabasePair]:
    """Give a running pair with an empty database."""
    made = DatabasePair(programs, folder / "pair")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_workers_api_and_jobs_outlive_the_leader(binaries: Binaries, programs: PairPrograms, folder: Path) -> None:
    with running_pair_rig(binaries, programs, folder, devices=500) as rig:
        outage = strike(rig, 60_000, 500, print)
    found = outage.audit
    assert (found.lost, found.doubled, found.rejects_wrong) == (0, 0, 0), found.examples
    assert found.differences == ()
    assert outage.silent_s < outage.writable_s  # the standby answered alone
    assert outage.age_s > 0  # and said so


def told(pair: DatabasePair, url: str = "") -> str:
    """Return what the doctor finds of a pair by an address, in one text."""
    with connect(url or pair.url, "test") as connection:
        return "\n".join(f"{one.item} {one.reason}" for one in weaknesses(connection, url or pair.url))


def test_the_doctor_tells_what_a_pair_lacks(pair: DatabasePair) -> None:
    assert told(pair) == ""
    leader = pair.leader()
    [standby] = [one for one in pair.members if one is not leader]
    assert f"has a standby ({standby.name})" in told(pair, pair.url_of_member(leader))
    assert "leads to a standby" in told(pair, pair.url_of_member(standby))
    pair.wait_for_standby(is_waited_for=False)
    assert wait_until(lambda: f"{standby.name} is an asynchronous standby" in told(pair), seconds=60)
    standby.kill()
    assert wait_until(lambda: "no standby copies" in told(pair), seconds=60)
    assert f"127.0.0.1:{standby.port} does not answer" in told(pair)


def test_a_pair_is_brought_back_to_a_moment(pair: DatabasePair) -> None:
    with connect(pair.url, "test") as connection:
        connection.execute("CREATE TABLE kept (at timestamptz)")
        pair.backups.take(pair.leader().folder)
        ended = second(pair)
        assert wait_until(lambda: second(pair) > ended, seconds=60)  # copies are told apart by whole seconds
        connection.execute("INSERT INTO kept SELECT now() FROM generate_series(1, 1000)")
        [moment] = connection.execute("SELECT clock_timestamp()").fetchone() or ()
        connection.execute("DROP TABLE kept")
        connection.execute("SELECT pg_switch_wal()")
    pair.stop()
    pair.restore(moment)
    with connect(pair.url, "test") as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    pair.backups.take(pair.leader().folder, "incr")  # the way goes on from here


def second(pair: DatabasePair) -> datetime:
    """Return the whole second that it is on the leader."""
    with connect(pair.url, "test") as connection:
        [found] = connection.execute("SELECT date_trunc('second', clock_timestamp())").fetchone() or ()
        assert isinstance(found, datetime)
        return found
