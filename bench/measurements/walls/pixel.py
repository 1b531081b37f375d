"""How long a reading takes from its publisher to the number on the wall while the whole city speaks; first paint.

The city's water depth is a maximum: all others stand at the middle of what is valid, so each reading of one device
that is deeper than the last is the number that the wall shows next.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import orjson

from bench import laps, publisher
from bench.chromium import Tab, chromium
from bench.figures import Figure, Setting
from bench.harness import Bench, World, median, percentile, wait_for
from bench.measurements.walls.city import city, display, heard, screen
from cityops import reference
from cityops.domain.devices import Device
from cityops.errors import CityopsError
from cityops.wire.topics import Kind, Topic
from cityops_dashboards.access.cookies import DISPLAY

METRIC = "water_depth"
KIND = "waterlogging"
PAUSE_S = 1.0
"""At most, at random, between seeing a reading and publishing the next: it meets every part of a second."""

POLL_S, LONGEST_S, WARM_S = 0.1, 15.0, 8.0
COLD = 5
COLD_HISTORY_S = 20.0

SHOWN = f"document.querySelector('[data-metric={METRIC}] .trend-value')?.textContent"
_WATCH = f"""(() => {{ window.seen = {{}};
const look = () => {{ const text = {SHOWN}; if (!text || text in window.seen) return; window.seen[text] = 0;
    requestAnimationFrame(() => {{ const {{ port1, port2 }} = new MessageChannel();
        port1.onmessage = () => (window.seen[text] = Date.now()); port2.postMessage(null); }}); }};
new MutationObserver(look).observe(document.body, {{ subtree: true, childList: true, characterData: true }}); }})()"""
"""By what the number says, when the frame in which it first stood had been drawn."""

_PAINTED = """new Promise((done) => { const look = () => {
    const there = document.querySelector(".sit-sentence") && document.querySelector(".sit-fact")
        && document.querySelectorAll(".map-fill").length > 10;
    if (!there) return requestAnimationFrame(look);
    requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now()); port2.postMessage(null); }); }; look(); })"""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Let the whole city speak, and look at the wall in one browser."""
    sizes = bench.sizes
    bench.say(f"publish_to_pixel: registering {sizes.city_devices:,} devices")
    world = laps.make_world(bench, "pixel", sizes.city_devices)
    file = bench.folder / "pixel"
    laps.prepare(file, world.devices)
    probe = next(one for one in world.probes if one.kind == KIND)
    with ExitStack() as stack:
        api = heard(bench, world.url, stack)
        dashboard = screen(bench, world.url, api, stack)
        lasts = sizes.pixel_seconds + LONGEST_S + 3 * WARM_S
        load = stack.enter_context(laps.generator(bench.mqtt_port, file, sizes.city_per_s, lasts))
        tab = stack.enter_context(chromium()).tab(dashboard.address, {DISPLAY: display(world.url)})
        load.go()
        wait_for(lambda: _value(tab, SHOWN) not in {None, "", "—"}, "the wall is drawn", seconds=60)
        time.sleep(WARM_S)
        delays = _delays(bench, tab, probe, sizes.pixel_seconds)
    settings: dict[str, Setting] = {
        "devices": len(world.devices),
        "messages/s": sizes.city_per_s,
        "samples": len(delays),
        "seen in": "one headless Chromium, 1920×1080",
    }
    yield Figure("publish_to_pixel.p50_s", median(delays), "s", settings)
    yield Figure("publish_to_pixel.p95_s", percentile(delays, 95), "s", settings | {"worst_s": round(max(delays), 2)})


def measure_first_paint(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Open the wall in browsers that have never seen it, one after the other, each with a display's cookie."""
    with ExitStack() as stack:
        url = bench.new_database("bench_paint")
        dashboard = screen(bench, url, city(bench, url, stack), stack)
        time.sleep(COLD_HISTORY_S)
        cookies = {DISPLAY: display(url)}
        taken = [_painted(dashboard.address, cookies) for _ in range(COLD)]
    settings: dict[str, Setting] = {
        "devices": bench.sizes.wall_devices,
        "browsers": COLD,
        "profile": "cold",
        "worst_s": round(max(taken), 2),
    }
    yield Figure("wall.first_paint_s", median(taken), "s", settings)


def _painted(address: str, cookies: dict[str, str]) -> float:
    """Return the seconds from going to the wall until its sentence and its map are drawn."""
    with chromium() as browser:
        tab, until = browser.tab(address, cookies), time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            if ms := _value(tab, _PAINTED):
                return float(ms) / 1000
    raise CityopsError(f"the wall was not drawn within {LONGEST_S:.0f} s")


def _value(tab: Tab, expression: str) -> str | float | None:
    try:
        found: str | float | None = tab.value(expression)
    except CityopsError:  # the page is just being changed for the one that is opened
        return None
    return found


def _delays(bench: Bench, tab: Tab, device: Device, seconds: float) -> list[float]:
    metric = next(one for one in reference.metrics() if one.code == METRIC)
    depths = iter(range(int((metric.valid_min + metric.valid_max) / 2) + 1, int(metric.valid_max) + 1))
    tab.value(_WATCH)
    connection, delays, ends = publisher.connect(bench.mqtt_port, "bench-pixel-probe"), [], time.monotonic() + seconds
    topic = str(Topic(Kind.READINGS, device.source_system_code, device.code))
    while time.monotonic() < ends and (depth := next(depths, None)):
        time.sleep(random.uniform(0, PAUSE_S))
        published = time.time()
        payload = orjson.dumps({"ts": int(published * 1000), "metric": METRIC, "value": depth})
        connection.sendall(publisher.publish_packet(topic, payload, 1))
        connection.recv(publisher.ACKNOWLEDGEMENT_BYTES)
        delays.append(_seen(tab, str(depth)) - published)
    connection.close()
    return delays


def _seen(tab: Tab, text: str) -> float:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        if at := tab.value(f"window.seen[{text!r}]"):
            return float(at) / 1000
        time.sleep(POLL_S)
    raise CityopsError(f"{METRIC} {text} was not on the wall within {LONGEST_S:.0f} s")
