"""Runs pg_dump and pg_restore with the password in their environment, and tells what they are working on."""

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cityops.errors import CityopsError

_ITEM = re.compile(r'(?:dumping contents of table|processing data for table) "(.+)"$')
_COMPLAINT = re.compile(r": (error|detail|hint|fatal):", re.IGNORECASE)
_LAST = 6


def run(program: Path, arguments: Sequence[str], database_url: str, began: Callable[[str], None]) -> None:
    """Run one of PostgreSQL's programs on a database; `began` is called with each table as its rows begin to move.

    Raises
    ------
    CityopsError
        It failed; its own last words follow.
    """
    target, password = without_password(database_url)
    command = [str(program), "--no-password", "--verbose", f"--dbname={target}", *arguments]
    complaints, last = deque[str](maxlen=_LAST), deque[str](maxlen=_LAST)
    with subprocess.Popen(
        command,
        env=os.environ | ({"PGPASSWORD": password} if password else {}) | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _ITEM.search(line.rstrip()):
                began(found[1])
            (complaints if _COMPLAINT.search(line) else last).append(line.rstrip())
    if process.returncode:
        raise CityopsError(f"{program.name} failed:\n" + "\n".join(complaints or last))


def without_password(database_url: str) -> tuple[str, str]:
    """Return the connection string without its password, and the password ("" where there is none)."""
    parts = conninfo_to_dict(database_url)
    password = str(parts.pop("password", "") or "")
    return make_conninfo("", **parts), password
