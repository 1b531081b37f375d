"""Ports: held from the first moment on, handed down to the parts, and named with the remedy where they are taken."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from rich.console import Console

from cityops.cli.main import app
from cityops.cli.up import wait_until_ready
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.deployment import Platform, running_platform
from cityops.local.ports import Ports
from cityops.local.processes import free_ports, is_free, wait_until
from cityops.local.servers import Servers

NO_SERVERS = Servers("postgresql://127.0.0.1:1/x", "mqtt://127.0.0.1:1", None, None)
QUIET = Console(quiet=True)


class SaysYes(BaseHTTPRequestHandler):
    """Answers as a part that lives would, without being ours."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "live"}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def strangers() -> Iterator[Ports]:
    """Give three ports on which another program answers everything with yes."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), SaysYes) for _ in range(3)]
    for server in servers:
        threading.Thread(target=server.serve_forever).start()
    yield Ports(*(server.server_address[1] for server in servers))
    for server in servers:
        server.shutdown()
        server.server_close()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb in a process of its own, as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "cityops", *command],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_ports_are_held_before_anything_is_prepared(instance: Path) -> None:
    ports = Ports(*free_ports(3))

    def prepare(_database_url: str) -> None:
        held = [port for port in (ports.dashboard, ports.api, ports.ingest_http) if not is_free(port)]
        raise InterruptedError(f"{len(held)} ports held")

    with pytest.raises(InterruptedError, match="3 ports held"):
        running_platform(instance, ports, 1, prepare, QUIET, guarded=False).__enter__()
    assert all(map(is_free, (ports.dashboard, ports.api, ports.ingest_http)))


@pytest.mark.parametrize(("verb", "part"), [("up", "dashboard"), ("up", "api"), ("demo", "ingest")])
def test_a_taken_port_ends_the_start_with_an_option_that_exists(verb: str, part: str) -> None:
    free = free_ports(3)
    options = [f"--{name}-port={port}" for name, port in zip(("dashboard", "api", "ingest"), free, strict=True)]
    with socket.create_server(("127.0.0.1", free[["dashboard", "api", "ingest"].index(part)])) as other:
        taken = other.getsockname()[1]
        done = run(verb, *options, MAKELEVEL="")
    told = " ".join(done.stderr.split())
    assert (done.returncode, "Traceback" in told) == (1, False)
    assert f"port {taken} of" in told
    assert "is taken by another program" in told
    assert f"choose another port with --{part}-port " in told
    command: Any = typer.main.get_command(app)
    assert f"--{part}-port" in {option for one in command.commands[verb].params for option in one.opts}


def test_within_make_the_remedy_is_make_s() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run("demo", f"--dashboard-port={other.getsockname()[1]}", MAKELEVEL="1")
    assert 'make demo ARGS="--dashboard-port ' in " ".join(done.stderr.split())


def test_make_demo_takes_options() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "demo", "ARGS=--dashboard-port 8060"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cityops demo --dashboard-port 8060" in said.stdout


def test_one_port_for_two_parts_is_named_as_that() -> None:
    [port] = free_ports(1)
    done = run("up", f"--dashboard-port={port}", f"--api-port={port}")
    assert f"--dashboard-port and --api-port are both {port}" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "command",
    [
        ("api", "--port"),
        ("dashboard", "--port"),
        ("ingest", "http", "--port"),
        ("ingest", "mqtt", "--metrics-port"),
        ("devices", "watch", "--metrics-port"),
        ("jobs", "--metrics-port"),
    ],
    ids=" ".join,
)
def test_a_part_alone_names_its_taken_port(command: tuple[str, ...], migrated_database: str, mqtt_url: str) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104 - the worst case: Prometheus's port is on all
        taken = other.getsockname()[1]
        done = run(*command, str(taken), CITYOPS_DATABASE_URL=migrated_database, CITYOPS_MQTT_URL=mqtt_url)
    told = " ".join(done.stderr.split())
    assert (done.returncode, "Traceback" in told) == (1, False), told
    assert f"port {taken}" in told
    assert command[-1] in told


def test_a_stranger_that_answers_is_not_taken_for_ours(strangers: Ports, tmp_path: Path) -> None:
    platform = Platform(NO_SERVERS, strangers, "", tmp_path, [])
    with pytest.raises(CityopsError, match="another program answers"):
        wait_until_ready(platform, threading.Event(), QUIET)


def test_a_part_that_cannot_start_ends_the_start_with_its_reason(tmp_path: Path) -> None:
    platform = Platform(NO_SERVERS, Ports(*free_ports(3)), "", tmp_path, [])
    platform.add("ingest-mqtt-1", "ingest", "mqtt", "--adapters", "/does/not/exist")
    with pytest.raises(CityopsError, match=r"(?s)ingest-mqtt-1 .*/does/not/exist"):
        wait_until_ready(platform, threading.Event(), QUIET)


def test_a_part_takes_its_port_over_and_keeps_its_callers_through_a_restart(tmp_path: Path) -> None:
    ports = Ports(*free_ports(3))
    with ports.bound() as listeners:
        platform = Platform(NO_SERVERS, ports, "", tmp_path, [], listeners=listeners)
        part = platform.add("dashboard", "dashboard")
        assert wait_until(lambda: platform.answers("dashboard"), seconds=60)
        assert part.process
        part.process.kill()
        part.process.wait()
        with ThreadPoolExecutor(1) as caller:
            asked = caller.submit(httpx.get, f"{platform.dashboard_url}health/live", timeout=60, trust_env=False)
            part.start()  # who asked before it takes the socket over waits in the socket's queue
            assert asked.result().json() == {"status": "live", "instance": platform.start_id}
        part.stop()


class RobbedBroker(Broker):
    """A broker of which another program takes the port after it was found free and before it is bound."""

    robber: socket.socket | None = None
    robber_of_guard: socket.socket | None = None

    def _write_config(self, port: int, is_private: bool) -> Path:
        if is_private and self.robber_of_guard is None:
            self.robber_of_guard = socket.create_server(("127.0.0.1", port))
        elif not is_private and self.robber is None:
            self.robber = socket.create_server(("127.0.0.1", port))
        return super()._write_config(port, is_private)

    def stop(self) -> None:
        super().stop()
        if self.robber_of_guard is not None:
            self.robber_of_guard.close()


class RobbedDatabase(Database):
    """Likewise a database."""

    robber: socket.socket | None = None

    def _write_settings(self) -> None:
        if self.robber is None:
            self.robber = socket.create_server(("127.0.0.1", self.port or 0))
        super()._write_settings()


@pytest.mark.parametrize("kind", [RobbedBroker, RobbedDatabase])
def test_a_server_whose_port_is_taken_at_the_last_moment_takes_another(
    kind: type[RobbedBroker | RobbedDatabase], binaries: Binaries, instance: Path
) -> None:
    server = kind(binaries, instance)
    try:
        server.start()
        assert server.robber is not None
        assert server.port not in {None, server.robber.getsockname()[1]}
        assert not server.has_died
    finally:
        server.stop()
        if server.robber is not None:
            server.robber.close()
    server.start()  # and remembers it
    server.stop()
