"""The database and broker that a program works with: those named by the environment, else embedded ones."""

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rich.console import Console

from cityops.errors import CityopsError
from cityops.local.binaries import Binaries, prepare_binaries, prepare_durable_broker
from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.places import create_instance, instance_folder, locked
from cityops.redaction import redact
from cityops.settings import Settings

BUSY = (
    "The servers of {folder} are in use by process {{pid}}. "
    "Stop that program (Ctrl-C there, or `kill {{pid}}`), or choose another instance with --instance NAME."
)


class Server(Protocol):
    """What is looked after beside the parts: started again where it has ended by itself."""

    @property
    def log(self) -> Path:
        """Where its output goes."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """As what it was last started; None where it was stopped, or could not be."""

    @property
    def has_died(self) -> bool:
        """Whether it is to run and does not."""

    def start(self) -> None:
        """Start it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers listen; `database` and `broker` are None where the environment names the server.

    Of a cluster they are None too: `members` are its servers, the proxy among them; `senders` the socket at which the
    proxy takes senders on, to its brokers' `mqtt_ports`; `simulator_url` the address of the one sender that is always
    let in; `read_url` that of both databases which leads to the standby.
    """

    database_url: str
    mqtt_url: str
    database: Database | None = None
    broker: Broker | None = None
    mqtt_admin_url: str = ""
    read_url: str = ""
    senders: socket.socket | None = None
    mqtt_ports: Sequence[int] = ()
    simulator_url: str = ""
    members: dict[str, Server] = field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, Server]:
        """The servers that run here, in the order in which they are started again."""
        own: dict[str, Server | None] = {"database": self.database, "broker": self.broker, **self.members}
        return {name: server for name, server in own.items() if server}

    @property
    def broker_told(self) -> str:
        """Where senders find the broker, or brokers, without a password."""
        if not self.mqtt_ports or self.senders is None:
            return redact(self.mqtt_url)
        *nodes, last = map(str, self.mqtt_ports)
        port = self.senders.getsockname()[1]
        return f"mqtt://127.0.0.1:{port} (its nodes: ports {', '.join(nodes)} and {last})"

    @property
    def told_senders(self) -> dict[str, str]:
        """What the simulator is told in place of the workers' address, which leads elsewhere in a cluster."""
        return {"CITYOPS_MQTT_URL": self.simulator_url} if self.simulator_url else {}

    @property
    def has_own_database(self) -> bool:
        """Whether the database runs here, so that its logins are ours to give."""
        return bool(self.database or self.members)


def prepare(console: Console | None = None) -> Binaries:
    """Download and unpack the servers' programs if this machine does not have them yet."""
    return prepare_binaries(console)


@contextmanager
def local_servers(
    instance: str | Path | None = None,
    *,
    database_port: int | None = None,
    mqtt_port: int | None = None,
    settings: Mapping[str, str] | None = None,
    console: Console | None = None,
    guarded: bool = False,
    durable: bool = False,
) -> Iterator[Servers]:
    """Run both servers while the block runs, and stop them however it ends.

    A server that CITYOPS_DATABASE_URL or CITYOPS_MQTT_URL names is used as it is, and not started.

    Parameters
    ----------
    instance
        Name of an instance or its folder; None is that of this checkout. Its data outlive the block.
    database_port, mqtt_port
        Loopback ports; None takes those of the last start or any free ones.
    settings
        PostgreSQL settings beyond ours.
    console
        Where progress is told; None is the standard error stream.
    guarded, durable
        Whether the broker asks for names and passwords, and writes each message down, by programs fetched for that.

    Raises
    ------
    CityopsError
        The instance is in use, or a server cannot be had or started; the text names the remedy.
    """
    given = Settings()
    _refuse_two_brokers(given, durable=durable)
    if given.database_url and given.mqtt_url:
        yield Servers(given.database_url, given.mqtt_url, mqtt_admin_url=given.mqtt_admin_url)
        return
    folder = instance if isinstance(instance, Path) else instance_folder(instance)
    binaries = prepare_binaries(console)
    create_instance(folder)
    with ExitStack() as running:
        running.enter_context(locked(folder / "lock", busy=BUSY.format(folder=folder)))
        database = None if given.database_url else Database(binaries, folder, port=database_port, settings=settings)
        programs = prepare_durable_broker(console) if durable else binaries
        own = Broker(programs, folder, port=mqtt_port, guarded=guarded, durable=durable)
        for server in (database, broker := None if given.mqtt_url else own):
            if server:
                running.callback(server.stop)
                server.start()
        yield _servers(given, database, broker)


def _servers(given: Settings, database: Database | None, broker: Broker | None) -> Servers:
    mqtt = (broker.url, broker.admin_url) if broker else (given.mqtt_url, given.mqtt_admin_url)
    return Servers(database.url if database else given.database_url, mqtt[0], database, broker, mqtt[1])


def _refuse_two_brokers(given: Settings, *, durable: bool) -> None:
    if durable and given.mqtt_url:
        raise CityopsError("--durable is for the embedded broker, and CITYOPS_MQTT_URL names another: leave one out")


@contextmanager
def local_database(instance: str | None = None, *, console: Console | None = None) -> Iterator[str]:
    """Give the address of the database alone: that of the environment, else an embedded one while the block runs.

    Raises
    ------
    CityopsError
        The instance is in use, as by `cityops up`, or its server cannot be had or started.
    """
    if given := Settings().database_url:
        yield given
        return
    folder = instance_folder(instance)
    binaries = prepare_binaries(console)
    create_instance(folder)
    with locked(folder / "lock", busy=BUSY.format(folder=folder)):
        database = Database(binaries, folder)
        try:
            database.start()
            yield database.url
        finally:
            database.stop()
