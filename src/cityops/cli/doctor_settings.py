"""Looks for what is weak in the settings of this process, and in the broker that they name: for `cityops doctor`."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.domain.findings import Finding, serious, warning
from cityops.settings import SECRETS, Settings

SHORTEST = 16
LOCAL = {"127.0.0.1", "::1", "localhost"}
ANSWER_S = 5.0


def weaknesses(settings: Settings) -> Iterator[Finding]:
    """Yield what is weak; the broker is asked whether it lets in who has no name."""
    yield from _secrets(settings)
    yield from _files()
    for name, address, safe in (
        ("CITYOPS_MQTT_URL", settings.mqtt_url, "mqtts"),
        ("CITYOPS_API_URL", settings.api_url, "https"),
    ):
        parts = urlsplit(address)
        if address and parts.scheme != safe and parts.hostname not in LOCAL:
            yield serious(name, f"{parts.hostname} is another host, reached without TLS", f"have it speak {safe}://")
    if "*" in settings.trusted_proxies:
        remedy = "name the reverse proxy's address"
        yield serious("CITYOPS_TRUSTED_PROXIES", "anybody may say for which address it asks", remedy)
    if settings.mqtt_url:
        yield from _broker(settings.mqtt_url)


def _secrets(settings: Settings) -> Iterator[Finding]:
    for name in ("database_url", "mqtt_url"):
        address = getattr(settings, name)
        length = len(urlsplit(address).password or "")
        if address and length < SHORTEST:
            told = f"its password has {length} characters" if length else "it has no password"
            yield warning(f"CITYOPS_{name.upper()}", told, "openssl rand -hex 24")


def _files() -> Iterator[Finding]:
    for name in SECRETS:
        variable = f"CITYOPS_{name.upper()}_FILE"
        file = os.environ.get(variable)
        if file and Path(file).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            yield serious(f"{variable} {file}", "every account of this machine may read it", f"chmod o-rwx {file}")


def _broker(url: str) -> Iterator[Finding]:
    answer = _answer_to_nobody(url)
    if answer is None:
        yield serious("CITYOPS_MQTT_URL", "the broker does not answer", "start it, or mend the address")
    elif answer:
        remedy = "allow_anonymous false in mosquitto.conf (docs/operations.md); only a demo may be open"
        yield serious("broker", "lets in whoever has no name and password", remedy)


def _answer_to_nobody(url: str) -> bool | None:
    """Return whether the broker takes a connection without a name, None where it says nothing."""
    parts = urlsplit(url)
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    answers: list[bool] = []

    def note(_c: Client, _d: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        answers.append(not reason.is_failure)
        client.disconnect()

    client.on_connect = note
    if parts.scheme == "mqtts":
        client.tls_set()
    client.connect_timeout = ANSWER_S
    try:
        client.connect(parts.hostname or "127.0.0.1", parts.port or (8883 if parts.scheme == "mqtts" else 1883))
        for _ in range(int(ANSWER_S)):
            if not answers:
                client.loop(timeout=1.0)
    except OSError:
        return None
    return answers[0] if answers else None
