"""Processor time used by a process and its children, read from /proc: tells which part of the way is busy."""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def seconds_of_tree(pid: int) -> float:
    """Return what a process, its living children and those it has waited for have used since they started."""
    return _own(pid, waited_for=True) + sum(_own(child, waited_for=False) for child in children(pid))


def _own(pid: int, *, waited_for: bool) -> float:
    try:
        fields = _fields(pid)
    except OSError:  # it has just ended
        return 0.0
    return sum(map(int, fields[11 : 15 if waited_for else 13])) / _TICKS_PER_S


def children(pid: int) -> list[int]:
    """Return the direct children; servers here have no deeper ones."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(_fields(int(entry.name))[1]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _fields(pid: int) -> list[str]:
    """Return the fields of a process's stat after its name: state first, then parent."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
