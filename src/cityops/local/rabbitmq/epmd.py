"""Erlang's port mapper, by which the nodes of one cluster find each other: a child of ours, on a port of its own."""

import signal
import subprocess
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.machines import Machine
from cityops.local.processes import end, last_lines, listens, spawn, wait_until
from cityops.local.rabbitmq.programs import Programs

START_SECONDS = STOP_SECONDS = 20.0


class Epmd:
    """One port mapper; one that a node started by itself would outlive all of us. Nodes come back to a new one."""

    def __init__(self, programs: Programs, log: Path, port: int, machine: Machine) -> None:
        self._programs, self.log, self.port, self._machine = programs, log, port, machine
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it listens.

        Raises
        ------
        CityopsError
            It does not; the end of its log follows.
        """
        port = self.port
        command: list[str | Path] = [self._programs.epmd, "-address", self._machine.address, "-port", str(port)]
        self.process = process = spawn(command, log=self.log, death_signal="TERM", machine=self._machine)
        wait_until(lambda: process.poll() is not None or listens(process.pid, port), seconds=START_SECONDS)
        if not listens(process.pid, port):
            self.stop()
            raise CityopsError(
                f"Erlang's port mapper does not listen. The end of {self.log}:\n{last_lines(self.log)}"
            )

    def stop(self) -> None:
        """Stop it."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None
