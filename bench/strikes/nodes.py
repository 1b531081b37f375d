"""What senders and workers go through when nodes of a cluster of brokers die: three nodes, two workers, a store."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import psycopg

from bench import mqtt5
from bench.harness import wait_for
from bench.strikes.audit import Audit, audit
from bench.strikes.journal import Journal
from bench.strikes.sender import Sender
from bench.workload import Payload
from cityops.errors import CityopsError
from cityops.local.rabbitmq import Cluster, Programs, RabbitNode
from cityops.mqtt.mosquitto.roles import SIMULATOR, WORKERS
from cityops.mqtt.rabbitmq.management import VHOST, management
from cityops.mqtt.rabbitmq.queues import MEMBERS, QUEUE, queues
from cityops.mqtt.rabbitmq.topology import declare

PATIENCE_S = 240.0
KILLS = 2
STEADY_SHARE, STRUCK_SHARE, OVER_SHARE = 0.2, 0.6, 0.8
"""Of a kill's part of the journal: what is acknowledged before it, what may be sent by then, what shows the end."""
_ASK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Brokers:
    """A running cluster of which all is declared: addresses for workers, for senders, for the administrator."""

    cluster: Cluster
    password: str

    @property
    def url(self) -> str:
        """The workers' address."""
        return self.cluster.amqp_url(WORKERS, self.password)

    @property
    def ports(self) -> list[int]:
        """Where the nodes speak MQTT; whoever sends is `SIMULATOR`."""
        return [node.ports.mqtt for node in self.cluster.nodes]

    def leader(self) -> RabbitNode:
        """Return the node that leads the workers' queue."""
        name = self._queue()["leader"]
        return next(node for node in self.cluster.nodes if node.name == name)

    def is_whole(self) -> bool:
        """Tell whether all nodes have the queue again."""
        with contextlib.suppress(CityopsError):
            return len(self._queue().get("online", ())) == MEMBERS
        return False

    def _queue(self) -> Mapping[str, Any]:
        with management(self.cluster.admin_url) as broker:
            found: Mapping[str, Any] = broker.get("queues", VHOST, QUEUE)
            return found


@contextmanager
def running_brokers(programs: Programs, folder: Path) -> Iterator[Brokers]:
    """Start three nodes in a folder that the servers' account can enter, declare all; end them after."""
    cluster = Cluster(programs, folder, MEMBERS)
    try:
        cluster.start()
        brokers = Brokers(cluster, token_urlsafe(24))
        declare(cluster.admin_url, queues((), ()), dict.fromkeys((WORKERS, SIMULATOR), brokers.password))
        wait_for(brokers.is_whole, "the queue has all its members", seconds=PATIENCE_S)
        yield brokers
    finally:
        cluster.stop()


class Wanderer(Sender):
    """A sender of MQTT 5 that goes to the next node when one is gone, and sends again what a queue has refused."""

    def __init__(self, brokers: Brokers, first: int, client_id: str, messages: Sequence[Payload]) -> None:
        super().__init__(0, client_id, messages)
        self._ports, self._password, self._turn = brokers.ports, brokers.password, first
        self._rejected: list[int] = []  # packet ids
        self._ask_at = 0.0
        self._waiting_since: float | None = None
        self.refused = 0
        self.silent_s = 0.0
        """The longest that nothing was acknowledged."""

    def open(self) -> socket.socket:
        """Connect to the next node."""
        port = self._ports[self._turn % len(self._ports)]
        self._turn += 1
        self._rejected.clear()  # it is sent again with the rest
        return mqtt5.connect(port, self.name, SIMULATOR, self._password)

    def packet(self, position: int, packet_id: int) -> bytes:
        """Return a message as MQTT 5 has it."""
        return mqtt5.publish_packet(*self._messages[position], packet_id)

    def burst(self) -> bytearray:
        """Return what is to be sent now: what was refused a moment ago, and what comes next."""
        burst = super().burst()
        if self._rejected and time.monotonic() > self._ask_at:
            rejected, self._rejected = self._rejected, []
            for packet_id in rejected:
                burst += self.packet(self._unacknowledged[packet_id], packet_id)
        if self._waiting_since is None and burst:
            self._waiting_since = time.monotonic()
        return burst

    def take(self, answer: bytes) -> bytes:
        """Take note of what was acknowledged, and what was refused."""
        found, rest = mqtt5.acknowledgements(answer)
        for packet_id, reason in found:
            if reason >= mqtt5.REFUSALS:
                self.refused += 1
                self._rejected.append(packet_id)
                self._ask_at = time.monotonic() + _ASK_AGAIN_S
            elif self._unacknowledged.pop(packet_id, None) is not None:
                self.acknowledged += 1
                self._note_time()
        return rest

    def _note_time(self) -> None:
        """Measure from the first message that waits, or the acknowledgement before, to this one."""
        now = time.monotonic()
        if self._waiting_since is not None:
            self.silent_s = max(self.silent_s, now - self._waiting_since)
        self._waiting_since = now if self._unacknowledged else None


