"""Runs the measurements: `python -m bench` all of them, `python -m bench mqtt` those whose figures begin so."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console

from bench import figures, history, machine
from bench.figures import Figure
from bench.harness import QUICK, Bench, Sizes, World, running_bench
from bench.measurements import (
    alarms,
    baseline,
    body,
    broker_kill,
    cases,
    city10s,
    deadline,
    demo_trend,
    desk,
    explorer,
    exports,
    flood,
    ledger,
    mqtt,
    pressure,
    publish_to_api,
    recompute,
    replay,
    signin_flood,
    state,
    storage,
    wall_heap,
    worst,
)
from bench.measurements import devices as registry
from bench.measurements.cluster import broker, databases, durable, replicas
from bench.measurements.walls import many, pixel, soak
from cityops.clock import utc_now
from cityops.errors import CityopsError

FULL = Sizes()
Measure = Callable[[Bench, Sequence[World]], Iterator[Figure]]


@dataclass(frozen=True, slots=True)
class Subject:
    """Figures that are measured together: how their names begin, and which histories they need.

    What writes and what only reads have histories of their own, or the readings of the one would be the other's past.
    """

    names: tuple[str, ...]
    measure: Measure
    histories: tuple[str, ...] = ()


WRITTEN, READ = ("small", "big"), ("few", "many")

SUBJECTS = (
    Subject(("copy", "mqtt_array", "mqtt_single", "mqtt_paced"), mqtt.measure, WRITTEN),
    Subject(("publish_to_api",), publish_to_api.measure, WRITTEN),
    Subject(("alarm",), alarms.measure, WRITTEN),
    Subject(("devices", "channels"), registry.measure),
    Subject(("city10s",), city10s.measure),
    Subject(("stall",), pressure.measure_stall),
    Subject(("overload",), pressure.measure_overload),
    Subject(("storage",), storage.measure, READ),
    Subject(("state", "trend24h"), state.measure, READ),
    Subject(("replicas",), replicas.measure, ("few",)),
    Subject(("api",), worst.measure),
    Subject(("signin_flood",), signin_flood.measure),
    Subject(("trend24h_demo",), demo_trend.measure),
    Subject(("http_worst_body",), body.measure),
    Subject(("wall_heap",), wall_heap.measure),
    Subject(("publish_to_pixel",), pixel.measure),
    Subject(("wall.first_paint",), pixel.measure_first_paint),
    Subject(("walls50",), many.measure),
    Subject(("soak",), soak.measure),
    Subject(("ledger",), ledger.measure),
    Subject(("broker_kill",), broker_kill.measure),
    Subject(("durable",), durable.measure),
    Subject(("flood",), flood.measure),
    Subject(("deadline",), deadline.measure),
    Subject(("cases",), cases.measure),
    Subject(("desk",), desk.measure),
    Subject(("replay",), replay.measure),
    Subject(("export_csv", "export_parquet"), exports.measure),
    Subject(("baseline",), baseline.measure),
    Subject(("explorer",), explorer.measure),
    Subject(("indicators",), recompute.measure),
    Subject(("cluster.database",), databases.measure_failover),
    Subject(("cluster.sync_standby",), databases.measure_ratio),
    Subject(("cluster.lost", "cluster.doubled", "cluster.broker", "cluster.verify"), broker.measure_kills),
    Subject(("cluster.single", "cluster.cpu_us", "cluster.revoke"), broker.measure_costs),
)


def main(
    only: Annotated[str, typer.Argument(help="Beginning of the figures wanted, such as mqtt; empty: all.")] = "",
    history: Annotated[int, typer.Option(help="Readings kept in the larger history that is read.")] = FULL.many_kept,
    devices: Annotated[int, typer.Option(help="Devices of the fleet.")] = FULL.devices,
    workers: Annotated[int, typer.Option(help="MQTT ingest workers.")] = FULL.workers,
    export_rows: Annotated[int, typer.Option(help="Readings that go into one file.")] = FULL.export_rows,
    minutes: Annotated[float, typer.Option(help="How long wall_heap lets the pages stand.")] = FULL.wall_minutes,
    soak_minutes: Annotated[float, typer.Option(help="How long soak lets the wall stand.")] = FULL.soak_minutes,
    quick: Annotated[
        bool, typer.Option(help="Only show that everything works: tiny sizes, nothing is kept.")
    ] = False,
) -> None:
    """Measure on private servers, print a table, and keep the figures in bench/results.json and bench/RESULTS.md."""
    chosen = [subject for subject in SUBJECTS if any(name.startswith(only) for name in subject.names)]
    if not chosen:
        raise typer.BadParameter(f"no figure begins with {only!r}: {', '.join(n for s in SUBJECTS for n in s.names)}")
    told = {"many_kept": history, "devices": devices, "workers": workers, "export_rows": export_rows}
    sizes = QUICK if quick else replace(FULL, **told, wall_minutes=minutes, soak_minutes=soak_minutes)
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave the way that ends the servers and removes all
    try:
        _run(chosen, sizes, console, keep=not quick)
    except CityopsError as error:
        console.print(f"[red]bench:[/red] {error}", highlight=False)
        raise typer.Exit(1) from None


def _run(chosen: Sequence[Subject], sizes: Sizes, console: Console, *, keep: bool) -> None:
    kept, commit, names = figures.load(), machine.commit(), set[str]()
    with running_bench(sizes, console) as bench:
        worlds: dict[str, World] = {}
        for subject in (Subject(("machine",), lambda bench, _: iter(machine.describe(bench))), *chosen):
            for name in subject.histories:
                worlds[name] = worlds.get(name) or _world(bench, name)
            found = list(subject.measure(bench, [worlds[name] for name in subject.histories]))
            names |= {figure.name for figure in found}
            kept = figures.merged(kept, found, commit, utc_now().isoformat(timespec="seconds"))
            if keep:  # after each subject, so that a later failure costs only its own figures
                figures.save(kept)
    Console().print(figures.terminal_table(kept, names))


def _world(bench: Bench, name: str) -> World:
    sizes = bench.sizes
    readings = {
        "small": sizes.small_history,
        "big": sizes.big_history,
        "few": sizes.few_kept,
        "many": sizes.many_kept,
    }[name]
    return history.make_world(bench, name, readings)


if __name__ == "__main__":
    typer.run(main)
