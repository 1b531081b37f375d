"""The machine a server runs on: this one by loopback, or a network namespace of it with an address of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMESPACES = Path("/run/netns")  # of `ip netns`


@dataclass(frozen=True, slots=True)
class Machine:
    """What a server listens on, and is started within.

    Parameters
    ----------
    address
        IPv4 address that its servers listen on and tell each other.
    namespace
        Network namespace, as `ip netns` names it, that they run in, which takes root; empty for our own.
    """

    address: str = "127.0.0.1"
    namespace: str = ""

    def within(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs `command` there, in the same process."""
        if not self.namespace:
            return list(command)
        return ["nsenter", f"--net={NAMESPACES / self.namespace}", "--", *command]


LOOPBACK = Machine()
