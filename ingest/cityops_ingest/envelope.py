"""A message on its way through the ingest: made by a source, settled by the writer after the commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cityops.store.rejects.records import PAYLOAD_LIMIT, Reject
from cityops.wire.topics import TOPIC_LIMIT
from cityops_ingest.decode.items import Refusal
from cityops_ingest.formats.translate import Decoded

MESSAGE_LIMIT = 262_144
"""Longest payload accepted, in bytes: about 3,000 readings; larger ones are refused, so memory stays bounded."""

RESENT_WITHIN = timedelta(hours=1)
"""A device whose connection broke sends again when it is back. What it says in the same bytes later on is a new
message: one that says the same nonsense all day is recorded every hour."""

REDELIVERED_WITHIN = timedelta(days=1)
"""The broker redelivers, and says so, when the worker is back."""


@dataclass(slots=True)
class Outcome:
    """What became of a message's items: received = stored + duplicate + rejected."""

    stored: int = 0
    duplicate: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Number of refusals, for many of which one reject may stand."""
        return sum(one.refusals for one in self.rejects)


@dataclass(slots=True, eq=False)
class Envelope:
    """One message as it arrived; `settle` is called once, when its outcome is committed.

    `flush` is called after a whole batch is settled, once for all messages that have the same one: a source that
    tells its sender of many messages at a time does it there. Both are what its `Source` promises (`sources.source`).
    `packet_id` is the broker's number of the message, the same when it is delivered again; 0 where there is none.
    `refused` is why it is not read at all, on behalf of as many messages as that says.
    `found` is what a message of another format was decoded into, kept because that must happen once and in order.
    `payload` is cut to what a reject keeps if the message is over the limit; `payload_bytes` is its true size.
    `resendable` says that its sender may have sent it before without being told that it arrived; `redelivered`, that
    an earlier delivery was begun for certain. `retained` says that its sender had the broker keep it.
    """

    topic: bytes
    payload: bytes
    payload_bytes: int
    received_at: datetime
    settle: Callable[[Outcome], None]
    redelivered: bool = False
    resendable: bool = False
    line_delimited: bool = False
    limit: int = MESSAGE_LIMIT
    flush: Callable[[], None] | None = None
    packet_id: int = 0
    refused: Refusal | None = None
    found: Decoded | None = None
    retained: bool = False

    @property
    def clears(self) -> bool:
        """Whether it only has the broker forget a message that it retained (MQTT 5, section 3.3.1.3)."""
        return self.retained and not self.payload

    @property
    def repeats_within(self) -> timedelta:
        """How far back a refusal of the same bytes is one of this very message."""
        if self.redelivered:
            return REDELIVERED_WITHIN
        return RESENT_WITHIN if self.resendable else timedelta(0)

    @property
    def too_large(self) -> bool:
        """Whether the payload is over the limit."""
        return self.payload_bytes > self.limit


def settle_all(envelopes: Sequence[Envelope], outcomes: Sequence[Outcome]) -> None:
    """Tell the senders of a batch what became of their messages."""
    for envelope, outcome in zip(envelopes, outcomes, strict=True):
        envelope.settle(outcome)
    for flush in {envelope.flush for envelope in envelopes}:
        if flush is not None:
            flush()


def bounded_topic(topic: bytes) -> bytes:
    """Return the topic, or of one that is too long the beginning and its size, which is still too long."""
    if len(topic) <= TOPIC_LIMIT:
        return topic
    return topic[:TOPIC_LIMIT] + b"... (%d bytes)" % len(topic)


def bounded(payload: bytes, limit: int = MESSAGE_LIMIT) -> bytes:
    """Return the payload, or only the part that a reject keeps if it is over the limit."""
    return payload if len(payload) <= limit else payload[:PAYLOAD_LIMIT]
