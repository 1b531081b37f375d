"""The bounded queue between the sources and the writer; batches close by size or by age."""

import time
from collections import deque
from collections.abc import Sequence
from threading import Condition

from cityops_ingest.envelope import Envelope

BATCH_BYTES = 4_000_000
"""A batch of about 40,000 readings. Fuller batches touch each rollup row less often: 3.3 µs of the database per
reading instead of 7.4 with 10,000. A batch that fills more slowly is closed by its age."""

BATCH_MESSAGES = 20_000

BATCH_AGE_S = 0.1
"""How long the first message of a batch waits for company."""

CAPACITY_BYTES = 64_000_000
"""Beyond this the source waits; at 100 bytes a reading it holds about 600,000 readings."""

CAPACITY_MESSAGES = 200_000
"""Likewise: each takes about 1 kB however short it is. Only HTTP and QoS 0 can come near it."""


class Backlog:
    """Holds messages until the writer takes them; never more than its capacity and what one read brings."""

    def __init__(self, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self._capacity = capacity_bytes
        self._messages: deque[tuple[float, Envelope]] = deque()
        self._bytes = 0
        self._taken: deque[float] = deque()
        self._changed = Condition()
        self._closed = False

    def __len__(self) -> int:
        """Return the number of messages waiting."""
        return len(self._messages)

    @property
    def bytes(self) -> int:
        """Payload bytes waiting."""
        return self._bytes

    @property
    def oldest_s(self) -> float:
        """Seconds since the oldest message that is not settled came in, waiting or taken; 0 without any."""
        with self._changed:
            oldest = self._taken[0] if self._taken else self._messages[0][0] if self._messages else None
            return 0.0 if oldest is None else time.monotonic() - oldest

    def put(self, envelope: Envelope, timeout_s: float | None = None) -> bool:
        """Add a message, waiting for room; return False if there was none in time or the backlog is closed."""
        with self._changed:
            room = self._changed.wait_for(self._has_room_or_is_closed, timeout_s)
            if self._closed or not room:
                return False
            self._add([envelope])
            return True

    def wait_for_room(self, timeout_s: float) -> bool:
        """Wait until a message would be taken, or the backlog is closed; return False if that was not in time."""
        with self._changed:
            return self._changed.wait_for(self._has_room_or_is_closed, timeout_s)

    def put_all(self, envelopes: Sequence[Envelope]) -> bool:
        """Add messages at once, without a look at the room; return False if the backlog is closed.

        A source that reads many at a time waits for room before it reads, and so exceeds it by one read at most.
        """
        with self._changed:
            if not self._closed:
                self._add(envelopes)
            return not self._closed

    def take(self) -> list[Envelope]:
        """Wait for a batch and remove it; an empty list means that the backlog is closed and drained.

        Who takes batches settles them in the same order, and says so by `settled`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._messages)
            if self._messages:
                age = time.monotonic() - self._messages[0][0]
                self._changed.wait_for(
                    lambda: self._closed or self._is_full_batch(), timeout=max(0.0, BATCH_AGE_S - age)
                )
            batch = self._remove()
            self._changed.notify_all()
            return batch

    def settled(self) -> None:
        """Note that the batch taken first, of those not yet settled, is settled."""
        with self._changed:
            self._taken.popleft()

    def close(self) -> None:
        """Refuse further messages and let the writer drain what is here."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _has_room_or_is_closed(self) -> bool:
        return self._closed or (self._bytes < self._capacity and len(self._messages) < CAPACITY_MESSAGES)

    def _add(self, envelopes: Sequence[Envelope]) -> None:
        was_empty, now = not self._messages, time.monotonic()
        self._messages.extend((now, envelope) for envelope in envelopes)
        self._bytes += sum(len(envelope.payload) for envelope in envelopes)
        # The writer waits for a first message or for a full batch; waking it for each one would cost more.
        if was_empty or self._is_full_batch():
            self._changed.notify_all()

    def _is_full_batch(self) -> bool:
        return self._bytes >= BATCH_BYTES or len(self._messages) >= BATCH_MESSAGES

    def _remove(self) -> list[Envelope]:
        batch: list[Envelope] = []
        size = 0
        if self._messages:
            self._taken.append(self._messages[0][0])
        while self._messages and size < BATCH_BYTES and len(batch) < BATCH_MESSAGES:
            _, envelope = self._messages.popleft()
            size += len(envelope.payload)
            batch.append(envelope)
        self._bytes -= size
        return batch
