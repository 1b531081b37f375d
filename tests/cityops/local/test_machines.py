"""A server on a machine of its own is reached by that machine's address, until its ways to the others are cut."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops.local.binaries import Binaries
from cityops.local.machines import Machine
from cityops.local.places import create_instance
from cityops.local.processes import listens, spawn, wait_until
from fixtures.machines import Machines

PORT = 1883


@pytest.fixture
def broker(machines: Machines, binaries: Binaries, instance: Path) -> Iterator[Machine]:
    """Give a machine on which a broker listens, which ends with its namespace's test."""
    create_instance(instance)
    settings = instance / "mosquitto.conf"
    machine = machines.all[0]
    settings.write_text(f"listener {PORT} {machine.address}\nallow_anonymous true\nlog_dest none\n")
    settings.chmod(0o644)
    command: list[str | Path] = [binaries.mosquitto(), "-c", settings]
    process = spawn(command, log=instance / "log", death_signal="KILL", machine=machine)
    assert wait_until(lambda: listens(process.pid, PORT), seconds=20)
    assert not listens(process.pid, PORT + 1)
    yield machine
    process.kill()
    process.wait()


def publishes(at: Machine, broker: Machine, binaries: Binaries, seconds: int = 30) -> int:
    """Return how a sender on a machine fares with the broker: 0, its error, or 124 after so long a silence."""
    program = str(binaries.mosquitto("mosquitto_pub"))
    send = [program, "-h", broker.address, "-p", str(PORT), "-q", "1", "-t", "t", "-m", "1"]
    return subprocess.run(at.within(["timeout", str(seconds), *send]), check=False).returncode


def test_a_cut_is_silent_and_ends(machines: Machines, broker: Machine, binaries: Binaries) -> None:
    one, two, three = machines.all
    assert publishes(two, broker, binaries) == 0
    machines.cut(one)
    assert publishes(two, broker, binaries, seconds=1) == 124
    assert publishes(one, broker, binaries) == 0
    socket.create_connection((one.address, PORT), timeout=20).close()  # ours are not cut
    machines.heal()
    assert publishes(three, broker, binaries) == 0
    assert publishes(two, broker, binaries) == 0
