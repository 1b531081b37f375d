"""The verb `cityops ingest`: runs a worker that takes readings and events from the broker or over HTTP."""

import signal
import socket
import threading
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import recorded
from cityops.domain.audit import Action
from cityops.errors import CityopsError
from cityops.listening import Inherited, MetricsPort, Port, serve_metrics, taken_over
from cityops_ingest.cli import declaring  # noqa: F401 - adds its verb to those of the broker
from cityops_ingest.cli.replay import replay

if TYPE_CHECKING:
    from cityops_ingest.formats.routing import Routes

app = typer.Typer(help="Take readings and events from the wire into the database.", no_args_is_help=True)
app.command()(replay)

HOST = socket.gethostname()


def _worker_name(name: str) -> str:
    from cityops.store.rejects.replay import LEDGER_WORKER

    if name == LEDGER_WORKER:
        raise typer.BadParameter(f"{name!r} stands in the ledger for replayed rejects; choose another name")
    return name


WorkerName = Annotated[
    str,
    typer.Option(
        callback=_worker_name,
        help="Name of this worker; it must be its own, and the same after each restart.",
        show_default="this machine's name",
    ),
]
Adapters = Annotated[
    Path | None,
    typer.Option(
        help="TOML file of routes: which messages of other formats are taken, and how.", show_default="none"
    ),
]


@app.command()
def mqtt(worker: WorkerName = HOST, adapters: Adapters = None, metrics_port: MetricsPort = 0) -> None:
    """Take messages from the broker named by CITYOPS_MQTT_URL until stopped: mqtt:// Mosquitto, amqp:// RabbitMQ."""
    from cityops.indicators import in_force
    from cityops.log import configure
    from cityops.settings import settings
    from cityops_ingest.sources.mosquitto.flavour import Mosquitto
    from cityops_ingest.sources.mqtt.workers import run_mqtt
    from cityops_ingest.worker import end_with_any_thread

    configure()
    routes = _routes(adapters).shared
    in_force()  # wrong declarations are told now, not by batches that are tried again for ever
    serve_metrics(metrics_port)
    end_with_any_thread()
    database_url, url = settings().require_database(), settings().require_mqtt()
    is_amqp = _is_amqp(url)
    with _present(database_url, "ingest mqtt", worker, adapters):
        if is_amqp:
            from cityops_ingest.sources.amqp.workers import run_amqp

            run_amqp(database_url, url, worker, _stop_on_signal(), routes)
        else:
            run_mqtt(database_url, url, worker, _stop_on_signal(), routes, Mosquitto())


def _present(database_url: str, part: str, worker: str, adapters: Path | None) -> AbstractContextManager[None]:
    """Have a worker note that it runs, so that two of one name, or with other routes, are told by name."""
    from cityops.indicators import folder
    from cityops.presence import marks_of
    from cityops.services.processes import present

    marks = marks_of(
        folders={"CITYOPS_INDICATORS": folder()}, files={"--adapters of the ingest": str(adapters or "")}
    )
    return present(database_url, part, worker, marks)


def _is_amqp(url: str) -> bool:
    """Return whether the broker is RabbitMQ, and that what speaks to it is installed."""
    is_amqp = url.startswith(("amqp://", "amqps://"))
    if is_amqp and find_spec("pika") is None:
        raise CityopsError("a worker at RabbitMQ needs pika: pip install cityops[cluster]")
    return is_amqp


@app.command()
def sparkplug(
    adapters: Annotated[Path, typer.Option(help="TOML file of routes; those with the adapter sparkplug are taken.")],
    metrics_port: MetricsPort = 0,
) -> None:
    """Take the messages of Sparkplug routes from the broker, in their order: run one such worker."""
    from cityops.log import configure
    from cityops.settings import settings
    from cityops_ingest.sources.sparkplug import run_sparkplug
    from cityops_ingest.worker import end_with_any_thread

    configure()
    routes = _routes(adapters).ordered
    if not routes.all:
        raise CityopsError(f"{adapters}: no route has the adapter sparkplug: add one, or start no such worker")
    serve_metrics(metrics_port)
    end_with_any_thread()
    database_url, url = settings().require_database(), settings().require_mqtt()
    if _is_amqp(url):
        from cityops_ingest.sources.amqp.ordered import run_ordered

        run_ordered(database_url, url, _stop_on_signal(), routes)
    else:
        run_sparkplug(database_url, url, _stop_on_signal(), routes)


@app.command()
def retire(
    worker: Annotated[str, typer.Option(help="Name of the stopped worker that shall not return.")],
    adapters: Adapters = None,
) -> None:
    """Take what the broker still holds for a stopped worker, then have the broker forget it; others must run."""
    from cityops.log import configure
    from cityops.settings import settings
    from cityops_ingest.sources.mqtt.workers import retire_mqtt

    configure()
    routes, url = _routes(adapters), settings().require_database()
    with recorded(url, Action.WORKER_RETIRE, worker, {}):
        if not retire_mqtt(url, settings().require_mqtt(), worker, _stop_on_signal(), routes):
            raise typer.Exit(1)


@app.command()
def http(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8001,
    worker: WorkerName = f"{HOST}-http",
    adapters: Adapters = None,
    metrics_port: MetricsPort = 0,
    fd: Inherited = None,
) -> None:
    """Take messages over HTTP: POST /v1/readings/<source>, /v1/events/<source>, and the topics of routes as paths.

    Each sender shows the key of its source system.
    """
    from cityops import serving
    from cityops.indicators import in_force
    from cityops.log import configure
    from cityops.settings import settings
    from cityops.store.access import credentials
    from cityops.store.access.tokens import TokenDoor
    from cityops.store.engine import make_engine
    from cityops_ingest.sources.http.app import create_app
    from cityops_ingest.worker import end_with_any_thread, writing_worker

    configure()
    listener = taken_over(fd, host, port, "the HTTP ingest")
    serve_metrics(metrics_port)
    routes = _routes(adapters).shared
    in_force()
    end_with_any_thread()
    database_url = settings().require_database()
    door = TokenDoor(make_engine(database_url), credentials.find_key)
    application = create_app(lambda: writing_worker(database_url, worker, routes), door, routes)
    with _present(database_url, "ingest http", worker, adapters):
        serving.PartServer(serving.config(application, host, port, grace_s=5)).run([listener])


def _routes(file: Path | None) -> "Routes":
    from cityops_ingest.formats.routing import NO_ROUTES, read_routes

    return read_routes(file) if file else NO_ROUTES


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
