"""What a wall and a district's page come to hold while they stand open: growth after forced collection, in Chromium.

The whole way is real, from simulator to dashboard, so that each second brings a state with other numbers.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

import numpy as np

from bench.chromium import Held, Tab, chromium
from bench.figures import Figure, Setting
from bench.harness import Bench, World, wait_for
from bench.measurements.walls.city import city, display, screen
from cityops_dashboards.access.cookies import DISPLAY

PAGES = {"": "/", "district_": "/districts/440106"}
WARM_UP = 1 / 6
"""Share of the time that is not counted: what is compiled and cached once."""

FEWEST = 6
"""Samples; one a minute is taken where there is time for more."""

LOOKS, PAUSE_S = 6, 0.7
"""Of so many looks the least counts: a state that is just being drawn is held too, and is no growth."""

MB = 1e6
SHOWN = "document.visibilityState === 'visible' && document.querySelectorAll('.vital').length > 3"

Taken = list[tuple[float, Held]]
"""Seconds since the start, and what was held then."""


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Let both pages stand for minutes; growth is the slope of a line through what they held after warming up."""
    minutes = bench.sizes.wall_minutes
    with ExitStack() as stack:
        url = bench.new_database("bench_wall")
        address = screen(bench, url, city(bench, url, stack), stack).address
        browser = stack.enter_context(chromium())
        cookies = {DISPLAY: display(url)}
        tabs = {name: browser.tab(address + path, cookies) for name, path in PAGES.items()}
        for name, tab in tabs.items():
            wait_for(partial(tab.value, SHOWN), f"{PAGES[name]} is drawn", seconds=120)
        found = _watched(bench, tabs, minutes * 60)
    settings: dict[str, Setting] = {
        "minutes": minutes,
        "devices": bench.sizes.wall_devices,
        "browser": "Chromium, headless",
    }
    for name, taken in found.items():
        yield from _figures(f"wall_heap.{name}", taken, minutes * 60 * WARM_UP, settings | {"page": PAGES[name]})


def _watched(bench: Bench, tabs: Mapping[str, Tab], seconds: float) -> dict[str, Taken]:
    began, found = time.monotonic(), {name: Taken() for name in tabs}
    step_s = seconds / max(FEWEST, round(seconds / 60))
    for turn in range(round(seconds / step_s) + 1):
        time.sleep(max(0.0, began + turn * step_s - time.monotonic()))
        for name, tab in tabs.items():
            found[name].append((time.monotonic() - began, _least(tab)))
        now = ", ".join(f"{PAGES[name]} {taken[-1][1].heap / MB:.1f} MB" for name, taken in found.items())
        bench.say(f"wall_heap: minute {turn * step_s / 60:.0f}: {now}")
    return found


def _least(tab: Tab) -> Held:
    looks = []
    for _ in range(LOOKS):
        looks.append(tab.held())
        time.sleep(PAUSE_S)
    return min(looks, key=lambda one: one.heap)


def _figures(prefix: str, taken: Taken, warm_s: float, settings: Mapping[str, Setting]) -> Iterator[Figure]:
    times, held = zip(*((at, held) for at, held in taken if at >= warm_s), strict=True)

    def per_hour(values: Sequence[float]) -> float:
        return float(np.polyfit(times, values, 1)[0]) * 3600

    yield Figure(f"{prefix}mb_per_hour", per_hour([one.heap / MB for one in held]), "MB/h", settings)
    yield Figure(f"{prefix}nodes_per_hour", per_hour([one.nodes for one in held]), "nodes/h", settings)
    yield Figure(f"{prefix}listeners_per_hour", per_hour([one.listeners for one in held]), "listeners/h", settings)
    yield Figure(f"{prefix}mb", held[-1].heap / MB, "MB", settings)
