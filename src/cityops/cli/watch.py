"""The verb `cityops devices watch`: judges at short intervals which devices are online, late or silent."""

import threading
import time
from typing import Annotated

import psycopg
import structlog
import typer
from prometheus_client import Counter, Gauge, Histogram

from cityops.cli.up import stop_on_signal
from cityops.listening import MetricsPort, serve_metrics
from cityops.log import configure
from cityops.settings import settings
from cityops.store import device_states
from cityops.store.engine import connect_writer, present

EVERY_S = 10.0
"""A device that speaks each 10 s is late after 20 s; looking more often would see nothing new."""

PAUSE_S = 2.0
"""Before the database is tried again."""

looks = Histogram("cityops_device_watch_seconds", "Time to judge the states of all devices")
transitions = Counter("cityops_device_transitions_total", "Changes of a device's state", ["before", "after"])
newest_look = Gauge("cityops_device_watch_looked_at_seconds", "Unix time of this process's last look")

log = structlog.get_logger()


def watch(
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = EVERY_S,
    metrics_port: MetricsPort = 0,
) -> None:
    """Judge the states of all devices until stopped; several may run, and one of them looks at a time."""
    configure()
    serve_metrics(metrics_port)
    run(settings().require_database(), every, stop_on_signal())


def run(database_url: str, every_s: float, stop: threading.Event) -> None:
    """Look until `stop` is set; a database that is away is tried again and again."""
    while not stop.is_set():
        try:
            with connect_writer(database_url, "cityops watch") as connection:
                _look_until(stop, connection, every_s)
        except psycopg.OperationalError as error:
            log.warning("the database does not answer", error=str(error).strip())
            stop.wait(PAUSE_S)


def _look_until(stop: threading.Event, connection: psycopg.Connection, every_s: float) -> None:
    leads = False
    while not stop.is_set():
        began = time.monotonic()
        leads = leads or device_states.lead(connection)
        # By the database's clock, as the ingest: a wrong one here would have every device silent, for all to read.
        changes = device_states.look(connection, present(connection)) if leads else None
        if changes is not None:
            looks.observe(time.monotonic() - began)
            newest_look.set_to_current_time()
            _tell(changes)
        stop.wait(max(0.0, every_s - (time.monotonic() - began)))


def _tell(changes: list[device_states.Change]) -> None:
    for change in changes:
        transitions.labels(change.before, change.after).inc(change.devices)
    if changes:
        log.info("states changed", **{f"{one.before}_to_{one.after}": one.devices for one in changes})
