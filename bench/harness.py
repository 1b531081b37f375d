"""What all measurements share: sizes, private servers on a temporary folder, worlds (a database each), processes."""

import shutil
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psycopg
from rich.console import Console

from bench.cpu import seconds_of_tree
from bench.web import Api
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.audit import command_line
from cityops.domain.devices import Device
from cityops.domain.grants import SERVICE
from cityops.errors import CityopsError
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.parts import Part
from cityops.local.processes import free_ports, last_lines, wait_until
from cityops.local.servers import Servers, local_servers
from cityops.settings import Settings
from cityops.store.access import credentials
from cityops.store.engine import connect, make_engine, writing
from cityops.store.schema import migrations, seed

APPLICATION = "cityops bench"

_running: list[Part] = []
"""Parts that run now, so that whoever waits for one learns that it has died, and of what."""

_ASKED_TO_END = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; whole, an hour and a half on two cores, most of it the long subjects and the history."""

    devices: int = 5_000
    small_history: int = 1_000_000
    big_history: int = 10_000_000
    workers: int = 1
    rounds: int = 2
    array_readings: int = 1_000_000
    single_messages: int = 100_000
    paced_messages: int = 50_000
    paced_per_s: int = 5_000
    probe_samples: int = 200
    background_per_s: int = 500
    http_seconds: float = 5.0
    fresh_samples: int = 9
    registered_devices: int = 84_000
    registered_channels: int = 364_000
    cases: int = 300_000
    desk_cases: int = 50_000
    desk_alarms: int = 5_000
    few_kept: int = 1_000_000
    many_kept: int = 100_000_000
    city_devices: int = 84_000
    city_per_s: int = 8_400
    city_seconds: int = 600
    stall_seconds: int = 300
    overload_seconds: int = 600
    wall_devices: int = 2_000
    wall_minutes: float = 30
    pixel_seconds: float = 90
    walls_seconds: float = 30
    soak_minutes: float = 10
    past_days: int = 30
    past_alarms: int = 200_000
    past_asked: int = 100
    export_rows: int = 10_000_000


QUICK = Sizes(
    devices=500,
    small_history=50_000,
    big_history=200_000,
    rounds=1,
    array_readings=100_000,
    single_messages=5_000,
    paced_messages=2_000,
    paced_per_s=1_000,
    probe_samples=20,
    background_per_s=200,
    http_seconds=1.0,
    fresh_samples=3,
    registered_devices=500,
    registered_channels=2_000,
    cases=3_000,
    desk_cases=2_000,
    desk_alarms=300,
    few_kept=50_000,
    many_kept=200_000,
    city_devices=500,
    city_per_s=500,
    city_seconds=20,
    stall_seconds=10,
    overload_seconds=10,
    wall_devices=200,
    wall_minutes=1,
    pixel_seconds=8,
    walls_seconds=3,
    soak_minutes=0.5,
    past_days=2,
    past_alarms=1_000,
    past_asked=5,
    export_rows=200_000,
)
"""Sizes that only show that everything works; their figures mean nothing."""


@dataclass(frozen=True)
class Bench:
    """A run: the servers, the sizes, a folder for logs and prepared messages, and where progress is told."""

    servers: Servers
    sizes: Sizes
    folder: Path
    console: Console

    def say(self, text: str) -> None:
        """Tell what is being done now."""
        self.console.print(text, highlight=False)

    def connect(self, url: str) -> psycopg.Connection:
        """Open a connection that commits every statement."""
        return connect(url, APPLICATION)

    @cached_property
    def database(self) -> Database:
        """The run's own database server."""
        assert self.servers.database is not None
        return self.servers.database

    @cached_property
    def broker(self) -> Broker:
        """The run's own broker."""
        assert self.servers.broker is not None
        return self.servers.broker

    @cached_property
    def mqtt_port(self) -> int:
        """Loopback port of the broker."""
        assert self.broker.port is not None
        return self.broker.port

    def server_cpu(self) -> dict[str, float]:
        """Return the processor seconds that database and broker have used so far."""
        assert self.database.process
        assert self.broker.process
        return {
            "database": seconds_of_tree(self.database.process.pid),
            "broker": seconds_of_tree(self.broker.process.pid),
        }

    def new_database(self, name: str) -> str:
        """Make a database with the schema and the reference data; return its address."""
        with self.connect(self.servers.database_url) as server:
            server.execute(f"CREATE DATABASE {name}")
        url = urlsplit(self.servers.database_url)._replace(path=f"/{name}").geturl()
        migrations.upgrade(url)
        engine = make_engine(url)
        with writing(engine) as connection:
            seed.load(connection)
        engine.dispose()
        return url

    @contextmanager
    def part(self, name: str, database_url: str, *verb: str, mqtt_url: str = "") -> Iterator[Part]:
        """Run a verb of cityops as a process, as `cityops up` does, while the block runs; at the run's own broker."""
        addresses = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": mqtt_url or self.servers.mqtt_url}
        part = Part(name, verb, addresses, self.folder / f"{name}.log")
        part.start()
        _running.append(part)
        try:
            yield part
        finally:
            _running.remove(part)
            part.stop()

    @contextmanager
    def api(self, database_url: str) -> Iterator[Api]:
        """Run an API process on a free port while the block runs; give it once it listens."""
        [port] = free_ports(1)
        with self.part(f"api-{port}", database_url, "api", "--port", str(port)):
            wait_for(lambda: listens(port), "the API listens", seconds=30)
            yield Api(port, api_key(database_url))


