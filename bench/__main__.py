"""Runs the measurements: `python -m bench` all of them, `python -m bench mqtt` those whose figures begin so."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from bench import devices as registry
from bench import figures, history, machine, mqtt, publish_to_api, state, storage
from bench.figures import Figure
from bench.harness import QUICK, Bench, Sizes, World, running_bench
from cityops.clock import utc_now
from cityops.errors import CityopsError

FULL = Sizes()
Measure = Callable[[Bench, Sequence[World]], Iterator[Figure]]

SUBJECTS: tuple[tuple[tuple[str, ...], Measure], ...] = (
    # What only reads comes first: the others add readings to the histories.
    (("storage",), storage.measure),
    (("state", "trend24h"), state.measure),
    (("copy", "mqtt_array", "mqtt_single"), mqtt.measure),
    (("publish_to_api",), publish_to_api.measure),
    (("devices", "channels"), registry.measure),
)


def main(
    only: Annotated[str, typer.Argument(help="Beginning of the figures wanted, such as mqtt; empty: all.")] = "",
    history: Annotated[int, typer.Option(help="Readings kept in the larger history.")] = FULL.big_history,
    devices: Annotated[int, typer.Option(help="Devices of the fleet.")] = FULL.devices,
    workers: Annotated[int, typer.Option(help="MQTT ingest workers.")] = FULL.workers,
    quick: Annotated[
        bool, typer.Option(help="Only show that everything works: tiny sizes, nothing is kept.")
    ] = False,
) -> None:
    """Measure on private servers, print a table, and keep the figures in bench/results.json and bench/RESULTS.md."""
    chosen = [measure for names, measure in SUBJECTS if any(name.startswith(only) for name in names)]
    if not chosen:
        raise typer.BadParameter(
            f"no figure begins with {only!r}: {', '.join(n for names, _ in SUBJECTS for n in names)}"
        )
    sizes = QUICK if quick else replace(FULL, big_history=history, devices=devices, workers=workers)
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave the way that ends the servers and removes all
    try:
        _run(chosen, sizes, console, keep=not quick)
    except CityopsError as error:
        console.print(f"[red]bench:[/red] {error}", highlight=False)
        raise typer.Exit(1) from None


def _run(chosen: Sequence[Measure], sizes: Sizes, console: Console, *, keep: bool) -> None:
    kept, commit, names = figures.load(), machine.commit(), set[str]()
    with running_bench(sizes, console) as bench:
        bench.say("making histories")
        worlds = [
            history.make_world(bench, name, readings)
            for name, readings in (("small", sizes.small_history), ("big", sizes.big_history))
        ]
        for measure in (lambda bench, _: iter(machine.describe(bench)), *chosen):
            found = list(measure(bench, worlds))
            names |= {figure.name for figure in found}
            kept = figures.merged(kept, found, commit, utc_now().isoformat(timespec="seconds"))
            if keep:  # after each subject, so that a later failure costs only its own figures
                figures.save(kept)
    Console().print(figures.terminal_table(kept, names))


if __name__ == "__main__":
    typer.run(main)
