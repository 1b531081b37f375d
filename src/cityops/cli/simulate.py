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

    from cityops.simulate.officers.moves import Seat
    from cityops.simulate.run import Progress, Store

app = typer.Typer(no_args_is_help=True, help="Invent a city's devices and cases, and publish what they report.")

STORM_PACE = 6.0
STORM = (
    "a simulated storm begins in half a minute and lasts {minutes:.0f} min: shaped on what was published of "
    "2024-08-21 (city mean 42 mm, 天园街道 130.1 mm, 108 mm in the wettest hour); no measurement"
)

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
    indicators: Annotated[
        bool, typer.Option(help="Values of the pushed indicators, those of the last two years at the start.")
    ] = True,
    seconds: Annotated[float | None, typer.Option("--for", help="Stop after so many seconds.", min=0.1)] = None,
    storm: Annotated[bool, typer.Option("--storm", help="Play a storm shaped on that of 2024-08-21.")] = False,
    pace: Annotated[float, typer.Option(help="Times faster than the storm was.", min=1, max=60)] = STORM_PACE,
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
        indicators=indicators,
        for_s=seconds,
        keep_journal=journal is not None,
        storm_pace=pace if storm else None,
    )
    if storm:
        Console(stderr=True, highlight=False).print(storm_told(pace), soft_wrap=True)
    with filling(history) if missing else nullcontext() as store:
        sent = run_simulation(url, options, stop_on_signal(), _report(), store)
    if journal:
        sent.write(journal)
    Console(stderr=True).print(sent.counts())


@app.command()
def officers(
    seed: Seed = 20,
    pace: Annotated[float, typer.Option(help="So many times faster than in life.", min=1, max=1_000)] = 1.0,
    reports: Annotated[float, typer.Option(help="Cases an hour that they find themselves.", min=0, max=3_600)] = 20.0,
    seconds: Annotated[float | None, typer.Option("--for", help="Stop after so many seconds.", min=0.1)] = None,
) -> None:
    """Have officers act on the cases that are handled here, and on red and orange alarms, until stopped.

    They come in by keys of their own, which they make in the database of CITYOPS_DATABASE_URL at each start. First
    they fill in the forms that are due.
    """
    import threading
    from contextlib import ExitStack

    from cityops.client import Client
    from cityops.clock import utc_now
    from cityops.settings import settings
    from cityops.simulate.officers.duty import Duty, Officers, on_duty

    stop = stop_on_signal()
    keys = officers_keys(settings().require_database())
    duty = Duty(seed=seed, pace=pace, reports_per_h=reports)
    end = threading.Timer(seconds or 0, stop.set)
    if seconds:
        end.start()
    try:
        with ExitStack() as stack:
            clients = {
                seat: stack.enter_context(Client(settings().api_url, key, timeout_s=30)) for seat, key in keys.items()
            }
            _fill_in(keys_of_fillers(settings().require_database()), seed)
            done = on_duty(Officers(clients, duty, utc_now()), duty.look_s, stop, utc_now)
    finally:
        end.cancel()
    Console(stderr=True).print(str(done))


def _fill_in(keys: tuple[str, str], seed: int) -> None:
    from cityops.client import ApiError, Client
    from cityops.settings import settings
    from cityops.simulate.filling import fill_in

    with Client(settings().api_url, keys[0], timeout_s=30) as liaison, Client(settings().api_url, keys[1]) as steward:
        try:
            told = f"forms: {fill_in(liaison, steward, seed)} sheets filled in"
        except ApiError as error:
            told = f"forms: {error}"
    Console(stderr=True).print(told)


def keys_of_fillers(database_url: str) -> tuple[str, str]:
    """Return new keys for the data liaison and steward of the simulated city; those that they had end."""
    from cityops import reference
    from cityops.domain.audit import command_line
    from cityops.domain.regions import RegionLevel
    from cityops.simulate.filling import fillers
    from cityops.store.access import credentials
    from cityops.store.engine import make_engine, writing

    districts = frozenset(one.code for one in reference.regions() if one.level is RegionLevel.DISTRICT)
    engine, actor = make_engine(database_url), command_line("cityops simulate officers")
    try:
        with writing(engine) as connection:
            liaison, steward = (credentials.renew(connection, actor, who) for who in fillers(districts))
            return liaison, steward
    finally:
        engine.dispose()


def officers_keys(database_url: str) -> "dict[Seat, str]":
    """Return new keys for the officers of the simulated city, by seat; those that they had end."""
    from cityops import reference
    from cityops.domain.access import ScopeKind
    from cityops.domain.audit import command_line
    from cityops.domain.regions import RegionLevel
    from cityops.simulate.officers.duty import subjects
    from cityops.store.access import credentials
    from cityops.store.engine import make_engine, writing

    def of(level: RegionLevel) -> frozenset[str]:
        return frozenset(region.code for region in reference.regions() if region.level is level)

    codes = {
        ScopeKind.DISTRICTS: of(RegionLevel.DISTRICT),
        ScopeKind.STREETS: of(RegionLevel.STREET),
        ScopeKind.DEPARTMENTS: frozenset(row["code"] for row in reference.rows("departments")),
    }
    engine, actor = make_engine(database_url), command_line("cityops simulate officers")
    try:
        with writing(engine) as connection:
            return {seat: credentials.renew(connection, actor, who) for seat, who in subjects(codes).items()}
    finally:
        engine.dispose()


def storm_told(pace: float) -> str:
    """Return what is said of a storm that is played: that it is simulated, how long it lasts, and after what."""
    return STORM.format(minutes=180 / pace)


@contextmanager
def filling(history_h: float) -> "Iterator[Store]":
    """Give what the back-fill needs to know of the store of the settings."""
    from cityops.clock import utc_now
    from cityops.domain.readings import ROLLUP_BUCKET
    from cityops.settings import settings
    from cityops.simulate.run import Store
    from cityops.store import ledger
    from cityops.store.engine import connect
    from cityops.store.indicators import recorded, series

    with connect(settings().require_database(), "cityops simulate") as connection:
        connection.autocommit = True
        now = utc_now()
        kept = series.counts(connection, now - timedelta(hours=history_h) - ROLLUP_BUCKET, now)
        yield Store(kept, lambda: ledger.settled(connection), recorded.newest_starts(connection))


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
