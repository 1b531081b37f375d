"""Finds what `cityops up` or `demo` of this checkout runs now: process and addresses, for the verbs beside them."""

import re
from pathlib import Path

from cityops.local.places import checkout_name, instance_folder

ENVIRONMENT = "environment"
"""File in an instance's folder with the addresses of what runs there; only its account can read it."""


def own_instances(kind: str = "") -> tuple[str, str]:
    """Return this checkout's instances of a kind (`demo` or none): that of single servers, that of a cluster."""
    name = f"{checkout_name()}-{kind}" if kind else checkout_name()
    return name, f"{name}-cluster"


_LINE = re.compile(r"^export (\w+)='(.*)'$", re.MULTILINE)


def running_pid(folder: Path) -> int | None:
    """Return the process that holds an instance now; what its last one left behind does not count."""
    try:
        pid = int((folder / "lock").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"python" in command or b"cityops" in command else None


def running_environment(instance: str | None) -> tuple[Path, dict[str, str]] | None:
    """Return folder and addresses of a running instance: the named one, else this checkout's `up`, else its demo."""
    names = [instance] if instance else [*own_instances(), *own_instances("demo")]
    for folder in map(instance_folder, names):
        if running_pid(folder) is None:
            continue
        try:
            return folder, dict(_LINE.findall((folder / ENVIRONMENT).read_text()))
        except OSError:  # it is just starting, or belongs to another account
            continue
    return None
