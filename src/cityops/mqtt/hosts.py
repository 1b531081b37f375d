"""Reads addresses that name several hosts, of which any will do: `scheme://user:password@host:port,host:port`."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from cityops.errors import CityopsError


@dataclass(frozen=True, slots=True)
class Hosts:
    """An address in parts; `places` are host and port of each, in the order in which they stand there."""

    scheme: str
    user: str
    password: str
    places: tuple[tuple[str, int], ...]

    @classmethod
    def read(cls, url: str, ports: dict[str, int], what: str) -> "Hosts":
        """Read an address whose scheme is one of `ports`, which gives the port of hosts without one.

        Raises
        ------
        CityopsError
            It is of another form; the text says which form is right, and repeats nothing that may be a password.
        """
        parts = urlsplit(url)
        wanted = " or ".join(f"{scheme}://user:password@host[:port][,host[:port]…]" for scheme in ports)
        if parts.scheme not in ports:
            raise CityopsError(f"the address of {what} begins with {parts.scheme}://: write {wanted}")
        who, at, where = parts.netloc.rpartition("@")
        if not (at and where) or parts.path.strip("/"):
            raise CityopsError(f"the address of {what} names no user, no host, or a path: write {wanted}")
        user, _, password = who.partition(":")
        try:
            places = tuple(_place(one, ports[parts.scheme]) for one in where.split(","))
        except ValueError:
            raise CityopsError(f"the address of {what} has a port that is no number: write {wanted}") from None
        return cls(parts.scheme, unquote(user), unquote(password), places)

    def __str__(self) -> str:
        """Return the hosts for messages, without user and password."""
        return ", ".join(f"{host}:{port}" for host, port in self.places)


def _place(text: str, usual: int) -> tuple[str, int]:
    one = urlsplit(f"//{text}")
    return one.hostname or "127.0.0.1", one.port or usual
