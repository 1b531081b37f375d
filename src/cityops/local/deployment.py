"""The whole platform on one machine: servers, schema, ingest, API and dashboard, watched until told to stop."""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import httpx
from rich.console import Console

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import Holder
from cityops.errors import CityopsError
from cityops.listening import listen
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.parts import Part
from cityops.local.places import instance_folder, keep, kept
from cityops.local.processes import bounded, is_free, last_lines
from cityops.local.running import ENVIRONMENT, running_pid
from cityops.local.servers import BUSY, Servers, local_servers
from cityops.services import credentials as acts
from cityops.store.access import credentials
from cityops.store.engine import make_engine, writing
from cityops.store.schema import privileges
from cityops.visible import visible

HOST = "127.0.0.1"
TRIES = 3
"""Deaths of a part in a row that end a start."""

HELD_BY = {
    "CITYOPS_MQTT_ADMIN_URL": {"api", "jobs"},  # they let source systems in at the broker, and out
    "CITYOPS_API_KEY": {"dashboard", "jobs"},
    "CITYOPS_SECRET": {"dashboard"},
}
"""The parts that are told a secret; the others start without it, and so cannot give it away."""


OPTIONS = {"dashboard": "--dashboard-port", "api": "--api-port", "ingest-http": "--ingest-port"}
"""By part: the option of `up` and `demo` that chooses its port."""

HEALTH = {"dashboard": "/health/live", "api": "/health/ready", "ingest-http": "/health/live"}
"""By part: where it says that it can answer."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of the parts that listen."""

    dashboard: int = 8050
    api: int = 8000
    ingest_http: int = 8001

    @property
    def by_part(self) -> dict[str, int]:
        """The ports by the part's name."""
        return {"dashboard": self.dashboard, "api": self.api, "ingest-http": self.ingest_http}

    @contextmanager
    def bound(self) -> Iterator[dict[str, socket.socket]]:
        """Hold all ports while the block runs: give a listening socket for each part, by its name.

        Who connects before the part takes its socket over, or while it starts again, waits in the socket's queue.

        Raises
        ------
        CityopsError
            One is taken, or named twice; the text names it and the option that chooses another.
        """
        for (one, port), (other, same) in combinations(self.by_part.items(), 2):
            if port == same:
                raise CityopsError(f"{OPTIONS[one]} and {OPTIONS[other]} are both {port}: give each its own")
        with ExitStack() as held:
            yield {name: held.enter_context(_held(name, port)) for name, port in self.by_part.items()}


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform: addresses, log folder and parts."""

    servers: Servers
    ports: Ports
    api_key: str
    logs: Path
    parts: list[Part]
    secret: str = ""
    display_token: str = ""
    listeners: Mapping[str, socket.socket] = field(default_factory=dict)
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
            "CITYOPS_MQTT_URL": self.servers.mqtt_url,
            "CITYOPS_MQTT_ADMIN_URL": self.servers.mqtt_admin_url,
            "CITYOPS_API_URL": self.api_url,
            "CITYOPS_API_KEY": self.api_key,
            "CITYOPS_SECRET": self.secret,
            "CITYOPS_PACKS": os.environ.get("CITYOPS_PACKS") or str(self.logs.parent / "packs"),
        }  # CITYOPS_INSTANCE is not among them: it is for the parts alone

    def write_environment(self) -> Path:
        """Write the addresses, the database's password among them, to a file that only this account can read."""
        file = self.logs.parent / ENVIRONMENT
        keep(file, "".join(f"export {name}='{value}'\n" for name, value in self.environment.items()))
        return file

    def add(
        self,
        name: str,
        *arguments: str,
        keep: bool = True,
        database_url: str | None = None,
        api_key: str | None = None,
    ) -> Part:
        """Start one more part, told the addresses and its own secrets.

        `database_url` stands in place of the owner's, `api_key` in place of the screens'.
        """
        own = {variable: "" for variable, parts in HELD_BY.items() if name not in parts}
        own["CITYOPS_INSTANCE"] = self.start_id
        if database_url is not None:
            own["CITYOPS_DATABASE_URL"] = database_url
        if api_key is not None:
            own["CITYOPS_API_KEY"] = api_key
        log, listener = self.logs / f"{name}.log", self.listeners.get(name)
        part = Part(name, arguments, self.environment | own, log, keep, listener)
        part.start()
        self.parts.append(part)
        return part

    def answers(self, name: str) -> bool:
        """Tell whether a part says that it can answer.

        Raises
        ------
        CityopsError
            Something else answers at its port.
        """
        port = self.ports.by_part[name]
        try:
            # A proxy of the environment is for other hosts; it could answer in the part's place.
            answer = httpx.get(f"http://{HOST}:{port}{HEALTH[name]}", timeout=2, trust_env=False)
            health = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            return False
        if health is not None and (not isinstance(health, dict) or health.get("instance") != self.start_id):
            raise CityopsError(f"another program answers at port {port} of {name}: {_remedy(name, port)}")
        return health is not None

    def revive(self, tell: Callable[[str], None]) -> None:
        """Start again what has died, and say so, with the last that it wrote; begin logs anew that are too large."""
        for log in (one.log for one in (self.servers.database, self.servers.broker, *self.parts) if one):
            bounded(log)
        for name, server in (("database", self.servers.database), ("broker", self.servers.broker)):
            if server and server.has_died:
                self._revive(name, server, tell)
        for part in self.parts:
            if part.revive():
                tell(f"{part.name} had ended and was started again; its log: {part.log}")
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

    def _revive(self, name: str, server: Database | Broker, tell: Callable[[str], None]) -> None:
        try:
            server.start()
            self._troubles.pop(name, None)
            tell(f"{name} had ended and was started again; its log: {server.log}")
        except (CityopsError, OSError) as error:  # a full disk, for example: try again when asked again
            if self._troubles.get(name) != str(error):
                tell(f"{name} has ended and cannot be started, which is tried again and again: {error}")
            self._troubles[name] = str(error)


