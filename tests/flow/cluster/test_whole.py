"""Each part of a cluster dies by kill -9 under load, then all brokers: nothing is lost, and the wall goes on."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.strikes.whole import Away, finish, running_whole, strike_all
from cityops.local.patroni.member import TTL_S

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

DEVICES, READINGS, RATE = 500, 120_000, 60.0
"""Some 27,000 messages at 60 a second: more than the strikes take on a machine that has much else to do."""

OTHERWISE_S = 15.0
"""Three times the 5 s in which two brokers of three, and the other of two parts, must go on: the machine is busy."""

LONGEST_S = {
    # A silent leader leads for `ttl`; then the other must recover, and workers come back to it.
    "database that leads": dict.fromkeys(("stored", "numbers"), TTL_S + OTHERWISE_S),
    # Three nodes start, find each other and read what they hold.
    "all three brokers": dict.fromkeys(("acknowledged", "stored", "numbers"), 90.0),
}
"""For how many seconds who may be away after a strike."""


def test_nothing_is_lost_and_the_wall_goes_on_whatever_dies() -> None:
    with tempfile.TemporaryDirectory(prefix="cityops-test-") as root:
        Path(root).chmod(0o755)
        with running_whole(Path(root) / "instance", DEVICES, READINGS, RATE) as (whole, journal):
            seen = strike_all(whole, print)
            found = finish(whole, journal)
    assert (found.lost, found.doubled, found.rejects_wrong) == (0, 0, 0), found.examples
    assert found.differences == ()
    assert too_long(seen) == []


def too_long(seen: Sequence[Away]) -> list[str]:
    """Return who was away for longer than it may be after which strike."""
    return [
        f"{field} for {seconds:.1f} s after the death of {away.struck}"
        for away in seen
        for field, seconds in asdict(away).items()
        if field not in {"struck", "back"} and seconds > LONGEST_S.get(away.struck, {}).get(field, OTHERWISE_S)
    ]
