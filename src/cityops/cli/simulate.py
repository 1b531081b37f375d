"""`cityops simulate`: a seeded synthetic Guangzhou that publishes to the broker, or its fleet as a table."""

import sys
import time
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cityops.cli.up import stop_on_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cityops.simulate.run import Progress, Store

app = typer.Typer(no_args_is_help=True, help="Invent a city's devices and cases, and publish what they report.")

Devices = Annotated[int, typer.Option(help="Number of devices.", min=12, max=84_000)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same city.")]


@app.command("fleet")
def fleet_table(devices: Devices = 2000, seed: Seed = 20) -> None:
    """Write the invented devices as CSV, ready for `cityops devices import`."""
    from cityops.simulate.fleet import fleet
    from cityops.simulate.import_file import write_registry

    write_registry(fleet(devices, seed), sys.stdout)


@app.command()
def run(
    devices: Devices = 2000,
    seed: Seed = 20,
    speed: Annotated[float, typer.Option(help="Faster than life until the present is reached.", min=1)] = 1.0,
    history: Annotated[float, typer.Option(help="Hours of the past to send.", min=0)] = 24.0,
    missing: Annotated[
        bool, typer.Option(help="Of the past, send only what the database of CITYOPS_DATABASE_URL lacks.")
    ] = False,
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
    with filling(history) if missing else nullcontext() as store:
        sent = run_simulation(url, options, stop_on_signal(), _report(), store)
    if journal:
        sent.write(journal)
    Console(stderr=True).print(sent.counts())


@contextmanager
def filling(history_h: float) -> "Iterator[Store]":
    """Give what the back-fill needs to know of the store of the settings."""
    from cityops.clock import utc_now
    from cityops.domain.readings import ROLLUP_BUCKET
    from cityops.settings import settings
    from cityops.simulate.run import Store
    from cityops.store import ledger, series
    from cityops.store.engine import connect

    with connect(settings().require_database(), "cityops simulate") as connection:
        connection.autocommit = True
        now = utc_now()
        kept = series.counts(connection, now - timedelta(hours=history_h) - ROLLUP_BUCKET, now)
        yield Store(kept, lambda: ledger.settled(connection))


def _report() -> "Callable[[Progress], None]":
    """Return a printer of progress: each tenth of the back-fill, and a line a minute once live."""
    console = Console(stderr=True, highlight=False)
    shown = {"tenth": -1, "minute": -1}

    def show(progress: "Progress") -> None:
        now = {"tenth": int(progress.backfilled * 10), "minute": int(time.monotonic() // 60)}
        if now["tenth"] != shown["tenth"] or (progress.backfilled == 1 and now["minute"] != shown["minute"]):
            past = f"{progress.backfilled:.0%} of the past sent" if shown["tenth"] < 10 else "live"
            console.print(f"{past}: {progress.messages} messages, {progress.readings} readings")
        shown.update(now)

    return show
