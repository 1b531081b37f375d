"""A simulated city that speaks, and a dashboard before it, for what is measured on walls."""

from contextlib import ExitStack
from dataclasses import dataclass

from bench.harness import Bench, api_key, listens, wait_for
from bench.workload import SEED, metrics_of_kinds
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local.parts import Part
from cityops.local.processes import free_ports
from cityops.simulate.fleet import fleet
from cityops.store import registry
from cityops.store.access import credentials
from cityops.store.engine import make_engine, writing


@dataclass(frozen=True, slots=True)
class Served:
    """A part that serves, and its loopback port."""

    part: Part
    port: int

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self.part.process
        return self.part.process.pid


def city(bench: Bench, url: str, stack: ExitStack) -> Served:
    """Have a fleet speak into a database, each device every ten seconds; return the API."""
    with bench.connect(url) as connection:
        registry.register(connection, fleet(bench.sizes.wall_devices, SEED), metrics_of_kinds())
    api = heard(bench, url, stack)
    lives = ("--devices", str(bench.sizes.wall_devices), "--seed", str(SEED), "--history", "0.1", "--interval", "10")
    stack.enter_context(bench.part("simulate-wall", url, "simulate", "run", *lives))
    return api


def heard(bench: Bench, url: str, stack: ExitStack) -> Served:
    """Run an ingest worker and an API on a database; return the API."""
    [port] = free_ports(1)
    api = stack.enter_context(bench.part("api-wall", url, "api", "--port", str(port)))
    stack.enter_context(bench.part("ingest-wall", url, "ingest", "mqtt", "--worker", "bench-wall"))
    log = bench.folder / "ingest-wall.log"
    wait_for(lambda: "connected to the broker" in log.read_text(), "the worker is connected", seconds=60)
    wait_for(lambda: listens(port), "the API listens", seconds=60)
    return Served(api, port)


def screen(bench: Bench, url: str, api: Served, stack: ExitStack) -> Served:
    """Run a dashboard that asks this API; return it."""
    [port] = free_ports(1)
    environment = {"CITYOPS_API_URL": api.address, "CITYOPS_API_KEY": api_key(url)}
    verb = ("dashboard", "--port", str(port))
    part = Part("dashboard-wall", verb, environment, bench.folder / "dashboard-wall.log")
    part.start()
    stack.callback(part.stop)
    wait_for(lambda: listens(port), "the dashboard listens", seconds=60)
    return Served(part, port)


def display(url: str, name: str = "bench wall") -> str:
    """Return a token that shows everything."""
    engine = make_engine(url)
    subject = Subject(name, Role.SHIFT_LEADER, WHOLE_CITY)
    with writing(engine) as connection:
        kind = credentials.CredentialKind.DISPLAY
        _, token = credentials.issue(connection, kind, subject.name, subject, created_by="bench")
    engine.dispose()
    return token
