"""The load generator of clusters: sends prepared MQTT 5 messages over several connections, to several nodes.

It looks at its connections once in a millisecond, so that one acknowledgement does not cost as much as many; a
message that is refused is an error, for what is measured is what the broker takes.
"""

import json
import select
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.mqtt5 import REFUSALS, acknowledgements, connect
from bench.publisher import WINDOW, Generator, generating, prepared
from cityops.errors import CityopsError

LOOK_S = 0.001
CHUNK = 65_536
_SHORT = 4
"""Bytes of a PUBACK that says nothing but that the message was taken."""


class Stream:
    """One connection and its part of the messages, those from `first` on."""

    def __init__(self, connection: socket.socket, packets: memoryview, ends: Sequence[int], first: int) -> None:
        self._connection, self._packets, self._ends = connection, packets, ends
        self._position = first
        self._acknowledged = 0
        self._rest = b""
        connection.setblocking(False)

    @property
    def is_done(self) -> bool:
        """Whether all is acknowledged."""
        return self._acknowledged == len(self._ends)

    @property
    def has_room(self) -> bool:
        """Whether there is something that may be sent."""
        return self._position < self._limit()

    def fileno(self) -> int:
        """Return what `select` waits for."""
        return self._connection.fileno()

    def write(self) -> None:
        """Send what fits."""
        self._position += self._connection.send(self._packets[self._position : self._limit()])

    def read(self) -> None:
        """Count what was acknowledged.

        Raises
        ------
        CityopsError
            The broker has refused a message, or hung up.
        """
        data = self._connection.recv(CHUNK)
        if not data:
            raise CityopsError("the broker closed the load generator's connection")
        data = self._rest + data
        whole = len(data) - len(data) % _SHORT
        if data[0:whole:_SHORT].count(0x40) == data[1:whole:_SHORT].count(2) == whole // _SHORT:
            self._acknowledged += whole // _SHORT
            self._rest = data[whole:]
            return
        found, self._rest = acknowledgements(data)
        if any(reason >= REFUSALS for _, reason in found):
            raise CityopsError("the broker refused a message of the load generator")
        self._acknowledged += len(found)

    def _limit(self) -> int:
        allowed = min(len(self._ends), self._acknowledged + WINDOW)
        return self._ends[allowed - 1]


def send(streams: Sequence[Stream]) -> None:
    """Send all, and count acknowledgements until none lacks."""
    while under_way := [one for one in streams if not one.is_done]:
        writing = [one for one in under_way if one.has_room]
        readable, writable, _ = select.select(under_way, writing, [], 1.0)
        for one in writable:
            one.write()
        for one in readable:
            one.read()
        time.sleep(LOOK_S)


@contextmanager
def crowd(ports: Sequence[int], file: Path, user: str = "", password: str = "") -> Iterator[Generator]:
    """Start a generator with a connection to each of these ports, one port more than once where it stands so."""
    with generating("bench.crowd", str(file), user, password, *map(str, ports)) as one:
        yield one


def main() -> None:
    """Load, connect, wait for a line on standard input, send, and report as a line of JSON."""
    file, user, password = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    ports = [int(one) for one in sys.argv[4:]]
    packets, ends = prepared(file)
    each = -(-len(ends) // len(ports))
    with ExitStack() as stack:
        streams = []
        for number, port in enumerate(ports):
            connection = stack.enter_context(connect(port, f"bench-{file.stem}-{number}", user, password))
            first = number * each
            begin = ends[first - 1] if first else 0
            streams.append(Stream(connection, packets, ends[first : first + each], begin))
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu = time.monotonic(), time.process_time()
        send(streams)
        print(json.dumps({"began": began, "ended": time.monotonic(), "cpu_s": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main()