@dataclass(frozen=True, slots=True)
class Struck:
    """What was seen while nodes died; `silent_s` and `back_s` are the longest."""

    silent_s: float
    """A sender's time without an acknowledgement."""
    back_s: float
    """From a dead node's start until the queue had all its members."""
    refused: int
    sent_again: int
    messages: int
    audit: Audit


def strike(
    brokers: Brokers,
    journal: Journal,
    store: psycopg.Connection,
    stored: Callable[[], int],
    tell: Callable[[str], None],
) -> Struck:
    """Send a journal to all nodes, kill whichever leads the queue, twice, and hold the store against what was sent.

    Raises
    ------
    CityopsError
        Something did not come back within four minutes; its name is in the text.
    """
    senders = [
        Wanderer(brokers, n, f"struck-{n}", journal.messages[n::MEMBERS]) for n in range(len(brokers.cluster.nodes))
    ]
    try:
        for one in senders:
            one.start()
        back = [_kill_leader(brokers, senders, number, tell) for number in range(KILLS)]
        wait_for(lambda: all(one.is_done for one in senders), "all is acknowledged", seconds=PATIENCE_S)
    finally:
        for one in senders:
            one.stop()
    expected = len(journal.readings) + journal.rejects.total()
    wait_for(lambda: stored() >= expected, "all is stored", seconds=PATIENCE_S)
    return Struck(
        max(one.silent_s for one in senders),
        max(back),
        sum(one.refused for one in senders),
        sum(one.sent_again for one in senders),
        len(journal.messages),
        audit(store, journal),
    )


def _kill_leader(brokers: Brokers, senders: Sequence[Wanderer], number: int, tell: Callable[[str], None]) -> float:
    """Kill it while senders go on, start it once others have taken over, and wait until it has the queue."""
    _allow(senders, (number + STRUCK_SHARE) / KILLS)
    _wait_acknowledged(senders, (number + STEADY_SHARE) / KILLS)
    leader = brokers.leader()
    leader.kill()
    began = time.monotonic()
    _allow(senders, (number + 1) / KILLS)
    _wait_acknowledged(senders, (number + OVER_SHARE) / KILLS)
    tell(
        f"{time.monotonic() - began:5.1f} s after the death of {leader.name} more is acknowledged than was sent then"
    )
    began = time.monotonic()
    leader.start()
    wait_for(brokers.is_whole, f"{leader.name} has the queue again", seconds=PATIENCE_S)
    seconds = time.monotonic() - began
    tell(f"{seconds:5.1f} s after its start {leader.name} has the queue again")
    return seconds


def _allow(senders: Sequence[Wanderer], share: float) -> None:
    for one in senders:
        one.allow(share)


def _wait_acknowledged(senders: Sequence[Wanderer], share: float) -> None:
    """Wait until of all messages this share is acknowledged."""

    def is_so() -> bool:
        return sum(one.acknowledged for one in senders) >= share * sum(one.total for one in senders)

    wait_for(is_so, "messages are acknowledged", seconds=PATIENCE_S)
