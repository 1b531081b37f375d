"""The verb `cityops demo`: runs everything with a simulated Guangzhou, and can check that all of it is alive."""

import json
import math
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from cityops.cli.demo.access import print_access
from cityops.cli.simulate import STORM_PACE, storm_told
from cityops.cli.up import (
    ApiPort,
    DashboardPort,
    IngestPort,
    Instance,
    Several,
    Workers,
    own_instance,
    print_addresses,
    stop_on_signal,
    wait_until_ready,
    watch,
)

if TYPE_CHECKING:
    from cityops.local.deployment import Platform
    from cityops.local.logs import Tail

CHECK_S = 110.0
SEED = 20
OFFICERS_PACE = 12.0
"""Officers work so many times faster than in life: a case of two hours is closed while somebody watches."""


def demo(
    dashboard_port: DashboardPort = 8050,
    api_port: ApiPort = 8000,
    ingest_port: IngestPort = 8001,
    workers: Workers = 1,
    devices: Annotated[int, typer.Option(min=100, max=84_000, help="Number of simulated devices.")] = 2_000,
    history: Annotated[float, typer.Option(min=0, help="Hours of history to fill in.")] = 24.0,
    instance: Instance = None,
    officers: Annotated[
        bool, typer.Option(help="Have simulated officers act on cases; without, all are left to you.")
    ] = True,
    storm: Annotated[
        bool, typer.Option("--storm", help="Play a storm shaped on that of 2024-08-21, in half an hour.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Use free ports, wait for fresh data of every metric, report and stop.")
    ] = False,
    cluster: Several = False,
) -> None:
    """Run everything with a simulated Guangzhou; its data are kept apart from those of `cityops up`."""
    from cityops.local.deployment import running_platform
    from cityops.local.ports import Ports

    console = Console(stderr=True, highlight=False)
    stop = stop_on_signal()
    chosen = Ports(dashboard_port, api_port, ingest_port, target="cluster" if cluster else "demo")
    ports = Ports.free() if check else chosen

    def prepare(database_url: str) -> None:
        _prepare(database_url, devices)

    with (
        _folder(check, instance or own_instance("demo", cluster=cluster)) as folder,
        running_platform(folder, ports, workers, prepare, console, guarded=False, cluster=cluster) as platform,
    ):
        console.print(what_is_filled(platform.servers.database_url, history), soft_wrap=True)
        past = _simulate(platform, _simulated(devices, history, storm, console))
        wait_until_ready(platform, stop, console)
        print_addresses(platform, console)
        print_access(platform.servers.database_url, platform.logs.parent, console)
        report = _wait_for_fresh_data(platform, stop, CHECK_S if check else None, console)
        if not check:
            if officers:
                platform.add("officers", "simulate", "officers", f"--seed={SEED}", f"--pace={OFFICERS_PACE:g}")
            watch(platform, stop, console, past)
    if check:
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
        raise typer.Exit(0 if report["missing"] == [] else 1)


def _simulated(devices: int, history: float, storm: bool, console: Console) -> list[str]:
    """Return the simulator's options, and say what is played."""
    options = [f"--devices={devices}", f"--seed={SEED}", f"--history={history:.2f}", "--missing"]
    if storm:
        options.append("--storm")
        console.print(storm_told(STORM_PACE), soft_wrap=True)
    return options


def _simulate(platform: "Platform", options: list[str]) -> "Tail":
    """Start the simulator, and return what its log tells of the past."""
    from cityops.local.logs import Tail

    past = Tail(platform.logs / "simulator.log", "of the past sent")
    platform.add("simulator", "simulate", "run", *options, told=platform.servers.told_senders)
    return past


@contextmanager
def _folder(check: bool, instance: str) -> Iterator[str | Path]:
    if not check:
        yield instance
        return
    with tempfile.TemporaryDirectory(prefix="cityops-check-") as folder:
        Path(folder).chmod(0o711)  # the servers run under another account
        yield Path(folder) / "instance"


