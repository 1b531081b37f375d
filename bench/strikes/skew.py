"""A wall clock for one process that the run can move: Debian's libfaketime, preloaded into that process alone."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from cityops.local import packages
from cityops.local.binaries import patchelf
from cityops.local.places import cache_root, create_folder, locked

PACKAGE = "libfaketime"
LIBRARY = "libfaketimeMT.so.1"  # the one for programs with threads
FOLLOWS_S = 2
"""How soon a running process sees its clock moved."""


def library() -> Path:
    """Return libfaketime of this machine's own Debian release, downloaded from its mirror the first time.

    Raises
    ------
    CityopsError
        The mirror does not carry it; apt's own words follow.
    """
    codename = packages.codename()
    folder = create_folder(cache_root() / PACKAGE)
    file = folder / f"{codename}-{packages.architecture()}" / LIBRARY
    with locked(folder / "lock"), tempfile.TemporaryDirectory(dir=folder) as scratch:
        if not file.exists():
            work = Path(scratch)
            [found] = packages.tree_of(work, PACKAGE, codename).glob(f"**/{LIBRARY}")
            file.parent.mkdir()
            _leave_sleeping_alone(found, work / "map")
            shutil.copy(found, file)
    return file


def _leave_sleeping_alone(shared: Path, names: Path) -> None:
    """Hide its clock_nanosleep: that shifts sleeps on the monotonic clock as well, even where it is told not to."""
    names.write_text("clock_nanosleep clock_nanosleep_unused\n")
    subprocess.run([patchelf(), "--rename-dynamic-symbols", names, shared], check=True)


class SkewedClock:
    """The wall clock of the processes started with `environment`; right until it is moved.

    Their monotonic clock goes on as it does when somebody sets a machine's clock.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move_hours(0)
        self.environment = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def move_hours(self, hours: int) -> None:
        """Let the clock be so many hours ahead (behind where negative), also in running processes, a second later."""
        self._file.write_text(f"{hours:+d}h\n")
