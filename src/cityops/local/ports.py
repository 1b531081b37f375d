"""The ports at which people and systems come in: held from the first moment, named with the remedy if taken."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import combinations

from cityops.errors import CityopsError
from cityops.listening import listen
from cityops.local.processes import free_ports, is_free

HOST = "127.0.0.1"

OPTIONS = {"dashboard": "--dashboard-port", "api": "--api-port", "ingest-http": "--ingest-port"}
"""By part: the option of `up` and `demo` that chooses its port."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of the parts that listen; `target` is the verb of make that starts them."""

    dashboard: int = 8050
    api: int = 8000
    ingest_http: int = 8001
    target: str = field(default="demo", kw_only=True)

    @classmethod
    def free(cls) -> "Ports":
        """Return ports that nobody listens on now."""
        return cls(*free_ports(3))

    @property
    def by_part(self) -> dict[str, int]:
        """The ports by the part's name."""
        return {"dashboard": self.dashboard, "api": self.api, "ingest-http": self.ingest_http}

    @contextmanager
    def bound(self) -> Iterator[dict[str, socket.socket]]:
        """Hold all ports while the block runs: give a listening socket for each part, by its name.

        Who connects before the part takes its socket over, or while it starts again, waits in the socket's queue.

        Raises
        ------
        CityopsError
            One is taken, or named twice; the text names it and the option that chooses another.
        """
        for (one, port), (other, same) in combinations(self.by_part.items(), 2):
            if port == same:
                raise CityopsError(f"{OPTIONS[one]} and {OPTIONS[other]} are both {port}: give each its own")
        with ExitStack() as held:
            yield {name: held.enter_context(self._held(name)) for name in self.by_part}

    def remedy(self, name: str) -> str:
        """Return what to do where a part's port is not free."""
        port = self.by_part[name]
        other = next((free for free in range(port + 1, 65536) if is_free(free)), port - 1)
        choice = f"{OPTIONS[name]} {other}"
        if os.environ.get("MAKELEVEL"):  # there, options of the verb are an argument of make
            choice = f'make {self.target} ARGS="{choice}"'
        return f"end that program, or choose another port with {choice}"

    def _held(self, name: str) -> socket.socket:
        return listen(HOST, self.by_part[name], f"the {name}", self.remedy(name))
