"""The whole platform on one machine: servers, schema, ingest, API and dashboard, watched until told to stop."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import Holder
from cityops.errors import CityopsError
from cityops.local.parts import Part
from cityops.local.places import instance_folder, keep, kept
from cityops.local.ports import HOST, Ports
from cityops.local.processes import bounded, last_lines
from cityops.local.running import ENVIRONMENT, running_pid
from cityops.local.servers import BUSY, Server, Servers, local_servers
from cityops.local.trial import COPIES, asking_standby, cluster_servers, replica_ports, running_proxy
from cityops.services import credentials as acts
from cityops.store.access import credentials
from cityops.store.engine import make_engine, writing
from cityops.store.schema import privileges
from cityops.visible import visible

TRIES = 3
"""Deaths of a part in a row that end a start."""

HELD_BY = {
    "CITYOPS_MQTT_ADMIN_URL": {"api", "jobs"},  # they let source systems in at the broker, and out
    "CITYOPS_API_KEY": {"dashboard", "jobs"},
    "CITYOPS_SECRET": {"dashboard"},
    "CITYOPS_DATABASE_READ_URL": {"api"},
}
"""The kinds of part that are told a secret; the others start without it, and so cannot give it away."""

DATABASE = "CITYOPS_DATABASE_URL"

HEALTH = {"dashboard": "/health/live", "api": "/health/ready", "ingest-http": "/health/live"}
"""By kind of part: where it says that it can answer."""


def kind_of(name: str) -> str:
    """Return which kind of part it is: where there are several, their names end in numbers."""
    return name.rstrip("-0123456789")


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform: addresses, log folder and parts.

    `replicas` are the ports of several parts of a kind behind a proxy; without them one of each listens at the port
    of its kind.
    """

    servers: Servers
    ports: Ports
    api_key: str
    logs: Path
    parts: list[Part]
    secret: str = ""
    display_token: str = ""
    listeners: Mapping[str, socket.socket] = field(default_factory=dict)
    replicas: Mapping[str, Sequence[int]] = field(default_factory=dict)
    start_id: str = field(default_factory=lambda: secrets.token_hex(8))
    _troubles: dict[str, str] = field(default_factory=dict)

    @property
    def wall_url(self) -> str:
        """Address that a wall is opened with once; it holds the wall's token."""
        return f"{self.dashboard_url}display/{self.display_token}"

    @property
    def dashboard_url(self) -> str:
        """Address of the wall."""
        return f"http://{HOST}:{self.ports.dashboard}/"

    @property
    def api_url(self) -> str:
        """Address of the API."""
        return f"http://{HOST}:{self.ports.api}"

    @property
    def ingest_url(self) -> str:
        """Address of the HTTP ingest."""
        return f"http://{HOST}:{self.ports.ingest_http}"

    @property
    def environment(self) -> dict[str, str]:
        """The addresses that every part and every other verb reads."""
        return {
            "CITYOPS_DATABASE_URL": self.servers.database_url,
            **({"CITYOPS_DATABASE_READ_URL": self.servers.read_url} if self.servers.read_url else {}),
            "CITYOPS_MQTT_URL": self.servers.mqtt_url,
            "CITYOPS_MQTT_ADMIN_URL": self.servers.mqtt_admin_url,
            "CITYOPS_API_URL": self.api_url,
            "CITYOPS_API_KEY": self.api_key,
            "CITYOPS_SECRET": self.secret,
            "CITYOPS_PACKS": os.environ.get("CITYOPS_PACKS") or str(self.logs.parent / "packs"),
        }  # CITYOPS_INSTANCE is not among them: it is for the parts alone

    @property
    def processes(self) -> dict[str, int]:
        """The process of each server and part that runs here, by name."""
        all_of_it = self.servers.by_name | {part.name: part for part in self.parts}
        return {name: one.process.pid for name, one in all_of_it.items() if one.process}

    def write_environment(self) -> Path:
        """Write the addresses, the database's password among them, to a file that only this account can read."""
        file = self.logs.parent / ENVIRONMENT
        keep(file, "".join(f"export {name}='{value}'\n" for name, value in self.environment.items()))
        return file

    def add(self, name: str, *arguments: str, keep: bool = True, told: Mapping[str, str] | None = None) -> Part:
        """Start one more part, told the addresses and the secrets of its kind; `told` stands in place of these."""
        own = {variable: "" for variable, kinds in HELD_BY.items() if kind_of(name) not in kinds}
        own["CITYOPS_INSTANCE"] = self.start_id
        log, listener = self.logs / f"{name}.log", self.listeners.get(name)
        part = Part(name, arguments, self.environment | own | dict(told or {}), log, keep, listener)
        part.start()
        self.parts.append(part)
        return part

    def doors(self, kind: str) -> dict[str, int]:
        """Return the ports of all parts of a kind, by their names."""
        if kind not in self.replicas:
            return {kind: self.ports.by_part[kind]}
        return {f"{kind}-{number}": port for number, port in enumerate(self.replicas[kind], 1)}

    @property
    def all_doors(self) -> dict[str, int]:
        """The ports of all parts that listen, and those of the proxy before them by their kinds."""
        return {name: port for kind in HEALTH for name, port in self.doors(kind).items()} | self.ports.by_part

    def answers(self, name: str) -> bool:
        """Tell whether a part says that it can answer.

        Raises
        ------
        CityopsError
            Something else answers at its port.
        """
        port, kind = self.all_doors[name], kind_of(name)
        try:
            # A proxy of the environment is for other hosts; it could answer in the part's place.
            answer = httpx.get(f"http://{HOST}:{port}{HEALTH[kind]}", timeout=2, trust_env=False)
            health = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            return False
        if health is not None and (not isinstance(health, dict) or health.get("instance") != self.start_id):
            raise CityopsError(f"another program answers at port {port} of {name}: {self.ports.remedy(kind)}")
        return health is not None

    def revive(self, tell: Callable[[str], None]) -> None:
        """Start again what has died, and say so, with the last that it wrote; begin logs anew that are too large."""
        for name, server in self.servers.by_name.items():
            bounded(server.log)
            if server.has_died:
                self._revive(name, server, tell)
        for part in self.parts:
            bounded(part.log)
            if part.revive():
                tell(f"{_started_again(part.name, part)}; its log: {part.log}")
                tell(f"  it said last: {visible(last_lines(part.log, 1))}")

    def give_up_on_the_dying(self) -> None:
        """End a start in which a part ends again and again.

        Raises
        ------
        CityopsError
            The text names the part, what it wrote last, and its log.
        """
        for part in self.parts:
            if part.in_a_row >= TRIES:
                said = visible(last_lines(part.log, 5), lines=True)
                raise CityopsError(
                    f"{part.name} ended {part.in_a_row} times while starting. The end of {part.log}:\n{said}"
                )

    def _revive(self, name: str, server: Server, tell: Callable[[str], None]) -> None:
        try:
            server.start()
            self._troubles.pop(name, None)
            tell(f"{_started_again(name, server)}; its log: {server.log}")
        except (CityopsError, OSError) as error:  # a full disk, for example: try again when asked again
            if self._troubles.get(name) != str(error):
                tell(f"{name} has ended and cannot be started, which is tried again and again: {error}")
            self._troubles[name] = str(error)


