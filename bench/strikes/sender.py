"""A device that keeps its promise at QoS 1: what is not acknowledged it keeps, and sends again after reconnecting."""

import contextlib
import select
import socket
import threading
from collections.abc import Sequence

from bench.publisher import ACKNOWLEDGEMENT_BYTES, connect, publish_packet
from bench.workload import Payload
from cityops.errors import CityopsError

WINDOW = 1_000
"""Messages sent and not yet acknowledged, at most: what a device must have room for."""

_DUP = 0x08
_BURST_BYTES = 65_536
_PAUSE_S = 0.1


class Sender(threading.Thread):
    """Sends messages in order, as far as it is allowed to, until all are acknowledged or it is stopped."""

    def __init__(self, port: int, client_id: str, messages: Sequence[Payload]) -> None:
        super().__init__(name=client_id)
        self._port = port
        self._messages = messages
        self._unacknowledged: dict[int, int] = {}  # position of the message by packet id, oldest first
        self._next = 0
        self._stopped = threading.Event()
        self.allowed = 0
        self.acknowledged = 0
        self.sent_again = 0

    @property
    def total(self) -> int:
        """How many messages it has to send."""
        return len(self._messages)

    @property
    def is_done(self) -> bool:
        """Whether the broker has acknowledged every message."""
        return self.acknowledged == len(self._messages)

    def allow(self, share: float) -> None:
        """Let it send this share of its messages."""
        self.allowed = round(share * len(self._messages))

    def stop(self) -> None:
        """End the thread, whatever is still unsent."""
        self._stopped.set()
        self.join()

    def open(self) -> socket.socket:
        """Connect, now or again."""
        return connect(self._port, self.name)

    def packet(self, position: int, packet_id: int) -> bytes:
        """Return the message at a position as it is sent."""
        return publish_packet(*self._messages[position], packet_id)

    def run(self) -> None:
        """Send over one connection after the other."""
        while not (self._stopped.is_set() or self.is_done):
            # However a connection ends, the next one sends again what this one has not had acknowledged.
            with contextlib.suppress(OSError, CityopsError), self.open() as connection:
                self._send_again(connection)
                self._converse(connection)
            self._stopped.wait(_PAUSE_S)

    def _send_again(self, connection: socket.socket) -> None:
        self.sent_again += len(self._unacknowledged)
        for position, packet_id in ((place, key) for key, place in self._unacknowledged.items()):
            packet = self.packet(position, packet_id)
            connection.sendall(bytes([packet[0] | _DUP]) + packet[1:])

    def _converse(self, connection: socket.socket) -> None:
        answer = b""
        while not (self._stopped.is_set() or self.is_done):
            burst = self.burst()
            if burst:
                connection.sendall(burst)
            if select.select([connection], [], [], 0 if burst else 0.01)[0]:
                data = connection.recv(_BURST_BYTES)
                if not data:
                    return
                answer = self.take(answer + data)

    def burst(self) -> bytearray:
        """Return what is to be sent now, as far as the window has room."""
        burst = bytearray()
        while self._next < self.allowed and len(self._unacknowledged) < WINDOW and len(burst) < _BURST_BYTES:
            packet_id = self._next % 65_535 + 1
            burst += self.packet(self._next, packet_id)
            self._unacknowledged[packet_id] = self._next
            self._next += 1
        return burst

    def take(self, answer: bytes) -> bytes:
        """Take note of the acknowledgements in `answer`; return what is left of an unfinished one."""
        whole = len(answer) - len(answer) % ACKNOWLEDGEMENT_BYTES
        for place in range(0, whole, ACKNOWLEDGEMENT_BYTES):
            packet_id = int.from_bytes(answer[place + 2 : place + 4], "big")
            if self._unacknowledged.pop(packet_id, None) is not None:
                self.acknowledged += 1
        return answer[whole:]
