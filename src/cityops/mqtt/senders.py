"""Lets source systems in at the broker and out again, of whatever flavour: the administrator's address tells."""

from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from cityops.mqtt.mosquitto import senders as mosquitto


class SenderControl(Protocol):
    """What each flavour of broker can be told. All raise `BrokerControlError` where it cannot be told."""

    def grant(self, admin_url: str, identifier: str, carries: Mapping[str, str], password: str) -> None:
        """Let a key publish what its sources carry (readings, events, indicators), and read nothing."""

    def revoke(self, admin_url: str, identifiers: Iterable[str]) -> None:
        """Let these keys publish no more; who is connected with one is disconnected."""

    def put_off(self, admin_url: str, identifiers: Iterable[str]) -> None:
        """Let these keys in no more for now, marked as ours to let in again; who is connected is disconnected."""

    def let_in(self, admin_url: str, identifiers: Iterable[str]) -> None:
        """Let these keys in again."""

    def disabled(self, admin_url: str) -> dict[str, bool]:
        """Return the ids of the keys that are not let in, and whether they were put off, not disabled by hand."""

    def admitted(self, admin_url: str) -> list[str]:
        """Return the ids of the keys that the broker lets in."""


def control_of(admin_url: str) -> SenderControl:
    """Return how the broker of this administrator's address is told: RabbitMQ over HTTP, Mosquitto by MQTT."""
    if urlsplit(admin_url).scheme not in {"http", "https"}:
        return mosquitto
    from cityops.mqtt.rabbitmq import senders as rabbitmq  # httpx is of no use to who has one broker

    return rabbitmq