def _started_again(name: str, one: Server | Part) -> str:
    return f"{name} had ended and was started again" + (f" (process {one.process.pid})" if one.process else "")


@contextmanager
def running_platform(
    instance: str | Path | None,
    ports: Ports,
    workers: int,
    prepare: Callable[[str], None],
    console: Console,
    *,
    guarded: bool,
    cluster: bool = False,
    durable: bool = False,
) -> Iterator[Platform]:
    """Run everything but a simulator while the block runs; the data outlive it.

    `prepare` is called with the database's address once the servers answer, before any part starts. `guarded`
    has the broker ask for names and passwords, `durable` has it write each message down as it comes. `cluster` runs
    three brokers, which always do both, two databases, and two of each part behind a proxy.
    """
    folder = instance if isinstance(instance, Path) else instance_folder(instance)
    if pid := running_pid(folder):  # said before its own ports are found to be taken
        raise CityopsError(BUSY.format(folder=folder).format(pid=pid))
    with ExitStack() as stack:
        listeners = stack.enter_context(ports.bound())  # before minutes of preparation, in which others might
        servers = stack.enter_context(
            cluster_servers(folder, console)
            if cluster
            else local_servers(folder, console=console, guarded=guarded, durable=durable)
        )
        prepare(servers.database_url)
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        key, wall = _api_key(servers.database_url, "dashboard"), _wall_token(servers.database_url, logs.parent)
        replicas = replica_ports(HEALTH) if cluster else {}
        platform = Platform(servers, ports, key, logs, [], _secret(logs.parent), wall, listeners, replicas)
        stack.callback(_stop, platform, console)
        _start_parts(platform, max(workers, COPIES) if cluster else workers)
        if cluster:
            stack.enter_context(running_proxy(servers, folder, listeners, replicas))
        yield platform


