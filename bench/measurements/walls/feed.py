"""An API whose states differ whenever they are asked for: passes all on, and varies what the real one tells."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import orjson

STATE = "/api/v1/state?"
KEPT_S = 1.0
"""So long the real state is taken for the present one."""

CALM = 40
"""After so many states a storm comes or goes."""

KEEPS = frozenset({"authorization", "content-type", "x-forwarded-for", "cookie"})


class Feed(ThreadingHTTPServer):
    """Stands before an API."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self._client, self._lock = httpx.Client(base_url=behind, timeout=10), threading.Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._turn = 0

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Say nothing: who asks so often goes when an answer takes long."""

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str]:
        """Return status, body and kind of what the API behind answers; a state is varied."""
        if not path.startswith(STATE):
            answer = self._client.request(method, path, headers=headers, content=body)
            return answer.status_code, answer.content, answer.headers.get("content-type", "")
        with self._lock:
            since, kept = self._kept.get(path, (0.0, b""))
            if time.monotonic() - since > KEPT_S:
                kept = self._client.get(path, headers=headers).raise_for_status().content
                self._kept[path] = time.monotonic(), kept
            self._turn += 1
            return 200, orjson.dumps(varied(orjson.loads(kept), self._turn)), "application/json"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Feed

    def pass_on(self) -> None:
        """Answer as the API behind does."""
        headers = {name: value for name, value in self.headers.items() if name.lower() in KEEPS}
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status, answer, kind = self.server.ask(self.command, self.path, headers, body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", f'"{time.monotonic_ns()}"')
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing: it is asked twenty times a second."""


for verb in ("GET", "POST"):
    setattr(_Answer, f"do_{verb}", _Answer.pass_on)


def varied(state: dict[str, Any], turn: int) -> dict[str, Any]:
    """Return a state with other values, and now and then other alarms and cases; the same for the same turn."""
    rng = random.Random(turn)
    for metric in state["metrics"]:
        if metric["value"] is not None:
            metric["value"] *= rng.uniform(0.9, 1.1)
    is_calm = turn // CALM % 2 == 0
    alarms = state["alarms"]
    if is_calm:
        state["situation"], alarms["red"], alarms["orange"] = None, 0, 0
    for told, names in ((alarms, ("groups", "places")), (state["events"], ("pressing", "places"))):
        for name in names:
            rows = told[name]
            told[name] = [one for one in rows if rng.random() < (0.3 if is_calm else 0.9)]
    return state


@contextmanager
def feeding(behind: str) -> Iterator[Feed]:
    """Serve while the block runs."""
    feed = Feed(behind)
    thread = threading.Thread(target=feed.serve_forever, daemon=True)
    thread.start()
    try:
        yield feed
    finally:
        feed.shutdown()
        feed.server_close()
        thread.join()