def _held(name: str, port: int) -> socket.socket:
    return listen(HOST, port, f"the {name}", _remedy(name, port))


def _remedy(name: str, port: int) -> str:
    other = next((free for free in range(port + 1, 65536) if is_free(free)), port - 1)
    choice = f"{OPTIONS[name]} {other}"
    if os.environ.get("MAKELEVEL"):  # there, options of the verb are an argument of make
        choice = f'make demo ARGS="{choice}"'
    return f"end that program, or choose another port with {choice}"


@contextmanager
def running_platform(
    instance: str | Path | None,
    ports: Ports,
    workers: int,
    prepare: Callable[[str], None],
    console: Console,
    *,
    guarded: bool,
) -> Iterator[Platform]:
    """Run everything but a simulator while the block runs; the data outlive it.

    `prepare` is called with the database's address once the servers answer, before any part starts. `guarded`
    has the broker ask for names and passwords.
    """
    folder = instance if isinstance(instance, Path) else instance_folder(instance)
    if pid := running_pid(folder):  # said before its own ports are found to be taken
        raise CityopsError(BUSY.format(folder=folder).format(pid=pid))
    with ExitStack() as stack:
        listeners = stack.enter_context(ports.bound())  # before minutes of preparation, in which others might
        servers = stack.enter_context(local_servers(instance, console=console, guarded=guarded))
        prepare(servers.database_url)
        logs = folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        key, wall = _api_key(servers.database_url, "dashboard"), _wall_token(servers.database_url, logs.parent)
        platform = Platform(servers, ports, key, logs, [], _secret(logs.parent), wall, listeners)
        stack.callback(_stop, platform, console)
        ingest_url, api_url = (_as_login(servers, role) for role in (privileges.INGEST, privileges.API))
        for number in range(1, workers + 1):
            name, worker = f"ingest-mqtt-{number}", f"local-{number}"
            platform.add(name, "ingest", "mqtt", "--worker", worker, database_url=ingest_url)
        http = ("ingest", "http", "--port", str(ports.ingest_http), "--worker", "local-http")
        platform.add("ingest-http", *http, database_url=ingest_url)
        platform.add("api", "api", "--port", str(ports.api), database_url=api_url)
        platform.add("dashboard", "dashboard", "--port", str(ports.dashboard), database_url="")
        platform.add("jobs", "jobs", api_key=_api_key(servers.database_url, "packs"))
        yield platform


def _as_login(servers: Servers, role: str) -> str:
    """Return the embedded database's address under a role's login, with a password of this start; else that given."""
    if servers.database is None:  # other machines may use its logins
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
