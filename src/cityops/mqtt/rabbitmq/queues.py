"""Names and bounds of our queues at RabbitMQ: what workers read, and what is declared of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cityops.wire.topics import PREFIX

QUEUE, ORDERED_QUEUE = "cityops.ingest", "cityops.sparkplug"
"""What workers share, and what one takes in its order."""

OWN_FILTER = f"{PREFIX.partition('/')[0]}/#"
"""Everything under our prefix: a mistyped topic ends as a named reject, not in silence."""

MEMBERS = 3
"""Copies of a queue in a cluster: one node may be away."""

BOUND_BYTES = 8_000_000_000
"""Payload that a queue holds while no worker takes it: 80 minutes of 1.7 MB/s. Beyond it senders are refused
(PUBACK 0x83) and keep what they have; nothing that was acknowledged is dropped."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as it shall be: a quorum queue, which no message leaves but by our acknowledgement."""

    name: str
    filters: Sequence[str]
    one_at_a_time: bool = False

    @property
    def arguments(self) -> dict[str, Any]:
        """What it is declared with, for good.

        Without the limit of -1, a message that was delivered twenty times, to workers that died, would be dropped.
        """
        limits = {"x-queue-type": "quorum", "x-delivery-limit": -1, "x-quorum-initial-group-size": MEMBERS}
        return limits | ({"x-single-active-consumer": True} if self.one_at_a_time else {})


def queues(shared: Sequence[str], ordered: Sequence[str]) -> list[Queue]:
    """Return our queues for the topic filters of routes: those that workers share, and those kept in order."""
    both = [Queue(QUEUE, [OWN_FILTER, *shared])]
    return [*both, Queue(ORDERED_QUEUE, ordered, one_at_a_time=True)] if ordered else both
