"""The load generator: a process that sends prepared MQTT messages at QoS 1, as fast as acknowledged or at a rate.

It shares the machine with what is measured, so it does as little as possible while the clock runs: all packets are
encoded before, and an acknowledgement is only counted. It speaks MQTT 3.1.1, whose acknowledgement of a PUBLISH is
always four bytes; nothing is sent again, for over loopback nothing is lost, and a lost connection is an error.
"""

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.workload import Payload
from cityops.errors import CityopsError

WINDOW = 1_000
"""Messages sent and not yet acknowledged by the broker, at most."""

ACKNOWLEDGEMENT_BYTES = 4
_PACE_S = 0.002


@dataclass(frozen=True, slots=True)
class Sent:
    """When a generator sent its first message and had its last acknowledgement (monotonic clock), and its cost."""

    began: float
    ended: float
    cpu_s: float


def connect_packet(client_id: str) -> bytes:
    """Return CONNECT with a clean session and without keep-alive."""
    return packet(0x10, b"\0\4MQTT\4\x02\0\0" + text(client_id))


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Return PUBLISH at QoS 1."""
    return packet(0x32, text(topic) + packet_id.to_bytes(2, "big") + payload)


Encode = Callable[[str, bytes, int], bytes]
"""Makes a packet of a topic, a payload and a packet id."""


def publish_at_qos_0(topic: str, payload: bytes) -> bytes:
    """Return PUBLISH at QoS 0."""
    return packet(0x30, text(topic) + payload)


def packet(kind: int, body: bytes) -> bytes:
    """Return a packet of MQTT: its first byte, the length, the rest."""
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([kind]) + digits + body


def text(words: str) -> bytes:
    """Return a string as MQTT writes it."""
    coded = words.encode()
    return len(coded).to_bytes(2, "big") + coded


def connect(port: int, client_id: str) -> socket.socket:
    """Connect to the broker on loopback.

    Raises
    ------
    CityopsError
        The broker refuses.
    """
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(connect_packet(client_id))
        if connection.recv(4) != b"\x20\x02\0\0":
            raise CityopsError("the broker refused the load generator's connection")
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(file: Path, messages: Iterable[Payload], encode: Encode = publish_packet) -> int:
    """Encode messages into a file for a generator; return their number."""
    ends = []
    with file.open("wb") as packets:
        for number, (topic, payload) in enumerate(messages):
            packets.write(encode(topic, payload, number % 65_535 + 1))
            ends.append(packets.tell())
    np.save(_ends_of(file), np.array(ends, np.int64))
    return len(ends)


class Generator:
    """A started generator process, waiting for `go`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def go(self) -> None:
        """Let it send now."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def sent(self) -> Sent:
        """Wait until all is acknowledged by the broker."""
        return Sent(**json.loads(self._line()))

    def wait_ready(self) -> None:
        """Wait until it has its packets in memory and is connected."""
        self._line()

    def say(self, words: str) -> str:
        """Tell it something, and return what it answers."""
        assert self._process.stdin
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise CityopsError("the load generator ended early; its error stands above")
        return line


@contextmanager
def generator(port: int, file: Path, per_s: float = 0) -> Iterator[Generator]:
    """Start a generator of prepared messages, at a rate or as fast as possible (0); end it after the block."""
    with generating("bench.publisher", str(port), str(file), str(per_s)) as one:
        yield one


@contextmanager
def generating(module: str, *arguments: str) -> Iterator[Generator]:
    """Run a module that speaks with us as generators do; end it after the block."""
    command = [sys.executable, "-m", module, *arguments]
    root = Path(__file__).parents[1]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    try:
        one = Generator(process)
        one.wait_ready()
        yield one
    finally:
        process.kill()
        process.communicate()


def send(connection: socket.socket, packets: memoryview, ends: list[int], per_s: float) -> None:
    """Send packets, whose ends in the buffer are given, and count acknowledgements until all have come.

    Raises
    ------
    CityopsError
        The broker closed the connection.
    """
    connection.setblocking(False)
    total, began = len(ends), time.monotonic()
    position = acknowledged = 0
    while acknowledged < total * ACKNOWLEDGEMENT_BYTES:
        due = total if not per_s else int((time.monotonic() - began) * per_s)
        allowed = min(total, acknowledged // ACKNOWLEDGEMENT_BYTES + WINDOW, due)
        limit = ends[allowed - 1] if allowed else 0
        readable, writable, _ = select.select([connection], [connection] if position < limit else [], [], _PACE_S)
        if writable:
            position += connection.send(packets[position:limit])
        if readable:
            answer = connection.recv(65_536)
            if not answer:
                raise CityopsError("the broker closed the load generator's connection")
            acknowledged += len(answer)


def prepared(file: Path) -> tuple[memoryview, list[int]]:
    """Return what was prepared: the packets, and where each of them ends."""
    return memoryview(file.read_bytes()), np.load(_ends_of(file)).tolist()


def _ends_of(file: Path) -> Path:
    return file.with_suffix(".npy")


def main() -> None:
    """Load, connect, wait for a line on standard input, send, and report as a line of JSON."""
    port, file, per_s = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    packets, ends = prepared(file)
    with connect(port, f"bench-{file.stem}") as connection:
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu = time.monotonic(), time.process_time()
        send(connection, packets, ends, per_s)
        report = {"began": began, "ended": time.monotonic(), "cpu_s": time.process_time() - cpu}
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
