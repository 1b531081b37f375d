"""What the wall comes to hold while it stands for days: twenty states a second, and all scenes in turn."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from os import environ
from typing import Any

from bench.chromium import Chromium, Held, Tab, chromium
from bench.figures import Figure, Setting
from bench.harness import Bench, World, api_key, listens, wait_for
from bench.measurements.cases import make_cases
from bench.measurements.desk import make_alarms
from bench.measurements.walls.city import city, display
from bench.measurements.walls.feed import feeding
from bench.measurements.walls.hasty import PER_S
from cityops.errors import CityopsError
from cityops.local.parts import PATIENCE_S
from cityops.local.processes import end, free_ports
from cityops_dashboards.access.cookies import DISPLAY
from cityops_dashboards.live.hub import POLL_S

HOURS = 72
TIMES = 20
"""So much shorter each scene stands than it says."""

CASES, ALARMS = 300, 40
WARM_UP = 1 / 6
LOOKS = 9
"""So often what is held is looked at, evenly; each look begins with the same scene."""

OF_ONE, PAUSE_S = 4, 0.7
SETTLES_S = 2.0
FIRST = "1"
MB = 1e6

BROWSERS_OWN = (
    "accounts.google.com",
    "clients2.google.com",
    "optimizationguide-pa.googleapis.com",
    "start.duckduckgo.com",
    "update.googleapis.com",
)
"""What Debian's Chromium asks by itself, whatever page is open."""

_WATCH = """(() => { window.soaked = { states: 0, scenes: 0, foreign: [], gl: [] };
const counted = (holder, name, what) => { const own = holder[name];
    holder[name] = (...given) => { window.soaked[what] += 1; return own(...given); }; };
counted(cityops.live, "take", "states");
counted(cityops.scenes, "begin", "scenes");
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (...asked) { const made = context.apply(this, asked);
    if (made && /webgl/.test(asked[0])) window.soaked.gl.push(new WeakRef(made)); return made; };
new PerformanceObserver((list) => { for (const { name } of list.getEntries())
    if (/^(http|ws)/.test(name) && new URL(name).host !== location.host) window.soaked.foreign.push(name);
}).observe({ type: "resource", buffered: true }); })()"""
_CONTEXTS = "new Set(window.soaked.gl.map((one) => one.deref()).filter(Boolean)).size"
_DRAWN = "document.querySelectorAll('.sit-fact').length > 0 && document.querySelectorAll('.vital').length > 3"


@dataclass(frozen=True, slots=True)
class Look:
    """What the page held at a moment: after collection, and its process as a whole."""

    at_s: float
    held: Held
    contexts: int
    resident: int


def measure(bench: Bench, _: Sequence[World]) -> Iterator[Figure]:
    """Let one wall stand; a ratio is what it held at the end by what it held after warming up."""
    with ExitStack() as stack:
        url = bench.new_database("bench_soak")
        api = city(bench, url, stack)
        with bench.connect(url) as connection:
            make_cases(connection, CASES, ended=0.0, here=1.0)
            make_alarms(connection, ALARMS)
        feed = stack.enter_context(feeding(api.address))
        address = stack.enter_context(_hasty(bench, url, feed.address))
        elsewhere = stack.enter_context(_elsewhere())
        browser = stack.enter_context(chromium(f"--proxy-server=http://127.0.0.1:{elsewhere.port}"))
        tab = browser.tab(address, {DISPLAY: display(url)})
        wait_for(partial(_is, tab, _DRAWN), "the wall is drawn", seconds=60)
        tab.value(_WATCH)
        looks = _soaked(bench, tab, browser, bench.sizes.soak_minutes * 60)
        said, told = tab.complaints(), tab.value("window.soaked")
    yield from _figures(bench, looks, told, said, elsewhere.asked)


def _is(tab: Tab, expression: str) -> bool:
    try:
        return bool(tab.value(expression))
    except CityopsError:
        return False


