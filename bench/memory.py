"""Memory of processes, read from /proc: what one holds now and the most it has held."""

import os
import re
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds in RAM now, shared parts included."""
    return _status(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """Return the most that a process has held in RAM since it started."""
    return _status(pid, "VmHWM")


def free_disk_bytes(folder: Path) -> int:
    """Return what the disk under a folder still has room for."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def _status(pid: int, field: str) -> int:
    return _kilobytes(Path(f"/proc/{pid}/status").read_text(), field)


def _kilobytes(text: str, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found, field
    return int(found[1]) * 1024
