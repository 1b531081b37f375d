"""Finds pg_dump and pg_restore: this machine's where they are new enough, else the private ones."""

import re
import shutil
import subprocess
from pathlib import Path

from rich.console import Console

from cityops.errors import CityopsError
from cityops.local.binaries import prepare_binaries


def client_program(name: str, major: int, console: Console) -> Path:
    """Return `pg_dump` or `pg_restore` of at least this major version; the private one may be downloaded first.

    Raises
    ------
    CityopsError
        Neither is there.
    """
    installed = shutil.which(name)
    if installed and _major(Path(installed)) >= major:
        return Path(installed)
    private = prepare_binaries(console).postgres(name)
    if _major(private) >= major:
        return private
    raise CityopsError(
        f"The server is PostgreSQL {major}, and {name} here is older. Install postgresql-client-{major} (or newer) "
        f"and run this again."
    )


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"\b(\d+)\.", told)
    return int(found[1]) if found else 0
