"""The whole city for ten minutes: 84,000 devices, each heard every ten seconds; is it held, and how soon is it seen.

One message is one device with three values. Meanwhile readings of other devices are published one by one and looked
for in the API, and the memory of all parts is watched.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from bench import laps, publisher
from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, median, percentile, wait_for
from bench.measurements.publish_to_api import DEVICE_PAUSE_S, STATE_PAUSE_S, WARM_S, Delays, Page, Sender
from bench.told import Told
from bench.watching import Sample, Watch
from bench.web import Api, Client
from cityops.local.processes import free_ports
from cityops.mqtt.sessions import session_id

WORKER = "bench-city"
ASKED_EACH_S = 0.05
"""Rarer than in `publish_to_api`: the machine is busy, and asking is not what is measured. The delays contain it."""

NO_END = 1_000_000_000
NAMES = {"device": "api", "state": "state"}
WHEN = {"minute_2": 0.2, "minute_10": 1.0}
"""Shares of the time, which is ten minutes, after which memory and queues are compared."""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Load a fleet of the city's size for minutes; no history stands behind it."""
    sizes = bench.sizes
    bench.say(f"city10s: registering {sizes.city_devices:,} devices")
    world = laps.make_world(bench, "city", sizes.city_devices)
    file = bench.folder / "city"
    laps.prepare(file, world.devices)
    api, metrics = free_ports(2)
    verb = ("ingest", "mqtt", "--worker", WORKER, "--metrics-port", str(metrics))
    with ExitStack() as stack:
        parts = {
            "api": stack.enter_context(bench.part("api-city", world.url, "api", "--port", str(api))),
            "worker": stack.enter_context(bench.part("ingest-city", world.url, *verb)),
        }
        log = bench.folder / "ingest-city.log"
        wait_for(lambda: "connected to the broker" in log.read_text(), "the worker is connected", seconds=60)
        wait_for(lambda: listens(api), "the API listens", seconds=60)
        load = stack.enter_context(laps.generator(bench.mqtt_port, file, sizes.city_per_s, sizes.city_seconds))
        pids = {name: part.process.pid for name, part in parts.items() if part.process}
        assert bench.broker.process
        watch = Watch(bench, pids | {"broker": bench.broker.process.pid}, Told(metrics))
        before = _cpu(bench, pids)
        load.go()
        delays = asyncio.run(_probed(bench, world, Api(api, api_key(world.url)), watch))
        cores = {name: (used - before[name]) / sizes.city_seconds for name, used in _cpu(bench, pids).items()}
        yield from _figures(bench, world, watch.samples, delays, cores, load.sent())
    publisher.connect(bench.mqtt_port, session_id(bench.broker.url, WORKER)).close()  # forget the session


def _cpu(bench: Bench, pids: Mapping[str, int]) -> dict[str, float]:
    return bench.server_cpu() | {name: seconds_of_tree(pid) for name, pid in pids.items()}


async def _probed(bench: Bench, world: World, api: Api, watch: Watch) -> Delays:
    """Publish readings and look for them on both routes for as long as the load lasts."""
    delays: Delays = {"device": [], "state": []}
    first, *others = world.probes
    sender = await Sender.open(bench.mqtt_port)
    device, state = f"/api/v1/devices/{first.code}", f"/api/v1/state?region={first.region_code}"
    page = Page(await Client.open(api), device, sender, DEVICE_PAUSE_S, ASKED_EACH_S)
    shared = Page(await Client.open(api), state, sender, STATE_PAUSE_S, ASKED_EACH_S)
    tasks = [asyncio.create_task(one.poll()) for one in (page, shared)]
    await asyncio.sleep(WARM_S)
    tasks.append(asyncio.create_task(page.probe(first, delays["device"], NO_END)))
    tasks += [asyncio.create_task(shared.probe(one, delays["state"], NO_END)) for one in others]
    seconds = bench.sizes.city_seconds - WARM_S
    watched = asyncio.create_task(asyncio.to_thread(watch.for_seconds, seconds, "city10s: the city speaks"))
    await asyncio.wait([watched, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()  # a poll or probe ends only by an error, which is raised here
        task.cancel()
    await watched
    return delays


def _figures(
    bench: Bench,
    world: World,
    samples: Sequence[Sample],
    delays: Delays,
    cores: Mapping[str, float],
    sent: laps.Sent,
) -> Iterator[Figure]:
    sizes = bench.sizes
    settings: dict[str, Setting] = {
        "devices": len(world.devices),
        "seconds": sizes.city_seconds,
        "values per message": laps.VALUES,
        "workers": 1,
        "QoS": 1,
        "asked each": f"{ASKED_EACH_S} s",
    }
    stored = (samples[-1].committed - samples[0].committed) / (samples[-1].at_s - samples[0].at_s)
    yield Figure("city10s.sent_per_s", sent.messages / sent.seconds, "messages/s", settings)
    yield Figure("city10s.readings_per_s", stored, "readings/s", settings)
    for name, found in delays.items():
        counted = settings | {"samples": len(found)}
        yield Figure(f"city10s.publish_to_{NAMES[name]}_p50_s", percentile(found, 50), "s", counted)
        yield Figure(f"city10s.publish_to_{NAMES[name]}_p99_s", percentile(found, 99), "s", counted)
    for when, share in WHEN.items():
        around = _around(samples, share)
        yield Figure(f"city10s.waiting_{when}", median([one.waiting for one in around]), "messages", settings)
        for part in samples[0].memory_mb:
            held = median([one.memory_mb[part] for one in around])
            yield Figure(f"city10s.{part}_memory_{when}", held, "MB", settings)
    yield Figure("city10s.oldest_s", max(one.oldest_s for one in samples), "s", settings)
    for part, busy in cores.items():
        yield Figure(f"city10s.{part}_cores", busy, "cores", settings)
    yield Figure("city10s.generator_cores", sent.cpu_s / sent.seconds, "cores", settings)


def _around(samples: Sequence[Sample], share: float) -> Sequence[Sample]:
    """Return the samples of the twentieth of the time that ends after this share of it."""
    end = round(len(samples) * share)
    return samples[max(0, end - len(samples) // 20 - 1) : end]
