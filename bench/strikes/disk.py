"""A small disk of the run's own, which can be made full: a tmpfs, whose end is a true "No space left on device"."""

import os
import subprocess
from pathlib import Path

from cityops.errors import CityopsError

_ROOM_LEFT = 16_384
_ATTEMPTS = 50


class SmallDisk:
    """A tmpfs mounted on a folder; only root may mount.

    Raises
    ------
    CityopsError
        It cannot be mounted; mount's own words follow.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self._size = folder, size
        folder.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={size},mode=755", "cityops-small-disk")

    def fill(self, room: int = _ROOM_LEFT) -> None:
        """Make the disk as small as what is on it and some room; whoever needs more pages then gets ENOSPC.

        Raises
        ------
        CityopsError
            What is on it grew faster than that, again and again.
        """
        for _ in range(_ATTEMPTS):
            used = os.statvfs(self.folder)
            size = (used.f_blocks - used.f_bfree) * used.f_frsize + room
            try:
                self._mount("-o", f"remount,size={size}")
            except CityopsError:  # more was written meanwhile than the room left
                continue
            return
        raise CityopsError(f"{self.folder} could not be made full")

    def free(self) -> None:
        """Give the disk its size back."""
        self._mount("-o", f"remount,size={self._size}")

    def close(self) -> None:
        """Take the disk away with everything on it."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)

    def _mount(self, *options: str) -> None:
        done = subprocess.run(["mount", *options, self.folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CityopsError(f"no small disk on {self.folder}: {done.stderr.strip()}")
