"""The deployables as processes of one machine: starts each with its verb, starts it again if it dies, stops it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cityops.local.processes import bounded, end

PATIENCE_S = 12.0
"""A part that is asked to stop has this long; the ingest may be in the middle of a batch."""

RESTART_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A part that lived so long is started again at once; one that did not waits twice as long each time."""


@dataclass(slots=True)
class Part:
    """One process that runs a verb of cityops; its output goes to a log file, and `listener` is handed to it."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    keep: bool = True
    listener: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    in_a_row: int = field(default=0, init=False)
    """How often it has ended one time after the other, each soon after its start."""
    _began_at: float = field(default=0.0, init=False)
    _ended_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process; it ends with this one, also by `kill -9`."""
        handed = () if self.listener is None else (self.listener.fileno(),)
        arguments = (*self.arguments, *(f"--fd={fd}" for fd in handed))
        self._began_at = time.monotonic()
        bounded(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "--", sys.executable, "-m", "cityops", *arguments],
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=handed,
                start_new_session=True,  # a Ctrl-C reaches only the parent, which stops the parts in order
            )

    def revive(self) -> bool:
        """Start the process again if it has died and is to be kept; return whether it was started."""
        if self.process is None or self.process.poll() is None or not self.keep:
            return False
        now = time.monotonic()
        if not self._ended_at:
            self._ended_at = now
            self.in_a_row = 0 if now - self._began_at > STEADY_S else self.in_a_row + 1
        if now - self._ended_at < min(RESTART_PAUSE_S * 2 ** max(0, self.in_a_row - 1), LONGEST_PAUSE_S):
            return False
        self._ended_at = 0.0
        self.start()
        return True

    def stop(self) -> None:
        """Ask the process to end, and wait for it."""
        if self.process is not None:
            end(self.process, signal.SIGTERM, patience=PATIENCE_S)