def _start_parts(platform: Platform, workers: int) -> None:
    """Start the workers, and of each other kind as many as there are to be."""
    servers = platform.servers
    ingest, api = ({DATABASE: _as_login(servers, role)} for role in (privileges.INGEST, privileges.API))
    if servers.read_url:
        api["CITYOPS_DATABASE_READ_URL"] = asking_standby(api[DATABASE])
    for number in range(1, workers + 1):
        platform.add(f"ingest-mqtt-{number}", "ingest", "mqtt", "--worker", f"local-{number}", told=ingest)
    for name, port in platform.doors("ingest-http").items():
        worker = name.replace("ingest", "local")
        platform.add(name, "ingest", "http", "--port", str(port), "--worker", worker, told=ingest)
    for name, port in platform.doors("api").items():
        platform.add(name, "api", "--port", str(port), told=api)
    for name, port in platform.doors("dashboard").items():
        platform.add(name, "dashboard", "--port", str(port), told={DATABASE: ""})
    packs = {"CITYOPS_API_KEY": _api_key(servers.database_url, "packs")}
    for name in ("jobs-1", "jobs-2") if platform.replicas else ("jobs",):
        platform.add(name, "jobs", told=packs)


def _as_login(servers: Servers, role: str) -> str:
    """Return our own database's address under a role's login, with a password of this start; else that given."""
    if not servers.has_own_database:  # other machines may use its logins
        return servers.database_url
    return privileges.give_login(servers.database_url, role, secrets.token_urlsafe(24))[1]


def _api_key(database_url: str, name: str) -> str:
    """Return a key for what all screens share, or for packs; it ends when the next one is made, at the next start."""
    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            # Whoever stands before a screen, or reads a pack, sees what this key sees: nothing personal.
            subject = Subject(name, Role.ANALYST, WHOLE_CITY)
            return credentials.renew(connection, command_line("cityops up"), subject)
    finally:
        engine.dispose()


def _secret(folder: Path) -> str:
    """Return what the dashboard signs cookies with: the same at each start, so that nobody is signed out by one."""
    return kept(folder / "dashboard-secret") or keep(folder / "dashboard-secret", secrets.token_urlsafe(32))


def _wall_token(database_url: str, folder: Path) -> str:
    """Return the token of the instance's own wall, a new one where the last is no good any more."""
    file = folder / "wall-token"
    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            if (token := kept(file)) and credentials.find(connection, token):
                return token
            subject, actor = Subject("wall", Role.WALL_DISPLAY, WHOLE_CITY), command_line("cityops up")
            made = acts.give(connection, actor, Holder.DISPLAY, subject, broker="", scene="/")
    finally:
        engine.dispose()
    return keep(file, made.token)


def _stop(platform: Platform, console: Console) -> None:
    console.print("stopping")
    for part in reversed(platform.parts):  # screens first, then the API, then the ingest
        part.stop()