def _soaked(bench: Bench, tab: Tab, browser: Chromium, seconds: float) -> list[Look]:
    began, looks = time.monotonic(), list[Look]()
    for turn in range(LOOKS):
        if time.monotonic() - began > seconds:
            break  # on a busy machine looking takes so long
        until = began + seconds * (turn + 1) / LOOKS
        while time.monotonic() < until:
            tab.press("ArrowRight")
            time.sleep(tab.value("cityops.scenes.current().dwell") / TIMES)
        looks.append(_look(tab, browser, time.monotonic() - began))
        bench.say(f"soak: {looks[-1]}")
    return looks


def _look(tab: Tab, browser: Chromium, at_s: float) -> Look:
    tab.press(FIRST)
    time.sleep(SETTLES_S)
    found = []
    for _ in range(OF_ONE):
        found.append(tab.held())
        time.sleep(PAUSE_S)
    least = min(found, key=lambda one: one.heap)
    return Look(at_s, least, int(tab.value(_CONTEXTS)), browser.renderer_bytes())


def _figures(
    bench: Bench, looks: Sequence[Look], told: dict[str, Any], said: Sequence[str], asked: Sequence[str]
) -> Iterator[Figure]:
    for one in [*said, *told["foreign"], *asked]:
        bench.say(f"soak: {one}")
    warm = next(one for one in looks if one.at_s >= looks[-1].at_s * WARM_UP)
    last = looks[-1]
    settings: dict[str, Setting] = {
        "minutes": bench.sizes.soak_minutes,
        "states/s": PER_S,
        "states": told["states"],
        "scene changes": told["scenes"],
        f"share of {HOURS} h": f"{told['states'] * POLL_S / (HOURS * 3600):.1%}",
        "devices": bench.sizes.wall_devices,
    }
    held = settings | {"warm_mb": round(warm.held.heap / MB, 2), "end_mb": round(last.held.heap / MB, 2)}
    yield Figure("soak.heap_ratio", last.held.heap / warm.held.heap, "", held)
    yield Figure("soak.nodes_ratio", last.held.nodes / warm.held.nodes, "", settings | {"end": last.held.nodes})
    yield Figure(
        "soak.listeners_ratio", last.held.listeners / warm.held.listeners, "", settings | {"end": last.held.listeners}
    )
    yield Figure(
        "soak.resident_ratio", last.resident / warm.resident, "", settings | {"end_mb": round(last.resident / MB)}
    )
    yield Figure("soak.webgl_contexts", last.contexts, "", settings)
    yield Figure("soak.external_requests", len(told["foreign"]) + len(asked), "", settings)
    yield Figure("soak.console_errors", len(said), "", settings)


@contextmanager
def _hasty(bench: Bench, url: str, api: str) -> Iterator[str]:
    """Run a dashboard that asks for states more often; give its address."""
    [port] = free_ports(1)
    module = "bench.measurements.walls.hasty"
    command = ["setpriv", "--pdeathsig=TERM", "--", sys.executable, "-m", module, "--port", str(port)]
    asks = {"CITYOPS_API_URL": api, "CITYOPS_API_KEY": api_key(url)}
    with (bench.folder / "dashboard-hasty.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ | asks, stdout=log, stderr=log)
        try:
            wait_for(lambda: listens(port), "the dashboard listens", seconds=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            end(process, signal.SIGTERM, patience=PATIENCE_S)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the browser would go for whatever is not on loopback, and what it wanted there."""

    port: int
    asked: list[str]


@contextmanager
def _elsewhere() -> Iterator[Elsewhere]:
    """Stand for the whole internet, as a proxy that answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Elsewhere(server.getsockname()[1], [])

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # it is over
                    return
                with connection:
                    connection.settimeout(2)
                    said = connection.recv(200).split(b"\r\n")[0].decode(errors="replace")
                    if not any(host in said for host in BROWSERS_OWN):
                        found.asked.append(said)

        threading.Thread(target=listen, daemon=True).start()
        yield found
