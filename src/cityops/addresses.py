"""Holds the addresses of the settings against the form that each must have, before anything starts.

They come from `cityops.settings`; what is wrong is told by the setting's name, and no word of it holds a password.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cityops.errors import CityopsError

PAIR = "postgresql://user:password@/cityops?host=a,b&target_session_attrs=read-write"
FORMS = f"postgresql://user:password@host:5432/cityops, or of several servers {PAIR}"
WRITERS = frozenset({"read-write", "primary"})
"""What an address of several servers says of which is meant, so that nobody comes to a standby by it."""

_MQTT = ("mqtt", "mqtts")
BROKERS = (*_MQTT, "amqp", "amqps")
ADMINISTRATORS = (*_MQTT, "http", "https")


def check_database(name: str, url: str, *, writes: bool = True) -> None:
    """Refuse an address that leads to no database, or may lead to one of several that takes nothing.

    Raises
    ------
    CityopsError
        The text names the setting, what is wrong and the right form.
    """
    import psycopg  # which the quickest verbs do without
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts: Mapping[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # what libpq says of it may hold the password
        raise CityopsError(f"{name} is no address that libpq understands: write {FORMS}") from None
    hosts, ports = (str(parts.get(key) or "").split(",") for key in ("host", "port"))
    if not all(port.isdigit() or not port for port in ports):
        raise CityopsError(f"{name} has a port that is no number: write {FORMS}")
    if len(ports) not in {1, len(hosts)}:
        raise CityopsError(f"{name} has {len(ports)} ports for {len(hosts)} hosts: name one port, or one for each")
    if writes and len(hosts) > 1 and parts.get("target_session_attrs") not in WRITERS:
        raise CityopsError(
            f"{name} names several servers and does not say that the one which takes writes is meant: write {PAIR}"
        )


def check_broker(name: str, url: str, schemes: tuple[str, ...] = BROKERS) -> None:
    """Refuse an address that leads to no broker; errors as for `check_database`."""
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise CityopsError(f"{name} begins with {parts.scheme or 'no scheme'}: write {_or(schemes)}")
    where = parts.netloc.rpartition("@")[2].split(",")
    if parts.scheme in _MQTT and len(where) > 1:
        several = next(one for one in schemes if one not in _MQTT)
        raise CityopsError(f"{name} names several hosts, which only {several}:// can: name one, or a cluster by that")
    for one in where:
        _check_port(name, urlsplit(f"//{one}"))


def check_web(name: str, url: str) -> None:
    """Refuse an address that leads to no HTTP server; errors as for `check_database`."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise CityopsError(
            f"{name} begins with {parts.scheme or 'no scheme'}: write http://host:8000 or https://host"
        )
    _check_port(name, parts)
    if not parts.hostname:
        raise CityopsError(f"{name} names no host: write http://host:8000 or https://host")


def faults(addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the setting and what is wrong with it, of these addresses by setting; empty ones are none."""
    checks = {
        "CITYOPS_DATABASE_URL": check_database,
        "CITYOPS_DATABASE_READ_URL": lambda name, url: check_database(name, url, writes=False),
        "CITYOPS_MQTT_URL": check_broker,
        "CITYOPS_MQTT_ADMIN_URL": lambda name, url: check_broker(name, url, ADMINISTRATORS),
        "CITYOPS_API_URL": check_web,
    }
    for name, url in addresses.items():
        try:
            if url:
                checks[name](name, url)
        except CityopsError as error:
            yield name, str(error)


def _check_port(name: str, parts: SplitResult) -> None:
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise CityopsError(f"{name} has a port that is none: write host:port, of 1 to 65535")


def _or(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{one}://" for one in schemes)
