"""Holds each source to a quota of what it sends at QoS 0, so that none keeps the others waiting; no input, no output.

At QoS 0 nothing holds a sender back, and the broker sends on to a worker whatever comes, in the order of its coming:
what one source floods stands before every other source's next message. So beyond its quota a source's messages are
refused unread, as fast as they can be read from the socket. At QoS 1 the broker holds what a worker does not take.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from cityops_ingest.sources.mqtt.packets import Publish

BYTES_PER_S = 10_000_000
"""What a source may send at QoS 0 for any length of time: ten times the whole city, 8,400 messages of 110 bytes a
second, and twice its peak of 45,000 readings; about what one worker stores."""

MESSAGES_PER_S = 30_000
"""Likewise in messages: three and a half times the whole city's, if all of it were one source."""

BURST_S = 1.6
"""How much of that may come at once: 16 MB, or 48,000 messages; a worker stores it in about as many seconds."""

PUT_OFF = timedelta(seconds=60)
"""How long a source that was over its quota is refused; then it begins anew."""

AFTER_A_STALL_S = 60.0
"""After the database has stood still, much comes at once that has waited: nothing is judged then."""

MOST_SOURCES = 10_000


@dataclass(slots=True)
class OverQuota:
    """What was refused of a source since it was last told: how many messages, how many bytes."""

    source: str
    topic: bytes
    messages: int = 0
    bytes: int = 0


@dataclass(slots=True)
class _Level:
    bytes: float
    messages: float
    at: float
    put_off_until: float = float("-inf")


class Quotas:
    """Token buckets by source, and what was refused beyond them. Safe to use from two threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._levels: dict[str, _Level] = {}
        self._refused: dict[str, OverQuota] = {}
        self._put_off: list[str] = []
        self._judges_from = float("-inf")

    def pause(self) -> None:
        """Judge nobody for a while: the database stands still, and what has piled up is nobody's fault."""
        self._judges_from = self._clock() + AFTER_A_STALL_S

    def admit(self, messages: Sequence[Publish]) -> Sequence[Publish]:
        """Return the messages that are taken, in order; the others are counted."""
        if all(one.qos for one in messages):
            return messages
        of_sources: defaultdict[str, list[Publish]] = defaultdict(list)
        for one in messages:
            if not one.qos:
                of_sources[_source(one.topic)].append(one)
        with self._lock:
            over = {source for source, its in of_sources.items() if self._is_over(source, its)}
            for source in over:
                self._count(source, of_sources[source])
        return [one for one in messages if one.qos or _source(one.topic) not in over] if over else messages

    def take_refused(self) -> list[OverQuota]:
        """Return what was refused since the last call."""
        with self._lock:
            refused, self._refused = list(self._refused.values()), {}
            return refused

    def take_put_off(self) -> list[str]:
        """Return the sources that went over their quota since the last call."""
        with self._lock:
            put_off, self._put_off = self._put_off, []
            return put_off

    def _is_over(self, source: str, messages: Sequence[Publish]) -> bool:
        now = self._clock()
        full = BYTES_PER_S * BURST_S, MESSAGES_PER_S * BURST_S
        if len(self._levels) >= MOST_SOURCES:
            self._levels.clear()
        level = self._levels.setdefault(source, _Level(*full, now))
        passed, level.at = now - level.at, now
        level.bytes = min(full[0], level.bytes + passed * BYTES_PER_S)
        level.messages = min(full[1], level.messages + passed * MESSAGES_PER_S)
        if now < level.put_off_until:
            return True
        if now < self._judges_from:
            return False
        level.bytes -= sum(len(one.topic) + len(one.payload) for one in messages)
        level.messages -= len(messages)
        if level.bytes > 0 and level.messages > 0:
            return False
        level.put_off_until = now + PUT_OFF.total_seconds()
        level.bytes, level.messages = full
        self._put_off.append(source)
        return True

    def _count(self, source: str, messages: Sequence[Publish]) -> None:
        refused = self._refused.setdefault(source, OverQuota(source, messages[0].topic))
        refused.messages += len(messages)
        refused.bytes += sum(len(one.payload) for one in messages)


def _source(topic: bytes) -> str:
    """Return whose message it is: the source of our own topics, the first two levels of others."""
    parts = topic.split(b"/", 4)
    whose = parts[3] if len(parts) > 3 and parts[0] == b"cityops" else b"/".join(parts[:2])
    return whose[:100].decode(errors="backslashreplace")