def _prepare(database_url: str, devices: int) -> None:
    from cityops import reference
    from cityops.cli.db import prepare
    from cityops.clock import utc_now
    from cityops.simulate import resources as made_up
    from cityops.simulate.channels import channels_at, flood_plan
    from cityops.simulate.fleet import fleet
    from cityops.store import channels, registry
    from cityops.store.engine import connect, make_engine, writing
    from cityops.store.registration import importing_channels
    from cityops.store.resources import datasets, officers

    prepare(database_url)
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    simulated = fleet(devices, SEED)
    with connect(database_url, "cityops demo") as connection:
        registered = registry.register(connection, simulated, metrics_of)
        with importing_channels(connection) as opened:
            opened.stage(enumerate(channels_at(simulated)))
            opened.merge({})
    typer.echo(f"devices: {registered.added} added, {registered.unchanged} known", err=True)
    engine = make_engine(database_url)
    with writing(engine) as plans:
        if not channels.plans(plans):
            channels.replace_plans(plans, [flood_plan(simulated)])
        if not datasets.page(plans, datasets.DatasetFilter(), "", 1):
            datasets.keep(plans, made_up.datasets(utc_now(), SEED))
            officers.replace(plans, made_up.officers())
    engine.dispose()


def what_is_filled(database_url: str, history: float) -> str:
    """Return what the simulator sends of the past, and what stays empty since the demo was off for longer."""
    from cityops.clock import utc_now
    from cityops.store.engine import connect
    from cityops.store.readings import latest_times

    with connect(database_url, "cityops demo") as connection:
        _, times = latest_times(connection)
    filled = f"the past: what is missing of the last {history:g} h is filled in, at the devices' own rhythm"
    off_h = float(utc_now().timestamp() - times.max(initial=0) / 1_000_000) / 3600
    if not len(times) or off_h <= history:
        return filled
    return f"{filled}; the demo was off for {off_h:,.1f} h, and --history {math.ceil(off_h)} fills all of it"


def _wait_for_fresh_data(
    platform: "Platform", stop: threading.Event, patience_s: float | None, console: Console
) -> dict[str, Any]:
    """Wait until every metric is fresh in the API's state, and say so in one line."""
    began = time.monotonic()
    report: dict[str, Any] = {"missing": ["state"]}
    with console.status("waiting for fresh data") as status:
        while report["missing"] and not stop.wait(0.5):
            platform.revive(console.print)
            report = _report(platform) | {"seconds": round(time.monotonic() - began, 1)}
            status.update(f"waiting for fresh data of: {', '.join(report['missing'])}")
            if patience_s is not None and time.monotonic() - began > patience_s:
                return report
    if not report["missing"]:
        console.print(
            f"fresh data is flowing: {report['metrics']} metrics from {report['devices_fresh']} devices, "
            f"newest {report['newest_age_s']:.0f} s old"
        )
    return report


def _report(platform: "Platform") -> dict[str, Any]:
    import httpx

    from cityops import reference
    from cityops.client import bearer

    try:
        state = (
            httpx.get(f"{platform.api_url}/api/v1/state", timeout=10, headers=bearer(platform.api_key))
            .raise_for_status()
            .json()
        )
    except httpx.HTTPError as error:
        return {"missing": ["state"], "error": str(error)}
    return summary(state, [metric.code for metric in reference.metrics()])


def summary(state: dict[str, Any], expected: list[str]) -> dict[str, Any]:
    """Return what a state says of a platform's health: metrics without fresh data first of all."""
    from datetime import datetime

    from cityops.clock import utc_now

    fresh = {metric["code"] for metric in state["metrics"] if metric["freshness"] == "fresh"}
    as_of = state["as_of"] and datetime.fromisoformat(state["as_of"])
    return {
        "missing": [code for code in expected if code not in fresh],
        "metrics": len(fresh),
        "devices_fresh": state["devices"]["fresh"],
        "devices_expected": state["devices"]["expected"],
        "events_open": state["events"]["counts"]["open"],
        "stored": state["platform"]["stored"],
        "duplicate": state["platform"]["duplicate"],
        "rejected": state["platform"]["rejected"],
        "newest_age_s": as_of and round((utc_now() - as_of).total_seconds(), 1),
    }
