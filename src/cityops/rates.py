"""How often one asker may ask: token buckets in memory, and which address counts as one; for every server of ours."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import monotonic

from starlette.types import Scope

MOST_KEYS = 10_000


class Buckets:
    """Token buckets by key: `burst` at once, `rate` per second after that. In memory, each process for itself."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def wait(self, key: str, take: int = 1) -> int:
        """Take from a key's bucket; return 0, or after how many whole seconds there is enough again."""
        with self._lock:
            now = self._clock()
            if len(self._levels) >= MOST_KEYS and key not in self._levels:
                self._forget(now)
            level = self._level(key, now)
            if level >= max(take, 1):
                self._levels[key] = level - take, now
                return 0
            return ceil((max(take, 1) - level) / self.rate)

    def _level(self, key: str, now: float) -> float:
        level, at = self._levels.get(key, (float(self.burst), now))
        return min(self.burst, level + (now - at) * self.rate)

    def _forget(self, now: float) -> None:
        """Drop the full ones; if all are in use, those that were asked first."""
        self._levels = {key: kept for key, kept in self._levels.items() if self._level(key, now) < self.burst}
        for key in list(self._levels)[: len(self._levels) - MOST_KEYS + 1]:
            del self._levels[key]

    def told(self, who: str, seconds: int) -> str:
        """Return the sentence for `who` must wait so many seconds."""
        return (
            f"{who} asks too often: {self.rate:g} requests per second are answered, {self.burst} at once. "
            f"Try again in {seconds} s."
        )


def address_of(scope: Scope) -> str:
    """Return whose request it is: an IPv4 address, or the /64 network of an IPv6 one, which one subscriber holds."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:  # a Unix socket has none
        return host
    return address.exploded[:19] if isinstance(address, IPv6Address) else host
