"""Patroni's, etcd's and pgBackRest's programs with PostgreSQL's own: Debian's packages, unpacked into the cache."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cityops.local import packages
from cityops.local.binaries import LAYOUT, POSTGRES_BIN, Binaries, Recipe, key_of, prepared

DATABASE_ROOTS = ("postgresql-17", "postgresql-17-timescaledb")
ROOTS = (*DATABASE_ROOTS, "patroni", "python3-etcd", "etcd-server", "pgbackrest")
PYTHON = "usr/bin/python3.13"
NEEDED = (
    *("postgresql-client-17", "python3.13-minimal", "python3.13", "zlib1g"),
    *("python3-psycopg2", "python3-yaml", "python3-dateutil", "python3-urllib3", "python3-psutil", "python3-click"),
    *("python3-prettytable", "python3-wcwidth", "python3-ydiff", "python3-dnspython"),
)
"""What these depend on and need to run; the rest looks after installed systems or other stores than etcd."""

PROGRAMS = (
    *(
        f"{POSTGRES_BIN}/{name}"
        for name in ("postgres", "initdb", "psql", "pg_ctl", "pg_basebackup", "pg_controldata", "pg_rewind")
    ),
    f"{POSTGRES_BIN}/pg_isready",
    "usr/bin/etcd",
    "usr/bin/pgbackrest",
    PYTHON,
)


@dataclass(frozen=True, slots=True)
class PairPrograms:
    """A prepared folder with all that a database pair runs on."""

    root: Path

    @property
    def postgresql(self) -> Binaries:
        """Return PostgreSQL's programs, those that a standby is made and mended by among them."""
        return Binaries(self.root)

    @property
    def etcd(self) -> Path:
        """Return the store in which the members agree who leads."""
        return self.root / "usr/bin/etcd"

    @property
    def pgbackrest(self) -> Path:
        """Return the program that keeps copies of the data files and of the log."""
        return self.root / "usr/bin/pgbackrest"

    @property
    def patroni(self) -> list[str | Path]:
        """Return the command that runs Patroni, but for the path of its settings.

        It is Debian's Python with Debian's packages alone: ours is newer or older than they were built for.
        """
        return [self.root / PYTHON, "-P", "-s", "-m", "patroni"]

    @property
    def variables(self) -> dict[str, str]:
        """Return what that Python must be told, as it was not installed where it was built for."""
        return {
            "PYTHONHOME": str(self.root / "usr"),
            "PYTHONPATH": str(self.root / "usr/lib/python3/dist-packages"),
            "PYTHONDONTWRITEBYTECODE": "1",  # the folder is not its account's
        }


def prepare_pair_programs(console: Console | None = None) -> PairPrograms:
    """Return the programs; the first call downloads about 70 MB, later ones need no network.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry the packages; the text names the ways out.
    """
    return PairPrograms(prepared(RECIPE, key_of(repr((LAYOUT, ROOTS, NEEDED, PROGRAMS))), console))


def _is_needed(name: str) -> bool:
    return name in {*ROOTS, *NEEDED} or packages.is_library(name)


RECIPE = Recipe("patroni", ROOTS, _is_needed, lambda _tree: PROGRAMS)
