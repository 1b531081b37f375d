"""How often one asker may ask the API: per credential, and per address for whoever shows none that is known."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Lock
from time import monotonic

from starlette.types import Scope

from cityops.api.problems import ProblemError
from cityops.store.credentials import Kind, Known

SERVICE = "dashboard"
"""Label of the key with which a dashboard asks for all its screens; it is not counted, as walls must never wait."""

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


class Rates:
    """The API's buckets. Fifty walls behind one address have fifty credentials, so none of them is held up."""

    def __init__(self) -> None:
        self.credentials = Buckets(rate=50, burst=200)
        self.strangers = Buckets(rate=10, burst=100)
        self.sign_ins = Buckets(rate=1, burst=60)
        self.sign_ins_of_one = Buckets(rate=1 / 6, burst=10)

    def check_known(self, known: Known) -> None:
        """Refuse a credential that asks too often.

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if known.kind is Kind.KEY and known.subject.name == SERVICE:
            return
        if seconds := self.credentials.wait(known.id):
            raise _too_often("This credential", self.credentials, seconds)

    def check_stranger(self, address: str, take: int) -> None:
        """Refuse an address from which too much came without a known credential; `take` 0 only looks.

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if seconds := self.strangers.wait(address, take):
            raise _too_often("Your address", self.strangers, seconds)

    def check_sign_in(self, address: str, login: str) -> None:
        """Refuse a login from an address that tries too often: each try costs a slow hash.

        Raises
        ------
        ProblemError
            429 with `Retry-After`.
        """
        if seconds := self.sign_ins.wait(address) or self.sign_ins_of_one.wait(f"{address} {login}"):
            told = f"Too many sign-ins from your address: try again in {seconds} s."
            raise ProblemError(429, told, headers={"Retry-After": str(seconds)})


def address_of(scope: Scope) -> str:
    """Return whose request it is: an IPv4 address, or the /64 network of an IPv6 one, which one subscriber holds."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:  # a Unix socket has none
        return host
    return address.exploded[:19] if isinstance(address, IPv6Address) else host


def _too_often(who: str, buckets: Buckets, seconds: int) -> ProblemError:
    told = f"{who} asks too often: {buckets.rate} requests per second are answered, {buckets.burst} at once."
    return ProblemError(429, f"{told} Try again in {seconds} s.", headers={"Retry-After": str(seconds)})
