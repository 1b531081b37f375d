"""A sender as it should be: keeps what is not acknowledged, and sends it again, to another broker of a cluster."""

import math
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from queue import Empty, SimpleQueue

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from bench.workload import Payload

INFLIGHT = 500
_LOOK_S = 0.02
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Nodes:
    """Where a device finds the nodes of a cluster, each by host and port, and as whom it comes in."""

    places: Sequence[tuple[str, int]]
    user: str
    password: str


class Device(threading.Thread):
    """Sends messages in order, one connection after the other, each to the next node, until all are acknowledged.

    Parameters
    ----------
    rate
        Messages per second; without one, as fast as they are acknowledged.
    first
        Which of the nodes it begins at.
    patience_s
        How long a node may acknowledge nothing of what it was sent before the device hangs up on it.
    """

    def __init__(
        self,
        nodes: Nodes,
        messages: Sequence[Payload],
        rate: float = math.inf,
        first: int = 0,
        patience_s: float = math.inf,
    ) -> None:
        super().__init__(name=f"device-{first}")
        self._nodes, self._messages = nodes, messages
        self._owed = dict.fromkeys(range(len(messages)))
        self._rate, self._patience_s = rate, patience_s
        self._began = self._heard = time.monotonic()
        self._stopped = threading.Event()
        self._first, self.connections = first, 0
        self.acknowledged: list[float] = []
        """When each message was, on the monotonic clock."""
        self.refused = 0

    @property
    def owed(self) -> int:
        """How many messages no broker has acknowledged yet."""
        return len(self._owed)

    def __enter__(self) -> "Device":
        """Begin to send."""
        self._began = time.monotonic()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever is still owed."""
        self._stopped.set()
        self.join()

    def longest_silence(self, begin: float, end: float) -> float:
        """Return the most seconds between two moments, of `time.monotonic`, in which nothing was acknowledged."""
        times = [begin, *(at for at in self.acknowledged if begin < at < end), end]
        return max(after - before for before, after in pairwise(times))

    def hurry(self) -> None:
        """Send what is left as fast as it is acknowledged."""
        self._rate = math.inf

    def run(self) -> None:
        """Send until nothing is owed."""
        while self._owed and not self._stopped.wait(_PAUSE_S):
            place = self._nodes.places[(self._first + self.connections) % len(self._nodes.places)]
            self.connections += 1
            self._send(place)

    def _send(self, place: tuple[str, int]) -> None:
        """Send what is owed by one connection, until that is over."""
        over = threading.Event()
        answers: SimpleQueue[tuple[int, bool]] = SimpleQueue()
        client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)
        client.username_pw_set(self._nodes.user, self._nodes.password)
        client.max_inflight_messages_set(INFLIGHT)
        client.on_disconnect = lambda *_: over.set()
        client.on_publish = lambda _client, _data, mid, reason, _more: answers.put((mid, reason.is_failure))
        try:
            client.connect(*place)
        except OSError:
            return
        client.loop_start()
        under_way: dict[int, int] = {}
        for number in list(self._owed):
            while (len(under_way) >= INFLIGHT or not self._is_due(number)) and not self._is_to_end(over, under_way):
                self._note(answers, under_way)
            if self._is_to_end(over, under_way):
                break
            self._heard = self._heard if under_way else time.monotonic()
            under_way[client.publish(*self._messages[number], qos=1).mid] = number
            while not answers.empty():
                self._note(answers, under_way)
        while under_way and not self._is_to_end(over, under_way):
            self._note(answers, under_way)
        client.disconnect()
        client.loop_stop()

    def _is_due(self, number: int) -> bool:
        return number <= (time.monotonic() - self._began) * self._rate

    def _is_to_end(self, over: threading.Event, under_way: Collection[int]) -> bool:
        is_silent = bool(under_way) and time.monotonic() > self._heard + self._patience_s
        return is_silent or over.is_set() or self._stopped.is_set()

    def _note(self, answers: "SimpleQueue[tuple[int, bool]]", under_way: dict[int, int]) -> None:
        """Wait a moment for an answer; a queue without a leader refuses (0x83), and the device keeps the message."""
        try:
            mid, is_refused = answers.get(timeout=_LOOK_S)
        except Empty:
            return
        self._heard = time.monotonic()
        number = under_way.pop(mid)
        if is_refused:
            self.refused += 1
        else:
            self._owed.pop(number, None)
            self.acknowledged.append(time.monotonic())
