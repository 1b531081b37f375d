"""Looks for what is weak in the settings of this process and in the files they name: for `cityops doctor`."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cityops import addresses
from cityops.clock import utc_now
from cityops.domain.exports.packs import is_late
from cityops.domain.findings import LOCAL, Finding, serious, warning
from cityops.services.indicators.packs import packs
from cityops.settings import SECRETS, Settings

SHORTEST, SHORTEST_SECRET = 16, 32

_SAFE = {"amqp": "amqps", "amqps": "amqps", "http": "https", "https": "https"}
"""Which scheme has TLS, where that is not the setting's usual one: those of RabbitMQ."""


ADDRESSES = ("database_url", "database_read_url", "mqtt_url", "mqtt_admin_url", "api_url")


def unusable(settings: Settings) -> dict[str, Finding]:
    """Return what is wrong with addresses that lead nowhere, by the name of the setting in this program."""
    given = {f"CITYOPS_{name.upper()}": getattr(settings, name) for name in ADDRESSES}
    return {
        name.removeprefix("CITYOPS_").lower(): serious(name, told.removeprefix(f"{name} "), "mend the address")
        for name, told in addresses.faults(given)
    }


def weaknesses(settings: Settings) -> Iterator[Finding]:
    """Yield what is weak."""
    yield from _secrets(settings)
    yield from _files()
    for name, address, usual in (
        ("CITYOPS_MQTT_URL", settings.mqtt_url, "mqtts"),
        ("CITYOPS_MQTT_ADMIN_URL", settings.mqtt_admin_url, "mqtts"),
        ("CITYOPS_API_URL", settings.api_url, "https"),
    ):
        parts = urlsplit(address)
        safe = _SAFE.get(parts.scheme, usual)
        if address and parts.scheme != safe and parts.hostname not in LOCAL:
            yield serious(name, f"{parts.hostname} is another host, reached without TLS", f"have it speak {safe}://")
    yield from _packs(settings.packs)
    if "*" in settings.trusted_proxies:
        remedy = "name the reverse proxy's address"
        yield serious("CITYOPS_TRUSTED_PROXIES", "anybody may say for which address it asks", remedy)


def _packs(folder: str) -> Iterator[Finding]:
    newest = next(iter(packs(Path(folder))), None) if folder else None
    if folder and is_late(newest, utc_now()):
        told = f"the newest pack is that of {newest.day}" if newest else "there is no pack in it"
        yield warning(
            f"CITYOPS_PACKS {folder}", told, "run `cityops jobs` with a key of the API, or `cityops packs make`"
        )


def _secrets(settings: Settings) -> Iterator[Finding]:
    for name in ("database_url", "database_read_url", "mqtt_url", "mqtt_admin_url"):
        address = getattr(settings, name)
        length = len(urlsplit(address).password or "")
        if address and length < SHORTEST:
            told = f"its password has {length} characters" if length else "it has no password"
            yield warning(f"CITYOPS_{name.upper()}", told, "openssl rand -hex 24")
    if not settings.secret:
        told = "is not set here: if the dashboard has none either, each start of it signs everybody out"
        yield warning("CITYOPS_SECRET", told, "openssl rand -hex 24")
    elif len(settings.secret) < SHORTEST_SECRET:
        yield warning("CITYOPS_SECRET", f"has {len(settings.secret)} characters", "openssl rand -hex 24")


def _files() -> Iterator[Finding]:
    for name in SECRETS:
        variable = f"CITYOPS_{name.upper()}_FILE"
        file = os.environ.get(variable)
        if file and Path(file).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            yield serious(f"{variable} {file}", "every account of this machine may read it", f"chmod o-rwx {file}")
