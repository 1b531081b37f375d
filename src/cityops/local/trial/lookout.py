"""Looks after a server of a cluster: says whether it has died, and starts it again without waiting for it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

PAUSE_S = 5.0
"""From one start again to the next, at least: a server that ends at once would have its log tell nothing else."""


class Process(Protocol):
    """What runs as one process."""

    log: Path
    process: subprocess.Popen[bytes] | None


class Lookout:
    """One server that runs; `launch` starts it and returns soon, for those that died together wait for each other."""

    def __init__(self, server: Process, launch: Callable[[], None]) -> None:
        self.server, self._launch = server, launch
        self._began_at = -PAUSE_S

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.server.log

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """As what it was last started."""
        return self.server.process

    @property
    def has_died(self) -> bool:
        """Whether it does not run, and may be started again by now."""
        process = self.server.process
        is_away = process is None or process.poll() is not None
        return is_away and time.monotonic() - self._began_at > PAUSE_S

    def start(self) -> None:
        """Start it again.

        Raises
        ------
        CityopsError
            It cannot be started now.
        """
        self._began_at = time.monotonic()
        self._launch()
