"""The ledger under fire, short: every kind of blow once while readings flow, and nothing is lost or counted twice."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.strikes.disk import SmallDisk
from bench.strikes.fire import SHORT, burn
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the servers' account can enter."""
    with tempfile.TemporaryDirectory(prefix="cityops-test-") as root:
        Path(root).chmod(0o755)
        yield Path(root)


def can_mount(folder: Path) -> bool:
    try:
        SmallDisk(folder / "try", 65_536).close()
    except CityopsError:
        return False
    return True


def test_nothing_is_lost_or_doubled_whatever_is_struck(binaries: Binaries, folder: Path) -> None:
    expected = dict(SHORT.strikes)
    if not can_mount(folder):
        expected["disk_full"] = 0  # only root may mount a small disk; the other blows need no rights
    burnt = burn(binaries, folder, SHORT, print)
    assert burnt.struck == expected
    assert burnt.audit.duplicates > burnt.journal.repeated
    found = burnt.audit
    assert (found.lost, found.doubled, found.rejects_wrong) == (0, 0, 0), found.examples
    assert found.differences == ()
