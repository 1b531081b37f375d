"""Cuts a pair of databases in two and kills members of etcd: never two acknowledge, and nothing acknowledged is lost.

The machines are network namespaces of this one, which root alone can make; others skip this.
"""

import time
from collections.abc import Iterator

import httpx
import pytest

from cityops.local.patroni import DatabasePair, prepare_pair_programs
from cityops.local.patroni.etcd import Etcd
from cityops.local.patroni.member import TTL_S
from cityops.local.processes import wait_until
from cityops.store.engine import connect
from fixtures.machines import Machines
from fixtures.servers import temporary_instance
from fixtures.writers import TABLE, Writer

pytestmark = pytest.mark.cluster

ROWS = 50
PATIENCE_S = 240.0
LONGER_S = TTL_S + 10
"""Until whoever was to notice that a member is away has noticed."""
LED_S = TTL_S + 10
"""Until somebody can write again: the member of etcd that led may be cut off too, and its heir counts `ttl` anew."""


@pytest.fixture
def pair(machines: Machines) -> Iterator[DatabasePair]:
    """Give a running pair on two machines, and etcd on three, with a table for the writers."""
    with temporary_instance() as folder:
        made = DatabasePair(prepare_pair_programs(), folder, etcd=3, machines=machines.all)
        try:
            made.start()
            with connect(made.url, "test") as connection:
                connection.execute(TABLE)
            yield made
        finally:
            made.stop()


def lost(pair: DatabasePair, *writers: Writer) -> dict[str, set[int]]:
    """Return the rows of each writer that were acknowledged to it and are not there."""
    with connect(pair.url, "test") as connection:
        return {writer.name: numbers for writer in writers if (numbers := writer.lost(connection))}


def test_never_two_acknowledge(pair: DatabasePair, machines: Machines) -> None:
    old = pair.leader()
    [new] = [member for member in pair.members if member is not old]
    with (
        Writer("at the old one", pair.url_of_member(old)) as at_old,
        Writer("at the new one", pair.url_of_member(new)) as at_new,
        Writer("at whoever leads", pair.url) as at_both,
    ):
        assert wait_until(lambda: len(at_old.acknowledged) > ROWS, seconds=60)
        assert not at_new.acknowledged
        machines.cut(old.machine)
        cut = time.monotonic()
        assert wait_until(lambda: at_new.last() > cut + LONGER_S, seconds=PATIENCE_S)
        assert at_both.wrote_since(at_new.first_since(cut))
        assert at_old.last() < at_new.first_since(cut)
        machines.heal()
        pair.wait_for("primary", "sync_standby", seconds=PATIENCE_S)
        assert pair.leader() is new
        healed = time.monotonic()
        assert wait_until(lambda: at_both.wrote_since(healed), seconds=60)
        assert at_old.last() < at_new.first_since(cut)
    assert at_new.first_since(cut) - cut < LED_S
    assert lost(pair, at_old, at_new, at_both) == {}


def test_nobody_notices_the_death_of_a_member_of_etcd(pair: DatabasePair) -> None:
    leader = pair.leader()
    with Writer("at whoever leads", pair.url) as writer:
        assert wait_until(lambda: len(writer.acknowledged) > ROWS, seconds=60)
        for member in pair.etcd:
            member.kill()
            wait_long(writer)
            assert sorted(one.role for one in pair.members) == ["primary", "sync_standby"]
            assert pair.leader() is leader
            member.start()
            assert wait_until(lambda: all(map(is_well, pair.etcd)), seconds=60)
    assert not writer.refusals
    assert lost(pair, writer) == {}


def wait_long(writer: Writer) -> None:
    """Wait until the writer has written so long from now on that all have noticed who is away."""
    now = time.monotonic()
    assert wait_until(lambda: writer.last() > now + LONGER_S, seconds=PATIENCE_S)


def is_well(member: Etcd) -> bool:
    try:
        answer = httpx.get(f"http://{member.address}/health", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success
