"""Copies of a pair's data files and of its log by pgBackRest, from which it is brought back to any moment since."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cityops.local.database import ROLE
from cityops.local.patroni.programs import PairPrograms
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import run

STANZA = "cityops"
KEPT = 2
"""Whole copies that are kept, each with the log since; what is older goes with the next one."""


class Backups:
    """The repository of a pair, on a disk that its members share here; of two machines it is on a third.

    Parameters
    ----------
    folder
        For the repository, and the password by which a copy is begun and ended.
    """

    def __init__(self, programs: PairPrograms, folder: Path, password: str) -> None:
        self._program, self._folder = programs.pgbackrest, create_folder(folder)
        own_by_server(folder)
        self._pass = folder / "pgpass"
        self._pass.touch(mode=0o600)
        self._pass.write_text(f"*:*:*:{ROLE}:{password}\n")
        own_by_server(self._pass)

    def archive_command(self, member: Path) -> str:
        """Return the command by which a member hands over each piece of its log, for PostgreSQL's setting."""
        return f"{self._program} --config={_config(member)} --stanza={STANZA} archive-push %p"

    def write_config(self, member: Path, data: Path, port: int) -> None:
        """Write the settings by which a member, and what is run beside it, find the repository and the database."""
        lines = {
            "[global]": {
                "repo1-path": self._folder / "repository",
                "repo1-retention-full": KEPT,
                "lock-path": member / "locks",
                "log-path": member,
                "log-level-file": "off",
                "compress-type": "zst",
                "start-fast": "y",
            },
            f"[{STANZA}]": {"pg1-path": data, "pg1-port": port, "pg1-socket-path": member, "pg1-user": ROLE},
        }
        file = _config(member)
        told = (line for head, pairs in lines.items() for line in (head, *(f"{k}={v}" for k, v in pairs.items())))
        file.write_text("\n".join(told) + "\n")
        own_by_server(file)

    def prepare(self, member: Path) -> None:
        """Make the repository ready for the log of this pair; nothing where it is.

        Raises
        ------
        CityopsError
            It cannot be reached, or holds the copies of another database.
        """
        self._run(member, "stanza-create")

    def take(self, leader: Path, kind: str = "full") -> None:
        """Copy the data files, all (`full`) or what has changed since the last copy (`incr`); readings go on.

        Raises
        ------
        CityopsError
            pgBackRest failed; its own words follow.
        """
        self._run(leader, "backup", f"--type={kind}")

    def restore(self, member: Path, moment: datetime) -> None:
        """Put the data files of the last copy before a moment where there are none; started, they go on up to it.

        Raises
        ------
        CityopsError
            pgBackRest failed, or there is no copy from before the moment.
        """
        target = f"--target={moment.astimezone().isoformat(sep=' ')}"
        self._run(member, "restore", "--type=time", target, "--target-action=promote")

    def _run(self, member: Path, *verb: str) -> None:
        command: Sequence[str | Path] = (
            *("env", f"PGPASSFILE={self._pass}", self._program),
            *(f"--config={_config(member)}", f"--stanza={STANZA}", "--log-level-console=warn", *verb),
        )
        run(command, cwd=member)


def _config(member: Path) -> Path:
    return member / "pgbackrest.conf"
