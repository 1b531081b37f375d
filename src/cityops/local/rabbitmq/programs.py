"""RabbitMQ's and Erlang's programs: Debian's packages, unpacked into the cache beside those of the other servers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cityops.local import packages
from cityops.local.binaries import ELF, LAYOUT, Recipe, begins, key_of, prepared

ROOTS = ("rabbitmq-server",)
UNUSED = ("libpython", "libdebconf", "libaudit", "libsqlite", "libreadline")
"""Libraries of the tools that install it; an Erlang node loads none of them."""

ERLANG = "usr/lib/erlang"
_INSTALLED = f"/{ERLANG}"


@dataclass(frozen=True, slots=True)
class Programs:
    """A prepared folder of RabbitMQ."""

    root: Path

    @property
    def erlang(self) -> Path:
        """Return the folder of Erlang."""
        return self.root / ERLANG

    @property
    def epmd(self) -> Path:
        """Return the program by which Erlang's nodes find each other's port."""
        [program] = self.erlang.glob("erts-*/bin/epmd")
        return program

    @property
    def server(self) -> Path:
        """Return RabbitMQ's own start script, without the wrapper that changes to an account of the system."""
        [script] = self.root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server")
        return script


def prepare_programs(console: Console | None = None) -> Programs:
    """Return RabbitMQ's programs; the first call downloads about 45 MB, later ones need no network.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry the packages; the text names the ways out.
    """
    return Programs(prepared(RECIPE, key_of(repr((LAYOUT, ROOTS, UNUSED, _INSTALLED))), console))


def _is_needed(name: str) -> bool:
    is_library = packages.is_library(name) and not name.startswith(UNUSED)
    return is_library or name in {*ROOTS, "zlib1g"} or name.startswith("erlang-")


def _programs(tree: Path) -> Iterator[str]:
    """Yield Erlang's programs; what they load at run time finds its libraries by theirs."""
    for file in sorted((tree / ERLANG).rglob("*")):
        if file.is_file() and not file.is_symlink() and file.suffix != ".so" and begins(file) == ELF:
            yield str(file.relative_to(tree))


def _settle(tree: Path, home: Path) -> None:
    """Tell Erlang's scripts where they are, which they were told when Debian built them."""
    for script in (*(tree / ERLANG).glob("bin/*"), *(tree / ERLANG).glob("erts-*/bin/*")):
        if script.is_file() and not script.is_symlink() and begins(script) != ELF:
            text = script.read_bytes()
            script.write_bytes(text.replace(f"ROOTDIR={_INSTALLED}".encode(), f"ROOTDIR={home / ERLANG}".encode()))


RECIPE = Recipe("rabbitmq", ROOTS, _is_needed, _programs, _settle)
