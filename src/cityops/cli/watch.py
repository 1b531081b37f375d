"""The verb `cityops devices watch`: does the job of judging the devices' states alone."""

from typing import Annotated

import typer

from cityops.cli.up import stop_on_signal
from cityops.listening import MetricsPort, serve_metrics


def watch(
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = 10.0,
    metrics_port: MetricsPort = 0,
) -> None:
    """Judge the states of all devices until stopped; several may run, and one of them looks at a time."""
    from cityops.jobs import devices, leader
    from cityops.log import configure
    from cityops.settings import settings

    configure()
    serve_metrics(metrics_port)
    leader.run(devices.watch(every), settings().require_database(), stop_on_signal())
