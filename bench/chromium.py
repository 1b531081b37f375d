"""A headless Chromium by its bare DevTools protocol: what a page holds is read with no domain on that keeps a record.

Playwright turns the domain `Network` on, which makes the renderer keep what it loaded: that looks like a leak.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

from bench.cpu import children
from bench.harness import wait_for
from bench.memory import resident_bytes
from cityops.errors import CityopsError
from cityops.local.browser import browser_program

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--window-size=1920,1080",
    "--remote-debugging-port=0",
)
QUIET_S = 1.0
"""Whatever was kept has been told when nothing came for so long."""

COLLECTIONS = 3
"""What a first collection finalises, a later one takes."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a page holds after a forced collection."""

    heap: int
    """Bytes of its scripts' objects, of the DOM, and of the buffers of both."""
    nodes: int
    listeners: int


@dataclass(frozen=True, slots=True)
class Tab:
    """A page in a window and a profile of its own, and so in a process of its own."""

    browser: str
    target: str

    def held(self) -> Held:
        """Collect what nobody holds and return what is left."""
        address = urlsplit(self.browser)._replace(path=f"/devtools/page/{self.target}").geturl()
        with connect(address, max_size=None) as socket:
            for _ in range(COLLECTIONS):
                _call(socket, "HeapProfiler.collectGarbage")
            heap = _call(socket, "Runtime.getHeapUsage")
            counted = _call(socket, "Memory.getDOMCounters")
        parts = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")
        return Held(sum(int(heap.get(part, 0)) for part in parts), counted["nodes"], counted["jsEventListeners"])

    def value(self, expression: str) -> Any:
        """Return what an expression gives in the page."""
        address = urlsplit(self.browser)._replace(path=f"/devtools/page/{self.target}").geturl()
        with connect(address, max_size=None) as socket:
            asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
            return _call(socket, "Runtime.evaluate", asked)["result"].get("value")

    def complaints(self) -> list[str]:
        """Return the errors that the page has told so far: the browser kept them, though nobody listened."""
        address = urlsplit(self.browser)._replace(path=f"/devtools/page/{self.target}").geturl()
        with connect(address, max_size=None) as socket:
            for number, domain in enumerate(("Runtime", "Log")):
                socket.send(json.dumps({"id": number, "method": f"{domain}.enable"}))
            return [text for event in _until_quiet(socket) if (text := _complaint(event))]

    def press(self, key: str) -> None:
        """Press a key and let it go, as a keyboard does."""
        address = urlsplit(self.browser)._replace(path=f"/devtools/page/{self.target}").geturl()
        written = {"text": key} if len(key) == 1 else {}
        with connect(address, max_size=None) as socket:
            _call(socket, "Input.dispatchKeyEvent", {"type": "keyDown", "key": key} | written)
            _call(socket, "Input.dispatchKeyEvent", {"type": "keyUp", "key": key})


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser, by the address of its own socket."""

    address: str
    pid: int

    def renderer_bytes(self) -> int:
        """Return the resident memory of the process that draws pages, of several the largest."""
        return max(resident_bytes(pid) for pid in _below(self.pid) if "--type=renderer" in _command(pid))

    def tab(self, url: str, cookies: Mapping[str, str]) -> Tab:
        """Open a page with these cookies."""
        with connect(self.address, max_size=None) as socket:
            lasting = {"disposeOnDetach": False}  # beyond this socket
            profile = _call(socket, "Target.createBrowserContext", lasting)["browserContextId"]
            shown = [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
            _call(socket, "Storage.setCookies", {"cookies": shown, "browserContextId": profile})
            made = {"url": url, "browserContextId": profile, "width": 1920, "height": 1080, "newWindow": True}
            return Tab(self.address, _call(socket, "Target.createTarget", made)["targetId"])


def _call(socket: Any, method: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    socket.send(json.dumps({"id": 1, "method": method, "params": dict(asked or {})}))
    while True:
        answer = json.loads(socket.recv(timeout=120))
        if answer.get("id") == 1:
            break
    if "error" in answer:
        raise CityopsError(f"{method}: {answer['error']['message']}")
    result: dict[str, Any] = answer["result"]
    return result


def _until_quiet(socket: ClientConnection) -> Iterator[dict[str, Any]]:
    while True:
        try:
            yield json.loads(socket.recv(timeout=QUIET_S))
        except TimeoutError:
            return


def _complaint(event: Mapping[str, Any]) -> str | None:
    """Return what an event says of an error; None where it tells of something else."""
    told = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            return str(
                told["exceptionDetails"].get("exception", {}).get("description") or told["exceptionDetails"]["text"]
            )
        case "Runtime.consoleAPICalled" if told["type"] in {"error", "assert"}:
            return " ".join(str(one.get("value", one.get("description"))) for one in told["args"])
        case "Log.entryAdded" if told["entry"]["level"] == "error":
            return f"{told['entry']['text']} {told['entry'].get('url', '')}"
    return None


def _below(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _below(child)


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


@contextmanager
def chromium(*more: str) -> Iterator[Chromium]:
    """Run the browser, with more arguments if need be, while the block runs.

    Raises
    ------
    CityopsError
        There is none on this machine.
    """
    with tempfile.TemporaryDirectory(prefix="cityops-browser-", ignore_cleanup_errors=True) as folder:
        told = Path(folder) / "DevToolsActivePort"
        process = subprocess.Popen(
            [browser_program(), *ARGUMENTS, *more, f"--user-data-dir={folder}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(lambda: told.exists() and len(told.read_text().split()) == 2, "Chromium runs", seconds=60)
            port, path = told.read_text().split()
            yield Chromium(f"ws://127.0.0.1:{port}{path}", process.pid)
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # Debian's program is a script around the browser itself
            process.wait(20)
