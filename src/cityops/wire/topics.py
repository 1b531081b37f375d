"""Topic names of the MQTT interface: built by senders, parsed by the ingest workers.

The source system stands in the topic, not in the payload, so that the broker's access list can bind a
credential to the one system that may write there.
"""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "cityops/v1"

TOPIC_LIMIT = 1024
"""Longest topic that is taken, in bytes; ours have at most some 640. MQTT allows 65,535."""

GUARD, GUARDED = "guard", "#"
"""The worker whose session holds what arrives while the broker has just been restarted, and what it subscribes to."""


class Kind(StrEnum):
    """What a message carries; the third level of its topic."""

    READINGS = "readings"
    EVENTS = "events"
    INDICATORS = "indicators"


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic: `cityops/v1/<kind>/<source>[/<device>]`."""

    kind: Kind
    source: str
    device: str | None = None

    def __str__(self) -> str:
        """Return the topic as it stands on the wire."""
        tail = f"/{self.device}" if self.device else ""
        return f"{PREFIX}/{self.kind}/{self.source}{tail}"

    @classmethod
    def parse(cls, text: str) -> "Topic":
        """Read a topic name.

        Raises
        ------
        ValueError
            The name is not of the form above; the message says which form is.
        """
        parts = text.split("/")
        kinds = [kind.value for kind in Kind]
        well_formed = text.startswith(PREFIX + "/") and len(parts) in {4, 5} and all(parts)
        if not well_formed or parts[2] not in kinds:
            raise ValueError(f"topic {text!r} is not {PREFIX}/readings|events|indicators/<source>[/<device>]")
        return cls(Kind(parts[2]), parts[3], parts[4] if len(parts) == 5 else None)
