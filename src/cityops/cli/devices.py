"""The verb `cityops devices`: registers devices from a CSV file, row by row."""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from cityops.domain.devices import Device, Registrable, read_device
from cityops.settings import settings

app = typer.Typer(help="Register devices from a CSV file.", no_args_is_help=True)


@app.callback()
def _devices() -> None:
    """Register devices."""


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="CSV file in UTF-8; - reads standard input.")]) -> None:
    """Register the devices of a CSV file with the columns of `cityops simulate fleet`; bad rows are named."""
    if str(file) == "-":
        import_devices(settings().require_database(), sys.stdin)
    else:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            import_devices(settings().require_database(), stream)


def import_devices(database_url: str, stream: TextIO) -> None:
    """Register the good rows and print what became of all; exit with status 1 if any row was bad."""
    from cityops import reference
    from cityops.store import registry
    from cityops.store.engine import connect

    with connect(database_url, "cityops devices") as connection:
        devices, bad = _read(csv.DictReader(stream), registry.registrable(connection))
        metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
        result = registry.register(connection, list(devices.values()), metrics_of)
    bad += [f"{code}: registered with another kind, street or source; give it a new code" for code in result.moved]
    for line in bad:
        typer.echo(line, err=True)
    typer.echo(f"{result.added} added, {result.updated} updated, {result.unchanged} unchanged, {len(bad)} refused")
    if bad:
        raise typer.Exit(1)


def _read(rows: Iterable[dict[str, str]], known: Registrable) -> tuple[dict[str, Device], list[str]]:
    devices: dict[str, Device] = {}
    bad = []
    for number, row in enumerate(rows, start=2):  # row 1 is the header
        try:
            device = read_device(row, known)
        except ValueError as error:
            bad.append(f"row {number}, device {row.get('code') or '?'}: {error}")
            continue
        if device.code in devices:
            bad.append(f"row {number}, device {device.code}: the code stands in an earlier row already")
        else:
            devices[device.code] = device
    return devices, bad