EVERYTHING = Subject(SERVICE, Role.SHIFT_LEADER, WHOLE_CITY)
"""Whoever may see all, and is never told to wait, as the key that asks for all screens."""


def api_key(database_url: str, subject: Subject = EVERYTHING) -> str:
    """Return a key that opens the API as far as a subject may go."""
    engine = make_engine(database_url)
    with writing(engine) as connection:
        key = credentials.renew(connection, command_line("bench"), subject)
    engine.dispose()
    return key


@contextmanager
def running_bench(sizes: Sizes, console: Console) -> Iterator[Bench]:
    """Start a database server and a broker of the run's own, settings as `cityops up` has them; remove all after.

    Raises
    ------
    CityopsError
        The environment names servers; measuring would fill those.
    """
    if Settings().database_url or Settings().mqtt_url:
        raise CityopsError("unset CITYOPS_DATABASE_URL and CITYOPS_MQTT_URL: the bench starts servers of its own")
    root = Path(tempfile.mkdtemp(prefix="cityops-bench-"))
    root.chmod(0o755)  # the servers' account must be able to enter
    logs = root / "files"
    logs.mkdir()
    try:
        with local_servers(root / "instance", console=console) as servers:
            yield Bench(servers, sizes, logs, console)
    finally:
        shutil.rmtree(root)


@dataclass(frozen=True)
class World:
    """A database of the run with a registered fleet and some history; `probes` are devices that nobody else feeds."""

    name: str
    url: str
    devices: Sequence[Device]
    probes: Sequence[Device]
    history: int

    @property
    def registered(self) -> int:
        """Number of devices."""
        return len(self.devices) + len(self.probes)


def wait_for(is_so: Callable[[], bool], what: str, *, seconds: float) -> None:
    """Wait until something is so.

    Raises
    ------
    CityopsError
        It did not come about in time, or a part that it may be waiting for has died. What the parts that run have
        said last is told: a worker that cannot store anything lives on and tries again.
    """

    def has_come() -> bool:
        _complain_of_the_dead(what)
        return is_so()

    if not wait_until(has_come, seconds=seconds):
        told = "".join(f"\n{part.name} said last:\n{last_lines(part.log, 3)}" for part in _running)
        raise CityopsError(f"waited {seconds:.0f} s in vain until {what}{told}")


def _complain_of_the_dead(what: str) -> None:
    """Raise where a part has ended by itself; those that are stopped or killed on purpose are none of it."""
    for part in _running:
        code = part.process.poll() if part.process else None
        if code is not None and code > 0 and code != _ASKED_TO_END:
            told = last_lines(part.log)
            raise CityopsError(f"{part.name} ended with {code} before {what}; it said last:\n{told}")


def timed(action: Callable[[], object]) -> float:
    """Run an action and return its duration in seconds."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, interpolated."""
    return float(np.percentile(values, percent))


def listens(port: int) -> bool:
    """Tell whether a server listens on the loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
