"""`cityops simulate`: a seeded synthetic Guangzhou that publishes to the broker, or its fleet as a table."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="Invent a city's devices and cases, and publish what they report.")

Devices = Annotated[int, typer.Option(help="Number of devices.", min=12, max=84_000)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same city.")]


@app.command("fleet")
def fleet_table(devices: Devices = 2000, seed: Seed = 1) -> None:
    """Write the invented devices as CSV, ready for `cityops devices import`."""
    from cityops.simulate.fleet import fleet
    from cityops.simulate.registry import write_registry

    write_registry(fleet(devices, seed), sys.stdout)


@app.command()
def run(
    devices: Devices = 2000,
    seed: Seed = 1,
    speed: Annotated[float, typer.Option(help="Faster than life until the present is reached.", min=1)] = 1.0,
    history: Annotated[float, typer.Option(help="Hours of the past to send.", min=0)] = 24.0,
    interval: Annotated[float | None, typer.Option(help="Seconds between a device's readings.", min=0.1)] = None,
    faults: Annotated[bool, typer.Option(help="Silence, repeats, delays and malformed messages.")] = True,
    seconds: Annotated[float | None, typer.Option("--for", help="Stop after so many seconds.", min=0.1)] = None,
    journal: Annotated[Path | None, typer.Option(help="Write what was sent to this JSON file.")] = None,
) -> None:
    """Publish the city's messages until stopped: past hours first, then live."""
    from cityops.errors import CityopsError
    from cityops.settings import settings
    from cityops.simulate.faults import Faults
    from cityops.simulate.run import SimulationOptions, run_simulation

    url = settings().mqtt_url
    if not url:
        raise CityopsError("no broker is named: set CITYOPS_MQTT_URL, for example mqtt://127.0.0.1:1883")
    options = SimulationOptions(
        devices=devices,
        seed=seed,
        speed=speed,
        history_h=history,
        interval_s=interval,
        faults=Faults() if faults else None,
        for_s=seconds,
        keep_journal=journal is not None,
    )
    sent = run_simulation(url, options, _stop_on_signals(), _show_progress())
    if journal:
        sent.write(journal)
    Console(stderr=True).print(sent.counts())


def _stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C and a polite kill set, so that a run ends with its messages acknowledged."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _show_progress():  # type: ignore
    pass
