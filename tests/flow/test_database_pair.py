"""The leader of a database pair is killed with its Patroni under load: all goes on, nothing is lost or counted twice.

Patroni lets a silent leader lead for at least 20 s, so these take minutes: `make pair` runs them, the suite does not.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.strikes.pair import running_pair_rig, strike
from cityops.local.binaries import Binaries
from cityops.local.patroni import PairPrograms, prepare_pair_programs


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> PairPrograms:
    """Give the programs of a pair, which are fetched where they are missing."""
    if not request.config.getoption("--pair"):
        pytest.skip("needs --pair (`make pair`): takes minutes, and fetches Patroni and etcd")
    return prepare_pair_programs()


@pytest.fixture
def folder(programs: PairPrograms) -> Iterator[Path]:
    """Give a folder that the servers' account can enter."""
    with tempfile.TemporaryDirectory(prefix="cityops-test-") as root:
        Path(root).chmod(0o755)
        yield Path(root)


def test_workers_api_and_jobs_outlive_the_leader(binaries: Binaries, programs: PairPrograms, folder: Path) -> None:
    with running_pair_rig(binaries, programs, folder, devices=500) as rig:
        outage = strike(rig, 60_000, 500, print)
    found = outage.audit
    assert (found.lost, found.doubled, found.rejects_wrong) == (0, 0, 0), found.examples
    assert found.differences == ()
