"""Fills the disk of one of two databases under Patroni: nothing acknowledged is lost, and room mends the pair.

The disks are file systems in memory, which root alone can mount; others skip this.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bench.strikes.disk import SmallDisk
from cityops.errors import CityopsError
from cityops.local.patroni import DatabasePair, prepare_pair_programs
from cityops.local.processes import wait_until
from cityops.store.engine import connect
from fixtures.servers import temporary_instance
from fixtures.writers import TABLE, Writer

pytestmark = pytest.mark.cluster

DISK_BYTES = 600_000_000
LITTLE_LOG = {"max_wal_size": "128MB", "min_wal_size": "64MB"}
"""So that the log's old files, which are written over, run out soon on a full disk."""
ROWS = 50
PATIENCE_S = 240.0

Disks = dict[str, SmallDisk]


@pytest.fixture
def pair() -> Iterator[tuple[DatabasePair, Disks]]:
    """Give a running pair with a disk for each member, and a table for the writers."""
    with temporary_instance() as folder, ExitStack() as stack:
        made = DatabasePair(prepare_pair_programs(), folder, LITTLE_LOG)
        disks: Disks = {}
        for member in made.members:
            try:
                disks[member.name] = disk = SmallDisk(member.folder, DISK_BYTES)
            except CityopsError as error:
                pytest.skip(f"no small disks here: {error}")
            stack.callback(disk.close)
        stack.callback(made.stop)
        made.start()
        with connect(made.url, "test") as connection:
            connection.execute(TABLE)
        yield made, disks


@pytest.mark.parametrize("role", ["leader", "standby"])
def test_a_full_disk_loses_nothing(role: str, pair: tuple[DatabasePair, Disks]) -> None:
    """A leader answers "no space left" and leads on, until its log needs another file; a standby is done without."""
    both, disks = pair
    leader = both.leader()
    [struck] = [member for member in both.members if (member is leader) == (role == "leader")]
    with Writer("at whoever leads", both.url) as writer:
        assert wait_until(lambda: len(writer.acknowledged) > ROWS, seconds=PATIENCE_S)
        disks[struck.name].fill()
        was = "primary" if role == "leader" else "sync_standby"
        assert wait_until(lambda: struck.role != was, seconds=PATIENCE_S)
        away = time.monotonic()
        assert wait_until(lambda: writer.wrote_since(away), seconds=PATIENCE_S)
        disks[struck.name].free()
        both.wait_for("primary", "sync_standby", seconds=PATIENCE_S)
        assert (both.leader() is leader) == (role == "standby")
    with connect(both.url, "test") as connection:
        assert writer.lost(connection) == set()
