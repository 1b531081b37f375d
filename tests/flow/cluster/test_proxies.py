"""What the shipped configurations promise: HAProxy and nginx, fetched once, before parts that only listen."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from cityops.local.ports import HOST
from cityops.local.processes import wait_until
from fixtures.replicas import Front, HaproxyFront, NginxFront, Replicas
from fixtures.servers import temporary_instance

pytestmark = pytest.mark.cluster

PATIENCE_S = 60


class Listener(ThreadingHTTPServer):
    """A replica that tells what it was asked; each may be not ready, and be told to answer nothing."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), Listening)
        self.ready = 200
        self.seen: list[str] = []
        self.heard = threading.Event()


class Listening(BaseHTTPRequestHandler):
    """One request to it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        listener = self.server
        assert isinstance(listener, Listener)
        if self.path == "/health/ready":
            self._answer(b"", listener.ready)
        elif self.path == "/nothing":
            listener.seen.append(self.command)
            self.close_connection = True
        elif self.path == "/stream":
            self._stream(listener)
        else:
            told = {name.lower(): value for name, value in self.headers.items()} | {"port": listener.server_port}
            self._answer(json.dumps(told).encode())

    do_POST = do_GET  # noqa: N815 - likewise

    def log_message(self, *_: object) -> None:  # it is the default to write to the console
        pass

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, listener: Listener) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Accel-Buffering", "no")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(b"data: 1\n\n")
        assert listener.heard.wait(PATIENCE_S)  # a proxy that gathers would never let the first be heard
        self.wfile.write(b"data: 2\n\n")


class Rig:
    """Listeners, two of each part, behind a proxy."""

    def __init__(self, replicas: Replicas, front: Front) -> None:
        self.replicas, self.front = replicas, front
        self.listeners = {one.port: Listener(one.port) for one in replicas.all}
        self.client = httpx.Client(
            trust_env=False, timeout=PATIENCE_S, verify=ssl.create_default_context(cafile=replicas.certificate)
        )

    def of(self, part: str) -> list[Listener]:
        """Return the two of a part."""
        return [self.listeners[port] for port in self.replicas.backs[part]]

    def address(self, part: str, path: str) -> str:
        """Return where a path of a part is asked for."""
        return f"{self.replicas.url(part)}{path}"

    def goes_to_both(self, part: str) -> bool:
        """Ask by twenty credentials; tell whether each of a part's two was asked."""
        return len({self.told(part, Authorization=f"Bearer {number}")["port"] for number in range(20)}) == 2

    def told(self, part: str, **headers: str) -> dict[str, str]:
        """Return the headers that arrive."""
        found: dict[str, str] = self.client.get(self.address(part, "/"), headers=headers).json()
        return found


@pytest.fixture(params=[HaproxyFront, NginxFront], ids=["haproxy", "nginx"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Give listeners behind each of the proxies."""
    with temporary_instance() as folder, ExitStack() as stack:
        replicas = Replicas({}, folder)
        front = request.param(replicas)
        stack.callback(front.stop)
        made = Rig(replicas, front)
        for listener in made.listeners.values():
            stack.callback(listener.server_close)
            stack.callback(listener.shutdown)
            threading.Thread(target=listener.serve_forever).start()
        front.start()
        assert wait_until(lambda: all(front.has(one, up=True) for one in replicas.all), seconds=PATIENCE_S)
        with made.client:
            yield made


def test_who_asks_is_told_by_the_proxy_and_by_a_dashboard_to_the_api(rig: Rig) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http"}
    for part, seen in (
        ("dashboard", HOST),
        ("ingest-http", HOST),
        ("api", "203.0.113.7"),
    ):  # all of us are dashboards
        told = rig.told(part, **claimed)
        assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == (seen, "https")
        assert told["host"] == rig.replicas.url(part).removeprefix("https://")
        assert rig.told(part)["x-forwarded-for"] == HOST


def test_a_get_that_nobody_answers_is_tried_once_more_and_a_post_is_not(rig: Rig) -> None:
    url = rig.address("api", "/nothing")
    assert rig.client.post(url, content=b"{}").status_code == 502
    assert [command for one in rig.of("api") for command in one.seen] == ["POST"]
    assert wait_until(lambda: rig.goes_to_both("api"), seconds=PATIENCE_S)  # nginx rests one that failed for a second
    assert rig.client.get(url).status_code == 502
    assert [command for one in rig.of("api") for command in one.seen].count("GET") >= 2


@pytest.mark.parametrize("part", ["api", "ingest-http"])
def test_a_post_goes_to_the_other_where_nobody_listens(rig: Rig, part: str) -> None:
    first, _ = rig.of(part)
    first.shutdown()
    first.server_close()
    for number in range(20):
        who = {"Authorization": f"Bearer {number}"}
        assert rig.client.post(rig.address(part, "/"), content=b"{}", headers=who).status_code == 200


def test_a_credential_stays_at_one_api(rig: Rig) -> None:
    assert rig.goes_to_both("api")
    assert len({rig.told("api", Authorization="Bearer of a dashboard")["port"] for _ in range(20)}) == 1


def test_a_stream_is_heard_as_it_is_sent(rig: Rig) -> None:
    with rig.client.stream("GET", rig.address("dashboard", "/stream")) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: 1"
        for one in rig.of("dashboard"):
            one.heard.set()
        assert list(lines)[1:] == ["data: 2", ""]


def test_who_is_not_ready_is_given_nothing_and_where_none_is_any_is_asked(rig: Rig) -> None:
    if not isinstance(rig.front, HaproxyFront):
        pytest.skip("nginx asks nobody whether he is ready")
    proxy = rig.front.proxy
    first, second = rig.of("api")
    first.ready = 503
    assert wait_until(lambda: proxy.states("api") == ["NOLB", "UP"], seconds=PATIENCE_S)
    second.ready = 503
    assert wait_until(lambda: proxy.states("api") == ["NOLB", "NOLB"], seconds=PATIENCE_S)
    assert rig.client.get(rig.address("api", "/")).status_code == 200


def test_who_connects_while_the_proxy_is_away_waits(rig: Rig) -> None:
    if not isinstance(rig.front, HaproxyFront):
        pytest.skip("nginx holds its own ports")
    rig.front.kill()
    assert rig.front.proxy.has_died
    answers: list[int] = []
    trust = ssl.create_default_context(cafile=rig.replicas.certificate)
    url = rig.address("api", "/")
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(url, verify=trust, trust_env=False, timeout=PATIENCE_S).status_code)
    )
    asking.start()
    rig.front.start()
    asking.join()
    assert answers == [200]
