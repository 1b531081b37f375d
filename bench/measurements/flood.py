"""One source floods at QoS 0; how long a modest source's reading then takes until it is stored."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench import laps, publisher
from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World, median, percentile
from bench.measurements.mqtt import workers
from bench.memory import peak_bytes
from cityops import reference
from cityops.domain.devices import Device
from cityops.errors import CityopsError
from cityops.wire.topics import Kind, Topic

PAYLOAD_BYTES = 100_000
SECONDS, QUICK_SECONDS = 40.0, 5.0
PAUSE_S = 0.1
POLL_S = 0.01
LONGEST_S = 90.0
DEVICES = 100


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Send a reading at a time of one source, first alone, then while another floods."""
    seconds = QUICK_SECONDS if bench.sizes is QUICK else SECONDS
    world = laps.make_world(bench, "flood", DEVICES)
    modest = world.devices[0]
    other = next(one for one in world.devices if one.source_system_code != modest.source_system_code)
    with workers(bench, world), bench.connect(world.url) as connection:
        bench.say("flood: nobody floods")
        alone = list(_delays(bench, connection, modest, seconds / 4))
        bench.say(f"flood: {other.source_system_code} floods for {seconds:.0f} s")
        with _flooding(bench, other, seconds) as flooding:
            delays = list(_delays(bench, connection, modest, seconds))
            assert bench.broker.process
            memory = peak_bytes(bench.broker.process.pid) / 1e6
            sent = int(flooding.communicate()[0])
        refused = connection.execute("SELECT coalesce(sum(rejected), 0)::bigint FROM ingest_ledger").fetchone()
    settings: dict[str, Setting] = {
        "flood": f"{PAYLOAD_BYTES:,} bytes at QoS 0, as fast as the broker takes them",
        "seconds": seconds,
        "modest source": "one reading at QoS 1, the next when it is stored and 0.1 s have passed",
    }
    yield Figure("flood.alone_p95_s", percentile(alone, 95), "s", settings | {"samples": len(alone)})
    for name, value in (("p50", median(delays)), ("p95", percentile(delays, 95)), ("worst", max(delays))):
        yield Figure(f"flood.other_source_{name}_s", value, "s", settings | {"samples": len(delays)})
    yield Figure("flood.megabytes_per_s", sent * PAYLOAD_BYTES / seconds / 1e6, "MB/s", settings)
    yield Figure("flood.refused", refused[0] if refused else 0, "messages", settings)
    yield Figure("flood.broker_peak", memory, "MB", settings)


def _delays(bench: Bench, connection: psycopg.Connection, device: Device, seconds: float) -> Iterator[float]:
    """Yield for one reading after the other how long it took from the socket to the table."""
    metric = next(kind.metrics[0] for kind in reference.device_kinds() if kind.code == device.kind)
    middle = next((one.valid_min + one.valid_max) / 2 for one in reference.metrics() if one.code == metric)
    topic = str(Topic(Kind.READINGS, device.source_system_code, device.code))
    stored = "SELECT count(*) FROM reading WHERE ts = to_timestamp(%s / 1000.0)"
    end, number = time.monotonic() + seconds, 0
    with publisher.connect(bench.mqtt_port, "bench-modest") as sender:
        while time.monotonic() < end:
            number, ts = number % 60_000 + 1, int(time.time() * 1000)
            payload = json.dumps({"ts": ts, "metric": metric, "value": middle}).encode()
            began = time.monotonic()
            sender.sendall(publisher.publish_packet(topic, payload, number))
            while connection.execute(stored, [ts]).fetchone() == (0,):
                if time.monotonic() - began > LONGEST_S:
                    raise CityopsError(f"the modest source's reading was not stored in {LONGEST_S:.0f} s")
                time.sleep(POLL_S)
            yield time.monotonic() - began
            sender.recv(65_536)  # the acknowledgement
            time.sleep(PAUSE_S)


@contextmanager
def _flooding(bench: Bench, device: Device, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that floods for some seconds and then prints how many messages it sent."""
    topic = str(Topic(Kind.READINGS, device.source_system_code))
    command = [sys.executable, "-m", "bench.measurements.flood", str(bench.mqtt_port), topic, str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def flood(port: int, topic: str, seconds: float) -> int:
    """Send the same message at QoS 0 again and again; return how often."""
    packet = publisher.publish_at_qos_0(topic, b"x" * PAYLOAD_BYTES)
    end, sent = time.monotonic() + seconds, 0
    with publisher.connect(port, "bench-flood") as connection:
        connection.settimeout(None)
        while time.monotonic() < end:
            connection.sendall(packet)
            sent += 1
    return sent


if __name__ == "__main__":
    print(flood(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
