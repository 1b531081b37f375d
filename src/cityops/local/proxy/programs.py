"""HAProxy's program: Debian's packages, unpacked into the cache beside those of the other servers."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cityops.local import packages
from cityops.local.binaries import LAYOUT, Recipe, key_of, prepared

ROOTS = ("haproxy",)
PROGRAM = "usr/sbin/haproxy"


@dataclass(frozen=True, slots=True)
class ProxyPrograms:
    """A prepared folder of HAProxy."""

    root: Path

    @property
    def haproxy(self) -> Path:
        """Return the proxy's program."""
        return self.root / PROGRAM


def prepare_proxy_programs(console: Console | None = None) -> ProxyPrograms:
    """Return the proxy's program; the first call downloads about 14 MB, later ones need no network.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry the packages; the text names the ways out.
    """
    return ProxyPrograms(prepared(RECIPE, key_of(repr((LAYOUT, ROOTS, PROGRAM))), console))


def _is_needed(name: str) -> bool:
    return name in {*ROOTS, "zlib1g"} or packages.is_library(name)


RECIPE = Recipe("proxy", ROOTS, _is_needed, lambda _tree: (PROGRAM,))
