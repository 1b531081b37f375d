"""One etcd on loopback: the store in which the members of a pair agree who leads."""

import signal
import subprocess
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.patroni.programs import PairPrograms
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import end, last_lines, listens, spawn, wait_until

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Etcd:
    """One member alone: enough for a trial of databases on one machine; three machines need one on each.

    Parameters
    ----------
    port, peer_port
        Loopback ports for those who ask, and for other members, of which there are none.
    """

    def __init__(self, programs: PairPrograms, folder: Path, port: int, peer_port: int) -> None:
        self.log = folder / "etcd.log"
        self.data = folder / "data"
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self._programs, self._folder, self._peer = programs, folder, f"http://127.0.0.1:{peer_port}"

    def start(self) -> None:
        """Start it and return when it listens.

        Raises
        ------
        CityopsError
            It ended while starting, or does not listen; the end of its log follows.
        """
        own_by_server(create_folder(self._folder))
        here = f"http://127.0.0.1:{self.port}"
        options = {
            "name": "etcd1",
            "data-dir": self.data,
            "listen-client-urls": here,
            "advertise-client-urls": here,
            "listen-peer-urls": self._peer,
            "initial-advertise-peer-urls": self._peer,
            "initial-cluster": f"etcd1={self._peer}",
            "log-level": "warn",
        }
        command: list[str | Path] = [self._programs.etcd, *(f"--{name}={value}" for name, value in options.items())]
        self.process = process = spawn(command, log=self.log, death_signal="TERM")
        wait_until(lambda: process.poll() is not None or listens(process.pid, self.port), seconds=START_SECONDS)
        if not listens(process.pid, self.port):
            self.stop()
            raise CityopsError(f"etcd does not listen. The end of {self.log}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Stop it; what was agreed stays."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None
