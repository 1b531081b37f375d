"""HAProxy on loopback with the settings of deploy/haproxy.cfg, before several replicas of each part."""

import csv
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.deployed import deployed_text
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import end, last_lines, spawn, wait_until
from cityops.local.proxy.example import placed
from cityops.local.proxy.programs import ProxyPrograms

START_SECONDS = 20.0
STOP_SECONDS = 5.0


class Proxy:
    """A proxy; `start` may follow `stop` or a death, on the same sockets.

    Who connects while it is away waits in the socket's queue, for the caller holds it.

    Parameters
    ----------
    folder
        For its settings, log and socket; created at the start.
    fronts
        Listening sockets by the part's name: `dashboard`, `api`, `ingest-http`, `mqtt`.
    backs
        Loopback ports of each part's replicas. They must not be held by anybody while a replica is away: who connects
        would wait for it, where the proxy would have gone to another.
    certificate
        File with certificate and key for the fronts but `mqtt`; None has them speak plain HTTP.
    """

    def __init__(
        self,
        programs: ProxyPrograms,
        folder: Path,
        fronts: Mapping[str, socket.socket],
        backs: Mapping[str, Sequence[int]],
        certificate: Path | None = None,
    ) -> None:
        self.log = folder / "haproxy.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._programs, self._folder, self._fronts, self._backs = programs, folder, fronts, backs
        self._certificate, self._admin = certificate, folder / "admin.sock"

    @property
    def has_died(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def start(self) -> None:
        """Start it and return when it takes connections.

        Raises
        ------
        CityopsError
            It ended while starting, or does not answer; the end of its log follows.
        """
        own_by_server(create_folder(self._folder))
        config = self._write_config()
        command: list[str | Path] = [self._programs.haproxy, "-db", "-f", config]
        handed = [front.fileno() for front in self._fronts.values()]
        self.process = process = spawn(command, log=self.log, death_signal="TERM", handed=handed)
        wait_until(lambda: process.poll() is not None or self._answers(), seconds=START_SECONDS)
        if process.poll() is not None or not self._answers():
            self.stop()
            raise CityopsError(f"HAProxy does not answer. The end of {self.log}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """Stop it; requests that it has under way are broken off."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None

    def told(self, command: str) -> str:
        """Return what it answers to a command of its administrator, such as `set server api/1 state drain`.

        Raises
        ------
        OSError
            It does not run.
        """
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(STOP_SECONDS)
            admin.connect(str(self._admin))
            admin.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: admin.recv(65_536), b"")).decode()

    def states(self, part: str) -> list[str]:
        """Return what it thinks of each replica of a part, in their order: `UP`, `NOLB` (not ready), `DOWN` …."""
        rows = csv.DictReader(self.told("show stat").removeprefix("# ").splitlines())
        return [row["status"] for row in rows if row["pxname"] == part and row["svname"].isdigit()]

    def _answers(self) -> bool:
        try:
            return bool(self.told("show info"))
        except OSError:
            return False

    def _write_config(self) -> Path:
        file = self._folder / "haproxy.cfg"
        fronts = {part: front.fileno() for part, front in self._fronts.items()}
        file.write_text(placed(deployed_text("haproxy.cfg"), fronts, self._backs, self._admin, self._certificate))
        own_by_server(file)
        return file
