"""The servers of a cluster on one machine: three brokers, a database and its standby, all from private packages."""

import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from cityops.errors import CityopsError
from cityops.listening import listen
from cityops.local.patroni import DatabasePair, prepare_pair_programs
from cityops.local.places import create_folder, keep, kept, locked
from cityops.local.ports import HOST
from cityops.local.processes import choose_port
from cityops.local.proxy import prepare_proxy_programs
from cityops.local.rabbitmq import Cluster, prepare_programs
from cityops.local.servers import BUSY, Server, Servers
from cityops.local.trial.lookout import Lookout
from cityops.mqtt.mosquitto.roles import SIMULATOR, WORKERS
from cityops.mqtt.rabbitmq.queues import queues
from cityops.mqtt.rabbitmq.topology import declare
from cityops.settings import Settings

BROKERS = STORES = 3


@contextmanager
def cluster_servers(folder: Path, console: Console | None = None) -> Iterator[Servers]:
    """Run brokers and databases while the block runs, and stop them however it ends; their data outlive it.

    Raises
    ------
    CityopsError
        The environment names other servers, the instance is in use, or a server cannot be had or started; the text
        names the remedy.
    """
    _check()
    shown = console or Console(stderr=True, highlight=False)
    broker_programs, pair_programs = prepare_programs(shown), prepare_pair_programs(shown)
    prepare_proxy_programs(shown)  # so that nothing is fetched once the rest runs
    create_folder(folder)
    with ExitStack() as running:
        running.enter_context(locked(folder / "lock", busy=BUSY.format(folder=folder)))
        pair = DatabasePair(pair_programs, folder / "databases", etcd=STORES)
        brokers = Cluster(broker_programs, folder / "brokers", BROKERS)
        running.callback(pair.stop)
        running.callback(brokers.stop)
        with shown.status(f"starting {BROKERS} brokers and {len(pair.members)} databases: half a minute"):
            brokers.launch()  # they wait for each other while the databases start
            pair.start()
            brokers.wait()
            passwords = _passwords(folder / "senders")
            declare(brokers.admin_url, queues((), ()), passwords)
        port = choose_port(folder / "mqtt.port")
        senders = running.enter_context(listen(HOST, port, "the brokers' proxy", "start again"))
        yield _servers(pair, brokers, passwords, senders)


def asking_standby(url: str) -> str:
    """Return an address of both databases as that of the standby, while there is one."""
    return url.replace("target_session_attrs=read-write", "target_session_attrs=prefer-standby")


def _servers(pair: DatabasePair, brokers: Cluster, passwords: dict[str, str], senders: socket.socket) -> Servers:
    [mapper] = brokers.mappers  # all on this machine
    members: dict[str, Server] = {
        **{one.name: Lookout(one, one.start) for one in pair.etcd},
        **{f"database {member.name}": Lookout(member, member.start) for member in pair.members},
        "epmd": Lookout(mapper, mapper.start),
        **{f"broker {node.name.partition('@')[0]}": Lookout(node, node.launch) for node in brokers.nodes},
    }
    return Servers(
        pair.url,
        brokers.amqp_url(WORKERS, passwords[WORKERS]),
        mqtt_admin_url=brokers.admin_url,
        read_url=pair.read_url,
        senders=senders,
        mqtt_ports=[node.ports.mqtt for node in brokers.nodes],
        simulator_url=f"mqtt://{SIMULATOR}:{passwords[SIMULATOR]}@{HOST}:{senders.getsockname()[1]}",
        members=members,
    )


def _check() -> None:
    """Raise where a cluster could not work, before anything is fetched."""
    given = Settings()
    named = [name for name in ("database_url", "database_read_url", "mqtt_url") if getattr(given, name)]
    if named:
        variables = ", ".join(f"CITYOPS_{name.upper()}" for name in named)
        raise CityopsError(
            f"{variables} names servers, and --cluster starts its own: unset it, or start without --cluster"
        )
    if find_spec("pika") is None:
        raise CityopsError("workers at RabbitMQ need pika: pip install 'cityops[cluster]', or use `make cluster`")


def _passwords(file: Path) -> dict[str, str]:
    """Return the passwords of our own users at the brokers, made at the first start."""
    if not (text := kept(file)):
        text = keep(file, json.dumps({name: secrets.token_urlsafe(24) for name in (WORKERS, SIMULATOR)}))
    known: dict[str, str] = json.loads(text)
    return known
