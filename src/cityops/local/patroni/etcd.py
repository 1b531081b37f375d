"""A member of etcd, the store in which the members of a pair agree who leads."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.machines import LOOPBACK, Machine
from cityops.local.patroni.programs import PairPrograms
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import end, last_lines, listens, spawn, wait_until

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Etcd:
    """One member: alone enough for a trial of databases on one machine; three machines need one on each.

    Parameters
    ----------
    folder
        For its data and log, under its name.
    port
        For those who ask.
    peers
        Address and port of each member, for the others, by name: this one is among them.
    """

    def __init__(
        self,
        programs: PairPrograms,
        folder: Path,
        port: int,
        peers: Mapping[str, str],
        machine: Machine = LOOPBACK,
    ) -> None:
        self.name = folder.name
        self.log = folder / "etcd.log"
        self.data = folder / "data"
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self._programs, self._folder, self._peers, self._machine = programs, folder, peers, machine

    @property
    def address(self) -> str:
        """Where it is asked, as `host:port`."""
        return f"{self._machine.address}:{self.port}"

    def start(self) -> None:
        """Start it and return when it listens.

        Raises
        ------
        CityopsError
            It ended while starting, or does not listen; the end of its log follows.
        """
        own_by_server(create_folder(self._folder))
        here, peer = f"http://{self.address}", f"http://{self._peers[self.name]}"
        options = {
            "name": self.name,
            "data-dir": self.data,
            "listen-client-urls": here,
            "advertise-client-urls": here,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": ",".join(f"{name}=http://{at}" for name, at in self._peers.items()),
            "log-level": "warn",
        }
        command: list[str | Path] = [self._programs.etcd, *(f"--{name}={value}" for name, value in options.items())]
        # A member that is cut off takes no SIGTERM to its end, and would outlive us; what it agreed to is on disk.
        self.process = process = spawn(command, log=self.log, death_signal="KILL", machine=self._machine)
        wait_until(lambda: process.poll() is not None or listens(process.pid, self.port), seconds=START_SECONDS)
        if not listens(process.pid, self.port):
            self.stop()
            raise CityopsError(f"etcd does not listen. The end of {self.log}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Stop it; what was agreed stays."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
