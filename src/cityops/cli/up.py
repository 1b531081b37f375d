"""The verb `cityops up`: runs database, broker, ingest, API and dashboard on this machine until Ctrl-C."""

import signal
import sys
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from cityops.local.deployment import Platform

DashboardPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the wall and the district pages.")]
ApiPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the API.")]
IngestPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the HTTP ingest.")]
Workers = Annotated[int, typer.Option(min=1, help="Number of MQTT ingest workers.")]
Several = Annotated[
    bool,
    typer.Option("--cluster", help="Three brokers, two databases, and two of each part behind a proxy, for a trial."),
]
Instance = Annotated[
    str | None, typer.Option(help="Name under which the data are kept; default: that of this checkout.")
]
Durable = Annotated[
    bool, typer.Option("--durable", help="Have the broker write each message down: Mosquitto 2.1, fetched for that.")
]

WATCH_S = 1.0
READY_S = 120.0


def up(
    dashboard_port: DashboardPort = 8050,
    api_port: ApiPort = 8000,
    ingest_port: IngestPort = 8001,
    workers: Workers = 1,
    instance: Instance = None,
    cluster: Several = False,
    durable: Durable = False,
) -> None:
    """Run everything on this machine; Ctrl-C stops it and the next start keeps the data."""
    from cityops.cli.db import prepare
    from cityops.errors import CityopsError
    from cityops.local.deployment import running_platform
    from cityops.local.ports import Ports

    if cluster and durable:
        raise CityopsError("--durable is for the one Mosquitto, and a cluster has none: choose one of the two")
    console = Console(stderr=True, highlight=False)
    stop = stop_on_signal()
    ports = Ports(dashboard_port, api_port, ingest_port)
    name = instance or own_instance(cluster=cluster)
    with running_platform(
        name, ports, workers, prepare, console, guarded=True, cluster=cluster, durable=durable
    ) as platform:
        wait_until_ready(platform, stop, console)
        print_addresses(platform, console)
        watch(platform, stop, console)


def own_instance(kind: str = "", *, cluster: bool) -> str:
    """Return the name of this checkout's instance of a kind; a cluster's data are kept apart from a single machine's.

    `running_environment` finds what runs by the same names.
    """
    from cityops.local.running import own_instances

    return own_instances(kind)[cluster]


def stop_on_signal() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_until_ready(platform: "Platform", stop: threading.Event, console: Console) -> None:
    """Wait until API, ingest and dashboard answer.

    Raises
    ------
    CityopsError
        They do not within two minutes, one ends again and again, or another program answers in its place; the text
        names the part and its log.
    """
    from cityops.errors import CityopsError

    began = time.monotonic()
    with console.status("starting API, ingest and dashboard"):
        while waiting := [name for name in platform.all_doors if not platform.answers(name)]:
            platform.give_up_on_the_dying()
            if time.monotonic() - began > READY_S:
                raise CityopsError(
                    f"{waiting[0]} did not start in {READY_S:.0f} s: see {platform.logs}/{waiting[0]}.log"
                )
            platform.revive(console.print)
            if stop.wait(0.2):
                return
    console.print(f"API, ingest and dashboard answer ({time.monotonic() - began:.1f} s)")


def print_addresses(platform: "Platform", console: Console) -> None:
    """Print where the parts listen."""
    lines = {
        "wall": platform.wall_url,
        "sign in": f"{platform.dashboard_url}sign-in",
        "data page": f"{platform.dashboard_url}data",
        "API": f"{platform.api_url}/api/v1/state",
        "HTTP ingest": f"{platform.ingest_url}/v1/readings/<source>",
        "broker": platform.servers.broker_told,
        "logs": str(platform.logs),
        "other verbs": f"{sys.argv[0]} verify (elsewhere: source {platform.write_environment()})",
    }
    if platform.replicas:  # to be tried by killing them
        lines["processes"] = ", ".join(f"{name} {number}" for name, number in platform.processes.items())
    for name, line in lines.items():
        console.print(f"  {name:11} {line}", soft_wrap=True)


def watch(platform: "Platform", stop: threading.Event, console: Console, shown: Iterable[str] = ()) -> None:
    """Start again what dies, and print what is to be `shown` by now, until told to stop."""
    while not stop.wait(WATCH_S):
        platform.revive(console.print)
        for line in shown:
            console.print(line, markup=False)
