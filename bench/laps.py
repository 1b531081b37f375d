"""A load of any length: each device sends one message of three values per lap, at a steady rate, with the time in it.

The packets of one lap are encoded before; while the clock runs, only the digits of their times are written anew. The
generator is a process of its own, as that of `bench.publisher`, and counts acknowledgements likewise.
"""

import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from bench import publisher
from bench.harness import Bench, World
from bench.workload import devices_and_probes
from cityops import reference
from cityops.domain.devices import Device
from cityops.errors import CityopsError
from cityops.store import registry
from cityops.wire.topics import Kind, Topic

VALUES = 3
"""Values of one message."""

_DIGITS = 13
"""Digits of a time in ms since 1970, until the year 2286."""

_NO_TIME = 10 ** (_DIGITS - 1)
_PACE_S = 0.002


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages a generator sent, its seconds from the first to the last acknowledgement, and its cost."""

    messages: int
    seconds: float
    cpu_s: float


def metrics_of_three() -> dict[str, tuple[str, ...]]:
    """Return three metrics for each kind of device: its own, made up from the others where it has fewer."""
    codes = [metric.code for metric in reference.metrics()]
    return {kind.code: tuple(dict.fromkeys([*kind.metrics, *codes]))[:VALUES] for kind in reference.device_kinds()}


def make_world(bench: Bench, name: str, count: int) -> World:
    """Make a database with a fleet of three series each and no history."""
    url = bench.new_database(f"bench_{name}")
    devices, probes = devices_and_probes(count)
    with bench.connect(url) as connection:
        registry.register(connection, [*devices, *probes], metrics_of_three())
        connection.execute("VACUUM (ANALYZE) device, series")
    return World(name, url, devices, probes, 0)


def prepare(file: Path, devices: Sequence[Device]) -> int:
    """Encode one message of each device into a file for a generator; return the bytes of all payloads."""
    metrics_of, middle = (
        metrics_of_three(),
        {one.code: (one.valid_min + one.valid_max) / 2 for one in reference.metrics()},
    )
    ends, stamps, payload_bytes = [], [], 0
    with file.open("wb") as packets:
        for number, device in enumerate(devices):
            payload = _payload({code: middle[code] for code in metrics_of[device.kind]})
            topic = str(Topic(Kind.READINGS, device.source_system_code, device.code))
            packets.write(publisher.publish_packet(topic, payload, number % 65_535 + 1))
            ends.append(packets.tell())
            stamps.append(packets.tell() - len(payload) + payload.index(str(_NO_TIME).encode()))
            payload_bytes += len(payload)
    np.save(file.with_suffix(".npy"), np.array([ends, stamps], np.int64))
    return payload_bytes


def _payload(values: Mapping[str, float]) -> bytes:
    return orjson.dumps({"ts": _NO_TIME, "values": values})


class Generator:
    """A started generator process, waiting for `go`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def go(self) -> None:
        """Let it send now."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    @property
    def is_done(self) -> bool:
        """Whether all has been sent and acknowledged by the broker."""
        return self.process.poll() is not None

    def sent(self) -> Sent:
        """Wait until all is acknowledged by the broker."""
        return Sent(**json.loads(self.line()))

    def line(self) -> str:
        """Return what it says next.

        Raises
        ------
        CityopsError
            It ended without a word.
        """
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise CityopsError("the load generator ended early; its error stands above")
        return line


@contextmanager
def generator(port: int, file: Path, per_s: float, seconds: float) -> Iterator[Generator]:
    """Start a generator that sends laps of a prepared file at a rate for so long; end it after the block."""
    command = [sys.executable, "-m", "bench.laps", str(port), str(file), str(per_s), str(seconds)]
    root = Path(__file__).parents[1]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    try:
        one = Generator(process)
        one.line()
        yield one
    finally:
        process.kill()
        process.communicate()


class Lap:
    """The packets of all devices, and where each ends."""

    def __init__(self, packets: bytearray, ends: NDArray[np.int64], stamps: NDArray[np.int64]) -> None:
        self.packets, self.ends = memoryview(packets), ends.tolist()
        self._bytes = np.frombuffer(packets, np.uint8)
        self._places = stamps[:, None] + np.arange(_DIGITS)

    def stamp(self, began_s: float, per_s: float) -> None:
        """Write into each packet the time at which it is due."""
        ms = np.int64(began_s * 1000) + (np.arange(len(self.ends)) * 1000 / per_s).astype(np.int64)
        self._bytes[self._places] = ms[:, None] // 10 ** np.arange(_DIGITS - 1, -1, -1) % 10 + ord("0")


def send(connection: socket.socket, lap: Lap, per_s: float, messages: int) -> None:
    """Send so many messages at a rate, lap by lap, and count acknowledgements until all have come.

    Raises
    ------
    CityopsError
        The broker closed the connection.
    """
    connection.setblocking(False)
    began, wall = time.monotonic(), time.time()
    size, done, position, acknowledged = len(lap.ends), 0, 0, 0
    lap.stamp(wall, per_s)
    while acknowledged < messages * publisher.ACKNOWLEDGEMENT_BYTES:
        due = min(messages, int((time.monotonic() - began) * per_s))
        allowed = min(due, acknowledged // publisher.ACKNOWLEDGEMENT_BYTES + publisher.WINDOW) - done
        limit = lap.ends[min(allowed, size) - 1] if allowed > 0 else 0
        readable, writable, _ = select.select([connection], [connection] if position < limit else [], [], _PACE_S)
        if writable:
            position += connection.send(lap.packets[position:limit])
        if position == lap.ends[-1]:
            done, position = done + size, 0
            lap.stamp(wall + done / per_s, per_s)
        if readable:
            answer = connection.recv(65_536)
            if not answer:
                raise CityopsError("the broker closed the load generator's connection")
            acknowledged += len(answer)


def main() -> None:
    """Load, connect, wait for a line on standard input, send, and report as a line of JSON."""
    port, file, per_s, seconds = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    ends, stamps = np.load(file.with_suffix(".npy"))
    lap, messages = Lap(bytearray(file.read_bytes()), ends, stamps), int(per_s * seconds)
    with publisher.connect(port, f"bench-{file.stem}") as connection:
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu = time.monotonic(), time.process_time()
        send(connection, lap, per_s, messages)
        report = {"messages": messages, "seconds": time.monotonic() - began, "cpu_s": time.process_time() - cpu}
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
