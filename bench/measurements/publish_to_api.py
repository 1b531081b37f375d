"""How long a reading takes from its publisher to the API's answers, under a steady load of other devices."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson

from bench import history, publisher
from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile
from bench.measurements.mqtt import warm_up, workers
from bench.web import Api, Client
from bench.workload import workload
from cityops import reference
from cityops.api.state.city import TICK_S
from cityops.domain.devices import Device
from cityops.errors import CityopsError
from cityops.wire.topics import Kind, Topic

POLL_S = 0.01
DEVICE_PAUSE_S = 0.2
STATE_PAUSE_S = TICK_S
"""Probes are seen when a tick begins; a pause of up to a whole tick spreads the next ones evenly over it."""

WARM_S = 3.0
"""The API answers this long before the first probe: its first state is computed all anew."""

START_S = 5.0
"""The background is prepared this long before it begins, so that its readings bear the time of their sending."""

LONGEST_S = 120.0
METRIC_OF_KIND = {
    kind.code: next(metric for metric in reference.metrics() if metric.code == kind.metrics[0])
    for kind in reference.device_kinds()
}


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Measure each world; the figures are those of the larger history."""
    found = {world.name: _of_world(bench, world) for world in worlds}
    small, big = (found[world.name] for world in worlds)
    settings: dict[str, Setting] = {
        "devices": worlds[1].registered,
        "history": worlds[1].history,
        "background messages/s": bench.sizes.background_per_s,
        "asked each": f"{POLL_S} s",
    }
    for name, route in (("device", "GET /api/v1/devices/<code>"), ("state", "GET /api/v1/state?region=<street>")):
        prefix = "publish_to_api." + ("" if name == "device" else f"{name}_")
        samples = settings | {"route": route, "samples": len(big[name])}
        yield Figure(f"{prefix}p50_s", median(big[name]), "s", samples)
        yield Figure(f"{prefix}p99_s", percentile(big[name], 99), "s", samples)
        yield Figure(f"{prefix}history_cost_ratio", median(big[name]) / median(small[name]), "", samples)


Delays = dict[str, list[float]]
"""Seconds from publishing to seeing, by where it was seen: device or state."""


def _of_world(bench: Bench, world: World) -> Delays:
    bench.say(f"publish_to_api: {world.history:,} readings of history")
    file, per_s = bench.folder / "background", bench.sizes.background_per_s
    with bench.connect(world.url) as connection, bench.api(world.url) as api, workers(bench, world):
        work = workload(connection, world.devices)
        warm_up(bench, connection, work, history.end_of_history_s() + history.BEFORE_NOW_S // 2)
        lap_s = len(work) / per_s
        laps = time.time() + START_S + np.arange(np.ceil(LONGEST_S / lap_s), dtype=np.float64) * lap_s
        publisher.prepare(file, work.singles(*work.columns(laps, lap_s)))
        with publisher.generator(bench.mqtt_port, file, per_s) as background:
            time.sleep(max(0.0, laps[0] - time.time()))
            background.go()
            return asyncio.run(_watch(bench, world, api))


async def _watch(bench: Bench, world: World, api: Api) -> Delays:
    """Publish probes until there are enough samples of both routes."""
    delays: Delays = {"device": [], "state": []}
    wanted = bench.sizes.probe_samples
    first, *others = world.probes
    sender = await Sender.open(bench.mqtt_port)
    page = Page(await Client.open(api), f"/api/v1/devices/{first.code}", sender, DEVICE_PAUSE_S)
    shared = Page(await Client.open(api), f"/api/v1/state?region={first.region_code}", sender, STATE_PAUSE_S)
    probes = [page.probe(first, delays["device"], wanted)]
    probes += [shared.probe(device, delays["state"], wanted) for device in others]
    tasks: list[asyncio.Future[Any]] = [asyncio.create_task(one.poll()) for one in (page, shared)]
    await asyncio.sleep(WARM_S)
    tasks.append(asyncio.gather(*probes))
    done, pending = await asyncio.wait(tasks, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()  # a poll ends only by an error, which is raised here
    if not done:
        seen = {name: len(found) for name, found in delays.items()}
        raise CityopsError(f"of {wanted} readings published, the API showed in {LONGEST_S:.0f} s only {seen}")
    return delays


@dataclass(slots=True)
class Sender:
    """A connection that publishes one reading at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_ms: int = 0

    @classmethod
    async def open(cls, port: int) -> "Sender":
        """Connect to the broker."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(publisher.connect_packet("bench-probes"))
        await reader.readexactly(4)
        return cls(reader, writer)

    def next_ms(self) -> int:
        """Return the present in ms since 1970, never twice the same and never a whole second: it has no fraction."""
        self.last_ms = max(self.last_ms + 1, time.time_ns() // 1_000_000)
        self.last_ms += self.last_ms % 1000 == 0
        return self.last_ms

    async def publish(self, device: Device, at_ms: int) -> None:
        """Publish a reading of a device and wait for the broker's acknowledgement."""
        metric = METRIC_OF_KIND[device.kind]
        payload = orjson.dumps({"ts": at_ms, "metric": metric.code, "value": metric.valid_min})
        topic = Topic(Kind.READINGS, device.source_system_code, device.code)
        async with self.turn:
            self.writer.write(publisher.publish_packet(str(topic), payload, 1))
            await self.reader.readexactly(publisher.ACKNOWLEDGEMENT_BYTES)


@dataclass(slots=True)
class Page:
    """A page of the API that is asked all the time; a reading is there once its time stands in the answer."""

    client: Client
    path: str
    sender: Sender
    longest_pause_s: float
    asked_each_s: float = POLL_S
    awaited: dict[bytes, asyncio.Future[float]] = field(default_factory=dict)

    async def poll(self) -> None:
        """Ask until cancelled, and tell those whose reading has come when it did."""
        while True:
            body, now = await self.client.get(self.path), time.monotonic()
            for text in [text for text in self.awaited if text in body]:
                self.awaited.pop(text).set_result(now)
            await asyncio.sleep(self.asked_each_s)

    async def probe(self, device: Device, delays: list[float], wanted: int) -> None:
        """Publish readings of a device, the next one some time after the last was seen, and add their delays."""
        while len(delays) < wanted:
            await asyncio.sleep(random.uniform(0, self.longest_pause_s))
            at_ms = self.sender.next_ms()
            text = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").partition("+")[0]
            seen = self.awaited[text.encode()] = asyncio.get_running_loop().create_future()
            published = time.monotonic()
            await self.sender.publish(device, at_ms)
            delays.append(await seen - published)
